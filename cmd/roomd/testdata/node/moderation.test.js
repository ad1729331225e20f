// Kicking, banning, muting, and who may: creators and the moderators that they make.

import assert from 'node:assert/strict';
import { assertTime, connect, mark, nameOf, scenario, userOf } from './client.js';
import { assertRefused, sample } from './refusals.js';
import { covers, failing, refused } from './rows.js';

// room gives a room of anna's with mod, a moderator, and ben and cleo inside.
async function room(settings = {}) {
  const people = {};
  for (const id of ['anna', 'mod', 'ben', 'cleo']) people[id] = await connect(id);
  const { anna } = people;
  const { roomId } = await anna.must('createRoom', settings);
  for (const id of ['mod', 'ben', 'cleo']) {
    await people[id].must('joinRoom', { roomId, password: settings.password });
  }
  await anna.must('setRole', { roomId, userId: 'mod', role: 'moderator' });
  return { ...people, roomId };
}

scenario('setRole', covers('command:setRole', 'event:roleChanged'), async () => {
  const { anna, ben, cleo, roomId } = await room();
  const change = { roomId, userId: 'ben', role: 'moderator' };
  assert.deepEqual(await anna.ask('setRole', change), { success: true });
  await anna.must('setRole', change); // is one already
  anna.tell('setRole', { ...change, role: 'member' });
  for (const client of [anna, ben, cleo]) {
    for (const role of ['moderator', 'member']) {
      const told = await client.next('roleChanged', ({ userId }) => userId === 'ben');
      assert.deepEqual(told, { roomId, userId: 'ben', role, by: userOf('anna') });
    }
  }
  await mark(roomId, anna, cleo);
  assert.equal(cleo.all('roleChanged').filter(({ userId }) => userId === 'ben').length, 2);
  await assertRefused(anna, 'bad_request', /creator/, 'setRole', { ...change, userId: 'anna' });
  await assertRefused(anna, 'bad_request', /member/, 'setRole', { ...change, userId: 'stranger' });
  assert.equal((await ben.ask('kickUser', { roomId, userId: 'cleo' })).code, 'not_moderator');
});

scenario('the role stands in the reply to a join', async () => {
  const { mod, ben, roomId } = await room();
  assert.equal((await mod.must('joinRoom', roomId)).role, 'moderator');
  assert.equal((await ben.must('joinRoom', roomId)).role, undefined);
  mod.tell('joinRoom', roomId);
  assert.equal((await mod.next('joinedRoom')).role, 'moderator');
});

scenario('kickUser', covers('command:kickUser', 'event:userKicked'), async () => {
  for (const [style, by] of [['must', 'anna'], ['tell', 'mod']]) {
    const all = await room({ isPrivate: true, password: 'x', persistent: true });
    const { anna, ben, cleo, roomId } = all;
    const tab = await connect('ben');
    await tab.must('joinRoom', roomId);
    await all[by][style]('kickUser', { roomId, userId: 'ben', reason: 'Spam <1>' });
    const kicked = { roomId, userId: 'ben', username: nameOf('ben'), by: userOf(by), reason: 'Spam <1>' };
    for (const client of [anna, ben, tab, cleo]) assert.deepEqual(await client.next('userKicked'), kicked);
    assert.deepEqual(await cleo.next('userLeft'), { roomId, userId: 'ben', username: nameOf('ben') });
    await mark(roomId, anna, cleo);
    assert.deepEqual([...ben.all('mark'), ...tab.all('mark')], [], 'all of his connections are out');
    assert.equal(cleo.all('userLeft').length, 1);
    const { room: now } = await anna.must('joinRoom', roomId);
    assert.deepEqual([now.userCount, now.memberCount], [3, 3], 'a member no more');
    assert.equal((await ben.ask('joinRoom', roomId)).code, 'room_private');
    await ben.must('joinRoom', { roomId, password: 'x' }); // may come again
    await anna.must('kickUser', { roomId, userId: 'nobody' }); // nothing happens
    assert.equal(cleo.all('userKicked').length, 1);
    for (const client of [anna, ben, tab, cleo, all.mod]) client.socket.disconnect();
  }
});

