// Refusals by what a command looks like: bad_request and too_large, the same in both styles of reply.

import assert from 'node:assert/strict';
import { connect, mark, scenario } from './client.js';
import { assertRefused, sample } from './refusals.js';
import { commands, covers, events, failing, refused } from './rows.js';

const ROOM = 'badrequest';

// Values of wrong types, and what is said of them.
const aString = [[7, {}, true, ['x']], 'a string'];
const aBoolean = [['true', 1, {}], 'a boolean'];
const anArray = [['x', {}, 7], 'an array'];
const anObject = [['x', 7, true, []], 'an object'];
const aNumber = [['7', 1.5, 1e30, true], 'a whole number'];
const aCount = [['7', -1, 1.5, true], 'a whole number that is not negative'];
const room = { roomId: aString };
const roomAndUser = { roomId: aString, userId: aString };

// Each command's fields, with such values. Those without a field are not listed.
const wrongTypes = {
  createRoom: {
    roomId: aString, name: aString, description: aString, password: aString, isPrivate: aBoolean,
    isPublic: aBoolean, persistent: aBoolean, autoDelete: aBoolean, maxUsers: aNumber,
  },
  joinRoom: { roomId: aString, password: aString, since: anObject },
  leaveRoom: room,
  deleteRoom: room,
  updateRoom: {
    roomId: aString, name: aString, description: aString, password: aString, isPrivate: aBoolean,
    isPublic: aBoolean, maxUsers: aNumber,
  },
  openDirect: { userId: aString },
  sendMessage: { roomId: aString, text: aString, attachments: anArray, clientId: aString },
  chatMessage: { roomId: aString, message: aString },
  editMessage: { roomId: aString, messageId: aString, text: aString, attachments: anArray },
  deleteMessage: { roomId: aString, messageId: aString },
  emitToRoom: { roomId: aString, event: aString, includeSelf: aBoolean, volatile: aBoolean },
  gameAction: room,
  getHistory: { roomId: aString, before: aCount, after: aCount, limit: aNumber },
  markRead: { roomId: aString, seq: aCount },
  listRooms: { cursor: aString, limit: aNumber, search: aString, mine: aBoolean },
  getRoomUsers: { roomId: aString, cursor: aString, limit: aNumber },
  inviteToRoom: roomAndUser,
  declineInvitation: room,
  addContact: { userId: aString },
  removeContact: { userId: aString },
  blockUser: { userId: aString },
  unblockUser: { userId: aString },
  kickUser: { ...roomAndUser, reason: aString },
  banUser: { ...roomAndUser, reason: aString, durationMs: aNumber },
  unbanUser: roomAndUser,
  muteUser: { ...roomAndUser, durationMs: aNumber },
  unmuteUser: roomAndUser,
  setRole: { ...roomAndUser, role: aString },
  getModeration: room,
  refreshToken: { token: aString },
};

// inObject gives a command's sample as the object that it may always be.
function inObject(command) {
  const arg = sample(command);
  if (typeof arg === 'object') return arg;
  return 'roomId' in wrongTypes[command] ? { roomId: arg } : { userId: arg };
}

scenario('bad_request: fields of wrong types', async () => {
  const anna = await connect('anna');
  for (const [command, fields] of Object.entries(wrongTypes)) {
    for (const [field, [values, kind]] of Object.entries(fields)) {
      for (const value of values) {
        const arg = { ...inObject(command), [field]: value };
        await assertRefused(anna, 'bad_request', `${field} must be ${kind}`, command, arg);
      }
    }
  }
});

// takesNothing can be given without an argument, takesText with a string instead of an object.
const takesNothing = ['createRoom', 'listRooms', 'listContacts', 'listInvitations'];
const takesText = (command) => typeof sample(command) === 'string' || command === 'joinRoom';

scenario('bad_request: arguments of wrong types', covers(refused('bad_request', commands)), async () => {
  for (const client of [await connect('anna'), await connect('ben')]) {
    for (const command of commands) {
      const wrong = [[7], [['x']], [[]], command === 'watchRooms' ? ['true'] : [true]];
      if (!takesNothing.includes(command)) wrong.push([], [null]);
      if (!takesText(command)) wrong.push(['x']);
      for (const args of wrong) await assertRefused(client, 'bad_request', /must be a/, command, ...args);
    }
  }
});

