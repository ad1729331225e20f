// Every refusal: its words and its code, the same in both styles of reply.

import assert from 'node:assert/strict';
import { connect, mark, scenario } from './client.js';

const ROOM = 'failures';

// assertRefused gives a command in both styles and compares the refusals. What is said may be the
// exact words or a pattern.
async function assertRefused(client, code, said, event, ...args) {
  const what = `${event} ${JSON.stringify(args).slice(0, 200)}`;
  const before = client.all('error').length;
  const { error, ...reply } = await client.ask(event, ...args);
  assert.deepEqual(reply, { success: false, code }, `${what}: ${error}`);
  client.tell(event, ...args);
  const { message, ...told } = await client.next('error');
  assert.deepEqual(told, { code, event }, what);
  assert.equal(message, error, what);
  if (said instanceof RegExp) assert.match(error, said, what);
  else assert.equal(error, said, what);
  assert.equal(client.all('error').length, before + 1, `${what}: one reply, in one style`);
}

scenario('room_exists', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  await anna.must('createRoom', { roomId: ROOM });
  for (const client of [anna, ben]) {
    await assertRefused(client, 'room_exists', 'Room already exists', 'createRoom', { roomId: ROOM });
  }
});

scenario('room_full', async () => {
  const [anna, ben, cleo] = [await connect('anna'), await connect('ben'), await connect('cleo')];
  const { roomId } = await anna.must('createRoom', { maxUsers: 2 });
  await ben.must('joinRoom', roomId);
  await assertRefused(cleo, 'room_full', 'Room is full', 'joinRoom', roomId);
  await (await connect('ben')).must('joinRoom', roomId); // another tab takes no seat
  await anna.must('leaveRoom', roomId);
  await cleo.must('joinRoom', roomId);
  await assertRefused(anna, 'room_full', 'Room is full', 'joinRoom', roomId);
});

scenario('wrong_password', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom', { password: 'pässword <1>' });
  for (const arg of [roomId, { roomId }, { roomId, password: '' }, { roomId, password: 'Pässword <1>' }]) {
    await assertRefused(ben, 'wrong_password', 'Incorrect password', 'joinRoom', arg);
  }
  await ben.must('joinRoom', { roomId, password: 'pässword <1>' });
  await (await connect('anna')).must('joinRoom', roomId); // its creator needs none
});

scenario('room_private', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  for (const password of [undefined, 'secret']) {
    const { roomId } = await anna.must('createRoom', { isPrivate: true, maxUsers: 1, password });
    for (const [event, arg] of [
      ['joinRoom', roomId],
      ['joinRoom', { roomId, password: 'wrong' }],
      ['leaveRoom', roomId],
      ['sendMessage', { roomId, text: 'x' }],
      ['chatMessage', { roomId, message: 'x' }],
      ['emitToRoom', { roomId, event: 'x' }],
      ['gameAction', { roomId, action: 1 }],
    ]) {
      await assertRefused(ben, 'room_private', 'This room is private', event, arg);
    }
  }
});

scenario('a private room admits who knows its password', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom', { isPublic: false, password: 'secret' });
  const { room } = await ben.must('joinRoom', { roomId, password: 'secret' });
  assert.equal(room.isPrivate, true);
  assert.equal(room.hasPassword, true);
  assert.doesNotMatch(JSON.stringify(room), /secret|argon/);
});

const speaking = (roomId) => [
  ['sendMessage', { roomId, text: 'x' }],
  ['chatMessage', { roomId, message: 'x' }],
  ['emitToRoom', { roomId, event: 'x', data: 1 }],
  ['gameAction', { roomId, action: 1 }],
];

scenario('not_in_room', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom');
  const otherTab = await connect('anna'); // speaking needs this very connection inside
  for (const client of [ben, otherTab]) {
    for (const [event, arg] of speaking(roomId)) {
      await assertRefused(client, 'not_in_room', 'You are not in this room', event, arg);
    }
  }
  await mark(roomId, anna);
  assert.deepEqual(anna.seen.filter(({ event }) => ['newMessage', 'x', 'gameUpdate'].includes(event)), []);
});

