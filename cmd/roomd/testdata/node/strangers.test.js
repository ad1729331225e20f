// What a stranger learns of a room that is closed to him, by any command there is: the refusal and
// nothing else.

import assert from 'node:assert/strict';
import { connect, mark, scenario } from './client.js';
import { roomCommands, sample } from './refusals.js';
import { commands } from './rows.js';

// What stands in the rooms and must not come out of them.
const NAME = 'Velvet Plot';
const SECRETS = [NAME, 'Midnight', 'xyzzy', 'plugh', 'alice', 'argon'];

// Rooms that are private, and differ in all that a stranger must not find out.
const kinds = {
  'ephemeral': {},
  'persistent': { persistent: true },
  'with a password': { password: 'xyzzy' },
  'persistent, with a password': { persistent: true, password: 'xyzzy' },
  'full': { maxUsers: 2 },
  'full, with a password': { maxUsers: 2, password: 'xyzzy' },
  'banned from': { banned: true },
  'banned from, with a password': { banned: true, password: 'xyzzy', persistent: true },
  'nobody inside': { persistent: true, empty: true },
  'left': { persistent: true, left: true },
};

// make gives a room of one kind, with alice and bob as its people.
async function make(alice, bob, settings) {
  const { banned, empty, left, ...rest } = settings;
  const { roomId } = await alice.must('createRoom', {
    isPrivate: true, name: NAME, description: 'At Midnight', ...rest,
  });
  await alice.must('inviteToRoom', { roomId, userId: 'bob' });
  await bob.next('roomInvitation', (invitation) => invitation.roomId === roomId); // it comes by another way than what rooms tell
  await bob.must('joinRoom', roomId);
  const { messageId } = await alice.must('sendMessage', { roomId, text: 'plugh' });
  if (banned) await alice.must('banUser', { roomId, userId: 'mallory' });
  if (left) { // was a member once
    await alice.must('inviteToRoom', { roomId, userId: 'mallory' });
    const before = await connect('mallory');
    await before.must('joinRoom', roomId);
    await before.must('leaveRoom', roomId);
    before.socket.disconnect();
  }
  await mark(roomId, alice, bob);
  if (empty) {
    for (const client of [alice, bob]) await client.must('leaveRoom', roomId);
  }
  return { roomId, messageId };
}

// attempts are arguments with which a stranger could give this command to the room.
function attempts(command, { roomId, messageId }) {
  const about = { roomId, messageId, userId: 'alice' };
  const arg = sample(command, about);
  const object = typeof arg === 'string' ? { roomId } : arg;
  const all = [arg, object, { ...object, userId: 'mallory' }, { ...object, password: 'wrong' }];
  if (command === 'joinRoom') all.push({ roomId, since: { epoch: messageId.split('-')[0], seq: 0 } });
  if (command === 'updateRoom') all.push({ roomId, password: null }, { roomId, isPrivate: false });
  if (command === 'getHistory') all.push({ roomId, after: 0 }, { roomId, before: 2, limit: 1 });
  return all;
}

// answer gives a command in both styles, and what came of it.
async function answer(client, command, arg) {
  const before = client.all('error').length;
  const reply = await client.ask(command, arg);
  client.tell(command, arg);
  if (reply.success) return [reply];
  await client.count('error', before + 1);
  return [reply, client.all('error').at(-1)];
}

const refusal = (code, message, event) => [{ success: false, error: message, code }, { message, code, event }];

// assertSilent says that nothing of these rooms has come to this client, as far as it doesn't know it
// from elsewhere.
function assertSilent(client, rooms) {
  const heard = JSON.stringify(client.seen);
  for (const secret of [...SECRETS, ...rooms.flatMap(({ roomId, messageId }) => [roomId, messageId])]) {
    assert.ok(!heard.includes(secret), `${secret} has come: ${heard}`);
  }
}

