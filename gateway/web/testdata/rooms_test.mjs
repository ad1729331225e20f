import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import {
  answer, argumentOf, expect, fresh, hear, joined, message, messages, mine, other, reconnect,
} from './fake_server.mjs';
import { FakeSocket, settle } from './fake_socket.mjs';
import { MESSAGES_KEPT_MAX, PENDING_MAX, PEOPLE_KEPT_MAX } from './limits.js';
import * as said from './messages.js';
import * as rooms from './rooms.js';
import { begin } from './server.js';
import { state } from './state.js';
import { lines } from './timeline.js';

const room = () => state.open.get('r');
const texts = () => lines(room(), 'me').filter(({ kind }) => kind === 'message').map(({ text }) => text);

async function enter(facts) {
  const reply = rooms.joinRoom('r');
  await answer('joinRoom', joined(facts));
  return reply;
}

// send has the page send a text and gives the clientId that went with it.
function send(text) {
  said.sendMessage(room(), text);
  return room().pending.at(-1).clientId;
}

beforeEach(() => fresh());

test('connects as this person, or with a token', () => {
  assert.equal(fresh(), '40{"userId":"me","username":"Me"}');
  assert.equal(fresh({ userId: 'me', username: 'Me', token: 't' }), '40{"token":"t"}');
});

test('creating a room enters it', async () => {
  const created = rooms.createRoom({ name: 'Room', password: 'p' });
  expect(['createRoom', { name: 'Room', password: 'p' }]);
  await answer('createRoom', { success: true, roomId: 'r', room: {} });
  expect(['joinRoom', { roomId: 'r', password: 'p' }]);
  await answer('joinRoom', joined());
  assert.equal((await created).success, true);
  assert.equal(room().userCount, 2);
});

test('talking directly enters the room for two, under the other one’s name', async () => {
  rooms.openDirect('other');
  await answer('openDirect', { success: true, roomId: 'r', room: {} });
  const info = { id: 'r', name: 'Me & other', creator: 'me', type: 'persistent', isPrivate: true, maxUsers: 2, userCount: 1 };
  await answer('joinRoom', joined({ room: info }));
  assert.equal(room().direct, true);
});

test('a refused command gives its reply and changes nothing', async () => {
  const reply = rooms.joinRoom('r');
  await answer('joinRoom', { success: false, code: 'room_full', error: 'Room is full' });
  assert.equal((await reply).code, 'room_full');
  assert.equal(state.open.size, 0);
});

test('an own message is shown at once, and once', async () => {
  await enter();
  const clientId = send('hello');
  expect(['sendMessage', { roomId: 'r', text: 'hello', clientId }]);
  assert.deepEqual(texts(), ['hello']);
  await answer('sendMessage', { success: true, messageId: 'm2', seq: 2 });
  hear('newMessage', message(1, 'before'));
  hear('newMessage', message(2, 'hello', mine));
  hear('newMessage', message(2, 'hello', mine));
  assert.deepEqual(texts(), ['before', 'hello']);
  assert.deepEqual(room().pending, []);
  assert.equal(room().items.at(-1).key, clientId, 'its place in the document is kept');
});

test('a refused message waits for its author', async () => {
  await enter();
  const clientId = send('hello');
  await answer('sendMessage', { success: false, code: 'rate_limited', error: 'Rate limited', retryAfterMs: 1500 });
  assert.deepEqual(
    [room().pending[0].phase, room().pending[0].trouble],
    ['failed', 'That was a little fast. Try again in 2 s.'],
  );
  said.retryMessage(room(), clientId);
  expect(['sendMessage', { roomId: 'r', text: 'hello', clientId }]);
  await answer('sendMessage', { success: false, code: 'rate_limited', error: 'Rate limited' });
  said.discardMessage(room(), clientId);
  assert.deepEqual(texts(), []);
});

test('messages that wait are bounded', async () => {
  await enter();
  for (let i = 0; i < PENDING_MAX; i++) assert.equal(said.sendMessage(room(), 'x'), true);
  assert.equal(said.sendMessage(room(), 'x'), false);
  assert.equal(room().pending.length, PENDING_MAX);
});

test('messages that are kept are bounded', async () => {
  await enter();
  for (let seq = 1; seq <= MESSAGES_KEPT_MAX + 5; seq++) hear('newMessage', message(seq));
  assert.equal(room().items.length, MESSAGES_KEPT_MAX);
  assert.deepEqual([room().items[0].seq, room().before], [6, true]);
});

test('edits and deletions change what was said, each once', async () => {
  await enter({ messages: messages(1, 2), seq: 2 });
  said.editMessage(room(), 'm1', 'better');
  expect(['editMessage', { roomId: 'r', messageId: 'm1', text: 'better' }]);
  const edited = { roomId: 'r', seq: 3, messageId: 'm1', messageSeq: 1, text: 'better', attachments: [], editedAt: 'now', by: other };
  hear('messageEdited', edited);
  hear('messageEdited', { ...edited, text: 'told again' });
  hear('messageDeleted', { roomId: 'r', seq: 4, messageId: 'm2', messageSeq: 2, deletedAt: 'now', by: other });
  hear('messageDeleted', { roomId: 'r', seq: 5, messageId: 'not here', messageSeq: 0, deletedAt: 'now', by: other });
  assert.deepEqual(texts(), ['better', '']);
  assert.deepEqual([room().items[0].editedAt, room().items[1].deletedAt, room().seq], ['now', 'now', 5]);
});

