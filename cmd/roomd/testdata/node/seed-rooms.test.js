// Rooms that are made and deleted: their settings, their constraints, the public list; in memory and kept.

import assert from 'node:assert/strict';
import { assertTime, mark, scenario } from './client.js';
import { about, assertSent, came, create, frontEnd } from './seed.js';

// refused gives the error that a command without a callback is refused with.
async function refused(client, event, arg) {
  client.tell(event, arg);
  return (await client.next('error')).message;
}

scenario('making a room: its creator gets it, the others hear of it', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  const { roomId, room } = await create(anna, { name: 'Tea', isPrivate: false, password: 'secret', maxUsers: 3 });
  assert.equal(typeof roomId, 'string');
  assertSent(room, { name: 'Tea', creator: 'anna', isPrivate: false, maxUsers: 3, users: ['anna'] });
  assertTime(room.createdAt);
  assert.ok(!JSON.stringify(room).includes('secret'));
  const news = await came(ben, 'newRoomAvailable', about(roomId));
  assertSent(news, { roomId, name: 'Tea', userCount: 1, maxUsers: 3, hasPassword: true });
  assert.deepEqual(anna.all('newRoomAvailable').filter(about(roomId)), []);
});

scenario('making a room: what is left out', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  const { roomId, room } = await create(anna, {});
  assertSent(room, { name: 'Unnamed Room', isPrivate: false, maxUsers: null }); // as JSON has Infinity
  const news = await came(ben, 'newRoomAvailable', about(roomId));
  assertSent(news, { name: 'Unnamed Room', userCount: 1, maxUsers: null, hasPassword: false });
});

scenario('making a private room: nobody hears of it', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  const secret = await create(anna, { name: 'Secret', isPrivate: true });
  assert.equal(secret.room.isPrivate, true);
  const open = await create(anna, { name: 'Open' });
  await came(ben, 'newRoomAvailable', about(open.roomId));
  assert.deepEqual(ben.all('newRoomAvailable').filter(about(secret.roomId)), []);
});

scenario('joining: what is refused', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  assert.equal(await refused(ben, 'joinRoom', { roomId: 'nowhere' }), 'Room does not exist');
  const locked = await create(anna, { password: 'secret' });
  assert.equal(await refused(ben, 'joinRoom', { roomId: locked.roomId }), 'Incorrect password');
  assert.equal(await refused(ben, 'joinRoom', { roomId: locked.roomId, password: 'Secret' }), 'Incorrect password');
  const full = await create(anna, { maxUsers: 1 });
  assert.equal(await refused(ben, 'joinRoom', { roomId: full.roomId }), 'Room is full');
  assert.deepEqual([ben.all('joinedRoom'), anna.all('userJoined')], [[], []]);
});

scenario('joining: who joins gets the room, those inside the user, all the count', async () => {
  const [anna, ben, cleo] = [await frontEnd('anna'), await frontEnd('ben'), await frontEnd('cleo')];
  const { roomId } = await create(anna, { name: 'Tea', password: 'secret', maxUsers: 2 });
  ben.tell('joinRoom', { roomId, password: 'secret' });
  const joined = await ben.next('joinedRoom');
  assert.equal(joined.roomId, roomId);
  assertSent(joined.room, { name: 'Tea', creator: 'anna', maxUsers: 2, users: ['anna', 'ben'] });
  assertSent(await anna.next('userJoined'), { roomId, userId: 'ben' });
  for (const client of [anna, ben, cleo]) {
    await came(client, 'roomUpdated', (count) => count.roomId === roomId && count.userCount === 2);
  }
});

scenario('deleting: the creator only', async () => {
  const [anna, ben, cleo] = [await frontEnd('anna'), await frontEnd('ben'), await frontEnd('cleo')];
  const { roomId } = await create(anna, { name: 'Tea' });
  ben.tell('joinRoom', { roomId });
  await ben.next('joinedRoom');
  assert.equal(await refused(ben, 'deleteRoom', 'nowhere'), 'Room does not exist');
  assert.equal(await refused(ben, 'deleteRoom', roomId), 'Only the creator can delete this room');
  anna.tell('deleteRoom', roomId);
  for (const client of [anna, ben]) assert.deepEqual(await client.next('roomDeleted'), { roomId });
  for (const client of [anna, ben, cleo]) assert.deepEqual(await came(client, 'roomRemoved', about(roomId)), { roomId });
  assert.equal(await refused(ben, 'joinRoom', { roomId }), 'Room does not exist');
  assert.deepEqual(ben.all('userLeft'), []);
});