scenario('every command against private rooms of all kinds', async () => {
  const [alice, bob] = [await connect('alice'), await connect('bob')];
  const rooms = [];
  for (const settings of Object.values(kinds)) rooms.push(await make(alice, bob, settings));
  const mallory = await connect('mallory');
  const before = [alice.seen.length, bob.seen.length];

  for (const command of roomCommands) {
    for (const [i, kind] of Object.keys(kinds).entries()) {
      for (const arg of attempts(command, rooms[i])) {
        const expected = command === 'createRoom'
          ? refusal('room_exists', 'Room already exists', command)
          : refusal('room_private', 'This room is private', command);
        const what = `${command} ${JSON.stringify(arg)}, ${kind}`;
        assert.deepEqual(await answer(mallory, command, arg), expected, what);
      }
    }
  }
  // The password itself opens neither a full room nor one that he is banned from.
  for (const [i, kind] of Object.keys(kinds).entries()) {
    if (!/full|banned/.test(kind)) continue;
    const reply = await answer(mallory, 'joinRoom', { roomId: rooms[i].roomId, password: 'xyzzy' });
    assert.deepEqual(reply, refusal('room_private', 'This room is private', 'joinRoom'), kind);
  }
  assertSilent(mallory, rooms);
  for (const { roomId } of rooms.slice(0, 8)) await mark(roomId, alice, bob);
  for (const [i, client] of [alice, bob].entries()) { // nor has he done anything there
    const events = new Set(client.seen.slice(before[i]).map(({ event }) => event));
    assert.deepEqual([...events], ['mark']);
  }
});

scenario('all other commands, and what comes unasked', async () => {
  const [alice, bob, mallory] = [await connect('alice'), await connect('bob'), await connect('mallory')];
  const rooms = [];
  for (const { left, ...settings } of Object.values(kinds)) { // he never was in one
    rooms.push(await make(alice, bob, settings));
  }
  for (const { roomId, messageId } of rooms) {
    for (const command of commands.filter((name) => !roomCommands.includes(name))) {
      const guesses = [roomId, { roomId }, { userId: roomId }, { search: NAME }, { cursor: roomId }];
      for (const arg of [sample(command), ...guesses]) {
        // openDirect makes a room of that name, so nobody's words may be in what he says himself.
        if (command === 'openDirect' && JSON.stringify(arg).includes(roomId)) continue;
        const reply = JSON.stringify(await mallory.ask(command, arg));
        for (const secret of [...SECRETS, roomId, messageId]) {
          assert.ok(!reply.includes(secret), `${command}: ${reply}`);
        }
      }
    }
  }
  for (const arg of [{}, { search: 'velvet' }, { mine: true }, { mine: true, search: 'plot' }]) {
    const { rooms: found } = await mallory.must('listRooms', { ...arg, limit: 100 });
    assert.deepEqual(found.filter(({ name }) => name === NAME), [], JSON.stringify(arg));
  }
  // The rooms live on: counts change, people come and go, rooms end.
  for (const { roomId } of rooms) {
    await bob.ask('leaveRoom', roomId);
    await alice.ask('inviteToRoom', { roomId, userId: 'bob' });
    await alice.ask('updateRoom', { roomId, description: 'Midnight!' });
    await alice.ask('deleteRoom', roomId);
  }
  const { roomId: open } = await bob.must('createRoom', { name: 'Open' });
  await mallory.next('newRoomAvailable', ({ roomId }) => roomId === open);
  const late = await connect('mallory');
  await late.next('roomsList');
  await late.must('listInvitations');
  for (const client of [mallory, late]) assertSilent(client, rooms);
  await bob.must('leaveRoom', open); // its end is not to be told to those of the next scenario
  await mallory.next('roomRemoved', ({ roomId }) => roomId === open);
});

scenario('presence and contacts say nothing of rooms', async () => {
  const [alice, bob, mallory] = [await connect('alice'), await connect('bob'), await connect('mallory')];
  await mallory.must('addContact', 'alice');
  assert.deepEqual(await mallory.next('contactOnline'), { userId: 'alice', username: "alice's name" });
  const { roomId } = await make(alice, bob, {});
  const tab = await connect('alice');
  await tab.must('joinRoom', roomId);
  for (const client of [tab, alice]) client.socket.disconnect();
  assert.deepEqual(await mallory.next('contactOffline'), { userId: 'alice', username: "alice's name" });
  await bob.next('userLeft');
  assert.deepEqual(mallory.seen.map(({ event }) => event), ['roomsList', 'contactOnline', 'contactOffline']);
});

