import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { findRooms, moreRooms } from './directory.js';
import { answer, argumentOf, expect, fresh, hear, joined, message, messages, mine, reconnect } from './fake_server.mjs';
import { DIRECTORY_MAX, MARK_INTERVAL } from './limits.js';
import { look } from './reading.js';
import { joinRoom, leaveRoom } from './rooms.js';
import { state, totalUnread } from './state.js';

const listing = (id, facts = {}) => ({ id, name: id.toUpperCase(), userCount: 1, memberCount: 1, lastActivity: '2024', ...facts });
const found = (rooms, nextCursor = null) => ({ success: true, rooms, nextCursor });
const ids = () => [...state.directory.keys()];
const room = () => state.open.get('r');

// connect answers what the page asks at first: its own rooms, then the public ones.
async function connect(own = [], open = []) {
  fresh();
  await answer('listRooms', found(own));
  await answer('listRooms', found(open));
}

beforeEach(() => connect());

// ---- Public rooms ----

test('the list follows the feed', () => {
  hear('roomsList', [{ id: 'a', name: 'A', isPublic: true, memberCount: 1 }]);
  hear('newPublicRoom', { id: 'b', name: 'B', memberCount: 1 });
  hear('newRoomAvailable', { roomId: 'b', name: 'B', userCount: 1, hasPassword: true });
  hear('roomUpdated', { roomId: 'b', userCount: 5 });
  hear('roomUpdated', { roomId: 'unknown', userCount: 5 });
  hear('roomRemoved', { roomId: 'a' });
  assert.deepEqual(ids(), ['b']);
  const { userCount, memberCount, hasPassword } = state.directory.get('b');
  assert.deepEqual([userCount, memberCount, hasPassword], [5, 1, true]);
});

test('the list is bounded', () => {
  for (let i = 0; i <= DIRECTORY_MAX; i++) hear('newPublicRoom', { id: `r${i}`, name: 'R' });
  assert.equal(state.directory.size, DIRECTORY_MAX);
  assert.ok(state.directory.has(`r${DIRECTORY_MAX}`));
});

test('rooms are paged', async () => {
  await connect([], [listing('a')]);
  findRooms('');
  await answer('listRooms', found([listing('a')], 'c1'));
  moreRooms();
  assert.equal(argumentOf('listRooms').cursor, 'c1');
  await answer('listRooms', found([listing('b')]));
  assert.deepEqual([ids(), state.nextCursor], [['a', 'b'], null]);
});

test('a search shows what it found, and the feed does not add to it', async () => {
  findRooms('t');
  findRooms('te');
  expect(['listRooms', { limit: 30, search: 't' }], ['listRooms', { limit: 30, search: 'te' }]);
  await answer('listRooms', found([listing('tulip')]));
  assert.deepEqual(ids(), [], 'an answer that came too late');
  await answer('listRooms', found([listing('tea')], 'c'));
  hear('newPublicRoom', { id: 'b', name: 'B' });
  hear('roomUpdated', { roomId: 'tea', userCount: 9 });
  assert.deepEqual(ids(), ['tea']);
  assert.equal(state.directory.get('tea').userCount, 9);
  moreRooms();
  expect(['listRooms', { limit: 30, cursor: 'c', search: 'te' }]);
});

test('a failed search is said', async () => {
  findRooms('t');
  await answer('listRooms', { success: false, code: 'rate_limited', error: '', retryAfterMs: 900 });
  assert.equal(state.toast.text, 'That was a little fast. Try again in 1 s.');
});

// ---- One's own rooms ----

test('own rooms are entered, with what is unread', async () => {
  fresh();
  hear('roomsList', [{ id: 'r', name: 'R', isPublic: false, memberCount: 2, unreadCount: 3 }]);
  await answer('listRooms', found([listing('r'), listing('s', { unreadCount: 2 })]));
  assert.equal(totalUnread(), 5);
  await answer('joinRoom', joined());
  assert.equal(room().unread, 3);
  await answer('joinRoom', { success: false, code: 'room_full', error: '' });
  assert.deepEqual([[...state.open.keys()], [...state.mine.keys()]], [['r'], ['r', 's']]);
  hear('newMessage', message(1));
  assert.equal(totalUnread(), 6);
});

test('a room that is left is no longer one’s own', async () => {
  await connect([listing('r')]);
  await answer('joinRoom', joined());
  leaveRoom('r');
  assert.deepEqual([state.mine.size, state.open.size, ids()], [0, 0, ['r']]);
});

// ---- Reading ----

async function enter(facts) {
  joinRoom('r');
  await answer('joinRoom', joined(facts));
}

test('messages are counted while the room is not looked at', async () => {
  await enter();
  hear('newMessage', message(1));
  hear('newMessage', message(2, 'own, of another tab', mine));
  assert.equal(room().unread, 1);
  state.shown = 'r';
  hear('newMessage', message(3));
  assert.equal(room().unread, 0);
  state.shown = '';
  await reconnect();
  await answer('joinRoom', joined({ messages: [message(4), message(5)], seq: 5 }));
  assert.equal(room().unread, 2);
});

test('looking marks the room as read, now and then', async () => {
  await enter({ messages: messages(1, 3), seq: 3 });
  state.shown = 'r';
  look(room());
  expect(['markRead', { roomId: 'r', seq: 3 }]);
  await answer('markRead', { success: true, unreadCount: 0 });
  look(room());
  hear('newMessage', message(4));
  hear('newMessage', message(5));
  expect();
  mock.timers.tick(MARK_INTERVAL);
  expect(['markRead', { roomId: 'r', seq: 5 }]);
  await answer('markRead', { success: true, unreadCount: 0 });
  mock.timers.tick(MARK_INTERVAL);
  expect();
});

test('what other devices have read is read', async () => {
  await connect([listing('s', { unreadCount: 4 })]);
  await answer('joinRoom', { success: false, code: 'room_full', error: '' });
  hear('roomRead', { roomId: 's', seq: 7, unreadCount: 1 });
  assert.equal(totalUnread(), 1);
  await enter();
  hear('newMessage', message(1));
  hear('roomRead', { roomId: 'r', seq: 1, unreadCount: 0 });
  assert.equal(room().unread, 0);
  state.shown = 'r';
  look(room());
  expect();
});
