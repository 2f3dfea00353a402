// The words of the chat page, without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agoWords,
  clockTime,
  dayName,
  deliveryWords,
  holdWords,
  initials,
  requestTone,
  shortPath,
  sizeWords,
  span,
} from '../../assets/web/words.js';

const now = new Date('2026-03-04T12:00:00').getTime();
const words = (delivery, hold) => deliveryWords(delivery, hold, now).text;

test('a delivery that has been given up says why', () => {
  assert.equal(words({ state: 'dead', reason: 'rejected' }), 'given up: refused by the service');
  assert.equal(
    words({ state: 'dead', reason: 'maybe_delivered' }),
    'given up: may have arrived, not repeated',
  );
  assert.equal(words({ state: 'dead', reason: 'something_new' }), 'given up: something_new');
  assert.equal(words({ state: 'dead' }), 'given up: no reason given');
});

test('a waiting delivery says when the next attempt is due', () => {
  const waiting = { state: 'pending', attempts: 1, due: now + 2500 };
  assert.equal(words(waiting), 'waiting, attempt 2 in 3 s');
  assert.equal(words({ ...waiting, due: now - 1 }), 'waiting, attempt 2 now');
  assert.equal(words({ state: 'pending', attempts: 0, due: 0 }), 'waiting for its turn');
  assert.equal(words({ state: 'pending', due: now + 120_000 }), 'waiting, due in 2 min');
});

test('a hold of the queue is named on everything that waits, and on nothing else', () => {
  const hold = { held: true, reason: 'token_refused' };
  assert.equal(words({ state: 'pending', attempts: 1, due: now }, hold), 'held: token refused');
  assert.equal(words({ state: 'delivered' }, hold), 'delivered');
  const inRoom = { state: 'pending', held: true, detail: 'POST /v1/messages: HTTP 404, a long story' };
  assert.equal(words({ ...inRoom, rule: 'webex_room_not_found' }), 'held: room not found');
  assert.equal(words({ ...inRoom, rule: 'something_new' }), 'held: its room refuses');
  const asked = { state: 'pending', attempts: 0, status: 429, due: now + 3000 };
  assert.equal(words(asked), 'asked to wait, again in 3 s');
  assert.equal(holdWords('POST /v1/messages: HTTP 401 [tracking id ROUTERGW_d07b]'),
    'held: POST /v1/messages: HTTP 401 [tracking id ROUTERGW_d07b]');
  assert.equal(holdWords(''), 'held');
});

test('a delivery confirmed by evidence is told from one that was answered', () => {
  assert.equal(words({ state: 'delivered', confirmedLate: true }), 'delivered (confirmed late)');
  assert.equal(words({ state: 'delivered', confirmedLate: false, attempts: 3 }), 'delivered');
  assert.equal(words({ state: 'sending', attempts: 2 }), 'sending, attempt 2');
  assert.equal(words({ state: 'a_state_of_tomorrow' }), 'a_state_of_tomorrow');
});

test('a request without an answer is not taken for a good one', () => {
  assert.equal(requestTone({ status: null }), 'lost');
  assert.equal(requestTone({ status: 200, outcome: 'stored, answer lost' }), 'lost');
  assert.equal(requestTone({ status: 429 }), 'waiting');
  assert.equal(requestTone({ status: 503 }), 'waiting');
  assert.equal(requestTone({ status: 401 }), 'bad');
  assert.equal(requestTone({ status: 204 }), 'good');
});

test('long ids and the values of a query are cut from a path', () => {
  const id = 'Y2lzY29zcGFyazovL3VzL01FU1NBR0UvMTIzNDU2';
  assert.equal(shortPath(`/v1/messages/${id}`), `/v1/messages/…${id.slice(-6)}`);
  assert.equal(shortPath('/v1/rooms?max=10&type=group'), '/v1/rooms?max&type');
});

test('sizes and spans are rounded to what one reads', () => {
  assert.equal(sizeWords(Number.NaN), '');
  assert.equal(sizeWords(999), '999 B');
  assert.equal(sizeWords(1536), '1.5 kB');
  assert.equal(sizeWords(48_120), '48 kB');
  assert.equal(sizeWords(2_500_000), '2.5 MB');
  assert.equal(span(-5), '0 s');
  assert.equal(span(89_001), '2 min');
});

test('a name without letters still has initials', () => {
  assert.equal(initials(''), '?');
  assert.equal(initials(undefined), '?');
  assert.equal(initials('Stentor'), 'S');
  assert.equal(initials('anna maria lund'), 'AL');
});

test('days are named by the calendar, not by hours that have passed', () => {
  assert.equal(dayName('2026-03-04T00:01:00', now), 'Today');
  assert.equal(dayName('2026-03-03T23:59:00', now), 'Yesterday');
  assert.equal(dayName('2026-02-27T08:00:00', now), 'Friday 27 February');
  assert.equal(agoWords('not a time', now), '');
  assert.equal(agoWords('2026-03-04T11:58:30', now), '1 min');
  assert.equal(clockTime('2026-03-04T09:05:07', true), '09:05:07');
});
