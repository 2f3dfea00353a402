// Where the person writes: one draft per room, suggestions, replies in a thread.
import { byId, el, setText } from './dom.js';

const suggestions = ['help', 'charts', 'chart mttr', 'status', 'report aging-tickets'];
const mention = '@Stentor';
const draftKey = (roomId) => `stentor.draft.${roomId}`;

/** The composer in #composer. `send(roomId, text, parentId)` posts and may reject. */
export function composer(send) {
  const form = byId('composer');
  const text = byId('composer-text');
  const note = byId('composer-note');
  const remind = byId('composer-remind');
  const thread = byId('composer-thread');
  const button = byId('composer-send');
  let room = null;
  let parent = null;
  let sending = false;

  byId('suggestions').append(
    ...suggestions.map((words) =>
      el('li', {}, el('button', { type: 'button', on: { click: () => suggest(words) } }, words))),
  );

  function suggest(words) {
    text.value = room?.type === 'group' ? `${mention} ${words}` : words;
    changed();
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }

  function changed() {
    text.style.height = 'auto';
    text.style.height = `${text.scrollHeight}px`;
    const typed = text.value.trim();
    const unheard = room?.type === 'group' && typed !== '' && !/@stentor\b/i.test(typed);
    remind.hidden = !unheard;
    button.disabled = typed === '' || sending || !room;
    if (room) sessionStorage.setItem(draftKey(room.id), text.value);
  }

  function say(words) {
    setText(note, words);
    note.hidden = words === '';
  }

  function replyTo(message) {
    parent = message;
    thread.hidden = message === null;
    if (!message) return;
    setText(byId('composer-thread-name'), `Replying to ${message.displayName} in a thread`);
    text.focus();
  }

  async function submit() {
    const typed = text.value.trim();
    if (typed === '' || sending || !room) return;
    const target = room;
    const root = parent?.parentId ?? parent?.id;
    sending = true;
    form.setAttribute('aria-busy', 'true');
    changed();
    try {
      await send(target.id, typed, root);
      sessionStorage.removeItem(draftKey(target.id));
      if (room?.id === target.id) {
        text.value = '';
        replyTo(null);
      }
      say('');
    } catch (error) {
      say(`Not sent. ${error.message} Your text is still here.`);
    } finally {
      sending = false;
      form.removeAttribute('aria-busy');
      changed();
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  text.addEventListener('input', changed);
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && parent) replyTo(null);
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  byId('composer-thread-cancel').addEventListener('click', () => {
    replyTo(null);
    text.focus();
  });
  byId('composer-mention').addEventListener('click', () => {
    text.value = `${mention} ${text.value}`;
    changed();
    text.focus();
  });

  return {
    setRoom(next) {
      if (room?.id === next.id) return;
      room = next;
      text.value = sessionStorage.getItem(draftKey(next.id)) ?? '';
      text.placeholder = next.type === 'group' ? `Message ${next.title}` : 'Ask Stentor';
      replyTo(null);
      say('');
      changed();
    },
    replyTo,
  };
}
