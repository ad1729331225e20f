// What has been said, and how far each has read it, the same on all of a user's devices.

import assert from 'node:assert/strict';
import { connect, mark, scenario } from './client.js';
import { covers } from './rows.js';

const numbers = (from, to) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => `${from + i}`);
const texts = (messages) => messages.map(({ text }) => text);

// talked gives a room in which anna has said so many numbers, and ben as one who is inside.
async function talked(count, settings = {}) {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom', settings);
  const { epoch } = await ben.must('joinRoom', { roomId, password: settings.password });
  for (let i = 1; i <= count; i++) anna.tell('sendMessage', { roomId, text: `${i}` });
  await anna.count('newMessage', count);
  return { anna, ben, roomId, epoch };
}

for (const persistent of [false, true]) {
  const kind = persistent ? 'persistent' : 'ephemeral';

  scenario(`getHistory, ${kind}`, covers(
    'command:getHistory', 'event:roomHistory', 'fine:history pages are oldest first, bounds exclusive',
  ), async () => {
    const { anna, ben, roomId, epoch } = await talked(130, { persistent });
    for (const [arg, from, to, hasMore] of [
      [{}, 81, 130, true],
      [{ limit: 10 }, 121, 130, true],
      [{ limit: 130 }, 31, 130, true],
      [{ limit: 0 }, 130, 130, true],
      [{ before: 131, limit: 10 }, 121, 130, true],
      [{ before: 1e6, limit: 10 }, 121, 130, true],
      [{ before: 50, limit: 10 }, 40, 49, true],
      [{ before: 11, limit: 10 }, 1, 10, false],
      [{ before: 5 }, 1, 4, false],
      [{ before: 1 }, 1, 0, false],
      [{ after: 0, limit: 10 }, 1, 10, true],
      [{ after: 50, limit: 10 }, 51, 60, true],
      [{ after: 120, limit: 10 }, 121, 130, false],
      [{ after: 130 }, 1, 0, false],
      [{ after: 1e6 }, 1, 0, false],
    ]) {
      const what = JSON.stringify(arg);
      const { messages, ...reply } = await ben.ask('getHistory', { roomId, ...arg });
      assert.deepEqual(reply, { success: true, hasMore }, what);
      assert.deepEqual(texts(messages), numbers(from, to), what);
      ben.tell('getHistory', { roomId, ...arg });
      const { history, ...told } = await ben.next('roomHistory');
      assert.deepEqual(history, messages, what);
      assert.deepEqual(told, { roomId, epoch, hasMore }, what);
    }
    const { messages } = await anna.must('getHistory', { roomId, limit: 30 });
    assert.deepEqual(messages, anna.all('newMessage').slice(-30), 'as it was told');
  });
}

scenario('getHistory of what is no longer in memory', async () => {
  const { ben, roomId } = await talked(700, { persistent: true });
  const seen = [];
  let before;
  for (let more = true; more;) {
    const { messages, hasMore } = await ben.must('getHistory', { roomId, before, limit: 100 });
    seen.unshift(...texts(messages));
    [more, before] = [hasMore, messages[0].seq];
  }
  assert.deepEqual(seen, numbers(1, 700));
});

scenario('a member with no connection inside', covers(
  'fine:a member with no connection inside may read, mark and invite',
), async () => {
  const { anna, ben, roomId } = await talked(3, { persistent: true, isPrivate: false });
  ben.socket.disconnect(); // a member stays one
  const away = await connect('ben');
  assert.equal((await away.must('getHistory', { roomId })).messages.length, 3);
  await anna.next('userLeft');
  assert.deepEqual((await away.must('getRoomUsers', roomId)).users.map(({ id }) => id), ['anna']);
  await away.must('markRead', { roomId, seq: 3 });
  await away.must('inviteToRoom', { roomId, userId: 'cleo' });
  assert.equal((await away.ask('sendMessage', { roomId, text: 'x' })).code, 'not_in_room');
});

scenario('membership ends with the last leaving', covers(
  "fine:membership ends with the last connection's leaving",
), async () => {
  for (const persistent of [false, true]) {
    const { anna, ben, roomId } = await talked(1, { persistent });
    const tab = await connect('ben');
    await tab.must('joinRoom', roomId);
    await ben.must('leaveRoom', roomId);
    await ben.must('getHistory', { roomId }); // the other tab is inside
    await tab.must('leaveRoom', roomId);
    assert.equal((await ben.ask('getHistory', { roomId })).code, 'not_a_member');
    const { room } = await anna.must('joinRoom', roomId);
    assert.equal(room.memberCount, 1);

    await ben.must('joinRoom', roomId);
    await ben.hangUp();
    await anna.next('userLeft', ({ disconnected }) => disconnected);
    const { code } = await tab.ask('getHistory', { roomId });
    assert.equal(code, persistent ? undefined : 'not_a_member'); // of an ephemeral room, with the seat
    if (persistent) { // leaving without being inside
      await tab.must('leaveRoom', roomId);
      assert.equal((await tab.ask('getHistory', { roomId })).code, 'not_a_member');
    }
  }
});