test('after a reconnect what was missed is appended, and what waited is sent', async () => {
  await enter({ messages: [message(1)], seq: 1 });
  const acked = send('acked, and then the line broke');
  await answer('sendMessage', { success: true, messageId: 'm2', seq: 2 });
  const lost = send('the answer was lost');
  await reconnect();
  const offline = send('written meanwhile');
  expect(['joinRoom', { roomId: 'r', since: { epoch: 'e1', seq: 1 } }]);
  await answer('joinRoom', joined({
    messages: [message(2, 'acked, and then the line broke'), message(3, 'of others')],
    changes: [{ seq: 4, messageId: 'm1', messageSeq: 1, text: 'edited meanwhile', editedAt: 'now' }],
    seq: 4,
  }));
  expect(
    ['sendMessage', { roomId: 'r', text: 'the answer was lost', clientId: lost }],
    ['sendMessage', { roomId: 'r', text: 'written meanwhile', clientId: offline }],
  );
  assert.deepEqual(texts(), [
    'edited meanwhile', 'acked, and then the line broke', 'of others', 'the answer was lost', 'written meanwhile',
  ]);
  assert.equal(room().items[1].key, acked);
  assert.equal(room().seq, 4);
});

test('a repeated message that had arrived is not shown twice', async () => {
  await enter();
  send('hello');
  await reconnect();
  await answer('joinRoom', joined({ messages: [message(1, 'hello', mine)], seq: 1 }));
  await answer('sendMessage', { success: true, messageId: 'm1', seq: 1 });
  assert.deepEqual(texts(), ['hello']);
});

test('after a gap the messages are replaced, which is said', async () => {
  await enter({ messages: [message(7)], seq: 7 });
  await reconnect();
  await answer('joinRoom', joined({ messages: [message(1, 'anew')], epoch: 'e2', seq: 1, gap: true }));
  assert.deepEqual(texts(), ['anew']);
  assert.equal(room().items[0].kind, 'notice');
  assert.deepEqual([room().epoch, room().seq], ['e2', 1]);
});

test('a message that was acked and fell into the gap waits no longer', async () => {
  await enter();
  send('hello');
  await answer('sendMessage', { success: true, messageId: 'm1', seq: 1 });
  await reconnect();
  await answer('joinRoom', joined({ epoch: 'e2', gap: true }));
  assert.deepEqual(texts(), []);
});

test('a message without an answer is sent again after a reconnect', async () => {
  await enter();
  const clientId = send('hello');
  mock.timers.tick(10_000);
  await settle();
  assert.equal(room().pending[0].phase, 'failed');
  await reconnect();
  await answer('joinRoom', joined());
  expect(['sendMessage', { roomId: 'r', text: 'hello', clientId }]);
});

test('a return that fails for the moment is tried again', async () => {
  await enter();
  await reconnect();
  await answer('joinRoom', { success: false, code: 'rate_limited', error: 'Rate limited', retryAfterMs: 300 });
  mock.timers.tick(299);
  expect();
  mock.timers.tick(1);
  expect(['joinRoom', { roomId: 'r', since: { epoch: 'e1', seq: 0 } }]);
  await answer('joinRoom', joined());
  assert.equal(room().inside, true);
});

test('a room that was left while coming back stays left', async () => {
  await enter();
  await reconnect();
  send('never mind');
  rooms.leaveRoom('r');
  await answer('leaveRoom', { success: true });
  await answer('joinRoom', joined());
  assert.equal(state.open.size, 0);
  expect();
});

test('a room that is gone after a reconnect is closed', async () => {
  await enter();
  state.shown = 'r';
  await reconnect();
  await answer('joinRoom', { success: false, code: 'room_not_found', error: 'Room does not exist' });
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

test('people are paged until somebody new is named, and their names are bounded', async () => {
  await enter({ room: { id: 'r', name: 'Room', creator: 'other', userCount: 1000 } });
  rooms.morePeople(room());
  assert.deepEqual(argumentOf('getRoomUsers'), { roomId: 'r', limit: 100 });
  await answer('getRoomUsers', { success: true, users: [other, mine], total: 900, nextCursor: 'c' });
  assert.deepEqual(argumentOf('getRoomUsers'), { roomId: 'r', limit: 100, cursor: 'c' });
  const users = Array.from({ length: PEOPLE_KEPT_MAX }, (_, i) => ({ id: `u${i}`, username: 'U' }));
  await answer('getRoomUsers', { success: true, users, total: 900, nextCursor: 'd' });
  expect();
  assert.deepEqual([room().users.size, room().userCount], [PEOPLE_KEPT_MAX, 900]);
});

test('a deleted room is closed, and it is said why', async () => {
  await enter();
  hear('roomDeleted', { roomId: 'r', reason: 'Administrator action' });
  assert.equal(state.open.size, 0);
  assert.equal(state.toast.text, 'Room was deleted: Administrator action');
});

const HANDSHAKE = '0{"pingInterval":1000,"pingTimeout":1000}';

test('a refusal leads back to the welcome, and asks for a token where one is needed', () => {
  const refusals = [
    ['{"message":"Authentication failed","data":{"code":"authentication_failed"}}', false],
    ['{"message":"Authentication required","data":{"code":"authentication_required"}}', true],
  ];
  for (const [refusal, needsToken] of refusals) {
    begin({ userId: 'me', username: 'Me' });
    FakeSocket.last.say(HANDSHAKE, `44${refusal}`);
    assert.deepEqual([state.me, state.refusal, state.needsToken], [null, JSON.parse(refusal).message, needsToken]);
  }
  begin({ userId: 'me', username: 'Me', token: 'old' });
  FakeSocket.last.say(HANDSHAKE, '44{"message":"Invalid token","data":{"code":"invalid_token"}}');
  assert.equal(state.needsToken, true);
});
