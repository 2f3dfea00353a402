// The stream of events, kept open for as long as the page is.

const retryAfterMs = 1000;
// The server sends a ping every 15 s; a stream that is silent for longer is dead, or its server is.
const silentAfterMs = 40_000;
const kinds = ['message', 'request', 'trouble', 'faults', 'reset', 'ping'];

/**
 * Opens /sandbox/events and keeps it open. `handlers` has one function per kind of event, called
 * with its data (none is needed for ping), and `connected` / `disconnected`. The latter is called
 * again for each attempt that fails. A browser gives up on a stream that answers with an error, as
 * a starting server does; this one then tries again every second. Returns `now()`, which tries at
 * once.
 */
export function listen(handlers) {
  let source = null;
  let timer = 0;
  let watch = 0;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource('/sandbox/events');
    source.addEventListener('open', () => {
      heard();
      handlers.connected();
    });
    source.addEventListener('error', () => {
      handlers.disconnected();
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, retryAfterMs);
    });
    for (const kind of kinds) {
      source.addEventListener(kind, (event) => {
        heard();
        handlers[kind]?.(parse(event.data));
      });
    }
    heard();
  }

  function heard() {
    clearTimeout(watch);
    watch = setTimeout(() => {
      handlers.disconnected();
      open();
    }, silentAfterMs);
  }

  // A machine that wakes from sleep may hold a stream that is dead without knowing it.
  window.addEventListener('online', open);
  open();
  return { now: open };
}

function parse(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}
