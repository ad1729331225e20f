import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import {
  answer, argumentOf, expect, fresh, hear, joined, message, messages, reconnect,
} from './fake_server.mjs';
import { MESSAGES_KEPT_MAX, RETRY_DELAY } from './limits.js';
import { loadAfter, loadBefore, loadEnd } from './messages.js';
import { joinRoom } from './rooms.js';
import { state } from './state.js';
import { firstSeq, lastSeq } from './timeline.js';

const room = () => state.open.get('r');
const page = (from, to, hasMore) => ({ success: true, messages: messages(from, to), hasMore });

async function enter(from, to) {
  joinRoom('r');
  await answer('joinRoom', joined({ messages: messages(from, to), seq: to }));
}

// goBack has pages of 50 fetched until the window is full and its end has been cut.
async function goBack() {
  while (!room().after) {
    loadBefore(room());
    const { before } = argumentOf('getHistory');
    await answer('getHistory', page(before - 50, before - 1, before > 51));
  }
}

beforeEach(() => fresh());

test('older messages come before, one page at a time', async () => {
  await enter(101, 150);
  loadBefore(room());
  loadBefore(room());
  expect(['getHistory', { roomId: 'r', before: 101, limit: 50 }]);
  await answer('getHistory', page(51, 100, true));
  loadBefore(room());
  await answer('getHistory', page(1, 50, false));
  assert.deepEqual([firstSeq(room()), lastSeq(room()), room().before, room().items.length], [1, 150, false, 150]);
  loadBefore(room());
  expect();
});

test('a room from its beginning has nothing before', async () => {
  await enter(1, 3);
  assert.equal(room().before, false);
});

test('the window is bounded: far up, what is said now is only counted', async () => {
  await enter(951, 1000);
  await goBack();
  assert.equal(room().items.length, MESSAGES_KEPT_MAX);
  assert.equal(lastSeq(room()), 950);
  hear('newMessage', message(1001));
  hear('userJoined', { roomId: 'r', userId: 'new', user: { id: 'new', username: 'New' } });
  assert.deepEqual([lastSeq(room()), room().seq, room().unread, room().items.length], [950, 1001, 1, MESSAGES_KEPT_MAX]);
});

test('coming down again leads to what is said now', async () => {
  await enter(951, 1000);
  await goBack();
  hear('newMessage', message(1001));
  loadAfter(room());
  expect(['getHistory', { roomId: 'r', after: 950, limit: 50 }]);
  await answer('getHistory', page(951, 1000, true));
  assert.equal(room().after, true);
  loadAfter(room());
  await answer('getHistory', page(1001, 1001, false));
  hear('newMessage', message(1002));
  assert.deepEqual([lastSeq(room()), room().after, room().before], [1002, false, true]);
  assert.equal(room().items.length, MESSAGES_KEPT_MAX);
});

test('the newest can be jumped to', async () => {
  await enter(951, 1000);
  await goBack();
  loadEnd(room());
  expect(['getHistory', { roomId: 'r', limit: 50 }]);
  await answer('getHistory', page(951, 1000, true));
  assert.deepEqual([firstSeq(room()), lastSeq(room()), room().before, room().after], [951, 1000, true, false]);
});

test('an answer that comes after a gap is of the past', async () => {
  await enter(101, 150);
  await reconnect();
  loadBefore(room()); // not inside yet
  expect(['joinRoom', { roomId: 'r', since: { epoch: 'e1', seq: 150 } }]);
  await answer('joinRoom', joined({ messages: messages(101, 150), seq: 150 }));
  loadBefore(room());
  joinRoomAnew();
  await answer('getHistory', page(51, 100, true));
  assert.equal(firstSeq(room()), 501);
});

// joinRoomAnew plays a gap that is told while the history is being fetched.
function joinRoomAnew() {
  room().items = messages(501, 550).map((m) => ({ ...m, key: m.id, kind: 'message' }));
}

test('a refused page is asked for again after a while only', async () => {
  await enter(101, 150);
  loadBefore(room());
  await answer('getHistory', { success: false, code: 'rate_limited', error: 'Rate limited', retryAfterMs: 5000 });
  assert.match(state.toast.text, /5 s/);
  loadBefore(room());
  expect();
  mock.timers.tick(5000);
  loadBefore(room());
  await answer('getHistory', { success: false, code: 'unavailable', error: 'Try again' });
  mock.timers.tick(RETRY_DELAY);
  loadBefore(room());
  await answer('getHistory', page(51, 100, true));
  assert.equal(firstSeq(room()), 51);
});
