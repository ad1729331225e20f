// Twenty people in one room, all talking at once, see one order.

import assert from 'node:assert/strict';
import { connect, mark, scenario } from './client.js';

const ROOM = 'order';
const PEOPLE = 20;
const ROUNDS = 30;

// story gives what a client was told of the room, a line each.
function story(client) {
  const lines = {
    newMessage: ({ seq, userId, text }) => `${seq} ${userId} says ${text}`,
    own: (data, { sender }) => `${sender.id} emits ${data}`,
    gameUpdate: ({ player, action }) => `${player} does ${action}`,
  };
  return client.seen.filter(({ event }) => lines[event]).map(({ event, args }) => lines[event](...args));
}

scenario('one order for all', async () => {
  const clients = await Promise.all(Array.from({ length: PEOPLE }, (_, i) => connect(
    `user ${i}`, { transports: [['websocket'], ['polling'], ['polling', 'websocket']][i % 3] },
  )));
  await Promise.all(clients.map((client) => client.must('joinRoom', ROOM)));

  await Promise.all(clients.map(async (client) => {
    for (let i = 1; i <= ROUNDS; i++) {
      client.tell('sendMessage', { roomId: ROOM, text: `${3 * i}` });
      client.tell('emitToRoom', { roomId: ROOM, event: 'own', data: 3 * i + 1, includeSelf: true });
      await client.must('gameAction', { roomId: ROOM, action: 3 * i + 2 });
    }
  }));
  await mark(ROOM, ...clients);

  const first = story(clients[0]);
  assert.equal(first.length, PEOPLE * ROUNDS * 3, 'nothing is missing or twice');
  for (const client of clients) assert.deepEqual(story(client), first);

  const seqs = clients[0].all('newMessage').map(({ seq }) => seq);
  assert.deepEqual(seqs, seqs.map((_, i) => i + 1));
  for (let i = 0; i < PEOPLE; i++) {
    const mine = first.filter((line) => line.includes(`user ${i} `)).map((line) => Number(line.split(' ').at(-1)));
    assert.deepEqual(mine, mine.map((_, n) => n + 3), 'each in the order it was sent');
  }
  assert.deepEqual(clients.flatMap((client) => client.all('error')), []);
});
