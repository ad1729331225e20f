import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { FakeSocket, settle } from './fake_socket.mjs';
import { DIRECTORY_MAX, MESSAGES_KEPT_MAX, PENDING_MAX } from './limits.js';
import * as rooms from './rooms.js';
import { state } from './state.js';
import { lines } from './timeline.js';

const me = { userId: 'me', username: 'Me' };
const other = { id: 'other', username: 'Other' };
const message = (seq, text = `message ${seq}`, sender = other) =>
  ({ id: `m${seq}`, seq, roomId: 'r', sender, text, createdAt: '2024-05-01T12:00:00.000Z' });

// No timer of a connection that a test leaves behind may keep the process alive.
mock.timers.enable({ apis: ['setTimeout'] });

let ackId; // of the next command

// hear has the server tell an event; expect checks the commands sent; answer replies to the oldest.
const hear = (event, ...args) => FakeSocket.last.say(`42${JSON.stringify([event, ...args])}`);
const expect = (...commands) =>
  assert.deepEqual(FakeSocket.last.take().map((frame) => JSON.parse(frame.replace(/^42\d+/, ''))), commands);
const answer = (reply) => {
  FakeSocket.last.say(`43${ackId++}${JSON.stringify([reply])}`);
  return settle();
};

const joined = (facts = {}) => ({
  success: true, roomId: 'r', room: { id: 'r', name: 'Room', creator: 'other', userCount: 2 },
  users: [other, { id: 'me', username: 'Me' }], messages: [], epoch: 'e1', seq: 0, gap: false, ...facts,
});
const room = () => state.open.get('r');
const texts = () => lines(room(), 'me').filter(({ kind }) => kind === 'message').map(({ text }) => text);

async function enter(facts) {
  const reply = rooms.joinRoom('r');
  FakeSocket.last.take();
  await answer(joined(facts));
  return reply;
}

// send has the page send a text and gives the clientId that went with it.
function send(text) {
  rooms.sendMessage(room(), text);
  return room().pending.at(-1).clientId;
}

// reconnect loses the connection and has the next one come up at once.
async function reconnect() {
  FakeSocket.last.drop();
  rooms.connectNow();
  FakeSocket.last.open();
  FakeSocket.last.sent.shift();
  await settle();
}

beforeEach(() => {
  ackId = 0;
  Object.assign(state, { open: new Map(), directory: new Map(), shown: '', toast: null });
  rooms.begin(me);
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.take(), ['40{"userId":"me","username":"Me"}']);
});

test('the list follows the feed', () => {
  hear('roomsList', [{ id: 'a', name: 'A', isPublic: true, memberCount: 1 }]);
  hear('newPublicRoom', { id: 'b', name: 'B', memberCount: 1 });
  hear('newRoomAvailable', { roomId: 'b', name: 'B', userCount: 1, hasPassword: true });
  hear('roomUpdated', { roomId: 'b', userCount: 5 });
  hear('roomUpdated', { roomId: 'unknown', userCount: 5 });
  hear('roomRemoved', { roomId: 'a' });
  assert.deepEqual([...state.directory.keys()], ['b']);
  const { userCount, memberCount, hasPassword } = state.directory.get('b');
  assert.deepEqual([userCount, memberCount, hasPassword], [5, 1, true]);
});

test('the list is bounded', () => {
  for (let i = 0; i <= DIRECTORY_MAX; i++) hear('newPublicRoom', { id: `r${i}`, name: 'R' });
  assert.equal(state.directory.size, DIRECTORY_MAX);
  assert.ok(state.directory.has(`r${DIRECTORY_MAX}`));
});

test('creating a room enters it', async () => {
  const created = rooms.createRoom({ name: 'Room', password: 'p' });
  expect(['createRoom', { name: 'Room', password: 'p' }]);
  await answer({ success: true, roomId: 'r', room: {} });
  expect(['joinRoom', { roomId: 'r', password: 'p' }]);
  await answer(joined());
  assert.equal((await created).success, true);
  assert.equal(room().userCount, 2);
});

test('a refused command gives its reply and changes nothing', async () => {
  const reply = rooms.joinRoom('r');
  await answer({ success: false, code: 'room_full', error: 'Room is full' });
  assert.equal((await reply).code, 'room_full');
  assert.equal(state.open.size, 0);
});

test('an own message is shown at once, and once', async () => {
  await enter();
  const clientId = send('hello');
  expect(['sendMessage', { roomId: 'r', text: 'hello', clientId }]);
  assert.deepEqual(texts(), ['hello']);
  await answer({ success: true, messageId: 'm2', seq: 2 });
  hear('newMessage', message(1, 'before'));
  hear('newMessage', message(2, 'hello', { id: 'me', username: 'Me' }));
  hear('newMessage', message(2, 'hello', { id: 'me', username: 'Me' }));
  assert.deepEqual(texts(), ['before', 'hello']);
  assert.deepEqual(room().pending, []);
  assert.equal(room().items.at(-1).key, clientId, 'its place in the document is kept');
});

test('a refused message waits for its author', async () => {
  await enter();
  const clientId = send('hello');
  await answer({ success: false, code: 'rate_limited', error: 'Rate limited' });
  assert.equal(room().pending[0].phase, 'failed');
  FakeSocket.last.take();
  rooms.retryMessage(room(), clientId);
  expect(['sendMessage', { roomId: 'r', text: 'hello', clientId }]);
  await answer({ success: false, code: 'rate_limited', error: 'Rate limited' });
  rooms.discardMessage(room(), clientId);
  assert.deepEqual(texts(), []);
});

