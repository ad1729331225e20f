// Who is told of whom: presence speaks of users, not of connections.

import assert from 'node:assert/strict';
import { connect, mark, nameOf, scenario, userOf } from './client.js';
import { covers } from './rows.js';

const ROOM = 'presence';

async function inside(...userIds) {
  const clients = [];
  for (const userId of userIds) {
    const client = await connect(userId);
    await client.must('joinRoom', ROOM);
    clients.push(client);
  }
  return clients;
}

const moves = (client) => client.seen.filter(({ event }) => event === 'userJoined' || event === 'userLeft');

scenario('two tabs of one user are one presence', async () => {
  const [anna] = await inside('anna');
  const [one, two, three] = await inside('ben', 'ben', 'ben');
  const { room, users } = await anna.must('joinRoom', ROOM);
  assert.deepEqual(users, [userOf('anna'), userOf('ben')]);
  assert.deepEqual([room.userCount, room.memberCount], [2, 2]);

  await one.must('leaveRoom', ROOM);
  await two.hangUp();
  await three.must('sendMessage', { roomId: ROOM, text: 'still here' });
  await three.must('leaveRoom', ROOM);
  assert.deepEqual(await anna.next('userLeft'), { roomId: ROOM, userId: 'ben', username: nameOf('ben') });
  assert.deepEqual(moves(anna).map(({ event }) => event), ['userJoined', 'userLeft']);
});

scenario("a user's tabs hear each other's messages, and their own", covers(
  'fine:includeSelf false leaves out the sending connection only',
), async () => {
  const [one, two] = await inside('ben', 'ben');
  await one.must('sendMessage', { roomId: ROOM, text: 'x' });
  one.tell('emitToRoom', { roomId: ROOM, event: 'own', data: 1 });
  await mark(ROOM, one, two);
  assert.deepEqual([one.all('newMessage').length, two.all('newMessage').length], [1, 1]);
  assert.deepEqual([one.all('own').length, two.all('own').length], [0, 1], 'the sending connection only is left out');
  assert.deepEqual([...moves(one), ...moves(two)], []);
});

const ends = {
  'its own DISCONNECT': (client) => client.socket.disconnect(),
  'the end of its transport': (client) => client.hangUp(),
};
for (const transport of ['polling', 'websocket']) {
  for (const [what, end] of Object.entries(ends)) {
    scenario(`a connection that ends by ${what} has left, ${transport}`, async () => {
      const [anna] = await inside('anna');
      const ben = await connect('ben', { transports: [transport] });
      await ben.must('joinRoom', ROOM);
      end(ben);
      const left = await anna.next('userLeft');
      assert.deepEqual(left, { roomId: ROOM, userId: 'ben', username: nameOf('ben'), disconnected: true });
    });
  }
}

scenario('who leaves is told nothing more of the room', async () => {
  const [anna, ben] = await inside('anna', 'ben');
  await ben.must('leaveRoom', ROOM);
  await anna.must('sendMessage', { roomId: ROOM, text: 'x' });
  await mark(ROOM, anna);
  await ben.must('joinRoom', ROOM);
  await mark(ROOM, anna, ben);
  assert.deepEqual(ben.all('newMessage'), []);
});

scenario('rooms are apart', async () => {
  const [anna, ben] = await inside('anna', 'ben');
  await ben.must('leaveRoom', ROOM);
  await ben.must('joinRoom', 'elsewhere');
  await anna.must('joinRoom', 'elsewhere');
  for (let i = 0; i < 20; i++) await anna.must('sendMessage', { roomId: i % 2 ? ROOM : 'elsewhere', text: `${i}` });
  await mark('elsewhere', anna, ben);
  assert.ok(ben.all('newMessage').every(({ roomId }) => roomId === 'elsewhere'));
  assert.equal(ben.all('newMessage').length, 10);
  assert.equal((await anna.count('newMessage', 20)).length, 20);
});

scenario("usernames are a connection's own", covers("fine:usernames are a connection's own"), async () => {
  const [anna] = await inside('anna');
  const tabs = [];
  for (const username of ['Ben', 'Benny']) {
    const client = await connect('ben', { auth: { userId: 'ben', username } });
    await client.must('joinRoom', ROOM);
    tabs.push(client);
  }
  for (const client of tabs) await client.must('sendMessage', { roomId: ROOM, text: 'x' });
  const senders = (await anna.count('newMessage', 2)).map(({ sender }) => sender);
  assert.deepEqual(senders, [{ id: 'ben', username: 'Ben' }, { id: 'ben', username: 'Benny' }]);
});