scenario('bad_request: values', covers('fine:isPrivate and isPublic that contradict are refused'), async () => {
  const anna = await connect('anna');
  const userId = 'ben';
  const messageId = 'm';
  for (const [event, arg, said] of [
    ['createRoom', { roomId: '' }, 'roomId must not be empty'],
    ['createRoom', { roomId: 'a\u0000b' }, 'roomId must not contain control characters'],
    ['createRoom', { name: '' }, 'name must not be empty'],
    ['createRoom', { name: 'a\nb' }, 'name must not contain control characters'],
    ['createRoom', { durability: 'perhaps' }, 'durability must be sync or relaxed'],
    ['createRoom', { maxUsers: 0 }, 'maxUsers must be a positive number'],
    ['createRoom', { maxUsers: -1 }, 'maxUsers must be a positive number'],
    ['createRoom', { isPrivate: true, isPublic: true }, /contradict/],
    ['createRoom', { isPrivate: false, isPublic: false }, /contradict/],
    ['updateRoom', { roomId: ROOM, isPrivate: true, isPublic: true }, /contradict/],
    ['updateRoom', { roomId: ROOM, name: '' }, 'name must not be empty'],
    ['updateRoom', { roomId: ROOM, maxUsers: 0 }, 'maxUsers must be a positive number'],
    ['updateRoom', { roomId: ROOM, password: '' }, /^password must not be empty/],
    ['joinRoom', '', 'roomId must not be empty'],
    ['joinRoom', { password: 'x' }, 'roomId must not be empty'],
    ['joinRoom', { roomId: ROOM, since: { epoch: 'e', seq: -1 } }, /^since\.seq must be/],
    ['joinRoom', { roomId: ROOM, since: { epoch: 7, seq: 1 } }, 'since.epoch must be a string'],
    ['leaveRoom', '', 'roomId must not be empty'],
    ['openDirect', 'anna', 'userId must not be your own'],
    ['addContact', 'anna', 'userId must not be your own'],
    ['blockUser', 'anna', 'userId must not be your own'],
    ['sendMessage', { roomId: ROOM, text: '' }, 'text must not be empty without attachments'],
    ['sendMessage', { roomId: ROOM, text: 'x', clientId: '' }, 'clientId must not be empty'],
    ['sendMessage', { roomId: ROOM, text: 'x', attachments: [7] }, 'attachments must be JSON objects'],
    ['sendMessage', { roomId: ROOM, text: 'x', attachments: [null] }, 'attachments must be JSON objects'],
    ['sendMessage', { roomId: ROOM, text: 'x', attachments: [[]] }, 'attachments must be JSON objects'],
    ['chatMessage', { roomId: ROOM, message: '' }, 'message must not be empty'],
    ['editMessage', { roomId: ROOM, messageId: '', text: 'x' }, 'messageId must not be empty'],
    ['editMessage', { roomId: ROOM, messageId }, 'text must be a string'],
    ['editMessage', { roomId: ROOM, messageId, text: '', attachments: [] }, /^text must not be empty/],
    ['emitToRoom', { roomId: ROOM, event: '' }, 'event must not be empty'],
    ['emitToRoom', { roomId: ROOM, event: 'a\tb' }, 'event must not contain control characters'],
    ['getHistory', { roomId: ROOM, before: 0 }, 'before must be a positive number'],
    ['getHistory', { roomId: ROOM, before: 7, after: 3 }, 'before and after exclude each other'],
    ['markRead', { roomId: ROOM }, /^seq must be/],
    ['listRooms', { cursor: 'x' }, /^cursor/],
    ['getRoomUsers', { roomId: ROOM, cursor: 'x' }, /^cursor/],
    ['banUser', { roomId: ROOM, userId, durationMs: 0 }, /^durationMs must be a positive number/],
    ['muteUser', { roomId: ROOM, userId, durationMs: -1 }, /^durationMs must be a positive number/],
    ['kickUser', { roomId: ROOM, userId: '' }, 'userId must not be empty'],
    ['kickUser', { roomId: ROOM, userId, reason: 'a\u0007' }, 'reason must not contain control characters'],
    ['setRole', { roomId: ROOM, userId, role: 'creator' }, /^role must be/],
    ['refreshToken', { token: '' }, 'token must not be empty'],
    ['refreshToken', { token: 'x' }, 'this server takes no tokens'],
  ]) {
    await assertRefused(anna, 'bad_request', said, event, arg);
  }
});

scenario('bad_request: binary data where none is relayed', async () => {
  const anna = await connect('anna');
  for (const event of commands.filter((command) => !['emitToRoom', 'gameAction'].includes(command))) {
    await assertRefused(anna, 'bad_request', `${event} takes no binary data`, event, { roomId: Buffer.from('x') });
  }
});

scenario('bad_request: reserved names of events', covers('fine:reserved event names are refused'), async () => {
  const anna = await connect('anna');
  const { roomId } = await anna.must('createRoom');
  const ofSocketIO = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];
  for (const event of [...commands, ...events, ...ofSocketIO]) {
    await assertRefused(anna, 'bad_request', /reserved/, 'emitToRoom', { roomId, event, data: 1, includeSelf: true });
  }
  await mark(roomId, anna);
  assert.deepEqual([...new Set(anna.seen.map(({ event }) => event))].sort(), ['error', 'mark', 'roomsList']);
});

const long = (n, letter = 'x') => letter.repeat(n);