test('messages that wait are bounded', async () => {
  await enter();
  for (let i = 0; i < PENDING_MAX; i++) assert.equal(rooms.sendMessage(room(), 'x'), true);
  assert.equal(rooms.sendMessage(room(), 'x'), false);
  assert.equal(room().pending.length, PENDING_MAX);
});

test('messages that are kept are bounded', async () => {
  await enter();
  for (let seq = 1; seq <= MESSAGES_KEPT_MAX + 5; seq++) hear('newMessage', message(seq));
  assert.equal(room().items.length, MESSAGES_KEPT_MAX);
  assert.equal(room().items[0].seq, 6);
});

test('after a reconnect what was missed is appended, and what waited is sent', async () => {
  await enter({ messages: [message(1)], seq: 1 });
  const acked = send('acked, and then the line broke');
  await answer({ success: true, messageId: 'm2', seq: 2 });
  const lost = send('the answer was lost');
  await reconnect();
  ackId++; // the lost answer's
  const offline = send('written meanwhile');
  expect(['joinRoom', { roomId: 'r', since: { epoch: 'e1', seq: 1 } }]);
  await answer(joined({
    messages: [message(2, 'acked, and then the line broke'), message(3, 'of others')], seq: 3,
  }));
  expect(
    ['sendMessage', { roomId: 'r', text: 'the answer was lost', clientId: lost }],
    ['sendMessage', { roomId: 'r', text: 'written meanwhile', clientId: offline }],
  );
  assert.deepEqual(texts(), [
    'message 1', 'acked, and then the line broke', 'of others', 'the answer was lost', 'written meanwhile',
  ]);
  assert.equal(room().items[1].key, acked);
});

test('a repeated message that had arrived is not shown twice', async () => {
  await enter();
  send('hello');
  await reconnect();
  ackId++;
  await answer(joined({ messages: [message(1, 'hello', { id: 'me', username: 'Me' })], seq: 1 }));
  await answer({ success: true, messageId: 'm1', seq: 1 });
  assert.deepEqual(texts(), ['hello']);
});

test('after a gap the messages are replaced, which is said', async () => {
  await enter({ messages: [message(7)], seq: 7 });
  await reconnect();
  await answer(joined({ messages: [message(1, 'anew')], epoch: 'e2', seq: 1, gap: true }));
  assert.deepEqual(texts(), ['anew']);
  assert.equal(room().items[0].kind, 'notice');
  assert.deepEqual([room().epoch, room().seq], ['e2', 1]);
});

test('a message that was acked and fell into the gap waits no longer', async () => {
  await enter();
  send('hello');
  await answer({ success: true, messageId: 'm1', seq: 1 });
  await reconnect();
  await answer(joined({ epoch: 'e2', gap: true }));
  assert.deepEqual(texts(), []);
});

test('a message without an answer is sent again after a reconnect', async () => {
  await enter();
  const clientId = send('hello');
  mock.timers.tick(10_000);
  await settle();
  assert.equal(room().pending[0].phase, 'failed');
  await reconnect();
  ackId++;
  FakeSocket.last.take();
  await answer(joined());
  expect(['sendMessage', { roomId: 'r', text: 'hello', clientId }]);
});

test('a return that fails for the moment is tried again', async () => {
  await enter();
  await reconnect();
  FakeSocket.last.take();
  await answer({ success: false, code: 'rate_limited', error: 'Rate limited', retryAfterMs: 300 });
  mock.timers.tick(299);
  expect();
  mock.timers.tick(1);
  expect(['joinRoom', { roomId: 'r', since: { epoch: 'e1', seq: 0 } }]);
  await answer(joined());
  assert.equal(room().inside, true);
});

test('a room that was left while coming back stays left', async () => {
  await enter();
  await reconnect();
  send('never mind');
  FakeSocket.last.take();
  rooms.leaveRoom('r');
  expect(['leaveRoom', 'r']);
  await answer(joined());
  assert.equal(state.open.size, 0);
  expect();
});

test('a room that is gone after a reconnect is closed', async () => {
  await enter();
  state.shown = 'r';
  await reconnect();
  await answer({ success: false, code: 'room_not_found', error: 'Room does not exist' });
  assert.equal(state.open.size, 0);
  assert.equal(state.shown, '');
  assert.match(state.toast.text, /^Room: /);
});

test('people come and go, also those the reply did not name', async () => {
  await enter({ room: { id: 'r', name: 'Room', creator: 'other', userCount: 1000 } });
  hear('userJoined', { roomId: 'r', userId: 'new', user: { id: 'new', username: 'New' } });
  assert.equal(room().userCount, 1001);
  hear('userLeft', { roomId: 'r', userId: 'other', username: 'Other' });
  hear('userLeft', { roomId: 'r', userId: 'unnamed', username: 'Unnamed', disconnected: true });
  hear('userJoined', { roomId: 'elsewhere', userId: 'x', user: { id: 'x', username: 'X' } });
  assert.equal(room().userCount, 999);
  assert.deepEqual([...room().users.keys()], ['me', 'new']);
});

test('messages are counted while the room is not looked at', async () => {
  await enter();
  hear('newMessage', message(1));
  hear('newMessage', message(2, 'own, of another tab', { id: 'me', username: 'Me' }));
  assert.equal(room().unread, 1);
  state.shown = 'r';
  hear('newMessage', message(3));
  assert.equal(room().unread, 1);
  state.shown = '';
  await reconnect();
  await answer(joined({ messages: [message(4), message(5)], seq: 5 }));
  assert.equal(room().unread, 3);
});

test('a refusal leads back to the welcome', async () => {
  rooms.begin(me);
  FakeSocket.last.say('0{"pingInterval":1000,"pingTimeout":1000}', '44{"message":"Authentication failed"}');
  assert.deepEqual([state.me, state.refusal], [null, 'Authentication failed']);
});
