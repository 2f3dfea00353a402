// Cards, drawn by the adaptivecards library where it is there, else as text.
import { cardAsText } from './card_text.js';
import { el } from './dom.js';
import { safeLink } from './html.js';

let loading = null;

function addScript(src) {
  return new Promise((resolve) => {
    const script = el('script', {
      src,
      on: { load: () => resolve(true), error: () => resolve(false) },
    });
    document.head.append(script);
  });
}

/** Loads the library once, at the first card. Resolves to whether it is there. */
function library() {
  loading ??= (async () => {
    document.head.prepend(el('link', { rel: 'stylesheet', href: '/vendor/adaptivecards.css' }));
    await addScript('/vendor/markdown-it.umd.min.js');
    await addScript('/vendor/adaptivecards.min.js');
    return typeof window.AdaptiveCards?.AdaptiveCard === 'function';
  })();
  return loading;
}

/**
 * An element for `card`. The card is drawn into it as soon as the library is there; `drawn()` is
 * called then. `press(inputs)` sends a button's inputs and resolves when they are accepted.
 */
export function cardElement(card, press, drawn) {
  const note = el('p', { class: 'card-note', role: 'status' });
  const place = el('div', { class: 'card-place' });
  const send = async (inputs) => {
    note.textContent = 'Sending…';
    try {
      await press(inputs);
      note.textContent = 'Sent';
    } catch (error) {
      note.textContent = `Not sent. ${error.message}`;
    }
  };
  library().then((there) => {
    place.replaceChildren((there && draw(card, send)) || cardAsText(card, send));
    drawn();
  });
  return el('div', { class: 'card-frame' }, place, note);
}

function draw(source, send) {
  const { AdaptiveCard, HostConfig, Version } = window.AdaptiveCards;
  try {
    const card = new AdaptiveCard();
    card.version = new Version(1, 3);
    card.hostConfig = new HostConfig(hostConfig);
    card.onExecuteAction = (action) => execute(action, send);
    card.parse(source);
    const drawn = card.render();
    if (!drawn) return null;
    drawn.classList.add('card');
    return drawn;
  } catch {
    return null;
  }
}

function execute(action, send) {
  const type = action.getJsonTypeName();
  if (type === 'Action.OpenUrl') {
    const url = safeLink(action.url, ['http:', 'https:']);
    if (url) window.open(url.href, '_blank', 'noopener,noreferrer');
  } else if (type === 'Action.Submit' || type === 'Action.Execute') {
    const data = action.data && typeof action.data === 'object' ? action.data : {};
    send(data);
  }
}

const colour = (name) => ({ default: `var(${name})`, subtle: `var(${name}-soft, var(--ink-soft))` });

const foregroundColors = {
  default: colour('--ink'),
  dark: colour('--ink'),
  light: colour('--ink-soft'),
  accent: colour('--accent'),
  good: colour('--good'),
  warning: colour('--waiting'),
  attention: colour('--bad'),
};

const container = (background) => ({
  backgroundColor: background,
  borderColor: 'var(--line)',
  foregroundColors,
});

// Colours are the page's own variables, so that a card follows light and dark without a redraw.
const hostConfig = {
  fontFamily: 'inherit',
  spacing: { small: 4, default: 8, medium: 12, large: 20, extraLarge: 28, padding: 16 },
  separator: { lineThickness: 1, lineColor: 'var(--line)' },
  fontSizes: { small: 12, default: 14, medium: 15, large: 17, extraLarge: 21 },
  fontWeights: { lighter: 400, default: 400, bolder: 600 },
  lineHeights: { small: 17, default: 20, medium: 22, large: 24, extraLarge: 28 },
  imageSizes: { small: 40, medium: 80, large: 160 },
  supportsInteractivity: true,
  containerStyles: {
    default: container('transparent'),
    emphasis: container('var(--raised)'),
    accent: container('var(--accent-soft)'),
    good: container('var(--good-soft)'),
    warning: container('var(--waiting-soft)'),
    attention: container('var(--bad-soft)'),
  },
  actions: {
    maxActions: 5,
    spacing: 'medium',
    buttonSpacing: 0,
    showCard: { actionMode: 'inline', inlineTopMargin: 12, style: 'emphasis' },
    actionsOrientation: 'horizontal',
    actionAlignment: 'left',
  },
  inputs: {
    label: {
      inputSpacing: 'small',
      requiredInputs: { weight: 'bolder', suffix: ' *', suffixColor: 'attention' },
      optionalInputs: { weight: 'bolder' },
    },
    errorMessage: { spacing: 'small', color: 'attention', weight: 'bolder' },
  },
  textBlock: { headingLevel: 3 },
  factSet: {
    title: { weight: 'bolder', wrap: true, maxWidth: 160 },
    value: { wrap: true },
    spacing: 16,
  },
};
