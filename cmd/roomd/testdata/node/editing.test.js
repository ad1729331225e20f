// Messages changed and taken back: each change has a seq of its own.

import assert from 'node:assert/strict';
import { assertTime, connect, mark, scenario, userOf } from './client.js';
import { assertRefused } from './refusals.js';
import { covers, refused } from './rows.js';

async function room(settings = {}) {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom', settings);
  await ben.must('joinRoom', roomId);
  return { anna, ben, roomId };
}

scenario('editMessage', covers('command:editMessage', 'event:messageEdited'), async () => {
  const { anna, ben, roomId } = await room();
  const attachments = [{ url: '/a.png' }];
  const { messageId } = await ben.must('sendMessage', { roomId, text: 'one', attachments });
  const edit = { roomId, messageId, text: 'two' };
  assert.deepEqual(await ben.ask('editMessage', edit), { success: true, messageId, seq: 2 });
  ben.tell('editMessage', { ...edit, text: 'three', attachments: [] });
  await ben.must('editMessage', { ...edit, text: '', attachments: [{ x: 1.50 }] });
  for (const client of [anna, ben]) {
    for (const [seq, text, files] of [[2, 'two', attachments], [3, 'three', []], [4, '', [{ x: 1.5 }]]]) {
      const { editedAt, ...edited } = await client.next('messageEdited');
      assertTime(editedAt);
      assert.deepEqual(edited, { roomId, seq, messageId, messageSeq: 1, text, attachments: files, by: userOf('ben') });
    }
  }
  const { messages: [message, ...more] } = await anna.must('getHistory', { roomId });
  assertTime(message.editedAt);
  assert.deepEqual([message.id, message.seq, message.text, message.attachments], [messageId, 1, '', [{ x: 1.5 }]]);
  assert.deepEqual([more, ben.all('error')], [[], []]);
});

scenario('the ack of a change comes before the change', async () => {
  const { ben, roomId } = await room();
  const { messageId } = await ben.must('sendMessage', { roomId, text: '0' });
  const order = [];
  ben.socket.on('messageEdited', ({ text }) => order.push(`event ${text}`));
  for (let i = 1; i <= 20; i++) {
    ben.socket.emit('editMessage', { roomId, messageId, text: `${i}` }, () => order.push(`answer ${i}`));
  }
  await ben.count('messageEdited', 20);
  assert.deepEqual(order, Array.from({ length: 20 }, (_, i) => [`answer ${i + 1}`, `event ${i + 1}`]).flat());
});

scenario('deleteMessage', covers('command:deleteMessage', 'event:messageDeleted'), async () => {
  const { anna, ben, roomId } = await room();
  const ids = [];
  for (const text of ['one', 'two', 'three']) ids.push((await ben.must('sendMessage', { roomId, text })).messageId);
  const [one, two] = ids;
  const deleted = await ben.ask('deleteMessage', { roomId, messageId: one });
  assert.deepEqual(deleted, { success: true, messageId: one, seq: 4 });
  ben.tell('deleteMessage', { roomId, messageId: two });
  for (const client of [anna, ben]) {
    for (const [seq, messageId, messageSeq] of [[4, one, 1], [5, two, 2]]) {
      const { deletedAt, ...told } = await client.next('messageDeleted');
      assertTime(deletedAt);
      assert.deepEqual(told, { roomId, seq, messageId, messageSeq, by: userOf('ben') });
    }
  }
  const again = await ben.ask('deleteMessage', { roomId, messageId: one });
  assert.deepEqual(again, { success: true, messageId: one, seq: 4 }, 'again: nothing happens');
  await mark(roomId, anna, ben);
  assert.equal(anna.all('messageDeleted').length, 2);
  const { messages } = await anna.must('getHistory', { roomId });
  assert.deepEqual(messages.map(({ text }) => text), ['', '', 'three']);
  assertTime(messages[0].deletedAt);
  assert.equal(messages[2].deletedAt, undefined);
  assert.deepEqual(ben.all('error'), []);
});

scenario('a moderator takes back the messages of others', async () => {
  const { anna, ben, roomId } = await room();
  const cleo = await connect('cleo');
  await cleo.must('joinRoom', roomId);
  await anna.must('setRole', { roomId, userId: 'ben', role: 'moderator' });
  const { messageId } = await cleo.must('sendMessage', { roomId, text: 'x' });
  await ben.must('deleteMessage', { roomId, messageId });
  assert.deepEqual((await cleo.next('messageDeleted')).by, userOf('ben'));
});

