// Message HTML from the service, rebuilt from an allow-list. What is not named here is not shown.

const allowed = new Set([
  'p', 'br', 'hr', 'strong', 'b', 'em', 'i', 'del', 's', 'u', 'code', 'pre', 'blockquote',
  'ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6',
  'table', 'thead', 'tbody', 'tr', 'th', 'td', 'span', 'div',
]);
// Left out with all that is in them; of other unknown elements the text is kept.
const swallowed = new Set([
  'script', 'style', 'template', 'noscript', 'iframe', 'object', 'embed', 'svg', 'math', 'head',
  'title', 'textarea', 'select', 'form', 'input', 'button',
]);
const nodesMax = 20_000;
const depthMax = 60;

/** The address as a URL when it is http, https or mailto; else null. */
export function safeLink(address, schemes = ['http:', 'https:', 'mailto:']) {
  try {
    const url = new URL(String(address));
    return schemes.includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** A fragment for untrusted HTML. The parser's document is inert: nothing in it runs or loads. */
export function sanitize(html) {
  const parsed = new DOMParser().parseFromString(String(html), 'text/html');
  const fragment = document.createDocumentFragment();
  const budget = { left: nodesMax };
  copyChildren(parsed.body, fragment, budget, 0);
  return fragment;
}

function copyChildren(from, to, budget, depth) {
  if (depth > depthMax) {
    to.append(from.textContent ?? '');
    return;
  }
  for (const child of from.childNodes) {
    budget.left -= 1;
    if (budget.left < 0) return;
    if (child.nodeType === Node.TEXT_NODE) to.append(child.data);
    else if (child.nodeType === Node.ELEMENT_NODE) copyElement(child, to, budget, depth);
  }
}

function copyElement(from, to, budget, depth) {
  const tag = from.localName;
  if (swallowed.has(tag)) return;
  const made = counterpart(from, tag);
  if (made) to.append(made);
  copyChildren(from, made ?? to, budget, depth + 1);
}

/** The clean element that stands for `from`, or null where only its children are kept. */
function counterpart(from, tag) {
  if (tag === 'a') return link(from);
  if (tag === 'spark-mention') {
    const mention = document.createElement('span');
    mention.className = 'mention';
    return mention;
  }
  if (!allowed.has(tag)) return null;
  const made = document.createElement(tag);
  if (tag === 'ol') {
    const start = Number.parseInt(from.getAttribute('start') ?? '', 10);
    if (Number.isSafeInteger(start)) made.setAttribute('start', String(start));
  }
  if (tag === 'th' || tag === 'td') {
    const align = from.getAttribute('align') ?? '';
    if (['left', 'right', 'center'].includes(align)) made.className = `align-${align}`;
  }
  return made;
}

function link(from) {
  const url = safeLink(from.getAttribute('href'));
  if (!url) return null;
  const made = document.createElement('a');
  made.href = url.href;
  made.target = '_blank';
  made.rel = 'noopener noreferrer';
  return made;
}