scenario('losing a connection: the others hear of it, an empty room is removed', async () => {
  const [anna, ben, cleo] = [await frontEnd('anna'), await frontEnd('ben'), await frontEnd('cleo')];
  const { roomId } = await create(anna, { name: 'Tea' });
  ben.tell('joinRoom', { roomId });
  await came(cleo, 'roomUpdated', (count) => count.roomId === roomId && count.userCount === 2);
  anna.socket.disconnect();
  assertSent(await ben.next('userLeft'), { roomId, userId: 'anna' });
  await came(cleo, 'roomUpdated', (count) => count.roomId === roomId && count.userCount === 1);
  ben.socket.disconnect();
  await came(cleo, 'roomRemoved', about(roomId));
});

scenario('losing the connection of a creator whose room ends with him', async () => {
  const [anna, ben, cleo] = [await frontEnd('anna'), await frontEnd('ben'), await frontEnd('cleo')];
  const { roomId } = await create(anna, { autoDelete: true });
  ben.tell('joinRoom', { roomId });
  await ben.next('joinedRoom');
  anna.socket.disconnect();
  await came(cleo, 'roomRemoved', about(roomId));
  assert.equal(await refused(ben, 'joinRoom', { roomId }), 'Room does not exist');
});

// What the server of before stored without being asked, persistent asks for.
scenario('kept: messages go to all, and are there when all have been away', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  const { roomId } = await create(anna, { name: 'Kept', persistent: true });
  ben.tell('joinRoom', { roomId });
  await ben.next('joinedRoom');
  for (const [i, sender] of [anna, ben].entries()) {
    sender.tell('chatMessage', { roomId, message: `message ${i}` });
    for (const client of [anna, ben]) {
      const message = await client.next('newMessage');
      assertSent(message, { roomId, userId: ['anna', 'ben'][i], text: `message ${i}` });
      assertTime(message.timestamp);
    }
  }
  for (const client of [anna, ben]) client.socket.disconnect();
  const again = await frontEnd('ben');
  again.tell('joinRoom', { roomId });
  assertSent((await again.next('joinedRoom')).room, { name: 'Kept', creator: 'anna' });
  const { history } = await again.next('roomHistory');
  assert.deepEqual(history.map(({ text }) => text), ['message 0', 'message 1']);
});

scenario('kept: a deleted room is gone, and its id is not given again', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  const { roomId } = await create(anna, { persistent: true });
  anna.tell('deleteRoom', roomId);
  await anna.next('roomDeleted', about(roomId));
  await came(ben, 'roomRemoved', about(roomId));
  assert.equal(await refused(anna, 'joinRoom', { roomId }), 'Room does not exist');
  assert.equal(await refused(anna, 'deleteRoom', roomId), 'Room does not exist');
  assert.equal(await refused(anna, 'createRoom', { roomId }), 'Room already exists');
});

scenario('ephemeral: leaving last removes the room, else the others hear of it', async () => {
  const [anna, ben, cleo] = [await frontEnd('anna'), await frontEnd('ben'), await frontEnd('cleo')];
  const { roomId, room } = await create(anna, { name: 'Short' });
  assert.equal(room.type, 'ephemeral');
  ben.tell('joinRoom', { roomId });
  await ben.next('joinedRoom');
  anna.tell('leaveRoom', roomId);
  assertSent(await ben.next('userLeft'), { userId: 'anna', roomId });
  assert.deepEqual(cleo.all('roomRemoved').filter(about(roomId)), []);
  ben.tell('leaveRoom', roomId);
  for (const client of [anna, ben, cleo]) assert.deepEqual(await came(client, 'roomRemoved', about(roomId)), { roomId });
});

scenario('persistent: leaving last leaves the room', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  const { roomId, room } = await create(anna, { name: 'Long', persistent: true });
  assert.equal(room.type, 'persistent');
  anna.tell('leaveRoom', roomId);
  await came(ben, 'roomUpdated', (count) => count.roomId === roomId && count.userCount === 0);
  ben.tell('joinRoom', { roomId });
  assertSent((await ben.next('joinedRoom')).room, { name: 'Long', users: ['ben'] });
  await mark(roomId, ben);
  assert.deepEqual(ben.all('roomRemoved').filter(about(roomId)), []);
});
