// The log of requests as the sandbox saw them, newest first.
import { arrange, byId, el, setText } from './dom.js';
import { clockTime, requestTone, shortPath } from './words.js';

const keptMax = 200;

/** The log in #requests. `showMessage(messageId, roomId)` leads to the message a request made. */
export function requestLog(showMessage) {
  const listNode = byId('requests');
  const onlyMessages = byId('requests-only-messages');
  const empty = byId('requests-empty');
  let entries = [];

  onlyMessages.addEventListener('change', draw);
  byId('requests-clear').addEventListener('click', () => {
    entries = [];
    draw();
  });

  function draw() {
    const wanted = entries.filter(({ request }) => !onlyMessages.checked || isAboutMessages(request));
    arrange(listNode, wanted.map((entry) => entry.node));
    empty.hidden = wanted.length > 0;
    setText(
      empty,
      entries.length > 0
        ? 'Only requests about other things so far.'
        : 'Requests of the bot show up here as they come in.',
    );
  }

  draw();
  return {
    put(request) {
      const node = row(request, showMessage);
      // A sandbox that was started anew counts from the beginning: the time belongs to the identity.
      const isSame = ({ request: one }) => one.id === request.id && one.time === request.time;
      entries = entries.filter((entry) => !isSame(entry));
      entries.unshift({ request, node });
      entries.length = Math.min(entries.length, keptMax);
      draw();
    },
  };
}

const isAboutMessages = (request) => /^\/v1\/messages\b/.test(request.path ?? '');

function row(request, showMessage) {
  const answer = request.status ? String(request.status) : 'no answer';
  const retry = request.retryAfter ? `Retry-After ${request.retryAfter} s` : '';
  const remarks = [...told(request), retry].filter(Boolean).join(' · ');
  const go = request.messageId
    ? el(
        'button',
        {
          type: 'button',
          class: 'link',
          'aria-label': 'Show the message',
          on: { click: () => showMessage(request.messageId, request.roomId) },
        },
        'show',
      )
    : null;
  const line = el(
    'div',
    { class: 'line' },
    el('span', { class: 'method' }, request.method),
    el('span', { class: 'path', title: request.path }, shortPath(request.path ?? '')),
    el('span', { class: 'arrow', 'aria-label': 'answered' }, '→'),
    el('span', { class: 'status' }, answer),
    el('span', { class: 'end' }, go, el('time', {}, clockTime(request.time, true))),
  );
  const node = el('li', { dataset: { tone: requestTone(request) } }, line);
  if (remarks) node.append(el('div', { class: 'remark' }, remarks));
  return node;
}

/** Outcome and note, where they say more than the status does. */
function told({ outcome, note }) {
  const words = !outcome || outcome === 'ok' ? '' : String(outcome).replaceAll('_', ' ');
  return /lost|never/.test(words) ? [words] : [words, note];
}
