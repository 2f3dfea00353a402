// The stream of events, kept open for as long as the page is.

const retryAfterMs = 1000;
const kinds = ['message', 'request', 'trouble', 'reset'];

/**
 * Opens /sandbox/events and keeps it open. `handlers` has one function per kind of event, called
 * with its data, and `connected` / `disconnected`. A browser gives up on a stream that answers with
 * an error, as a starting server does; this one then tries again every second.
 */
export function listen(handlers) {
  let source = null;
  let timer = 0;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource('/sandbox/events');
    source.addEventListener('open', () => handlers.connected());
    source.addEventListener('error', () => {
      handlers.disconnected();
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, retryAfterMs);
    });
    for (const kind of kinds) {
      source.addEventListener(kind, (event) => handlers[kind](parse(event.data)));
    }
  }

  // A machine that wakes from sleep may hold a stream that is dead without knowing it.
  window.addEventListener('online', open);
  open();
}

function parse(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}
