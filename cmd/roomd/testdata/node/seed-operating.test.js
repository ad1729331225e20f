// What an operator's page and a limited client were used to: statistics, deletion by an administrator, refusals for
// coming too often. Its server has an admin token, and limits.

import assert from 'node:assert/strict';
import { assertTime, Client, refusal, scenario, within } from './client.js';
import { about, assertSent, came, create, frontEnd } from './seed.js';

const token = '0123456789abcdef'; // --admin-token

async function admin() {
  const client = new Client({ auth: { token } }, '/admin');
  await within('the administrator connects', new Promise((resolve) => client.socket.once('connect', resolve)));
  return client;
}

scenario('the administration is not for everybody', async () => {
  for (const auth of [{ token: 'wrong, but long enough' }, { token: '' }, {}]) {
    assert.equal((await refusal({ auth }, '/admin')).message, 'Unauthorized');
  }
});

scenario('statistics come at once, and every ten seconds', async () => {
  const anna = await frontEnd('anna');
  const { roomId } = await create(anna, { name: 'Tea' });
  const kept = await create(anna, { name: 'Kept', persistent: true });
  anna.tell('leaveRoom', kept.roomId);
  await came(anna, 'roomUpdated', (count) => count.roomId === kept.roomId && count.userCount === 0);

  const began = Date.now(); // which is before the first: that may be read late, and the next then comes sooner
  const operator = await admin();
  const { roomsBreakdown, ...totals } = await operator.next('roomStats');
  assert.deepEqual(totals, { totalRooms: 2, emptyRooms: 1, totalUsersInRooms: 1 });
  const { createdAt, ...tea } = roomsBreakdown.find(({ id }) => id === roomId);
  assertTime(createdAt);
  assert.deepEqual(tea, { id: roomId, name: 'Tea', userCount: 1, type: 'ephemeral' });
  assertSent(roomsBreakdown.find(({ id }) => id === kept.roomId), { name: 'Kept', userCount: 0, type: 'persistent' });

  await operator.next('roomStats');
  const took = Date.now() - began;
  assert.ok(took > 9_900, `the next came after ${took} ms`);
});

scenario('an administrator deletes a room', async () => {
  const [anna, ben, operator] = [await frontEnd('anna'), await frontEnd('ben'), await admin()];
  const { roomId } = await create(anna, { name: 'Tea' });
  operator.tell('deleteRoom', roomId);
  assert.deepEqual(await anna.next('roomDeleted'), { roomId, reason: 'Administrator action' });
  for (const client of [anna, ben]) assert.deepEqual(await came(client, 'roomRemoved', about(roomId)), { roomId });
  operator.tell('deleteRoom', roomId);
  assert.equal((await operator.next('error')).message, 'Room does not exist');
});

scenario('who joins too often is told so in the callback', async () => {
  const [anna, ben] = [await frontEnd('anna'), await frontEnd('ben')];
  const replies = await Promise.all(Array.from({ length: 500 }, () => anna.ask('joinRoom', 'often')));
  assert.ok(replies[0].success);
  // Not the last one: another is allowed every now and then, and that may be it.
  const { success, error, retryAfterMs } = replies.find((reply) => !reply.success);
  assert.deepEqual({ success, error }, { success: false, error: 'Rate limited. Try again later.' });
  assert.ok(retryAfterMs > 0);
  await ben.must('joinRoom', 'often');
});
