// Refusals by what a room is, and who asks: the words and the code, the same in both styles of reply.

import assert from 'node:assert/strict';
import { connect, mark, scenario } from './client.js';
import { assertRefused, sample } from './refusals.js';
import { covers, failing, refused } from './rows.js';

const ROOM = 'failures';

scenario('room_exists', covers('failure:createRoom:room_exists'), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  await anna.must('createRoom', { roomId: ROOM });
  for (const client of [anna, ben]) {
    await assertRefused(client, 'room_exists', 'Room already exists', 'createRoom', { roomId: ROOM });
  }
});

scenario('room_full', covers('failure:joinRoom:room_full'), async () => {
  const [anna, ben, cleo] = [await connect('anna'), await connect('ben'), await connect('cleo')];
  const { roomId } = await anna.must('createRoom', { maxUsers: 2 });
  await ben.must('joinRoom', roomId);
  await assertRefused(cleo, 'room_full', 'Room is full', 'joinRoom', roomId);
  await (await connect('ben')).must('joinRoom', roomId); // another tab takes no seat
  await anna.must('leaveRoom', roomId);
  await cleo.must('joinRoom', roomId);
  await assertRefused(anna, 'room_full', 'Room is full', 'joinRoom', roomId);
});

scenario('wrong_password', covers('failure:joinRoom:wrong_password'), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom', { password: 'pässword <1>' });
  for (const arg of [roomId, { roomId }, { roomId, password: '' }, { roomId, password: 'Pässword <1>' }]) {
    await assertRefused(ben, 'wrong_password', 'Incorrect password', 'joinRoom', arg);
  }
  await ben.must('joinRoom', { roomId, password: 'pässword <1>' });
});

scenario('the creator and the invited need no password', covers(
  'fine:the creator and the invited need no password',
), async () => {
  const people = [await connect('anna'), await connect('ben'), await connect('cleo')];
  const [anna, ben, cleo] = people;
  for (const isPrivate of [false, true]) {
    const { roomId } = await anna.must('createRoom', { isPrivate, password: 'secret', persistent: true });
    await anna.must('inviteToRoom', { roomId, userId: 'ben' });
    await ben.must('joinRoom', roomId);
    await (await connect('anna')).must('joinRoom', roomId);
    await anna.must('leaveRoom', roomId);
    await anna.must('joinRoom', roomId);
    await (await connect('ben')).must('joinRoom', roomId); // members neither
    assert.equal((await cleo.ask('joinRoom', roomId)).code, isPrivate ? 'room_private' : 'wrong_password');
  }
});

scenario('room_private', covers(refused('room_private', failing('room_private'))), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  for (const password of [undefined, 'secret']) {
    const { roomId } = await anna.must('createRoom', { isPrivate: true, maxUsers: 1, password });
    for (const command of failing('room_private')) {
      await assertRefused(ben, 'room_private', 'This room is private', command, sample(command, { roomId }));
    }
    const guess = { roomId, password: 'wrong' };
    await assertRefused(ben, 'room_private', 'This room is private', 'joinRoom', guess);
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

scenario('not_in_room', covers(
  refused('not_in_room', failing('not_in_room')), 'fine:sending needs this very connection inside',
), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom');
  const { messageId } = await anna.must('sendMessage', { roomId, text: 'x' });
  await anna.next('newMessage');
  const otherTab = await connect('anna');
  for (const client of [ben, otherTab]) {
    for (const command of failing('not_in_room')) {
      const arg = sample(command, { roomId, messageId });
      await assertRefused(client, 'not_in_room', 'You are not in this room', command, arg);
    }
  }
  await anna.must('watchRooms', false); // rooms of scenarios before may still be ending
  const before = anna.seen.length;
  await mark(roomId, anna);
  assert.deepEqual(anna.seen.slice(before).map(({ event }) => event), ['mark']);
});

scenario('not_a_member', covers(refused('not_a_member', failing('not_a_member'))), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom'); // a public one
  for (const command of failing('not_a_member')) {
    const arg = sample(command, { roomId, userId: 'cleo' });
    await assertRefused(ben, 'not_a_member', 'You are not a member of this room', command, arg);
  }
});

scenario('room_not_found', covers(refused('room_not_found', failing('room_not_found'))), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId: deleted } = await anna.must('createRoom', { persistent: true });
  await anna.must('deleteRoom', deleted);
  for (const client of [anna, ben]) {
    for (const command of failing('room_not_found')) {
      for (const roomId of command === 'joinRoom' ? [deleted] : [deleted, 'nowhere']) { // joining may create
        await assertRefused(client, 'room_not_found', 'Room does not exist', command, sample(command, { roomId }));
      }
    }
  }
});

scenario('unknown_event', covers('failure:deleteEverything:unknown_event', 'event:error'), async () => {
  for (const client of [await connect('anna'), await connect('ben')]) {
    for (const event of ['newMessage', 'deleteEverything', '__proto__', 'constructor', '', 'x'.repeat(1000)]) {
      await assertRefused(client, 'unknown_event', 'Unknown event', event, { roomId: ROOM });
    }
  }
});

scenario('identity can not be forged', covers("fine:payloads can't forge an identity"), async () => {
  const [anna, mallory] = [await connect('anna'), await connect('mallory')];
  const { roomId } = await anna.must('createRoom');
  await mallory.must('joinRoom', { roomId, userId: 'anna', user: { id: 'anna' } });
  const forged = {
    roomId, userId: 'anna', username: 'Anna', sender: { id: 'anna' }, player: 'anna', id: 'forged', seq: 99,
    createdAt: 'never', timestamp: 'never', by: { id: 'anna' }, invitedBy: { id: 'anna' },
  };
  const { messageId } = await mallory.must('sendMessage', { ...forged, text: 'x' });
  await mallory.must('emitToRoom', { ...forged, event: 'own', data: { sender: 'anna' } });
  await mallory.must('gameAction', { ...forged, action: { player: 'anna' } });
  await mallory.must('editMessage', { ...forged, messageId, text: 'y' });
  await mallory.must('inviteToRoom', { ...forged, userId: 'cleo' });

  assert.equal((await anna.next('userJoined')).user.id, 'mallory');
  const message = await anna.next('newMessage');
  assert.deepEqual([message.userId, message.sender.id, message.seq], ['mallory', 'mallory', 1]);
  assert.ok(message.id !== 'forged' && message.createdAt !== 'never');
  const [data, { sender }] = await anna.nextArgs('own');
  assert.deepEqual([data.sender, sender.id], ['anna', 'mallory']); // data is the application's own
  const { player, timestamp } = await anna.next('gameUpdate');
  assert.equal(player, 'mallory');
  assert.notEqual(timestamp, 'never');
  assert.equal((await anna.next('messageEdited')).by.id, 'mallory');
  assert.equal((await (await connect('cleo')).next('roomInvitation')).invitedBy.id, 'mallory');

  // Nobody else's things are within reach by saying that one is somebody else.
  await anna.must('setRole', { roomId, userId: 'mallory', role: 'moderator' });
  for (const command of ['deleteRoom', 'updateRoom', 'setRole']) {
    const reply = await mallory.ask(command, { ...forged, role: 'member', name: 'Mine' });
    assert.equal(reply.code, 'not_creator', command);
  }
});
