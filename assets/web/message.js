// One message as an element.
import { cardElement } from './cards.js';
import { el, icon } from './dom.js';
import { sanitize } from './html.js';
import { attemptWords, clockTime, hue, initials, sizeWords } from './words.js';

const replyIcon = 'M8 5 3.5 9.5 8 14M4 9.5h7.5a5 5 0 0 1 5 5V16';
const fileIcon = 'M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15';
const maximumRatio = 4;

/** What of a message is shown; two messages with equal signatures look the same. */
export function signature(message) {
  const { text, html, updated, files, card, displayName } = message;
  return JSON.stringify([text, html, updated, files, card, displayName]);
}

/**
 * Makes the element. `hooks` holds `reply(message)`, `press(messageId, inputs)`, `grown()` (called
 * when a picture or a card has got its final height) and `enlarge(file)`.
 */
export function messageElement(message, hooks) {
  const name = message.displayName || message.personEmail || 'Unknown';
  const time = el(
    'time',
    { datetime: message.created, title: new Date(message.created).toLocaleString('en-GB') },
    clockTime(message.created),
  );
  const reply = el(
    'button',
    {
      type: 'button',
      class: 'reply',
      title: 'Reply in thread',
      'aria-label': `Reply to ${name} in thread`,
      on: { click: () => hooks.reply(message) },
    },
    icon(replyIcon),
  );
  return el(
    'li',
    { class: 'message', dataset: { id: message.id, hue: message.isBot ? 'bot' : hue(name) } },
    el('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(name)),
    el(
      'div',
      { class: 'message-main' },
      el(
        'div',
        { class: 'byline' },
        el('strong', {}, name),
        message.isBot ? el('span', { class: 'tag' }, 'Bot') : null,
        time,
      ),
      body(message, hooks),
      el('div', { class: 'fate' }),
    ),
    reply,
  );
}

function body(message, hooks) {
  const box = el('div', { class: 'body' });
  if (message.card) {
    const press = (inputs) => hooks.press(message.id, inputs);
    box.append(cardElement(message.card, press, hooks.grown));
  } else if (message.html) {
    const text = el('div', { class: 'text rich' });
    text.append(sanitize(message.html));
    for (const table of text.querySelectorAll('table')) scrollable(table);
    box.append(text);
  } else if (message.text) {
    box.append(el('div', { class: 'text plain' }, message.text));
  }
  if (message.updated) {
    const when = `Edited ${new Date(message.updated).toLocaleString('en-GB')}`;
    (box.lastElementChild ?? box).append(el('span', { class: 'edited', title: when }, '(edited)'));
  }
  const files = message.files ?? [];
  box.append(...files.filter(isPicture).map((file) => picture(file, hooks)));
  const others = files.filter((file) => !isPicture(file)).map(chip);
  if (others.length > 0) box.append(el('div', { class: 'files' }, others));
  return box;
}

function scrollable(table) {
  const frame = el('div', { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': 'Table' });
  table.replaceWith(frame);
  frame.append(table);
}

const isPicture = (file) =>
  /^image\/(png|jpeg|gif|webp|bmp|svg\+xml)$/.test(file.contentType ?? '') && ownAddress(file);

/** Files come from this server only; anything else is named but not linked. */
const ownAddress = (file) => String(file.url).startsWith('/sandbox/contents/');

function picture(file, hooks) {
  const image = el('img', { alt: file.name || 'Picture', decoding: 'async' });
  const button = el(
    'button',
    {
      type: 'button',
      class: 'picture loading',
      'aria-label': `Enlarge ${file.name || 'picture'}`,
      on: { click: () => hooks.enlarge(file) },
    },
    image,
  );
  image.addEventListener('load', () => {
    button.classList.remove('loading');
    const ratio = image.naturalWidth / Math.max(1, image.naturalHeight);
    button.classList.toggle('tall', ratio < 1 / maximumRatio);
    hooks.grown();
  });
  image.addEventListener('error', () => {
    button.replaceWith(el('p', { class: 'quiet' }, `The picture ${file.name} cannot be shown.`));
    hooks.grown();
  });
  image.src = file.url;
  return button;
}

function chip(file) {
  const inside = [
    icon(fileIcon),
    el('span', { class: 'file-name' }, file.name || 'File'),
    el('span', { class: 'quiet' }, sizeWords(file.size)),
  ];
  if (!ownAddress(file)) return el('span', { class: 'file' }, inside);
  return el('a', { class: 'file', href: file.url, download: file.name || true }, inside);
}

/**
 * Says under the message how it arrived, where that was not plain: late, or not at the first try.
 * `show(delivery)` leads to the delivery in the side panel.
 */
export function setFate(node, delivery, show) {
  const fate = node.querySelector('.fate');
  const late = delivery?.confirmedLate === true;
  const attempts = delivery?.attempts ?? 0;
  const worthSaying = delivery?.state === 'delivered' && (late || attempts > 1);
  const key = worthSaying ? `${delivery.id}/${late}/${attempts}` : '';
  if ((fate.dataset.key ?? '') === key) return false;
  fate.dataset.key = key;
  fate.replaceChildren();
  if (worthSaying) {
    const words = [late ? 'Confirmed late' : 'Delivered', attemptWords(attempts)].join(' · ');
    fate.append(el('button', { type: 'button', on: { click: () => show(delivery) } }, words));
  }
  return true;
}
