// How long rooms live while the server does.

import assert from 'node:assert/strict';
import { connect, nameOf, scenario } from './client.js';
import { covers } from './rows.js';

// assertGone waits for the word of a public room's end, and asks for the room.
async function assertGone(watcher, roomId) {
  await watcher.next('roomRemoved', (removed) => removed.roomId === roomId);
  const reply = await watcher.ask('sendMessage', { roomId, text: 'x' });
  assert.equal(reply.code, 'room_not_found');
}

scenario('an ephemeral room is gone when its last user leaves, with its history', covers(
  "fine:an ephemeral room's deleted id is free at once",
), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom', { roomId: 'again', name: 'First', password: 'x' });
  await anna.must('sendMessage', { roomId, text: 'x' });
  await anna.must('leaveRoom', roomId);
  await assertGone(ben, roomId);
  const { room } = await ben.must('createRoom', { roomId, name: 'Second' }); // its id is free at once
  assert.deepEqual([room.name, room.creator, room.hasPassword], ['Second', 'ben', false]);
  const { messages, seq } = await anna.must('joinRoom', roomId);
  assert.deepEqual([messages, seq], [[], 0]);
});

for (const transport of ['polling', 'websocket']) {
  scenario(`an ephemeral room is gone when its last user's transport ends, ${transport}`, async () => {
    const watcher = await connect('watcher');
    const anna = await connect('anna', { transports: [transport] });
    const { roomId } = await anna.must('createRoom');
    await watcher.next('newRoomAvailable');
    await anna.hangUp();
    await assertGone(watcher, roomId);
  });
}

scenario('autoDelete: gone with its creator', async () => {
  const [anna, ben, watcher] = [await connect('anna'), await connect('ben'), await connect('watcher')];
  for (const persistent of [false, true]) {
    const { roomId } = await anna.must('createRoom', { autoDelete: true, persistent });
    await ben.must('joinRoom', roomId);
    const secondTab = await connect('anna');
    await secondTab.must('joinRoom', roomId);
    await anna.must('leaveRoom', roomId);
    await ben.must('sendMessage', { roomId, text: 'still here' });
    await secondTab.must('leaveRoom', roomId);
    assert.deepEqual(await ben.next('roomDeleted'), { roomId });
    await assertGone(watcher, roomId);
    // The id of a persistent room stays taken.
    const again = await ben.ask('createRoom', { roomId });
    assert.equal(again.code, persistent ? 'room_exists' : undefined);
    if (persistent) assert.equal((await ben.ask('joinRoom', roomId)).code, 'room_not_found');
  }
});

scenario('autoDelete: gone when its creator is lost', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom', { autoDelete: true });
  await ben.must('joinRoom', roomId);
  await anna.hangUp();
  assert.deepEqual(await ben.next('roomDeleted'), { roomId });
});

scenario('a persistent room survives emptiness', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom', { persistent: true, isPrivate: true });
  const sent = await anna.must('sendMessage', { roomId, text: 'kept' });
  const { epoch } = await anna.must('joinRoom', roomId);
  await anna.hangUp(); // a member stays one
  const again = await connect('anna');
  const reply = await again.must('joinRoom', roomId);
  assert.deepEqual(reply.messages.map(({ id }) => id), [sent.messageId]);
  assert.deepEqual([reply.epoch, reply.seq, reply.room.memberCount], [epoch, 1, 1]);
  assert.equal((await ben.ask('joinRoom', roomId)).code, 'room_private');
});

scenario('an implicit room has no creator and is named like its id', covers(
  'fine:creator is a user id, in newPublicRoom a username, absent for implicit rooms',
), async () => {
  const [anna, watcher] = [await connect('anna'), await connect('watcher')];
  const { roomId, room: made } = await anna.must('createRoom');
  assert.equal(made.creator, 'anna');
  assert.equal((await watcher.next('newRoomAvailable', (r) => r.roomId === roomId)).creator, 'anna');
  assert.equal((await watcher.next('newPublicRoom', (r) => r.id === roomId)).creator, nameOf('anna'));
  const { room } = await anna.must('joinRoom', 'implicit');
  assert.deepEqual([room.name, room.type, room.isPrivate, 'creator' in room], ['implicit', 'ephemeral', false, false]);
});
