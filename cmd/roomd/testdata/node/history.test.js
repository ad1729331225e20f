// Coming back to a room: what was missed, exactly, or the word that something is missing.

import assert from 'node:assert/strict';
import { connect, mark, scenario } from './client.js';
import { covers } from './rows.js';

const texts = (messages) => messages.map(({ text }) => text);
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`);

// talking gives a room in which so many numbers have been said.
async function talking(count) {
  const anna = await connect('anna');
  const { roomId } = await anna.must('createRoom');
  for (let i = 1; i <= count; i++) anna.tell('sendMessage', { roomId, text: `${i}` });
  await anna.count('newMessage', count);
  const { epoch } = await anna.must('joinRoom', roomId);
  return { anna, roomId, epoch };
}

scenario('since: what was missed', async () => {
  const { anna, roomId, epoch } = await talking(120);
  const ben = await connect('ben');
  for (const [seq, expected] of [
    [0, numbers(1, 120)],
    [1, numbers(2, 120)],
    [119, ['120']],
    [120, []],
  ]) {
    const reply = await ben.must('joinRoom', { roomId, since: { epoch, seq } });
    assert.deepEqual([reply.gap, reply.seq, reply.epoch], [false, 120, epoch]);
    assert.deepEqual(texts(reply.messages), expected);
  }
  ben.tell('joinRoom', { roomId, since: { epoch, seq: 118 } });
  const { history, ...position } = await ben.next('roomHistory');
  assert.deepEqual(position, { roomId, epoch, seq: 120, gap: false, changes: [] });
  assert.deepEqual(texts(history), ['119', '120']);
  await mark(roomId, anna, ben);
  assert.equal(anna.all('userJoined').length, 1, 'joining again when inside is told to nobody');
});

scenario('since: a gap', covers('fine:since ahead of the room, or too far behind, is a gap'), async () => {
  const { roomId, epoch } = await talking(310);
  const ben = await connect('ben');
  const join = (since) => ben.must('joinRoom', { roomId, since });
  for (const since of [{ epoch, seq: 9 }, { epoch, seq: 311 }, { epoch: 'another', seq: 300 }, { epoch, seq: 0 }]) {
    const reply = await join(since);
    assert.equal(reply.gap, true, JSON.stringify(since));
    assert.deepEqual(texts(reply.messages), numbers(261, 310), 'the last 50');
    assert.equal(reply.seq, 310);
  }
  const { gap, messages } = await join({ epoch, seq: 10 });
  assert.equal(gap, false);
  assert.deepEqual(texts(messages), numbers(11, 310), 'as far back as can be');
});

scenario('without since: the last 50', async () => {
  const { roomId } = await talking(60);
  const { messages, gap } = await (await connect('ben')).must('joinRoom', roomId);
  assert.deepEqual(texts(messages), numbers(11, 60));
  assert.equal(gap, false);
});

scenario('joining while others talk: no gap, nothing twice', async () => {
  const { anna, roomId } = await talking(0);
  let talk = true;
  const talked = (async () => {
    for (let i = 1; talk; i++) await anna.must('sendMessage', { roomId, text: `${i}` });
  })();
  const listened = listen(anna, roomId).finally(() => { talk = false; });
  await Promise.all([talked, listened]);
});

// listen has somebody come into a room where anna talks, again and again.
async function listen(anna, roomId) {
  await anna.count('newMessage', 10);
  for (let round = 0; round < 20; round++) {
    const ben = await connect('ben');
    const reply = await ben.must('joinRoom', { roomId });
    const [next] = await ben.count('newMessage', 1);
    assert.equal(next.seq, reply.seq + 1);
    assert.equal(reply.messages.at(-1).seq, reply.seq);
    await ben.count('newMessage', 5);
    const seqs = ben.all('newMessage').map(({ seq }) => seq);
    assert.deepEqual(seqs, seqs.map((_, i) => reply.seq + 1 + i));
    await ben.must('leaveRoom', roomId);
  }
}

scenario('an ephemeral room begins a new epoch in its next life', async () => {
  const { anna, roomId, epoch } = await talking(3);
  await anna.must('leaveRoom', roomId);
  const reply = await anna.must('joinRoom', { roomId, since: { epoch, seq: 2 } });
  assert.notEqual(reply.epoch, epoch);
  assert.deepEqual([reply.gap, reply.seq, reply.messages], [true, 0, []]);
});
