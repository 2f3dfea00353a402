// The chat page of the sandbox: puts the parts together and keeps them in step with the server.
import * as api from './api.js';
import { composer } from './composer.js';
import { connectionMark } from './connection.js';
import { conversation } from './conversation.js';
import { deliveryPanel } from './deliveries.js';
import { byId, setText } from './dom.js';
import { faultPlan } from './faults.js';
import { listen } from './live.js';
import { requestLog } from './requests.js';
import { roomList } from './rooms.js';
import { pictureViewer, sheets } from './sheets.js';
import { troubleSwitch } from './trouble.js';

const retryMs = 1500;
const lookForBotMs = 3000;
const roomKey = 'stentor.room';
const reloadedForKey = 'stentor.reloadedFor';

let state = null;
let current = null;
let firstBotUrl;
let retry = 0;
let reading = null;
const unread = new Map();

const drawers = sheets();
const enlarge = pictureViewer();
const rooms = roomList((id) => {
  drawers.close();
  openRoom(id);
  byId('composer-text').focus();
});
const writing = composer(async (roomId, text, parentId) => {
  const posted = await api.postMessage(roomId, text, parentId);
  if (posted?.id) take('created', posted);
});
const talk = conversation({
  reply: (message) => writing.replyTo(message),
  press: api.pressButton,
  enlarge,
  showDelivery: (delivery) => {
    if (getComputedStyle(byId('open-panel')).display !== 'none') byId('open-panel').click();
    deliveries.show(delivery);
  },
});
const trouble = troubleSwitch(api.setTrouble);
const faults = faultPlan({ read: api.readFaults, change: api.setFaults });
const connection = connectionMark(() => stream.now());
const requests = requestLog(showMessage);
const deliveries = deliveryPanel({
  changed: (byMessage) => talk.setFates(byMessage),
  showMessage,
  roomTitle: (id) => roomById(id)?.title ?? '',
});

const roomById = (id) => state?.rooms.find((room) => room.id === id);

async function showMessage(messageId, roomId) {
  drawers.close();
  if (roomId && roomId !== current && roomById(roomId)) await openRoom(roomId);
  talk.show(messageId);
}

function drawRooms() {
  rooms.draw(state?.rooms ?? [], current, unread);
  const total = [...unread.values()].reduce((sum, count) => sum + count, 0);
  document.title = total > 0 ? `(${total}) Stentor sandbox` : 'Stentor sandbox';
  byId('open-rooms').classList.toggle('has-news', total > 0);
}

async function openRoom(id) {
  const room = roomById(id);
  if (!room) return;
  const isOther = current !== id;
  current = id;
  unread.delete(id);
  localStorage.setItem(roomKey, id);
  setText(byId('room-title'), room.title);
  setText(
    byId('room-about'),
    room.type === 'group' ? 'Group room · mention @Stentor' : 'Direct · no mention needed',
  );
  writing.setRoom(room);
  drawRooms();
  // What happens while the list is on its way is put on top of it afterwards.
  const mine = { missed: [] };
  reading = mine;
  try {
    const answer = await api.readMessages(id);
    if (reading !== mine) return;
    reading = null;
    talk.replace(answer.items ?? [], isOther);
    for (const { verb, message } of mine.missed) take(verb, message);
  } catch (error) {
    if (reading === mine) reading = null;
    failed(error);
  }
}

function failed(error) {
  // While the sandbox is away that is said elsewhere, and its return reads everything anew.
  if (!connection.isLive()) return;
  setText(byId('failure'), `${error.message} Trying again.`);
  byId('failure').hidden = false;
  clearTimeout(retry);
  retry = setTimeout(refresh, retryMs);
}

/** Reads everything anew: at the start, after a gap in the stream, and when the server says so. */
async function refresh() {
  clearTimeout(retry);
  try {
    state = await api.readState();
    trouble.show(state.trouble ?? { mode: 'none' });
    faults.show(state.faults);
    takeBotUrl(state.botUrl ?? null);
    setText(byId('person'), state.person?.displayName ?? '');
    const wanted = [current, localStorage.getItem(roomKey)].find(roomById) ?? firstRoom()?.id;
    drawRooms();
    setText(byId('failure'), state.problem ?? '');
    byId('failure').hidden = !state.problem;
    if (wanted) await openRoom(wanted);
  } catch (error) {
    failed(error);
  }
}

const firstRoom = () => state.rooms.find((room) => room.type === 'group') ?? state.rooms[0];

/**
 * The address of the bot. This page's security policy names the one that was known when the page
 * was loaded; for another one the page is loaded again, once. Drafts survive that.
 */
function takeBotUrl(url) {
  firstBotUrl ??= { url };
  if (url && url !== firstBotUrl.url && sessionStorage.getItem(reloadedForKey) !== url) {
    sessionStorage.setItem(reloadedForKey, url);
    location.reload();
    return;
  }
  deliveries.setAddress(url);
}

async function lookForBot() {
  if (!state || state.botUrl || document.hidden) return;
  const seen = await api.readState().catch(() => null);
  if (!seen?.botUrl) return;
  state.botUrl = seen.botUrl;
  takeBotUrl(seen.botUrl);
}

/** One change of one message, whichever way it came. */
function take(verb, message) {
  const room = roomById(message.roomId);
  if (room && verb === 'created') room.lastActivity = message.created;
  const own = message.personId === state?.person?.id;
  if (message.roomId === current && reading) {
    reading.missed.push({ verb, message });
  } else if (message.roomId === current) {
    const isNew = verb === 'created' && !talk.get(message.id);
    if (verb === 'deleted') talk.remove(message.id);
    else talk.put(message, own);
    if (isNew && !own) announce(message);
  } else if (verb === 'created' && !own && room) {
    unread.set(room.id, (unread.get(room.id) ?? 0) + 1);
  }
  drawRooms();
}

function announce(message) {
  const files = (message.files ?? []).map((file) => file.name).join(', ');
  const words = message.text || (files ? `sent ${files}` : 'sent a card');
  setText(byId('announcer'), `${message.displayName}: ${words}`);
}

const stream = listen({
  connected: () => {
    connection.up();
    refresh();
  },
  disconnected: () => connection.down(),
  message: ({ verb, message }) => message?.id && take(verb, message),
  request: (request) => request.id !== undefined && requests.put(request),
  trouble: (now) => trouble.show(now),
  faults: (now) => faults.show(now),
  reset: refresh,
});
refresh();
setInterval(lookForBot, lookForBotMs);
setInterval(drawRooms, 30_000);
