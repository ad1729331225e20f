// The admin namespace as the contract has it: who gets in, what is told there, and what may be done.

import assert from 'node:assert/strict';
import { Client, assertTime, connect, refusal, scenario, userOf, within } from './client.js';
import { covers } from './rows.js';
import { mint } from './token.js';

const TOKEN = process.env.ADMIN_TOKEN;

async function operator(token = TOKEN) {
  const client = new Client({ auth: { token } }, '/admin');
  await within('connect', new Promise((resolve) => client.socket.once('connect', resolve)));
  return client;
}

const refusals = {
  'nothing': undefined,
  'no token': {},
  'an empty token': { token: '' },
  'a wrong token': { token: `${TOKEN}x` },
  'a number': { token: 7 },
  'the token of a user': { token: mint({ sub: 'anna' }) },
  'a token with a claim that is none': { token: mint({ sub: 'anna', admin: false }) },
  'a token of another key': { token: mint({ sub: 'anna', admin: true }, 'another secret of some thirty bytes') },
  'an id, as in development mode': { userId: 'anna' },
};
scenario('Unauthorized', covers('connect_error:unauthorized'), async () => {
  for (const [what, auth] of Object.entries(refusals)) {
    const error = await refusal({ auth }, '/admin');
    assert.deepEqual([error.message, error.data], ['Unauthorized', { code: 'unauthorized' }], what);
  }
});

scenario('roomStats', covers('event:roomStats'), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId, room } = await anna.must('createRoom', { name: 'Tea', isPrivate: true, password: 'x' });
  const { roomId: empty } = await anna.must('createRoom', { name: 'Empty', persistent: true });
  await ben.must('joinRoom', { roomId, password: 'x' });
  await anna.must('leaveRoom', empty);
  for (const token of [TOKEN, mint({ sub: 'root', admin: true })]) {
    const { roomsBreakdown, ...totals } = await (await operator(token)).next('roomStats');
    assert.deepEqual(totals, { totalRooms: 2, emptyRooms: 1, totalUsersInRooms: 2 });
    const [tea, other] = roomsBreakdown;
    assertTime(tea.createdAt);
    assert.deepEqual(tea, { id: roomId, name: 'Tea', userCount: 2, createdAt: room.createdAt, type: 'ephemeral' });
    assert.deepEqual([other.id, other.userCount, other.type], [empty, 0, 'persistent']);
  }
  await anna.must('deleteRoom', empty);
});

scenario('deleteRoom', covers(
  'admin:deleteRoom', 'fine:an administrator deletes any room',
), async () => {
  const root = await operator();
  const [anna, ben, watcher] = [await connect('anna'), await connect('ben'), await connect('watcher')];
  for (const style of ['must', 'tell']) {
    for (const settings of [{}, { persistent: true }, { isPrivate: true, password: 'x' }]) {
      const { roomId } = await anna.must('createRoom', settings);
      await ben.must('joinRoom', { roomId, password: 'x' });
      if (!settings.isPrivate) await watcher.next('newRoomAvailable', (room) => room.roomId === roomId);
      await root[style]('deleteRoom', roomId);
      for (const client of [anna, ben]) {
        assert.deepEqual(await client.next('roomDeleted'), { roomId, reason: 'Administrator action' });
      }
      if (!settings.isPrivate) assert.deepEqual(await watcher.next('roomRemoved', (room) => room.roomId === roomId), { roomId });
      assert.equal((await anna.ask('sendMessage', { roomId, text: 'x' })).code, 'room_not_found');
      assert.equal((await root.ask('deleteRoom', roomId)).code, 'room_not_found');
    }
  }
  assert.deepEqual(anna.all('error'), []);
});

scenario('what else an administrator may do', covers(
  'admin:listRooms', 'admin:getRoomUsers', 'admin:listUsers', 'admin:kickUser', 'admin:disconnectUser',
), async () => {
  const root = await operator();
  while ((await root.must('listUsers')).users.length > 0); // those of the scenario before are still going
  const options = { transports: ['websocket'] }; // of a connection that has an end of its own, not one poll in two
  const [anna, ben] = [await connect('anna', options), await connect('ben', options)];
  const { roomId } = await anna.must('createRoom', { isPrivate: true, password: 'x', name: 'Hidden' });
  await ben.must('joinRoom', { roomId, password: 'x' });
  const { rooms } = await root.must('listRooms', { search: 'hidd' });
  assert.deepEqual(rooms.map(({ id, userCount }) => [id, userCount]), [[roomId, 2]]);
  assert.deepEqual((await root.must('getRoomUsers', roomId)).users, [userOf('anna'), userOf('ben')]);
  for (const [command, arg] of [['listRooms'], ['getRoomUsers', roomId], ['listUsers']]) {
    root.tell(command, arg); // replies with nothing
  }
  const { users } = await root.must('listUsers');
  assert.deepEqual(users.map(({ id, connections }) => [id, connections]), [['anna', 1], ['ben', 1]]);

  await root.must('kickUser', { roomId, userId: 'ben' });
  const kicked = await anna.next('userKicked');
  assert.deepEqual([kicked.userId, kicked.by, kicked.reason], ['ben', undefined, 'Administrator action']);
  await ben.must('joinRoom', { roomId, password: 'x' });
  root.tell('kickUser', { roomId, userId: 'ben' });
  await anna.next('userKicked');
  const bensEnd = ben.lost();
  const [{ connections }, bens] = await Promise.all([root.must('disconnectUser', 'ben'), bensEnd]);
  assert.deepEqual([connections, bens], [1, 'transport close']);
  const annasEnd = anna.lost();
  root.tell('disconnectUser', 'anna');
  assert.equal(await annasEnd, 'transport close');
  assert.deepEqual(root.all('error'), []);
});

scenario('failures there, in both styles', async () => {
  const root = await operator();
  for (const [command, arg, code] of [
    ['deleteRoom', 'nowhere', 'room_not_found'],
    ['deleteRoom', 7, 'bad_request'],
    ['deleteRoom', 'x'.repeat(129), 'too_large'],
    ['kickUser', { roomId: 'nowhere', userId: 'anna' }, 'room_not_found'],
    ['createRoom', {}, 'unknown_event'], // a command of the main namespace
    ['sendMessage', { roomId: 'x', text: 'x' }, 'unknown_event'],
  ]) {
    const { success, error, ...rest } = await root.ask(command, arg);
    assert.deepEqual([success, rest], [false, { code }]);
    root.tell(command, arg);
    assert.deepEqual(await root.next('error'), { message: error, code, event: command });
  }
});

scenario('users can not do what administrators do', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom');
  for (const [command, arg] of [
    ['listUsers'], ['disconnectUser', 'anna'], ['getRoomUsers', roomId], ['deleteRoom', roomId],
  ]) {
    assert.equal((await ben.ask(command, arg)).success, false, command);
  }
  assert.ok(anna.socket.connected);
});
