// Whether the sandbox is there, in words: the small mark in the corner and the bar above the talk.
import { byId, setText } from './dom.js';
import { clockTime } from './words.js';

const words = {
  starting: 'Connecting…',
  live: 'Live',
  waiting: 'Reconnecting…',
  away: 'The sandbox is away',
};
// A restart of the sandbox takes less than this; only more is worth a word.
const patienceMs = 2000;

/** The marks of class .connection and the bar #away. `tryNow()` is its button. */
export function connectionMark(tryNow) {
  let kind = 'starting';
  let seen = null;
  let timer = 0;

  byId('away-now').addEventListener('click', tryNow);

  function set(next) {
    kind = next;
    document.body.dataset.connection = kind;
    for (const node of document.querySelectorAll('.connection')) setText(node, words[kind]);
    byId('away').hidden = kind !== 'away';
    // What cannot be switched now must not look as if it could.
    byId('trouble-controls').disabled = kind === 'away';
  }

  function giveUpWaiting() {
    timer = 0;
    const since = seen ? `What you see is from ${clockTime(seen, true)}.` : 'It does not answer.';
    setText(byId('away-since'), `${since} This page reconnects by itself.`);
    set('away');
  }

  set(kind);
  return {
    isLive: () => kind === 'live',
    up() {
      clearTimeout(timer);
      timer = 0;
      set('live');
    },
    /** May be called for every attempt that fails; the first one counts. */
    down() {
      if (kind === 'live') seen = Date.now();
      if (kind === 'away' || timer !== 0) return;
      if (kind === 'live') set('waiting');
      timer = setTimeout(giveUpWaiting, patienceMs);
    },
  };
}
