// The middle of the page: the messages of one room, in threads, kept in step with the server.
import { arrange, byId, el, setText } from './dom.js';
import { messageElement, setFate, signature } from './message.js';
import { dayName } from './words.js';

const sameBreathMs = 5 * 60_000;
const nearEndPx = 140;

/**
 * The conversation in #messages. `hooks` as for messageElement, and `showDelivery(delivery)`.
 * All functions are called from the page's one thread and do not fail.
 */
export function conversation(hooks) {
  const scroller = byId('scroller');
  const listNode = byId('messages');
  const jump = byId('jump');
  let messages = new Map();
  let shown = new Map();
  let fates = new Map();
  let atEnd = true;

  const inner = { ...hooks, grown: () => atEnd && toEnd() };

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  scroller.addEventListener('scroll', () => {
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < nearEndPx;
    if (atEnd) jump.hidden = true;
  });
  // A phone's keyboard, a growing composer: the last message stays in sight.
  new ResizeObserver(() => atEnd && toEnd()).observe(scroller);
  jump.addEventListener('click', () => {
    jump.hidden = true;
    if (!reveal(jump.dataset.to)) toEnd();
  });

  /** Scrolls to a message and marks it for a moment. False when it is not here. */
  function reveal(id) {
    const node = shown.get(id)?.node;
    if (!node) return false;
    if (node === listNode.lastElementChild) toEnd();
    else node.scrollIntoView({ block: 'center' });
    node.classList.remove('marked');
    void node.offsetWidth;
    node.classList.add('marked');
    return true;
  }

  function isInSight(id) {
    const box = shown.get(id)?.node.getBoundingClientRect();
    const frame = scroller.getBoundingClientRect();
    return box !== undefined && box.top < frame.bottom && box.bottom > frame.top;
  }

  function elementFor(message) {
    const sign = signature(message);
    const known = shown.get(message.id);
    if (known?.sign === sign) return known.node;
    const node = messageElement(message, inner);
    shown.set(message.id, { sign, node });
    setFate(node, fates.get(message.id), hooks.showDelivery);
    return node;
  }

  function draw() {
    const wanted = [];
    let day = '';
    let before = null;
    for (const { message, depth } of inThreads(messages)) {
      const name = depth === 0 ? dayName(message.created, Date.now()) : day;
      if (name !== day) {
        wanted.push(dayNode(name));
        day = name;
        before = null;
      }
      const node = elementFor(message);
      node.classList.toggle('in-thread', depth > 0);
      node.classList.toggle('continued', continues(before, message, depth));
      before = { message, depth };
      wanted.push(node);
    }
    if (wanted.length === 0) wanted.push(emptyNode());
    arrange(listNode, wanted);
    if (atEnd) toEnd();
  }

  const days = new Map();
  function dayNode(name) {
    if (!days.has(name)) days.set(name, el('li', { class: 'day' }, el('span', {}, name)));
    return days.get(name);
  }

  let empty = null;
  function emptyNode() {
    empty ??= el(
      'li',
      { class: 'empty' },
      el('strong', {}, 'Nothing here yet'),
      el('span', {}, 'Ask for a chart: pick one of the suggestions below.'),
    );
    return empty;
  }

  return {
    /** Shows `items` and nothing else; what is unchanged keeps its element. */
    replace(items, isOtherRoom) {
      messages = new Map(items.map((item) => [item.id, item]));
      for (const id of [...shown.keys()]) if (!messages.has(id)) shown.delete(id);
      if (isOtherRoom) {
        atEnd = true;
        jump.hidden = true;
      }
      draw();
    },

    /** Adds or renews one message. `own` ones are always scrolled to. */
    put(message, own) {
      const isNew = !messages.has(message.id);
      messages.set(message.id, message);
      if (own && isNew) atEnd = true;
      draw();
      if (!isNew || isInSight(message.id)) return;
      if (own) {
        reveal(message.id);
        return;
      }
      setText(jump, message.parentId ? 'New reply in a thread' : 'New message');
      jump.dataset.to = message.id;
      jump.hidden = false;
    },

    remove(id) {
      messages.delete(id);
      shown.delete(id);
      draw();
    },

    get(id) {
      return messages.get(id);
    },

    /** Ties deliveries (a Map by message id) to the messages. */
    setFates(byMessage) {
      fates = byMessage;
      let changed = false;
      for (const [id, { node }] of shown) {
        changed = setFate(node, fates.get(id), hooks.showDelivery) || changed;
      }
      if (changed && atEnd) toEnd();
    },

    show: reveal,
  };
}

const time = (message) => new Date(message.created).getTime();
const byTime = (a, b) => time(a) - time(b);

/** Roots by time, each followed by its replies by time. A reply whose root is gone stands alone. */
export function inThreads(messages) {
  const roots = [];
  const replies = new Map();
  for (const message of messages.values()) {
    const root = message.parentId && messages.has(message.parentId) ? message.parentId : null;
    if (!root) roots.push(message);
    else replies.set(root, [...(replies.get(root) ?? []), message]);
  }
  return roots.sort(byTime).flatMap((root) => [
    { message: root, depth: 0 },
    ...(replies.get(root.id) ?? []).sort(byTime).map((message) => ({ message, depth: 1 })),
  ]);
}

function continues(before, message, depth) {
  return (
    before !== null &&
    before.depth === depth &&
    before.message.personId === message.personId &&
    !before.message.parentId === !message.parentId &&
    time(message) - time(before.message) < sameBreathMs
  );
}
