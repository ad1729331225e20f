// Who is told of whom: presence speaks of users, not of connections.

import assert from 'node:assert/strict';
import { connect, mark, nameOf, scenario, userOf } from './client.js';
import { covers } from './rows.js';

// Each scenario has a room of its own: the server may still be about to take those of the last one out of theirs.
let rooms = 0;
const newRoom = () => `presence-${++rooms}`;

async function inside(roomId, ...userIds) {
  const clients = [];
  for (const userId of userIds) {
    const client = await connect(userId);
    await client.must('joinRoom', roomId);
    clients.push(client);
  }
  return clients;
}

const moves = (client, roomId) => client.seen.filter(({ event, args }) => (
  /^user(Joined|Left)$/.test(event) && args[0].roomId === roomId
));

scenario('two tabs of one user are one presence', async () => {
  const roomId = newRoom();
  const [anna] = await inside(roomId, 'anna');
  const [one, two, three] = await inside(roomId, 'ben', 'ben', 'ben');
  for (const client of [anna, two]) await client.must('joinRoom', `${roomId}, beside`);
  const { room, users } = await anna.must('joinRoom', roomId);
  assert.deepEqual(users, [userOf('anna'), userOf('ben')]);
  assert.deepEqual([room.userCount, room.memberCount], [2, 2]);

  await one.must('leaveRoom', roomId);
  await two.hangUp();
  await anna.next('userLeft', (left) => left.roomId !== roomId); // it has left the rooms, in the order of its joins
  await three.must('sendMessage', { roomId, text: 'still here' });
  await three.must('leaveRoom', roomId);
  assert.deepEqual(await anna.next('userLeft'), { roomId, userId: 'ben', username: nameOf('ben') });
  assert.deepEqual(moves(anna, roomId).map(({ event }) => event), ['userJoined', 'userLeft']);
});

scenario("a user's tabs hear each other's messages, and their own", covers(
  'fine:includeSelf false leaves out the sending connection only',
), async () => {
  const roomId = newRoom();
  const [one, two] = await inside(roomId, 'ben', 'ben');
  await one.must('sendMessage', { roomId, text: 'x' });
  one.tell('emitToRoom', { roomId, event: 'own', data: 1 });
  await mark(roomId, one, two);
  assert.deepEqual([one.all('newMessage').length, two.all('newMessage').length], [1, 1]);
  assert.deepEqual([one.all('own').length, two.all('own').length], [0, 1], 'the sending connection only is left out');
  assert.deepEqual([...moves(one, roomId), ...moves(two, roomId)], []);
});

const ends = {
  'its own DISCONNECT': (client) => client.socket.disconnect(),
  'the end of its transport': (client) => client.hangUp(),
};
for (const transport of ['polling', 'websocket']) {
  for (const [what, end] of Object.entries(ends)) {
    scenario(`a connection that ends by ${what} has left, ${transport}`, async () => {
      const roomId = newRoom();
      const [anna] = await inside(roomId, 'anna');
      const ben = await connect('ben', { transports: [transport] });
      await ben.must('joinRoom', roomId);
      await end(ben);
      const left = await anna.next('userLeft');
      assert.deepEqual(left, { roomId, userId: 'ben', username: nameOf('ben'), disconnected: true });
    });
  }
}

scenario('who leaves is told nothing more of the room', async () => {
  const roomId = newRoom();
  const [anna, ben] = await inside(roomId, 'anna', 'ben');
  await ben.must('leaveRoom', roomId);
  await anna.must('sendMessage', { roomId, text: 'x' });
  await mark(roomId, anna);
  await ben.must('joinRoom', roomId);
  await mark(roomId, anna, ben);
  assert.deepEqual(ben.all('newMessage'), []);
});

scenario('rooms are apart', async () => {
  const roomId = newRoom();
  const [anna, ben] = await inside(roomId, 'anna', 'ben');
  await ben.must('leaveRoom', roomId);
  const elsewhere = newRoom();
  await ben.must('joinRoom', elsewhere);
  await anna.must('joinRoom', elsewhere);
  for (let i = 0; i < 20; i++) await anna.must('sendMessage', { roomId: i % 2 ? roomId : elsewhere, text: `${i}` });
  await mark(elsewhere, anna, ben);
  assert.ok(ben.all('newMessage').every(({ roomId }) => roomId === elsewhere));
  assert.equal(ben.all('newMessage').length, 10);
  assert.equal((await anna.count('newMessage', 20)).length, 20);
});

scenario("usernames are a connection's own", covers("fine:usernames are a connection's own"), async () => {
  const roomId = newRoom();
  const [anna] = await inside(roomId, 'anna');
  const tabs = [];
  for (const username of ['Ben', 'Benny']) {
    const client = await connect('ben', { auth: { userId: 'ben', username } });
    await client.must('joinRoom', roomId);
    tabs.push(client);
  }
  for (const client of tabs) await client.must('sendMessage', { roomId, text: 'x' });
  const senders = (await anna.count('newMessage', 2)).map(({ sender }) => sender);
  assert.deepEqual(senders, [{ id: 'ben', username: 'Ben' }, { id: 'ben', username: 'Benny' }]);
});