scenario('markRead', covers('command:markRead', 'event:roomRead', 'fine:marking beyond the newest marks the newest'),
  async () => {
    for (const persistent of [false, true]) {
      const { anna, ben, roomId } = await talked(10, { persistent });
      const [phone, laptop] = [await connect('ben'), await connect('ben')];
      for (const [seq, unreadCount, marked] of [[3, 7, 3], [5, 5, 5], [1e6, 0, 10]]) {
        assert.deepEqual(await ben.ask('markRead', { roomId, seq }), { success: true, unreadCount });
        for (const device of [phone, laptop]) {
          assert.deepEqual(await device.next('roomRead'), { roomId, seq: marked, unreadCount });
        }
      }
      assert.deepEqual(await ben.ask('markRead', { roomId, seq: 2 }), { success: true, unreadCount: 0 }, 'never back');
      await anna.must('sendMessage', { roomId, text: 'more' });
      phone.tell('markRead', { roomId, seq: 11 });
      assert.deepEqual(await laptop.next('roomRead'), { roomId, seq: 11, unreadCount: 0 });
      assert.deepEqual(await ben.next('roomRead'), { roomId, seq: 11, unreadCount: 0 });
      assert.equal(laptop.all('roomRead').length, 4);
      assert.deepEqual([anna.all('roomRead'), phone.all('error')], [[], []]);
      for (const client of [phone, laptop, ben, anna]) client.socket.disconnect();
    }
  });

// unread gives what a new connection is told of a room in its list.
async function unread(userId, roomId) {
  const client = await connect(userId);
  const listed = (await client.next('roomsList')).find(({ id }) => id === roomId);
  client.socket.disconnect();
  return listed?.unreadCount;
}

scenario('unread messages', covers(
  "fine:unread counts others' messages after the mark, which begins at the newest", 'event:roomsList',
), async () => {
  const { anna, ben, roomId } = await talked(5, { persistent: true, isPrivate: true, password: 'x' });
  assert.equal(await unread('ben', roomId), 5);
  assert.equal(await unread('anna', roomId), 0, 'her own are not unread');
  await anna.must('inviteToRoom', { roomId, userId: 'cleo' });
  const cleo = await connect('cleo');
  await cleo.must('joinRoom', roomId);
  assert.equal(await unread('cleo', roomId), 0, 'nothing from before');
  await cleo.must('sendMessage', { roomId, text: 'x' });
  await ben.must('sendMessage', { roomId, text: 'y' });
  assert.equal(await unread('anna', roomId), 2);
  assert.equal(await unread('ben', roomId), 6);
  assert.equal(await unread('cleo', roomId), 1);
  assert.deepEqual(await ben.must('markRead', { roomId, seq: 5 }), { success: true, unreadCount: 1 });
  assert.equal(await unread('ben', roomId), 1);
  assert.equal(await unread('stranger', roomId), undefined);
});

scenario('unread messages of a public room are told to its members only', async () => {
  const { roomId } = await talked(5, { persistent: true });
  assert.equal(await unread('ben', roomId), 5);
  assert.equal(await unread('stranger', roomId), 0);
});

scenario('getRoomUsers', covers('command:getRoomUsers', 'event:userList'), async () => {
  const { anna, roomId } = await talked(0);
  const ids = ['anna', 'ben'];
  for (let i = 0; i < 5; i++) {
    ids.push(`user ${i}`);
    await (await connect(`user ${i}`)).must('joinRoom', roomId);
  }
  const users = ids.map((id) => ({ id, username: `${id}'s name` }));
  const whole = await anna.ask('getRoomUsers', roomId);
  assert.deepEqual(whole, { success: true, users, total: 7, nextCursor: null });

  anna.tell('getRoomUsers', { roomId });
  assert.deepEqual(await anna.next('userList'), { roomId, users: ids, total: 7, nextCursor: null });
  const pages = [];
  for (let cursor; cursor !== null;) {
    const page = await anna.must('getRoomUsers', { roomId, cursor, limit: 3 });
    assert.equal(page.total, 7);
    pages.push(page.users);
    cursor = page.nextCursor;
  }
  assert.deepEqual(pages, [users.slice(0, 3), users.slice(3, 6), users.slice(6)]);
  await mark(roomId, anna);
});