// What the stranger of a public room with a password is told by each command.
const publicRefusals = {
  createRoom: ['room_exists', 'Room already exists'],
  joinRoom: ['wrong_password', 'Incorrect password'],
  deleteRoom: ['not_creator', 'Only the creator can delete this room'],
  updateRoom: ['not_creator', 'Only the creator can change this room'],
  setRole: ['not_creator', 'Only the creator can change this room'],
  leaveRoom: null, // success, and nothing happens
  declineInvitation: null,
};
const groups = [
  ['not_in_room', 'You are not in this room',
    ['sendMessage', 'chatMessage', 'editMessage', 'deleteMessage', 'emitToRoom', 'gameAction']],
  ['not_a_member', 'You are not a member of this room', ['getHistory', 'markRead', 'getRoomUsers', 'inviteToRoom']],
  ['not_moderator', 'Only moderators can do this',
    ['kickUser', 'banUser', 'unbanUser', 'muteUser', 'unmuteUser', 'getModeration']],
];
for (const [code, message, names] of groups) {
  for (const name of names) publicRefusals[name] = [code, message];
}

scenario('every command against a public room with a password', async () => {
  const [alice, bob, mallory] = [await connect('alice'), await connect('bob'), await connect('mallory')];
  const rooms = [];
  for (const settings of [{}, { persistent: true }]) {
    rooms.push(await make(alice, bob, { ...settings, isPrivate: false, password: 'xyzzy' }));
  }
  const before = [alice.seen.length, bob.seen.length];
  for (const command of roomCommands) {
    assert.ok(command in publicRefusals, `${command}: what is a stranger told?`);
    for (const room of rooms) {
      for (const arg of attempts(command, room)) {
        const expected = publicRefusals[command] ? refusal(...publicRefusals[command], command) : [{ success: true }];
        assert.deepEqual(await answer(mallory, command, arg), expected, `${command} ${JSON.stringify(arg)}`);
      }
    }
  }
  for (const { roomId } of rooms) await mark(roomId, alice, bob);
  for (const [i, client] of [alice, bob].entries()) {
    const events = client.seen.slice(before[i]).filter(({ event }) => !/^newRoom|^newPublic|^roomUpdated/.test(event));
    assert.deepEqual([...new Set(events.map(({ event }) => event))], ['mark']);
  }
});

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

scenario('a wrong password takes the same time in all private rooms', async () => {
  const [alice, bob, mallory] = [await connect('alice'), await connect('bob'), await connect('mallory')];
  const times = new Map();
  const rooms = [];
  for (const [kind, settings] of Object.entries(kinds)) {
    rooms.push(await make(alice, bob, settings));
    times.set(kind, []);
  }
  const odd = async () => { // kinds that stand out
    for (let round = 0; round < 15; round++) { // in turn: what slows the machine slows all
      for (const [i, kind] of Object.keys(kinds).entries()) {
        const begin = performance.now();
        const reply = await mallory.ask('joinRoom', { roomId: rooms[i].roomId, password: 'wrong' });
        times.get(kind).push(performance.now() - begin);
        assert.equal(reply.code, 'room_private');
      }
    }
    const medians = [...times].map(([kind, all]) => [kind, median(all)]);
    const typical = median(medians.map(([, time]) => time));
    return medians.filter(([, time]) => time < typical / 2 || time > typical * 2).concat(`typical: ${typical} ms`);
  };
  for (let attempt = 1; ; attempt++) { // a busy machine needs more rounds; what tells rooms apart does so however often
    const found = await odd();
    if (found.length === 1) break;
    assert.ok(attempt < 4, JSON.stringify(found));
  }
});
