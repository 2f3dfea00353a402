// Rooms and side panel as drawers where the window is too narrow to show them beside the messages.
import { byId } from './dom.js';

/** Lets the buttons in the top bar open and close both drawers. Returns `close()`. */
export function sheets() {
  const backdrop = byId('backdrop');
  const all = [
    { name: 'rooms-open', sheet: byId('rooms-column'), opener: byId('open-rooms') },
    { name: 'panel-open', sheet: byId('panel'), opener: byId('open-panel') },
  ];
  const columns = [byId('rooms-column'), byId('conversation'), byId('panel')];
  const setBehind = (sheet) => {
    for (const column of columns) column.inert = sheet !== null && column !== sheet;
  };
  let open = null;

  function show(one) {
    close();
    open = one;
    document.body.classList.add(one.name);
    one.opener.setAttribute('aria-expanded', 'true');
    backdrop.hidden = false;
    setBehind(one.sheet);
    const first = one.sheet.querySelector('[aria-current], .close-sheet');
    first?.focus();
  }

  function close() {
    if (!open) return;
    const { name, opener } = open;
    open = null;
    document.body.classList.remove(name);
    opener.setAttribute('aria-expanded', 'false');
    backdrop.hidden = true;
    setBehind(null);
    opener.focus();
  }

  for (const one of all) {
    one.opener.addEventListener('click', () => (open === one ? close() : show(one)));
    one.sheet.querySelector('.close-sheet').addEventListener('click', close);
  }
  backdrop.addEventListener('click', close);
  document.addEventListener('keydown', (event) => event.key === 'Escape' && close());
  // Where there is room for all three columns, nothing is a drawer any more.
  for (const query of ['(min-width: 760px)', '(min-width: 1160px)']) {
    window.matchMedia(query).addEventListener('change', close);
  }
  return { close };
}

/** The dialog that shows one picture in full. */
export function pictureViewer() {
  const dialog = byId('viewer');
  const image = byId('viewer-image');
  const original = byId('viewer-original');
  byId('viewer-close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  return (file) => {
    image.src = file.url;
    image.alt = file.name || 'Picture';
    original.href = file.url;
    byId('viewer-name').textContent = file.name || 'Picture';
    dialog.showModal();
  };
}