scenario('banUser and unbanUser', covers(
  'command:banUser', 'event:userBanned', 'command:unbanUser', 'event:userUnbanned', 'failure:joinRoom:banned',
), async () => {
  for (const [style, by] of [['must', 'anna'], ['tell', 'mod']]) {
    const all = await room();
    const { anna, ben, cleo, roomId } = all;
    const tab = await connect('ben');
    await tab.must('joinRoom', roomId);
    await all[by][style]('banUser', { roomId, userId: 'ben', reason: 'Spam' });
    const banned = { roomId, userId: 'ben', username: nameOf('ben'), by: userOf(by), until: null, reason: 'Spam' };
    for (const client of [anna, ben, tab, cleo]) assert.deepEqual(await client.next('userBanned'), banned);
    assert.equal((await cleo.next('userLeft')).userId, 'ben');
    await mark(roomId, anna, cleo);
    assert.deepEqual([...ben.all('mark'), ...tab.all('mark')], []);
    for (const client of [ben, tab, await connect('ben')]) {
      await assertRefused(client, 'banned', 'You are banned from this room', 'joinRoom', roomId);
    }
    assert.equal((await ben.ask('sendMessage', { roomId, text: 'x' })).code, 'not_in_room');
    await all[by][style]('unbanUser', { roomId, userId: 'ben' });
    for (const client of [anna, cleo]) {
      assert.deepEqual(await client.next('userUnbanned'), { roomId, userId: 'ben', by: userOf(by) });
    }
    await ben.must('joinRoom', roomId);
    await anna.must('unbanUser', { roomId, userId: 'ben' }); // nothing happens
    await mark(roomId, anna, cleo);
    assert.equal(cleo.all('userUnbanned').length, 1);
    for (const client of [anna, ben, tab, cleo, all.mod]) client.socket.disconnect();
  }
});

scenario('a ban ends by itself', async () => {
  const { anna, ben, roomId } = await room();
  await anna.must('banUser', { roomId, userId: 'ben', durationMs: 700 });
  const { until } = await ben.next('userBanned');
  const left = new Date(until) - Date.now();
  assert.ok(left <= 700, `${left} ms`);
  let reply; // on a busy machine the first may come too late to be refused
  while (!(reply = await ben.ask('joinRoom', roomId)).success) assert.equal(reply.code, 'banned');
  assert.ok(new Date(until) <= Date.now() + 1);
});

scenario('one who was never there can be banned, and has then no invitation', async () => {
  const { anna, roomId } = await room({ persistent: true });
  await anna.must('inviteToRoom', { roomId, userId: 'dora' });
  await anna.must('banUser', { roomId, userId: 'dora' });
  const dora = await connect('dora');
  assert.equal((await dora.ask('joinRoom', roomId)).code, 'banned');
  assert.equal((await anna.ask('inviteToRoom', { roomId, userId: 'dora' })).code, 'forbidden');
});

// speaking are the commands that a muted user can't give.
const speaking = failing('muted');

scenario('muteUser and unmuteUser', covers(
  'command:muteUser', 'event:userMuted', 'command:unmuteUser', 'event:userUnmuted', refused('muted', speaking),
), async () => {
  for (const [style, by] of [['must', 'anna'], ['tell', 'mod']]) {
    const all = await room();
    const { anna, ben, cleo, roomId } = all;
    const { messageId } = await ben.must('sendMessage', { roomId, text: 'x', clientId: 'c' });
    await all[by][style]('muteUser', { roomId, userId: 'ben' });
    const muted = { roomId, userId: 'ben', by: userOf(by), until: null };
    for (const client of [anna, ben, cleo]) assert.deepEqual(await client.next('userMuted'), muted);
    const tab = await connect('ben');
    await tab.must('joinRoom', roomId); // hears, and does not speak
    for (const command of speaking) {
      const arg = sample(command, { roomId, messageId });
      for (const client of [ben, tab]) {
        await assertRefused(client, 'muted', 'You are muted in this room', command, arg);
      }
    }
    assert.equal((await ben.must('sendMessage', { roomId, text: 'x', clientId: 'c' })).messageId, messageId, 'a retry');
    await ben.must('getHistory', { roomId });
    await all[by][style]('unmuteUser', { roomId, userId: 'ben' });
    for (const client of [anna, ben, cleo]) {
      assert.deepEqual(await client.next('userUnmuted'), { roomId, userId: 'ben', by: userOf(by) });
    }
    await ben.must('sendMessage', { roomId, text: 'again' });
    await mark(roomId, anna, cleo);
    assert.equal(cleo.all('newMessage').length, 2);
    for (const client of [anna, ben, tab, cleo, all.mod]) client.socket.disconnect();
  }
});

