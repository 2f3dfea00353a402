// A card as text, for when the card library could not be loaded or cannot show this card. Text,
// facts and buttons are all there; only the layout is lost.
import { el } from './dom.js';
import { safeLink } from './html.js';

const depthMax = 20;

/** An element with the card's words, inputs and buttons. `press(inputs)` is called for a button. */
export function cardAsText(card, press) {
  const inputs = [];
  const buttons = [];
  const box = el('div', { class: 'card card-text', role: 'group', 'aria-label': 'Card, as text' });
  const body = collect(card?.body, inputs, buttons, 0);
  box.append(...body);
  addActions(card?.actions, inputs, buttons, 0, box);
  const row = buttons.map((action) => button(action, inputs, press)).filter(Boolean);
  if (row.length > 0) box.append(el('div', { class: 'card-actions' }, row));
  if (box.childElementCount === 0) box.append(el('p', {}, fallbackWords(card)));
  return box;
}

function fallbackWords(card) {
  return typeof card?.fallbackText === 'string' ? card.fallbackText : 'A card without text.';
}

const list = (value) => (Array.isArray(value) ? value : []);
const words = (value) => (typeof value === 'string' || typeof value === 'number' ? `${value}` : '');

function collect(items, inputs, buttons, depth) {
  if (depth > depthMax) return [];
  return list(items)
    .filter((item) => item && item.isVisible !== false)
    .flatMap((item) => render(item, inputs, buttons, depth));
}

function render(item, inputs, buttons, depth) {
  const inner = (items) => collect(items, inputs, buttons, depth + 1);
  switch (item.type) {
    case 'TextBlock':
      return [el('p', { class: isTitle(item) ? 'card-title' : null }, words(item.text))];
    case 'RichTextBlock':
      return [el('p', {}, list(item.inlines).map((run) => words(run?.text ?? run)).join(''))];
    case 'FactSet':
      return [facts(item.facts)];
    case 'Image':
      return item.altText ? [el('p', { class: 'quiet' }, `Picture: ${words(item.altText)}`)] : [];
    case 'ColumnSet':
      return inner(list(item.columns).map((column) => ({ ...column, type: 'Container' })));
    case 'Table':
      return inner(list(item.rows).flatMap((row) => list(row?.cells)).map(asContainer));
    case 'ActionSet':
      buttons.push(...list(item.actions));
      return [];
    default:
      if (String(item.type).startsWith('Input.')) return [input(item, inputs)];
      return inner(item.items ?? item.images);
  }
}

const asContainer = (cell) => ({ ...cell, type: 'Container' });
const isTitle = (item) =>
  item.weight === 'Bolder' || item.style === 'heading' || /large/i.test(item.size ?? '');

function facts(items) {
  const pairs = list(items).flatMap((fact) => [
    el('dt', {}, words(fact?.title)),
    el('dd', {}, words(fact?.value)),
  ]);
  return el('dl', { class: 'facts' }, pairs);
}

function input(item, inputs) {
  const id = words(item.id);
  const label = words(item.label) || words(item.title) || words(item.placeholder) || id;
  const field = fieldFor(item);
  inputs.push({ id, read: field.read });
  const node = el('label', { class: 'card-input' }, el('span', {}, label), field.node);
  return node;
}

function fieldFor(item) {
  if (item.type === 'Input.Toggle') {
    const on = words(item.valueOn) || 'true';
    const off = words(item.valueOff) || 'false';
    const node = el('input', { type: 'checkbox' });
    node.checked = words(item.value) === on;
    return { node, read: () => (node.checked ? on : off) };
  }
  if (item.type === 'Input.ChoiceSet') {
    const options = list(item.choices).map((choice) =>
      el('option', { value: words(choice?.value) }, words(choice?.title)));
    const node = el('select', { multiple: item.isMultiSelect === true }, options);
    const chosen = words(item.value).split(',');
    for (const option of node.options) option.selected = chosen.includes(option.value);
    return { node, read: () => [...node.selectedOptions].map((o) => o.value).join(',') };
  }
  const types = { 'Input.Number': 'number', 'Input.Date': 'date', 'Input.Time': 'time' };
  const node = item.isMultiline
    ? el('textarea', { rows: 3 })
    : el('input', { type: types[item.type] ?? 'text' });
  node.value = words(item.value);
  return { node, read: () => node.value };
}

/** Actions of the card and of the cards they show, which as text all stand below each other. */
function addActions(actions, inputs, buttons, depth, box) {
  if (depth > depthMax) return;
  for (const action of list(actions)) {
    if (action?.type !== 'Action.ShowCard') {
      buttons.push(action);
      continue;
    }
    box.append(el('p', { class: 'card-title' }, words(action.title)));
    box.append(...collect(action.card?.body, inputs, buttons, depth + 1));
    addActions(action.card?.actions, inputs, buttons, depth + 1, box);
  }
}

function button(action, inputs, press) {
  const title = words(action?.title) || 'Send';
  if (action?.type === 'Action.OpenUrl') {
    const url = safeLink(action.url, ['http:', 'https:']);
    if (!url) return null;
    return el('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer' }, title);
  }
  if (action?.type !== 'Action.Submit' && action?.type !== 'Action.Execute') return null;
  return el('button', { type: 'button', on: { click: () => press(gather(action, inputs)) } }, title);
}

function gather(action, inputs) {
  const data = action.data && typeof action.data === 'object' ? action.data : {};
  const typed = Object.fromEntries(inputs.map(({ id, read }) => [id, read()]));
  return { ...data, ...typed };
}