scenario("changes that may not be: others' messages, and none", covers(
  refused('forbidden', 'editMessage', 'deleteMessage'),
  refused('message_not_found', 'editMessage', 'deleteMessage'),
  refused('not_moderator', 'deleteMessage'),
), async () => {
  const { anna, ben, roomId } = await room();
  const cleo = await connect('cleo');
  await cleo.must('joinRoom', roomId);
  const { messageId } = await anna.must('sendMessage', { roomId, text: 'mine' });
  const edit = { roomId, messageId, text: 'yours' };
  await assertRefused(ben, 'forbidden', 'Only its sender can edit a message', 'editMessage', edit);
  await assertRefused(ben, 'not_moderator', 'Only moderators can do this', 'deleteMessage', { roomId, messageId });
  await anna.must('setRole', { roomId, userId: 'ben', role: 'moderator' });
  await assertRefused(ben, 'forbidden', /sender/, 'editMessage', edit);
  await assertRefused(ben, 'forbidden', /^Only the creator/, 'deleteMessage', { roomId, messageId });
  const cleos = await cleo.must('sendMessage', { roomId, text: 'x' });
  await assertRefused(anna, 'forbidden', /sender/, 'editMessage', { ...edit, messageId: cleos.messageId });

  const { roomId: other } = await anna.must('createRoom');
  const elsewhere = await anna.must('sendMessage', { roomId: other, text: 'x' });
  const next = messageId.replace(/1$/, '7');
  for (const none of ['nothing', elsewhere.messageId, next, `${messageId}x`, '__proto__']) {
    for (const client of [anna, ben]) {
      const said = 'Message does not exist';
      await assertRefused(client, 'message_not_found', said, 'editMessage', { ...edit, messageId: none });
      await assertRefused(client, 'message_not_found', said, 'deleteMessage', { roomId, messageId: none });
    }
  }
  await anna.must('deleteMessage', { roomId, messageId });
  await assertRefused(anna, 'message_not_found', 'Message does not exist', 'editMessage', edit);
  const { messages } = await anna.must('getHistory', { roomId });
  assert.deepEqual(messages.map(({ text }) => text), ['', 'x']);
  assert.deepEqual(anna.all('messageEdited'), []);
});

for (const persistent of [false, true]) {
  scenario(`since: every seq once, ${persistent ? 'persistent' : 'ephemeral'}`, covers(
    'fine:every seq is seen once, as a message or as a change',
  ), async () => {
    const { anna, ben, roomId } = await room({ persistent });
    const { epoch } = await ben.must('joinRoom', roomId);
    const ids = [];
    for (let i = 0; i < 40; i++) { // three of four are messages
      if (i % 4 !== 3) ids.push((await anna.must('sendMessage', { roomId, text: `${i}` })).messageId);
      else if (i % 8 === 3) await anna.must('editMessage', { roomId, messageId: ids[i >> 1], text: `edited ${i}` });
      else await anna.must('deleteMessage', { roomId, messageId: ids[i >> 2] });
    }
    await mark(roomId, anna, ben);
    const heard = (events) => ben.seen.filter(({ event }) => events.includes(event)).map(({ args }) => args[0]);
    const changes = heard(['messageEdited', 'messageDeleted']);
    assert.deepEqual(heard(['newMessage', 'messageEdited', 'messageDeleted']).map(({ seq }) => seq),
      Array.from({ length: 40 }, (_, i) => i + 1), 'as they happened');

    for (const seq of [0, 1, 10, 20, 39, 40]) {
      const reply = await ben.must('joinRoom', { roomId, since: { epoch, seq } });
      assert.equal(reply.gap, false);
      const seqs = [...reply.messages, ...reply.changes].map((record) => record.seq).sort((a, b) => a - b);
      assert.deepEqual(seqs, Array.from({ length: 40 - seq }, (_, i) => seq + 1 + i));
      assert.deepEqual(reply.changes, changes.filter((change) => change.seq > seq), 'as they were told');
    }
    ben.tell('joinRoom', { roomId, since: { epoch, seq: 10 } });
    const told = await ben.next('roomHistory');
    assert.deepEqual(told.changes, changes.filter(({ seq }) => seq > 10));

    const { messages, changes: none } = await ben.must('joinRoom', roomId);
    assert.equal(none, undefined);
    assert.equal(messages.length, 30, 'as they are now');
    assert.ok(messages.some(({ deletedAt }) => deletedAt) && messages.some(({ editedAt }) => editedAt));
  });
}
