// The fault plan: any misfortune the sandbox can play, as JSON. docs/sandbox.md describes it.
import { byId, el, setText } from './dom.js';

const messages = { method: 'POST', path: '/v1/messages' };
const rule = (action, fields = {}) => ({ rules: [{ ...fields, action }] });
const hook = (action, fields = {}) => ({ hooks: [{ ...fields, action }] });

const examples = {
  'Half answers': rule({ kind: 'commitThenFail', cutBodyAfter: 40 }, { ...messages, every: 2 }),
  'Answers dribble': rule({ kind: 'delay', dripBytes: 20, dripMs: 100 }, { bots: true }),
  'Uploads break off': rule(
    { kind: 'cutRequest', cutAfter: 1000, reset: true },
    { ...messages, bots: true, count: 2 },
  ),
  'Flapping: every other request fails': rule(
    { kind: 'fail', status: 503, body: 'html' },
    { bots: true, every: 2 },
  ),
  'A limit for each room': rule(
    { kind: 'rateLimit', requests: 2, periodMs: 10_000, byRoom: true },
    messages,
  ),
  'Files are scanned for 5 s': rule({ kind: 'scan', scanMs: 5000, verdict: 'clean' }),
  'Odd pages': rule({ kind: 'paging', maxNull: true, dropFilter: true, emptyPage: true }, { every: 2 }),
  'Webhooks come twice': hook({ kind: 'duplicate' }),
  'Webhooks overtake each other': hook({ kind: 'reorder', delayMs: 2000 }, { every: 2 }),
  'Webhooks get lost': hook({ kind: 'drop' }, { every: 2 }),
  'Webhooks are signed wrongly': hook({ kind: 'wrongSignature' }),
  'The webhook is switched off': hook({ kind: 'disable' }, { count: 1 }),
};

const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

/** "2 rules, 1 for webhooks"; empty for no plan. */
export function planWords(plan) {
  const rules = plan?.rules ?? 0;
  const hooks = plan?.hooks ?? 0;
  if (rules + hooks === 0) return '';
  const all = count(rules + hooks, 'rule', 'rules');
  return hooks === 0 ? all : `${all}, ${hooks} for webhooks`;
}

/**
 * The plan in #plan and the notice in #plan-notice. `read()` gives the plan that is on,
 * `change(text)` sets another; both may reject.
 */
export function faultPlan({ read, change }) {
  const box = byId('plan');
  const text = byId('plan-text');
  const note = byId('plan-note');
  const choice = byId('plan-example');

  for (const name of Object.keys(examples)) choice.append(el('option', { value: name }, name));
  choice.addEventListener('change', () => {
    const example = examples[choice.value];
    if (example) text.value = JSON.stringify(example, null, 2);
    choice.value = '';
    say('');
    text.focus();
    text.setSelectionRange(0, 0);
    text.scrollTop = 0;
  });
  byId('plan-apply').addEventListener('click', () => apply(text.value));
  byId('plan-remove').addEventListener('click', () => apply('{}'));
  byId('plan-off').addEventListener('click', () => apply('{}'));
  box.addEventListener('toggle', async () => {
    if (!box.open || text.value !== '') return;
    const plan = await read().catch(() => null);
    if (plan && planWords({ rules: plan.rules?.length, hooks: plan.hooks?.length })) {
      text.value = JSON.stringify(plan, null, 2);
    }
  });

  function say(words, isBad = false) {
    setText(note, words);
    note.classList.toggle('bad', isBad);
  }

  async function apply(plan) {
    try {
      await change(plan.trim() === '' ? '{}' : plan);
      say('');
    } catch (error) {
      say(error.message.replace('The sandbox refused: cannot use the fault plan: ', 'Not used: '), true);
    }
  }

  return {
    /** `plan` says how many rules are on: {rules, hooks}. */
    show(plan) {
      const words = planWords(plan);
      setText(byId('plan-count'), words === '' ? 'none' : words);
      byId('plan-remove').hidden = words === '';
      byId('plan-notice').hidden = words === '';
      setText(byId('plan-words'), words);
    },
  };
}
