// The number of seats is exact, however many want one at the same time.

import assert from 'node:assert/strict';
import { connect, scenario } from './client.js';

const PEOPLE = 500;
const SEATS = 100;
const RUNS = 20;

scenario(`${PEOPLE} joins at once to ${SEATS} seats, ${RUNS} times`, async () => {
  const clients = [];
  while (clients.length < PEOPLE) {
    const userIds = Array.from({ length: 50 }, (_, i) => `user ${clients.length + i}`);
    const some = userIds.map((userId) => connect(userId, { transports: ['websocket'] }));
    clients.push(...await Promise.all(some));
  }
  for (let run = 0; run < RUNS; run++) {
    const [creator] = clients.splice(0, 1); // another each time
    clients.push(creator);
    await fill(clients, await makeRoom(creator, { persistent: run % 2 === 0 }));
  }
});

// makeRoom makes a room with all of its seats free, if it can be: an ephemeral one needs somebody, who
// is to be among those who join.
async function makeRoom(creator, { persistent }) {
  const { roomId } = await creator.must('createRoom', { maxUsers: SEATS, persistent });
  if (persistent) await creator.must('leaveRoom', roomId);
  return roomId;
}

async function fill(clients, roomId) {
  const replies = await Promise.all(clients.map((client) => client.ask('joinRoom', roomId)));
  const admitted = replies.filter(({ success }) => success);
  const refused = replies.filter(({ success }) => !success);
  assert.deepEqual([admitted.length, refused.length], [SEATS, PEOPLE - SEATS]);
  assert.ok(refused.every(({ code }) => code === 'room_full'), JSON.stringify(refused[0]));
  assert.equal(Math.max(...admitted.map(({ room }) => room.userCount)), SEATS);

  const inside = clients.filter((_, i) => replies[i].success);
  const { room } = await inside[0].must('joinRoom', roomId);
  assert.deepEqual(room.users.toSorted(), inside.map((client) => client.socket.auth.userId).sort());
}
