// The switch that makes the sandbox misbehave, with what each trouble means for the bot.
import { byId, el, setText } from './dom.js';
import { span } from './words.js';

const modes = [
  {
    mode: 'none',
    name: 'None',
    says: 'Every request is answered as Webex would answer it.',
  },
  {
    mode: 'unavailable',
    name: 'Unavailable',
    says: 'Every request gets 503 and nothing is stored. The bot waits a little longer each time and tries again.',
  },
  {
    mode: 'throttled',
    name: 'Throttled',
    says: 'Messages are refused with 429 and Retry-After. The bot keeps still until that time has passed.',
  },
  {
    mode: 'answers_lost',
    name: 'Answers lost',
    says: 'Messages are stored, but the connection is cut before the answer. The bot looks for its message instead of sending it twice.',
  },
  {
    mode: 'slow',
    name: 'Slow',
    says: 'Answers take several seconds. Nothing fails; everything takes longer.',
  },
  {
    mode: 'token_refused',
    name: 'Token refused',
    says: 'Every request gets 401. The bot holds its queue, throws nothing away, and goes on once the token is right again.',
  },
];

const named = (mode) => modes.find((one) => one.mode === mode) ?? { name: mode, says: '' };

/**
 * The switch in #trouble-modes and the notice in #trouble-notice. `change(mode, seconds)` asks the
 * server and may reject; the switch shows what the server says.
 */
export function troubleSwitch(change) {
  const seconds = byId('trouble-seconds');
  const said = byId('trouble-says');
  const left = byId('trouble-left');
  const notice = byId('trouble-notice');
  let now = { mode: 'none', ends: null };

  const buttons = modes.map(({ mode, name }) => {
    const input = el('input', {
      type: 'radio',
      name: 'trouble',
      value: mode,
      on: { change: () => pick(mode) },
    });
    return el('label', { class: 'segment', dataset: { mode } }, input, el('span', {}, name));
  });
  byId('trouble-modes').append(...buttons);
  byId('trouble-off').addEventListener('click', () => pick('none'));
  seconds.addEventListener('change', () => now.mode !== 'none' && pick(now.mode));

  async function pick(mode) {
    try {
      const answer = await change(mode, Number(seconds.value));
      if (answer?.mode) show(answer);
      else show({ mode, remainingMs: mode === 'none' ? null : Number(seconds.value) * 1000 });
    } catch (error) {
      draw();
      setText(said, error.message);
    }
  }

  function show(trouble) {
    const remaining = trouble.remainingMs;
    const ends = Number.isFinite(remaining) && remaining > 0 ? Date.now() + remaining : null;
    now = { mode: trouble.mode ?? 'none', ends };
    draw();
  }

  function draw() {
    const { name, says } = named(now.mode);
    for (const button of buttons) {
      const input = button.firstElementChild;
      input.checked = input.value === now.mode;
    }
    setText(said, says);
    notice.hidden = now.mode === 'none';
    document.body.classList.toggle('in-trouble', now.mode !== 'none');
    setText(byId('trouble-name'), `Trouble is on: ${name.toLowerCase()}`);
    tick();
  }

  function tick() {
    const remaining = now.ends === null ? null : now.ends - Date.now();
    if (remaining !== null && remaining <= 0 && now.mode !== 'none') {
      // The server says so as well; this is for when its word is late.
      now = { mode: 'none', ends: null };
      draw();
      return;
    }
    const words = remaining === null ? 'until switched off' : `${span(remaining)} left`;
    setText(left, now.mode === 'none' ? '' : words.replace('until', 'Until'));
    setText(byId('trouble-count'), words);
  }

  setInterval(tick, 250);
  draw();
  return { show };
}
