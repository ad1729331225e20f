// The public directory: what there is at first, and the feed of what changes.

import assert from 'node:assert/strict';
import { assertTime, connect, nameOf, scenario } from './client.js';

const DIRECTORY_EVENTS = ['newRoomAvailable', 'newPublicRoom', 'roomUpdated', 'roomRemoved'];

// told gives what a watcher has been told of a room, in order.
const told = (client, id) => client.seen
  .filter(({ event, args }) => DIRECTORY_EVENTS.includes(event) && (args[0].roomId ?? args[0].id) === id);

async function roomsList() {
  const client = await connect('lister');
  return client.next('roomsList');
}

// listed makes a public room and waits until a watcher knows of it.
async function listed(creator, watcher, settings = {}) {
  const { roomId } = await creator.must('createRoom', settings);
  await watcher.next('newRoomAvailable', (room) => room.roomId === roomId);
  return roomId;
}

scenario('roomsList comes after connecting, the latest activity first', async () => {
  const anna = await connect('anna');
  assert.deepEqual(await anna.next('roomsList'), []);
  const watcher = await connect('watcher');
  const older = await listed(anna, watcher, { name: 'Older' });
  const newer = await listed(anna, watcher, { name: 'Newer' });
  const list = await roomsList();
  assert.deepEqual(list.map(({ id }) => id), [newer, older]);
  const { lastActivity, ...first } = list[0];
  assertTime(lastActivity);
  assert.deepEqual(first, { id: newer, name: 'Newer', isPublic: true, memberCount: 1, unreadCount: 0 });
  assert.equal(anna.all('roomsList').length, 1);
});

scenario('roomsList has 20 rooms at most', async () => {
  const [anna, watcher] = [await connect('anna'), await connect('watcher')];
  const ids = [];
  for (let i = 0; i < 25; i++) ids.push(await listed(anna, watcher));
  assert.deepEqual((await roomsList()).map(({ id }) => id), ids.reverse().slice(0, 20));
});

scenario('a new public room is told in both forms, not to its creator', async () => {
  const [anna, ben, otherTab] = [await connect('anna'), await connect('ben'), await connect('anna')];
  const { roomId } = await anna.must('createRoom', { name: 'Tea', maxUsers: 7, password: 'x' });
  for (const watcher of [ben, otherTab]) {
    const { createdAt, ...available } = await watcher.next('newRoomAvailable');
    assertTime(createdAt);
    assert.deepEqual(available, { roomId, name: 'Tea', userCount: 1, maxUsers: 7, hasPassword: true, creator: 'anna' });
    const { createdAt: again, ...open } = await watcher.next('newPublicRoom');
    assert.equal(again, createdAt);
    assert.deepEqual(open, { id: roomId, name: 'Tea', creator: nameOf('anna'), memberCount: 1 });
  }
  await ben.must('createRoom');
  await anna.next('newRoomAvailable', (room) => room.creator === 'ben');
  assert.deepEqual(told(anna, roomId), []);
});

scenario('rooms without a maximum say so', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  await anna.must('createRoom');
  assert.equal((await ben.next('newRoomAvailable')).maxUsers, null);
});

scenario('roomUpdated is coalesced, and the last count arrives', async () => {
  const [anna, watcher] = [await connect('anna'), await connect('watcher')];
  const roomId = await listed(anna, watcher);
  const began = Date.now();
  const others = await Promise.all(Array.from({ length: 20 }, (_, i) => connect(`user ${i}`)));
  await Promise.all(others.map((client) => client.must('joinRoom', roomId)));
  for (const client of others.slice(0, 5)) await client.must('leaveRoom', roomId);
  const last = await watcher.next('roomUpdated', (u) => u.roomId === roomId && u.userCount === 16);
  assert.deepEqual(last, { roomId, userCount: 16 });
  const updates = watcher.all('roomUpdated').filter((u) => u.roomId === roomId);
  const seconds = (Date.now() - began) / 1000;
  assert.ok(updates.length <= seconds + 1, `${updates.length} updates in ${seconds} s`);
});

scenario('roomRemoved when a public room is gone', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const roomId = await listed(anna, ben);
  await anna.must('leaveRoom', roomId);
  assert.deepEqual(await ben.next('roomRemoved'), { roomId });
  assert.deepEqual(await anna.next('roomRemoved'), { roomId });
  assert.deepEqual((await roomsList()).filter(({ id }) => id === roomId), []);
});

scenario('private and implicit rooms are in neither list nor feed', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId: hidden } = await anna.must('createRoom', { isPrivate: true, password: 'x' });
  const { room } = await anna.must('joinRoom', 'implicit');
  assert.equal(room.creator, undefined);
  await ben.must('joinRoom', { roomId: hidden, password: 'x' });
  await ben.must('joinRoom', 'implicit');
  const list = (await roomsList()).map(({ id }) => id);
  assert.ok(!list.includes(hidden) && !list.includes('implicit'));
  for (const client of [anna, ben]) {
    await client.must('leaveRoom', hidden);
    await client.must('leaveRoom', 'implicit');
  }
  const shown = await listed(anna, ben);
  // Counts are told at most a second late: once this one is told, those would have been.
  const cleo = await connect('cleo');
  await cleo.must('joinRoom', shown);
  await ben.next('roomUpdated', (r) => r.roomId === shown);
  for (const id of [hidden, 'implicit']) assert.deepEqual([...told(anna, id), ...told(ben, id)], []);
});