scenario('a mute ends by itself, and says when', async () => {
  const { anna, ben, roomId } = await room();
  let durationMs = 350;
  let reply = { success: true };
  while (reply.success && durationMs < 10_000) { // a busy machine may be too late to find him muted
    durationMs *= 2;
    await anna.must('muteUser', { roomId, userId: 'ben', durationMs });
    reply = await ben.ask('sendMessage', { roomId, text: 'x' });
  }
  const { retryAfterMs, ...refusal } = reply;
  assert.deepEqual(refusal, { success: false, code: 'muted', error: 'You are muted in this room' });
  assert.ok(retryAfterMs > 0 && retryAfterMs <= durationMs, `${retryAfterMs} ms`);
  await new Promise((resolve) => setTimeout(resolve, retryAfterMs + 1)); // timers may be a little early
  await ben.must('sendMessage', { roomId, text: 'x' });
});

scenario('getModeration', covers('command:getModeration'), async () => {
  const { anna, mod, roomId } = await room();
  await anna.must('banUser', { roomId, userId: 'ben', reason: 'Spam' });
  await mod.must('muteUser', { roomId, userId: 'cleo', durationMs: 1e6 });
  for (const client of [anna, mod]) {
    const { banned, muted, ...reply } = await client.ask('getModeration', roomId);
    assert.deepEqual(reply, { success: true, moderators: ['mod'] });
    const [{ at: bannedAt, ...ban }, ...others] = banned;
    assertTime(bannedAt);
    assert.deepEqual(ban, { userId: 'ben', by: userOf('anna'), until: null, reason: 'Spam' });
    const [{ at, until, ...mute }, ...more] = muted;
    assertTime(at);
    assert.equal(new Date(until) - new Date(at), 1e6);
    assert.deepEqual(mute, { userId: 'cleo', by: userOf('mod') });
    assert.deepEqual([...others, ...more], []);
  }
  await anna.must('watchRooms', false); // rooms of scenarios before may still be ending
  const before = anna.seen.length;
  anna.tell('getModeration', roomId); // replies with nothing
  await mark(roomId, anna);
  assert.deepEqual(anna.seen.slice(before).map(({ event }) => event), ['mark']);
});

const onUsers = ['kickUser', 'banUser', 'unbanUser', 'muteUser', 'unmuteUser'];

scenario('not_moderator', covers(refused('not_moderator', onUsers, 'getModeration')), async () => {
  const { anna, ben, cleo, roomId } = await room();
  const outside = await connect('dora');
  for (const client of [ben, outside]) {
    for (const command of [...onUsers, 'getModeration']) {
      for (const userId of ['cleo', 'ben', 'anna', 'nobody']) {
        const arg = sample(command, { roomId, userId });
        await assertRefused(client, 'not_moderator', 'Only moderators can do this', command, arg);
      }
    }
  }
  await mark(roomId, anna, cleo);
  assert.deepEqual(cleo.all('userLeft'), []);
});

scenario('moderators: not on each other, nor on the creator', covers(refused('forbidden', onUsers)), async () => {
  const { anna, mod, cleo, roomId } = await room();
  await anna.must('setRole', { roomId, userId: 'cleo', role: 'moderator' });
  for (const client of [mod, cleo]) {
    const others = ['anna', 'mod', 'cleo'].filter((id) => id !== client.socket.auth.userId);
    for (const command of onUsers) {
      for (const userId of others) {
        const said = 'Only the creator can do this to a moderator, and nobody to the creator';
        await assertRefused(client, 'forbidden', said, command, { roomId, userId });
      }
    }
  }
  for (const client of [anna, mod]) {
    const userId = client.socket.auth.userId;
    for (const command of onUsers) {
      await assertRefused(client, 'bad_request', 'userId must not be your own', command, { roomId, userId });
    }
  }
  await anna.must('kickUser', { roomId, userId: 'mod' });
  await mod.must('joinRoom', roomId);
  assert.equal((await mod.must('joinRoom', roomId)).role, undefined, 'the role is gone with the membership');
});
