// A disk that fails under the real server: what is not on it is not acknowledged, what needs none goes on, and when it
// works again so does all, without a restart.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, mark, scenario } from './client.js';

async function disk(trouble) {
  const response = await fetch(`${process.env.DISK_URL}?trouble=${encodeURIComponent(trouble)}`, { method: 'POST' });
  assert.equal(response.status, 200, await response.text());
}

// withTrouble has the disk fail while something is done.
async function withTrouble(trouble, run) {
  await disk(trouble);
  try {
    await run();
  } finally {
    await disk('');
  }
}

// twoRooms gives two users who are inside of a room on disk and of one in memory.
async function twoRooms() {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId: stored } = await anna.must('createRoom', { persistent: true });
  const { roomId: memory } = await anna.must('createRoom', {});
  for (const roomId of [stored, memory]) await ben.must('joinRoom', roomId);
  await anna.must('sendMessage', { roomId: stored, text: 'before' });
  return { anna, ben, stored, memory };
}

const textsOf = (client, roomId) => client.all('newMessage').filter((m) => m.roomId === roomId)
  .map(({ seq, text }) => `${seq} ${text}`);

// succeeds repeats a command, which must be safe to repeat, until the store has recovered.
async function succeeds(client, event, arg) {
  for (;;) {
    const reply = await client.ask(event, arg);
    if (reply.success) return reply;
    assert.equal(reply.code, 'unavailable');
    await pause(50); // ms
  }
}

for (const trouble of ['no space', 'read-only', 'writes fail', 'syncs fail']) {
  scenario(`the disk: ${trouble}`, async () => {
    const { anna, ben, stored, memory } = await twoRooms();
    const retried = { roomId: stored, text: 'after', clientId: 'c' };
    await withTrouble(trouble, async () => {
      for (let i = 0; i < 2; i++) {
        assert.equal((await anna.ask('sendMessage', retried)).code, 'unavailable');
        assert.equal((await ben.ask('sendMessage', { roomId: stored, text: 'lost' })).code, 'unavailable');
        assert.equal((await ben.ask('createRoom', { persistent: true })).code, 'unavailable');
        assert.equal((await ben.ask('updateRoom', { roomId: stored, name: 'x' })).success, false);
        await anna.must('sendMessage', { roomId: memory, text: `still here ${i}` });
        await pause(400); // ms, in which the store tries to recover
      }
    });
    const sent = await succeeds(anna, 'sendMessage', retried);
    assert.deepEqual(await anna.must('sendMessage', retried), sent);
    await mark(stored, anna, ben);
    await mark(memory, anna, ben);
    for (const client of [anna, ben]) {
      assert.deepEqual(textsOf(client, stored), ['1 before', '2 after']);
      assert.deepEqual(textsOf(client, memory), ['1 still here 0', '2 still here 1']);
      assert.ok(client.socket.connected);
    }
    const { messages } = await ben.must('getHistory', { roomId: stored });
    assert.deepEqual(messages.map(({ seq, text }) => `${seq} ${text}`), ['1 before', '2 after']);
  });
}

scenario('the disk: first sync fails', async () => {
  const { anna, ben, stored } = await twoRooms();
  const retried = { roomId: stored, text: 'after', clientId: 'c' };
  await withTrouble('first sync fails', async () => {
    assert.equal((await anna.ask('sendMessage', retried)).code, 'unavailable');
    await succeeds(anna, 'sendMessage', retried); // a moment later, while nobody has mended anything
  });
  await mark(stored, anna, ben);
  assert.deepEqual(textsOf(ben, stored), ['1 before', '2 after']);
});

scenario('the disk: slow', async () => {
  const { anna, ben, stored, memory } = await twoRooms();
  await withTrouble('slow', async () => {
    const order = [];
    const slow = anna.ask('sendMessage', { roomId: stored, text: 'slow' }).then((reply) => {
      order.push('stored');
      return reply;
    });
    await pause(100); // ms, so that it is at the disk
    await ben.must('sendMessage', { roomId: memory, text: 'quick' });
    order.push('memory');
    assert.deepEqual(textsOf(ben, stored), ['1 before']); // nobody sees what could still be lost
    assert.equal((await slow).success, true);
    assert.deepEqual(order, ['memory', 'stored']);
  });
  await mark(stored, anna, ben);
  assert.deepEqual(textsOf(ben, stored), ['1 before', '2 slow']);
});