scenario('room_not_found', async () => {
  const anna = await connect('anna');
  for (const [event, arg] of [...speaking('nowhere'), ['leaveRoom', 'nowhere']]) {
    await assertRefused(anna, 'room_not_found', 'Room does not exist', event, arg);
  }
});

scenario('unknown_event', async () => {
  const anna = await connect('anna');
  for (const event of ['newMessage', 'deleteEverything', '__proto__', 'constructor', '', 'x'.repeat(1000)]) {
    await assertRefused(anna, 'unknown_event', 'Unknown event', event, { roomId: ROOM });
  }
});

// Each field with values of wrong types, and what the refusal says.
const wrongTypes = {
  createRoom: {
    roomId: [[7, {}, [], true], /^roomId must be a string$/],
    name: [[7, {}, false], /^name must be a string$/],
    description: [[7, []], /^description must be a string$/],
    password: [[7, {}], /^password must be a string$/],
    isPrivate: [['yes', 1], /^isPrivate must be a boolean$/],
    isPublic: [['no', 0], /^isPublic must be a boolean$/],
    persistent: [['true', 1], /^persistent must be a boolean$/],
    autoDelete: [['true', 1], /^autoDelete must be a boolean$/],
    maxUsers: [['7', 1.5, 1e30, true], /^maxUsers must be a whole number$/],
  },
  joinRoom: {
    roomId: [[7, {}, true], /^roomId must be a string$/],
    password: [[7, []], /^password must be a string$/],
    since: [['x', 7, true, []], /^since must be an object$/],
  },
  sendMessage: {
    roomId: [[7, {}], /^roomId must be a string$/],
    text: [[7, {}, true, ['x']], /^text must be a string$/],
    attachments: [['x', {}, 7], /^attachments must be an array$/],
    clientId: [[7, {}], /^clientId must be a string$/],
  },
  chatMessage: {
    roomId: [[7], /^roomId must be a string$/],
    message: [[7, {}], /^message must be a string$/],
  },
  emitToRoom: {
    roomId: [[7], /^roomId must be a string$/],
    event: [[7, {}], /^event must be a string$/],
    includeSelf: [['x', 1], /^includeSelf must be a boolean$/],
    volatile: [['x', 1], /^volatile must be a boolean$/],
  },
  gameAction: { roomId: [[7, null], /^roomId must/] },
};
const sound = { roomId: ROOM, text: 'x', message: 'x', event: 'x' };

for (const [event, fields] of Object.entries(wrongTypes)) {
  scenario(`bad_request: ${event}'s fields of wrong types`, async () => {
    const anna = await connect('anna');
    for (const [field, [values, said]] of Object.entries(fields)) {
      for (const value of values) {
        await assertRefused(anna, 'bad_request', said, event, { ...sound, [field]: value });
      }
    }
  });

  scenario(`bad_request: ${event}'s argument of a wrong type`, async () => {
    const anna = await connect('anna');
    for (const arg of [7, true, ['x'], ...(event === 'createRoom' || event === 'joinRoom' ? [] : ['x'])]) {
      await assertRefused(anna, 'bad_request', /must be an object$/, event, arg);
    }
    if (event !== 'createRoom') await assertRefused(anna, 'bad_request', /must be an object$/, event);
  });
}

scenario('bad_request: leaveRoom', async () => {
  const anna = await connect('anna');
  for (const args of [[], [null], [7], [{ roomId: ROOM }], [['x']]]) {
    await assertRefused(anna, 'bad_request', 'roomId must be a string', 'leaveRoom', ...args);
  }
});