scenario('too_large: ids', covers(refused('too_large', failing('too_large'))), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  for (const client of [anna, ben]) {
    for (const command of failing('too_large')) {
      for (const id of [long(129), long(65, 'é')]) {
        const [field, arg] = ('roomId' in (wrongTypes[command] ?? {})) ? ['roomId', { roomId: id }] : ['userId', id];
        if (command === 'listRooms') continue; // has none
        const whole = typeof arg === 'object' ? { ...inObject(command), ...arg } : arg;
        await assertRefused(client, 'too_large', `${field} is limited to 128 bytes`, command, whole);
      }
    }
    await assertRefused(client, 'too_large', 'search is limited to 100 characters', 'listRooms', { search: long(101) });
  }
});

scenario('too_large: all else', covers('fine:limits of ids, names and texts'), async () => {
  const anna = await connect('anna');
  const { roomId } = await anna.must('createRoom');
  const attachments = (n, size) => Array.from({ length: n }, () => ({ x: long(size) }));
  for (const [event, arg, said] of [
    ['createRoom', { name: long(101) }, 'name is limited to 100 characters'],
    ['createRoom', { description: long(1001) }, 'description is limited to 1000 characters'],
    ['createRoom', { password: long(1025) }, 'password is limited to 1024 bytes'],
    ['createRoom', { maxUsers: 100_001 }, 'maxUsers is limited to 100000'],
    ['updateRoom', { roomId, name: long(101) }, 'name is limited to 100 characters'],
    ['updateRoom', { roomId, description: long(1001) }, 'description is limited to 1000 characters'],
    ['updateRoom', { roomId, password: long(1025) }, 'password is limited to 1024 bytes'],
    ['updateRoom', { roomId, maxUsers: 100_001 }, 'maxUsers is limited to 100000'],
    ['joinRoom', { roomId, password: long(1025) }, 'password is limited to 1024 bytes'],
    ['sendMessage', { roomId, text: long(16_385) }, 'text is limited to 16384 bytes'],
    ['sendMessage', { roomId, text: 'x', clientId: long(129) }, 'clientId is limited to 128 bytes'],
    ['sendMessage', { roomId, attachments: attachments(11, 0) }, 'attachments are limited to 10'],
    ['sendMessage', { roomId, attachments: attachments(10, 7000) }, 'attachments are limited to 65536 bytes together'],
    ['chatMessage', { roomId, message: long(16_385) }, 'text is limited to 16384 bytes'],
    ['editMessage', { roomId, messageId: 'm', text: long(16_385) }, 'text is limited to 16384 bytes'],
    ['editMessage', { roomId, messageId: long(129), text: 'x' }, 'messageId is limited to 128 bytes'],
    ['deleteMessage', { roomId, messageId: long(129) }, 'messageId is limited to 128 bytes'],
    ['emitToRoom', { roomId, event: long(129) }, 'event is limited to 128 bytes'],
    ['inviteToRoom', { roomId, userId: long(129) }, 'userId is limited to 128 bytes'],
    ['kickUser', { roomId, userId: 'ben', reason: long(201) }, 'reason is limited to 200 characters'],
    ['banUser', { roomId, userId: 'ben', durationMs: 1e15 }, /^durationMs is limited to \d+$/],
    ['listRooms', { cursor: long(5000) }, /^cursor is limited to/],
  ]) {
    await assertRefused(anna, 'too_large', said, event, arg);
  }
  // The greatest that is allowed.
  await anna.must('createRoom', {
    roomId: long(128), name: long(100, '☕'), description: long(1000, 'é'), maxUsers: 100_000,
  });
  const message = { roomId, text: long(16_384), clientId: long(128), attachments: attachments(10, 6000) };
  const { messageId } = await anna.must('sendMessage', message);
  await anna.must('editMessage', { roomId, messageId, text: long(16_384), attachments: attachments(10, 6000) });
  await anna.must('emitToRoom', { roomId, event: long(128) });
  await anna.must('kickUser', { roomId, userId: long(128), reason: long(200, 'é') });
});

async function countMine(client) {
  let count = 0;
  for (let cursor; cursor !== null;) {
    const { rooms, nextCursor } = await client.must('listRooms', { mine: true, limit: 100, cursor });
    count += rooms.length;
    cursor = nextCursor;
  }
  return count;
}

scenario('too_large: rooms of one connection and of one user', covers(
  'fine:a user in 1,000 rooms and a connection in 200',
), async () => {
  const tabs = [];
  for (let tab = 0; tab < 5; tab++) {
    const anna = await connect('anna');
    for (let i = 0; i < 200; i++) anna.tell('joinRoom', `room ${tab} ${i}`);
    await anna.count('joinedRoom', 200);
    tabs.push(anna);
  }
  const [anna, other] = [tabs[0], await connect('anna')];
  while (await countMine(other) < 1000); // the account hears of a join behind the one who joins
  await assertRefused(anna, 'too_large', 'a connection is limited to 200 rooms', 'joinRoom', 'one more');
  await anna.must('joinRoom', 'room 0 7'); // which it is inside of
  await assertRefused(other, 'too_large', 'a user is limited to 1000 rooms', 'joinRoom', 'one more');
  await other.must('joinRoom', 'room 0 8');
  await anna.must('leaveRoom', 'room 0 7');
  while (await countMine(other) > 999);
  await anna.must('joinRoom', 'one more');
});
