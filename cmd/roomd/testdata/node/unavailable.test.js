// While the store fails: nothing that could be lost is said to be done, and all goes on afterwards.

import assert from 'node:assert/strict';
import { connect, mark, nameOf, scenario } from './client.js';
import { assertRefused, sample } from './refusals.js';
import { covers, failing, refused } from './rows.js';

const UNAVAILABLE = 'Try again: the outcome is unknown';

async function store(fails) {
  const { status } = await fetch(`${process.env.STORE_URL}?fails=${fails}`, { method: 'POST' });
  assert.equal(status, 200);
}

// whileFailing has the store fail while something is done.
async function whileFailing(run) {
  await store(true);
  try {
    await run();
  } finally {
    await store(false);
  }
}

scenario('unavailable', covers(refused('unavailable', failing('unavailable'))), async () => {
  const [first, second] = [await connect('anna'), await connect('ben')];
  const { roomId } = await first.must('createRoom', { persistent: true });
  await second.must('joinRoom', roomId);
  const { messageId } = await first.must('sendMessage', { roomId, text: 'x' });
  for (const client of [first, second]) client.socket.disconnect(); // the room goes to sleep
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const about = { roomId, messageId, userId: 'cleo' };
  while (await isInside(anna, roomId));

  await whileFailing(async () => {
    for (const client of [anna, ben]) { // until then an account answers what it knows
      assert.equal((await client.ask('addContact', 'dora')).code, 'unavailable');
    }
    for (const command of failing('unavailable')) {
      const arg = command === 'createRoom' ? { persistent: true } : sample(command, about);
      for (const client of [anna, ben]) await assertRefused(client, 'unavailable', UNAVAILABLE, command, arg);
    }
    await anna.must('listRooms'); // which needs no store
  });
  const { room, messages } = await anna.must('joinRoom', roomId);
  assert.deepEqual([room.name, room.memberCount, messages.map(({ text }) => text)], ['Unnamed Room', 2, ['x']]);
  assert.equal((await ben.must('joinRoom', roomId)).success, true);
  assert.deepEqual((await anna.must('getModeration', roomId)).banned, []);
});

// isInside says whether anybody is in the room still.
async function isInside(client, roomId) {
  return (await client.must('getRoomUsers', roomId)).total > 0;
}

scenario('nobody sees what could not be stored', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom', { persistent: true });
  await ben.must('joinRoom', roomId);
  await anna.must('sendMessage', { roomId, text: 'one' });
  await whileFailing(async () => {
    await anna.must('emitToRoom', { roomId, event: 'own', data: 1 }); // is not stored
    assert.equal(await ben.next('own'), 1);
    const lost = { roomId, text: 'lost', clientId: 'c' };
    for (let i = 0; i < 3; i++) assert.equal((await anna.ask('sendMessage', lost)).code, 'unavailable');
  });
  await anna.must('sendMessage', { roomId, text: 'two', clientId: 'c' }); // a safe retry
  await mark(roomId, anna, ben);
  assert.deepEqual(ben.all('newMessage').map(({ seq, text }) => `${seq} ${text}`), ['1 one', '2 two']);
  assert.deepEqual([ben.all('userLeft'), anna.all('userLeft')], [[], []]);
  assert.ok(anna.socket.connected && ben.socket.connected);
  assert.equal((await ben.count('newMessage', 2))[1].sender.username, nameOf('anna'));
});
