// Every command's success, in both styles of reply, and what others are told of it.

import assert from 'node:assert/strict';
import { assertTime, connect, mark, nameOf, scenario, userOf } from './client.js';
import { covers } from './rows.js';

// assertRoom compares a room with what is expected of it, but for its times.
function assertRoom(room, expected) {
  const { createdAt, lastActivity, ...rest } = room;
  assertTime(createdAt);
  assertTime(lastActivity);
  assert.deepEqual(rest, {
    description: '', type: 'ephemeral', isPrivate: false, hasPassword: false, maxUsers: null, ...expected,
  });
}

function assertMessage(message, expected) {
  const { id, createdAt, timestamp, ...rest } = message;
  assert.equal(typeof id, 'string');
  assertTime(createdAt);
  assert.equal(timestamp, createdAt);
  assert.deepEqual(rest, { attachments: [], ...expected });
}

scenario('createRoom', covers('command:createRoom', 'event:roomCreated'), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const settings = {
    roomId: 'made', name: 'Tea <&> ☕', description: 'Of tea', maxUsers: 7, password: 'secret', persistent: true,
  };
  const expected = {
    id: 'made', name: 'Tea <&> ☕', description: 'Of tea', creator: 'anna', type: 'persistent',
    hasPassword: true, maxUsers: 7, userCount: 1, memberCount: 1, users: ['anna'],
  };
  const { room, ...reply } = await anna.ask('createRoom', settings);
  assert.deepEqual(reply, { success: true, roomId: 'made' });
  assertRoom(room, expected);

  anna.tell('createRoom', { ...settings, roomId: 'told' });
  const told = await anna.next('roomCreated');
  assert.equal(told.roomId, 'told');
  assertRoom(told.room, { ...expected, id: 'told' });
  assert.equal(anna.all('roomCreated').length, 1);
  const { room: joined } = await ben.must('joinRoom', { roomId: 'told', password: 'secret' });
  assertRoom(joined, { ...expected, id: 'told', userCount: 2, memberCount: 2, users: ['anna', 'ben'] });
});

scenario('createRoom without settings', async () => {
  const anna = await connect('anna');
  for (const args of [[], [{}], [null]]) {
    const { roomId, room } = await anna.must('createRoom', ...args);
    assert.ok(roomId.length >= 16, roomId);
    assertRoom(room, {
      id: roomId, name: 'Unnamed Room', creator: 'anna', userCount: 1, memberCount: 1, users: ['anna'],
    });
  }
});

scenario('joinRoom', covers(
  'command:joinRoom', 'event:joinedRoom', 'event:userList', 'event:roomHistory', 'event:userJoined',
), async () => {
  const anna = await connect('anna');
  const ben = await connect('ben');
  const cleo = await connect('cleo');
  const { roomId } = await anna.must('createRoom', { name: 'Tea' });
  const sent = await anna.must('sendMessage', { roomId, text: 'before' });
  const expected = { id: roomId, name: 'Tea', creator: 'anna' };

  const { room, users, messages, epoch, ...reply } = await ben.ask('joinRoom', roomId);
  assert.deepEqual(reply, { success: true, roomId, seq: 1, gap: false });
  assert.match(epoch, /^.{8,}$/);
  assertRoom(room, { ...expected, userCount: 2, memberCount: 2, users: ['anna', 'ben'] });
  assert.deepEqual(users, [userOf('anna'), userOf('ben')]);
  assert.equal(messages.length, 1);
  assert.equal(messages[0].id, sent.messageId);
  assertMessage(messages[0], { seq: 1, roomId, sender: userOf('anna'), userId: 'anna', text: 'before' });
  assert.deepEqual(await anna.next('userJoined'), { roomId, userId: 'ben', user: userOf('ben') });

  cleo.tell('joinRoom', { roomId });
  const joined = await cleo.next('joinedRoom');
  const all = ['anna', 'ben', 'cleo'];
  assert.equal(joined.roomId, roomId);
  assertRoom(joined.room, { ...expected, userCount: 3, memberCount: 3, users: all });
  assert.deepEqual(await cleo.next('userList'), { roomId, users: all });
  const { history, ...position } = await cleo.next('roomHistory');
  assert.deepEqual(position, { roomId, epoch, seq: 1, gap: false });
  assert.deepEqual(history, messages);

  await mark(roomId, anna, ben, cleo);
  for (const silent of [ben, cleo]) {
    assert.deepEqual(silent.all('userJoined').filter(({ userId }) => userId !== 'cleo'), []);
  }
  assert.deepEqual(ben.all('joinedRoom').concat(ben.all('userList'), ben.all('roomHistory')), []);
});

