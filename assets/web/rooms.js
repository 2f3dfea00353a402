// The list of rooms on the left; a drawer on a phone.
import { arrange, byId, el, setText } from './dom.js';
import { agoWords } from './words.js';

/** The list in #rooms. `choose(roomId)` is called when the person picks a room. */
export function roomList(choose) {
  const listNode = byId('rooms');
  const rows = new Map();

  listNode.addEventListener('keydown', (event) => {
    const buttons = [...listNode.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement);
    const target = {
      ArrowDown: buttons[Math.min(at + 1, buttons.length - 1)],
      ArrowUp: buttons[Math.max(at - 1, 0)],
      Home: buttons[0],
      End: buttons[buttons.length - 1],
    }[event.key];
    if (!target || at < 0) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = button === target ? 0 : -1;
    target.focus();
  });

  function row(room) {
    if (rows.has(room.id)) return rows.get(room.id);
    const parts = {
      mark: el('span', { class: 'room-mark', 'aria-hidden': 'true' }),
      title: el('span', { class: 'room-title' }),
      kind: el('span', { class: 'room-kind' }),
      time: el('span', { class: 'room-time' }),
      unread: el('span', { class: 'unread' }),
    };
    const button = el(
      'button',
      { type: 'button', class: 'room', on: { click: () => choose(room.id) } },
      parts.mark,
      el('span', { class: 'room-words' }, parts.title, parts.kind),
      el('span', { class: 'room-side' }, parts.time, parts.unread),
    );
    rows.set(room.id, { node: el('li', {}, button), button, ...parts });
    return rows.get(room.id);
  }

  return {
    /** Draws `rooms`; `current` is the id of the open one, `unread` counts by room id. */
    draw(rooms, current, unread) {
      const focused = rooms.some((room) => rows.get(room.id)?.button === document.activeElement);
      for (const room of rooms) {
        const parts = row(room);
        const isGroup = room.type === 'group';
        setText(parts.mark, isGroup ? '#' : '@');
        setText(parts.title, room.title);
        setText(parts.kind, isGroup ? 'Group room' : 'Direct');
        setText(parts.time, agoWords(room.lastActivity, Date.now()));
        const count = unread.get(room.id) ?? 0;
        setText(parts.unread, count > 0 ? String(count) : '');
        if (count > 0) parts.unread.setAttribute('aria-label', `${count} unread`);
        else parts.unread.removeAttribute('aria-label');
        if (room.id === current) parts.button.setAttribute('aria-current', 'true');
        else parts.button.removeAttribute('aria-current');
        if (!focused) parts.button.tabIndex = room.id === current ? 0 : -1;
      }
      for (const id of [...rows.keys()]) if (!rooms.some((room) => room.id === id)) rows.delete(id);
      arrange(listNode, rooms.map((room) => rows.get(room.id).node));
      if (!current && rooms.length > 0) rows.get(rooms[0].id).button.tabIndex = 0;
    },
  };
}