scenario('bad_request: values', async () => {
  const anna = await connect('anna');
  for (const [event, arg, said] of [
    ['createRoom', { roomId: '' }, /^roomId must not be empty$/],
    ['createRoom', { roomId: 'a\u0000b' }, /^roomId must not contain control characters$/],
    ['createRoom', { name: '' }, /^name must not be empty$/],
    ['createRoom', { name: 'a\nb' }, /^name must not contain control characters$/],
    ['createRoom', { maxUsers: 0 }, /^maxUsers must be a positive number$/],
    ['createRoom', { maxUsers: -1 }, /^maxUsers must be a positive number$/],
    ['createRoom', { isPrivate: true, isPublic: true }, /contradict/],
    ['createRoom', { isPrivate: false, isPublic: false }, /contradict/],
    ['joinRoom', '', /^roomId must not be empty$/],
    ['joinRoom', { password: 'x' }, /^roomId must not be empty$/],
    ['joinRoom', { roomId: ROOM, since: { epoch: 'e', seq: -1 } }, /^since\.seq must be/],
    ['joinRoom', { roomId: ROOM, since: { epoch: 7, seq: 1 } }, /^since\.epoch must be a string$/],
    ['leaveRoom', '', /^roomId must not be empty$/],
    ['sendMessage', { roomId: ROOM, text: '' }, /^text must not be empty without attachments$/],
    ['sendMessage', { roomId: ROOM, text: 'x', clientId: '' }, /^clientId must not be empty$/],
    ['sendMessage', { roomId: ROOM, text: 'x', attachments: [7] }, /^attachments must be JSON objects$/],
    ['sendMessage', { roomId: ROOM, text: 'x', attachments: [null] }, /^attachments must be JSON objects$/],
    ['sendMessage', { roomId: ROOM, text: 'x', attachments: [[]] }, /^attachments must be JSON objects$/],
    ['chatMessage', { roomId: ROOM, message: '' }, /^message must not be empty$/],
    ['emitToRoom', { roomId: ROOM, event: '' }, /^event must not be empty$/],
    ['emitToRoom', { roomId: ROOM, event: 'a\tb' }, /^event must not contain control characters$/],
  ]) {
    await assertRefused(anna, 'bad_request', said, event, arg);
  }
});

scenario('bad_request: binary data where none is relayed', async () => {
  const anna = await connect('anna');
  for (const event of ['createRoom', 'joinRoom', 'sendMessage', 'chatMessage', 'leaveRoom']) {
    await assertRefused(anna, 'bad_request', `${event} takes no binary data`, event, { roomId: Buffer.from('x') });
  }
});

scenario('bad_request: reserved names of events', async () => {
  const anna = await connect('anna');
  const { roomId } = await anna.must('createRoom');
  for (const event of [
    'createRoom', 'joinRoom', 'leaveRoom', 'sendMessage', 'emitToRoom', 'deleteRoom', 'banUser',
    'newMessage', 'gameUpdate', 'userJoined', 'userLeft', 'userReconnected', 'roomChanged', 'roomDeleted',
    'roomInvitation', 'newRoomAvailable', 'newPublicRoom', 'roomUpdated', 'roomRemoved', 'roomRead',
    'roomCreated', 'joinedRoom', 'userList', 'roomHistory', 'roomsList', 'roomStats', 'error',
    'contactOnline', 'contactOffline', 'messageEdited', 'messageDeleted',
    'connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener',
  ]) {
    await assertRefused(anna, 'bad_request', /reserved/, 'emitToRoom', { roomId, event, data: 1, includeSelf: true });
  }
  await mark(roomId, anna);
  assert.deepEqual([...new Set(anna.seen.map(({ event }) => event))].sort(), ['error', 'mark', 'roomsList']);
});

