// The bot's deliveries: what it owes, and how far it got. Read from the bot once a second.
import { readDeliveries } from './api.js';
import { arrange, byId, el, setText } from './dom.js';
import { attemptWords, clockTime, deliveryWords, holdWords } from './words.js';

const everyMs = 1000;
const everyMsWhenSilent = 3000;

/**
 * The panel in #deliveries. `hooks`: `changed(byMessageId)` whenever deliveries were read,
 * `showMessage(messageId, roomId)`, `roomTitle(roomId)`.
 */
export function deliveryPanel(hooks) {
  const listNode = byId('deliveries');
  const note = byId('deliveries-note');
  const hold = byId('hold');
  const rows = new Map();
  let address = null;
  let timer = 0;
  let reading = false;
  let last = { items: [], hold: null };

  async function read() {
    clearTimeout(timer);
    if (!address || document.hidden || reading) return;
    reading = true;
    const answer = await readDeliveries(address);
    reading = false;
    if (Array.isArray(answer?.items)) {
      last = answer;
      draw();
      setText(note, last.items.length > 0 ? '' : 'The bot has not sent anything yet.');
    } else {
      setText(note, 'The bot does not answer. Asking again every few seconds.');
    }
    note.hidden = note.textContent === '';
    timer = setTimeout(read, answer ? everyMs : everyMsWhenSilent);
  }

  function draw() {
    const now = Date.now();
    const items = [...last.items].sort((a, b) => order(b) - order(a) || compare(b.id, a.id));
    for (const id of [...rows.keys()]) if (!items.some((one) => one.id === id)) rows.delete(id);
    arrange(listNode, items.map((one) => draws(one, now)));
    hold.hidden = !last.hold?.held;
    if (last.hold?.held) {
      const why = holdWords(last.hold.reason);
      setText(hold, `Queue ${why}. Nothing is thrown away; it goes on once this is mended.`);
    }
    hooks.changed(new Map(items.filter((one) => one.messageId).map((one) => [one.messageId, one])));
  }

  function draws(delivery, now) {
    const row = rows.get(delivery.id) ?? newRow(delivery, hooks);
    rows.set(delivery.id, row);
    row.latest = delivery;
    const { text, tone } = deliveryWords(delivery, last.hold, now);
    row.node.dataset.tone = tone;
    row.node.dataset.state = delivery.state;
    setText(row.state, text);
    setText(row.time, clockTime(delivery.changed, true));
    const where = delivery.roomId ? hooks.roomTitle(delivery.roomId) : '';
    const tries = delivery.attempts > 1 ? attemptWords(delivery.attempts) : '';
    const facts = [tries, where || to(delivery.destination), delivery.origin];
    setText(row.facts, facts.filter(Boolean).join(' · '));
    const why = [delivery.rule, delivery.detail].filter(Boolean).join(': ');
    setText(row.why, why);
    row.why.title = why;
    row.why.hidden = why === '' || delivery.state === 'delivered';
    row.go.hidden = !delivery.messageId;
    return row.node;
  }

  // The countdowns run on between two readings.
  setInterval(() => !document.hidden && last.items.some(waits) && draw(), 500);
  document.addEventListener('visibilitychange', read);

  return {
    /** Where the bot listens; null when the sandbox knows of none. */
    setAddress(url) {
      if (!url) {
        setText(note, 'No bot has announced itself to this sandbox yet.');
        note.hidden = false;
      }
      if (url === address) return;
      address = url;
      read();
    },

    /** Marks a delivery for a moment. */
    show(delivery) {
      const row = rows.get(delivery.id);
      if (!row) return;
      row.node.scrollIntoView({ block: 'nearest' });
      row.node.classList.remove('marked');
      void row.node.offsetWidth;
      row.node.classList.add('marked');
    },
  };
}

const ended = (one) => one.state === 'delivered' || one.state === 'dead';
const waits = (one) => !ended(one);
// What still waits stands above what has ended; then the latest first.
const order = (one) => (one.changed ?? 0) + (waits(one) ? 1e15 : 0);
const compare = (a, b) => (a < b ? -1 : Number(a > b));

/** "room:Y2lz…" and the like, short enough for a line. */
function to(destination) {
  const [kind, rest = ''] = String(destination ?? '').split(/:(.*)/s);
  return rest.length > 28 ? `${kind} …${rest.slice(-6)}` : rest || kind;
}

function newRow(delivery, hooks) {
  const row = {
    latest: delivery,
    state: el('span', { class: 'state' }),
    time: el('time'),
    facts: el('div', { class: 'remark' }),
    why: el('div', { class: 'why' }),
  };
  const go = () => hooks.showMessage(row.latest.messageId, row.latest.roomId);
  const name = 'Show the message';
  row.go = el('button', { type: 'button', class: 'link', 'aria-label': name, on: { click: go } }, 'show');
  row.node = el(
    'li',
    { dataset: { delivery: delivery.id } },
    el('div', { class: 'line' }, row.state, el('span', { class: 'end' }, row.go, row.time)),
    row.facts,
    row.why,
  );
  return row;
}
