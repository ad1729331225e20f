// Rooms that are nothing but names: joining, leaving, emitting; and who is in which of them.

import assert from 'node:assert/strict';
import { assertTime, connect, mark, scenario } from './client.js';
import { about, assertSent, frontEnd } from './seed.js';

// enter has clients join a room one after the other, and waits until each is in it.
async function enter(roomId, ...clients) {
  for (const client of clients) {
    client.tell('joinRoom', roomId);
    await client.next('roomHistory', about(roomId));
  }
}

scenario('messages go to the others in the room, and with break two to their sender', async () => {
  const [anna, ben, cleo] = [await frontEnd('anna'), await frontEnd('ben'), await frontEnd('cleo')];
  await enter('basic', anna, ben);
  await enter('other', cleo, ben);
  anna.tell('chatMessage', { roomId: 'basic', message: 'hello' });
  for (const client of [ben, anna]) {
    const message = await client.next('newMessage');
    assertSent(message, { text: 'hello' });
    assertTime(message.timestamp);
    assertSent(message.sender, { id: 'anna' }); // break one: it was an id
  }
  await mark('other', ben, cleo);
  assert.deepEqual(cleo.all('newMessage'), []);
});

scenario('actions go to all in the room', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  await enter('game', anna, ben);
  anna.tell('gameAction', { roomId: 'game', action: { move: [1, 2] } });
  for (const client of [anna, ben]) {
    const update = await client.next('gameUpdate');
    assertSent(update, { action: { move: [1, 2] }, player: 'anna' });
    assertTime(update.timestamp);
  }
});

scenario('who says no name has one all the same', async () => {
  const [one, other] = [await connect('one', { auth: {} }), await connect('other', { auth: {} })];
  await enter('guests', one, other);
  for (const client of [one, other]) client.tell('gameAction', { roomId: 'guests', action: 'pass' });
  const [first, second] = await one.count('gameUpdate', 2);
  assert.ok(first.player && second.player && first.player !== second.player);
});

scenario('a client may be in several rooms, and hears no more of one that it has left', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  await enter('room1', anna, ben);
  await enter('room2', anna, ben);
  ben.tell('leaveRoom', 'room1');
  await anna.next('userLeft', about('room1'));
  anna.tell('chatMessage', { roomId: 'room1', message: 'one' });
  anna.tell('chatMessage', { roomId: 'room2', message: 'two' });
  await anna.count('newMessage', 2);
  await mark('room2', anna, ben);
  assert.deepEqual(ben.all('newMessage').map(({ text }) => text), ['two']);
});

scenario('user to rooms: others hear who joins, who joins gets the history', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  anna.tell('joinRoom', 'told');
  assertSent(await anna.next('roomHistory'), { roomId: 'told', history: [] });
  anna.tell('chatMessage', { roomId: 'told', message: 'first' });
  await anna.next('newMessage');
  ben.tell('joinRoom', 'told');
  assertSent(await anna.next('userJoined'), { userId: 'ben', roomId: 'told' });
  const { roomId, history } = await ben.next('roomHistory');
  assert.deepEqual([roomId, history.length, history[0].text], ['told', 1, 'first']);
  assert.deepEqual(ben.all('userJoined'), []);
});

scenario('user to rooms: others hear who leaves, and who is lost in every room', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  for (const room of ['left', 'lost1', 'lost2']) await enter(room, anna, ben);
  ben.tell('leaveRoom', 'left');
  assertSent(await anna.next('userLeft'), { userId: 'ben', roomId: 'left' });
  ben.socket.disconnect();
  const lost = await anna.count('userLeft', 3);
  assert.deepEqual(lost.slice(1).map(({ userId, roomId }) => `${userId} ${roomId}`).sort(), ['ben lost1', 'ben lost2']);
});

scenario('room to users: who joins gets the list, himself included', async () => {
  const [anna, ben, cleo] = [await frontEnd('anna'), await frontEnd('ben'), await frontEnd('cleo')];
  const lists = [];
  for (const client of [anna, ben, cleo]) {
    client.tell('joinRoom', 'listed');
    lists.push(await client.next('userList'));
  }
  assert.deepEqual(lists, [
    { roomId: 'listed', users: ['anna'] },
    { roomId: 'listed', users: ['anna', 'ben'] },
    { roomId: 'listed', users: ['anna', 'ben', 'cleo'] },
  ]);
  anna.tell('leaveRoom', 'listed');
  await cleo.next('userLeft');
  ben.socket.disconnect();
  assertSent(await cleo.next('userLeft'), { userId: 'ben', roomId: 'listed' });
  anna.tell('joinRoom', 'listed');
  assert.deepEqual((await anna.next('userList')).users, ['cleo', 'anna']);
});

scenario('room to users: an empty room is forgotten', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  await enter('forgotten', anna);
  anna.tell('chatMessage', { roomId: 'forgotten', message: 'gone' });
  await anna.next('newMessage');
  await anna.must('leaveRoom', 'forgotten');
  ben.tell('joinRoom', 'forgotten');
  assert.deepEqual(await ben.next('userList'), { roomId: 'forgotten', users: ['ben'] });
  assertSent(await ben.next('roomHistory'), { history: [] });
});

scenario('several servers: whoever joins is told to all who are there', async () => {
  const others = await Promise.all(['anna', 'ben', 'cleo'].map((id) => frontEnd(id)));
  await enter('spread', ...others);
  const dora = await frontEnd('dora');
  dora.tell('joinRoom', 'spread');
  for (const client of others) {
    assertSent(await client.next('userJoined', ({ userId }) => userId === 'dora'), { userId: 'dora', roomId: 'spread' });
  }
});