scenario('too_large', async () => {
  const anna = await connect('anna');
  const { roomId } = await anna.must('createRoom');
  const long = (n, letter = 'x') => letter.repeat(n);
  const attachments = (n, size) => Array.from({ length: n }, () => ({ x: long(size) }));
  for (const [event, arg, said] of [
    ['createRoom', { roomId: long(129) }, 'roomId is limited to 128 bytes'],
    ['createRoom', { roomId: long(65, 'é') }, 'roomId is limited to 128 bytes'],
    ['createRoom', { name: long(101) }, 'name is limited to 100 characters'],
    ['createRoom', { description: long(1001) }, 'description is limited to 1000 characters'],
    ['createRoom', { password: long(1025) }, 'password is limited to 1024 bytes'],
    ['createRoom', { maxUsers: 100_001 }, 'maxUsers is limited to 100000'],
    ['joinRoom', long(129), 'roomId is limited to 128 bytes'],
    ['joinRoom', { roomId, password: long(1025) }, 'password is limited to 1024 bytes'],
    ['leaveRoom', long(129), 'roomId is limited to 128 bytes'],
    ['sendMessage', { roomId, text: long(16_385) }, 'text is limited to 16384 bytes'],
    ['sendMessage', { roomId, text: 'x', clientId: long(129) }, 'clientId is limited to 128 bytes'],
    ['sendMessage', { roomId, attachments: attachments(11, 0) }, 'attachments are limited to 10'],
    ['sendMessage', { roomId, attachments: attachments(10, 7000) }, 'attachments are limited to 65536 bytes together'],
    ['chatMessage', { roomId, message: long(16_385) }, 'text is limited to 16384 bytes'],
    ['emitToRoom', { roomId, event: long(129) }, 'event is limited to 128 bytes'],
  ]) {
    await assertRefused(anna, 'too_large', said, event, arg);
  }
  // The greatest that is allowed.
  await anna.must('createRoom', {
    roomId: long(128), name: long(100, '☕'), description: long(1000, 'é'), maxUsers: 100_000,
  });
  const message = { roomId, text: long(16_384), clientId: long(128), attachments: attachments(10, 6000) };
  await anna.must('sendMessage', message);
  await anna.must('emitToRoom', { roomId, event: long(128) });
});

scenario('too_large: rooms of one connection', async () => {
  const anna = await connect('anna');
  for (let i = 0; i < 200; i++) anna.tell('joinRoom', `room ${i}`);
  await anna.count('joinedRoom', 200);
  await assertRefused(anna, 'too_large', 'a connection is limited to 200 rooms', 'joinRoom', 'one more');
  await anna.must('joinRoom', 'room 7');
  await anna.must('leaveRoom', 'room 7');
  await anna.must('joinRoom', 'one more');
});

scenario('identity can not be forged', async () => {
  const [anna, mallory] = [await connect('anna'), await connect('mallory')];
  const { roomId } = await anna.must('createRoom');
  await mallory.must('joinRoom', { roomId, userId: 'anna', user: { id: 'anna' } });
  const forged = {
    roomId, userId: 'anna', username: 'Anna', sender: { id: 'anna' }, player: 'anna', id: 'forged', seq: 99,
    createdAt: 'never', timestamp: 'never',
  };
  await mallory.must('sendMessage', { ...forged, text: 'x' });
  await mallory.must('emitToRoom', { ...forged, event: 'own', data: { sender: 'anna' } });
  await mallory.must('gameAction', { ...forged, action: { player: 'anna' } });

  assert.equal((await anna.next('userJoined')).user.id, 'mallory');
  const message = await anna.next('newMessage');
  assert.deepEqual([message.userId, message.sender.id, message.seq], ['mallory', 'mallory', 1]);
  assert.ok(message.id !== 'forged' && message.createdAt !== 'never');
  const [data, { sender }] = await anna.nextArgs('own');
  assert.deepEqual([data.sender, sender.id], ['anna', 'mallory']); // data is the application's own
  const { player, timestamp } = await anna.next('gameUpdate');
  assert.equal(player, 'mallory');
  assert.notEqual(timestamp, 'never');
});