scenario('leaveRoom', covers(
  'command:leaveRoom', 'event:userLeft', 'fine:leaving when not inside succeeds',
), async () => {
  const anna = await connect('anna');
  const { roomId } = await anna.must('createRoom');
  const left = { roomId, userId: 'ben', username: nameOf('ben') };
  const ben = await connect('ben');
  await ben.must('joinRoom', roomId);
  assert.deepEqual(await ben.ask('leaveRoom', roomId), { success: true });
  assert.deepEqual(await anna.next('userLeft'), left);

  await ben.must('joinRoom', roomId);
  ben.tell('leaveRoom', roomId);
  assert.deepEqual(await anna.next('userLeft'), left);
  assert.deepEqual(await ben.ask('leaveRoom', roomId), { success: true }, 'again');
  assert.deepEqual(ben.all('userLeft').concat(ben.all('error')), []);
});

scenario('sendMessage and chatMessage', covers(
  'command:sendMessage', 'command:chatMessage', 'event:newMessage',
), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom');
  await ben.must('joinRoom', roomId);
  const attachments = [{ url: '/a.png', size: 7, 'odd key <': [null, 1.50] }, {}];

  const first = await anna.ask('sendMessage', { roomId, text: 'one', attachments, clientId: 'c-1' });
  assert.deepEqual(first, { success: true, messageId: first.messageId, seq: 1 });
  const second = await anna.ask('chatMessage', { roomId, message: 'two' });
  assert.deepEqual(second, { success: true, messageId: second.messageId, seq: 2 });
  assert.deepEqual(await anna.ask('sendMessage', { roomId, text: 'one', clientId: 'c-1' }), first);
  anna.tell('sendMessage', { roomId, text: 'three' });
  anna.tell('chatMessage', { roomId, message: 'four' });

  for (const client of [anna, ben]) {
    await client.count('newMessage', 4);
    await mark(roomId, anna, ben);
    const messages = client.all('newMessage');
    assert.deepEqual(messages.map(({ text }) => text), ['one', 'two', 'three', 'four']);
    assert.equal(messages[0].id, first.messageId);
    const common = { roomId, sender: userOf('anna'), userId: 'anna' };
    assertMessage(messages[0], { ...common, seq: 1, text: 'one', attachments });
    assertMessage(messages[3], { ...common, seq: 4, text: 'four' });
  }
  assert.deepEqual(anna.all('error'), []);
});

scenario('the answer to a message comes before the message', covers(
  'fine:the ack comes before the own event',
), async () => {
  const anna = await connect('anna');
  const { roomId } = await anna.must('createRoom');
  const order = [];
  anna.socket.on('newMessage', ({ text }) => order.push(`message ${text}`));
  for (let i = 1; i <= 50; i++) {
    anna.socket.emit('sendMessage', { roomId, text: `${i}` }, () => order.push(`answer ${i}`));
  }
  await anna.count('newMessage', 50);
  assert.deepEqual(order, Array.from({ length: 50 }, (_, i) => [`answer ${i + 1}`, `message ${i + 1}`]).flat());
});

scenario('emitToRoom', covers('command:emitToRoom'), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom');
  await ben.must('joinRoom', roomId);
  const values = [{ x: 1, y: [true, null] }, 'text', 0, -1.5, false, null, [], ''];
  for (const [i, data] of values.entries()) {
    assert.deepEqual(await anna.ask('emitToRoom', { roomId, event: `own ${i}`, data }), { success: true });
  }
  anna.tell('emitToRoom', { roomId, event: 'no data' });
  for (const [i, data] of values.entries()) {
    const [got, { at, ...context }, offset, ...more] = await ben.nextArgs(`own ${i}`);
    assert.deepEqual(got, data);
    assert.deepEqual(context, { roomId, sender: userOf('anna') });
    assertTime(at);
    assert.deepEqual([typeof offset, more], ['string', []]);
  }
  assert.equal(await ben.next('no data'), null);

  anna.tell('emitToRoom', { roomId, event: 'all', data: 1, includeSelf: true });
  await Promise.all([anna.next('all'), ben.next('all')]);
  assert.deepEqual(anna.seen.filter(({ event }) => /^own|^no data/.test(event)), []);
  assert.deepEqual(anna.all('error'), []);
});

scenario('emitToRoom, volatile', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben', { transports: ['websocket'] })];
  const { roomId } = await anna.must('createRoom');
  await ben.must('joinRoom', roomId);
  for (let i = 1; i <= 50; i++) await anna.must('emitToRoom', { roomId, event: 'own', data: i, volatile: true });
  await mark(roomId, anna, ben);
  const heard = ben.all('own'); // some may be missing, but not all: there was time
  assert.ok(heard.length > 0 && heard.length <= 50);
  assert.deepEqual(heard, [...new Set(heard)].sort((a, b) => a - b));
});

scenario('gameAction', covers('command:gameAction', 'event:gameUpdate'), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom');
  await ben.must('joinRoom', roomId);
  const action = { type: 'move', to: [3, 4] };
  assert.deepEqual(await ben.ask('gameAction', { roomId, action }), { success: true });
  ben.tell('gameAction', { roomId, action: 'pass' });
  for (const client of [anna, ben]) {
    for (const expected of [action, 'pass']) {
      const { timestamp, ...update } = await client.next('gameUpdate');
      assertTime(timestamp);
      assert.deepEqual(update, { roomId, action: expected, player: 'ben' });
    }
  }
  assert.deepEqual(ben.all('error'), []);
});
