// Connections that survive the server: sessions outlive an orderly restart, and nothing else does.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, connect, mark, nameOf, restart, scenario, within } from './client.js';
import { comeBack, comings, inside, lose, say, survive } from './comeback.js';

const GRACE = Number(process.env.GRACE_MS);
// No upgrades: a stock client whose probe is cut off at the wrong moment stays on a paused transport until its ping timeout.
const QUICK = { transports: ['websocket'], reconnectionDelay: 50, reconnectionDelayMax: 100 };

let rooms = 0;

// together gives a persistent room's id and anna, who is inside and comes back by herself, and others.
async function together(...others) {
  const roomId = `restart-${++rooms}`;
  const anna = await connect('anna', QUICK);
  await anna.must('createRoom', { roomId, persistent: true });
  return [roomId, anna, ...await Promise.all(others.map(([userId, options]) => inside(roomId, userId, options)))];
}

// over restarts the server under anna, and gives whether she has recovered.
async function over(signal, anna) {
  const back = within('coming back', new Promise((resolve) => anna.socket.once('connect', resolve)));
  await restart(signal);
  await back;
  return anna.socket.recovered;
}

scenario('a session goes on over restarts, with all that was missed before and since', async () => {
  const [roomId, anna, polling, websocket] = await together(
    ['ben', { transports: ['polling'] }], ['cleo', { transports: ['websocket'] }],
  );
  const { id } = anna.socket;
  for (let i = 0; i < 2; i++) {
    for (const client of [polling, websocket]) await lose(client);
    anna.tell('emitToRoom', { roomId, event: 'bytes', data: { raw: Buffer.from([1, 2, 3]) } });
    await say(anna, roomId, `${i} before`);
    assert.deepEqual([await over('SIGTERM', anna), anna.socket.id], [true, id]);
    await say(anna, roomId, `${i} since`);
    for (const client of [polling, websocket]) {
      assert.deepEqual(await survive(client), [`${i} before`, `${i} since`]);
      assert.deepEqual(client.all('bytes').map(({ raw }) => [...raw]), Array(i + 1).fill([1, 2, 3]));
      await anna.next('userReconnected');
    }
    await say(polling, roomId, 'still inside');
    await mark(roomId, anna, polling, websocket);
  }
  assert.deepEqual(comings(anna).filter((event) => event !== 'userReconnected'), ['userJoined', 'userJoined']);
});

scenario('sessions that can and that can not go on', async () => {
  const wrong = {
    'a tampered offset': (s) => { s._lastOffset = `x${s._lastOffset.slice(1)}`; },
    'a guessed pid': (s) => { s._pid = 'guessed'; },
    "another user's pid": (s) => { Object.assign(s, { _pid: anna.socket._pid, _lastOffset: anna.socket._lastOffset }); },
  };
  const [roomId, anna, quiet, old, ephemeral, ...others] = await together(
    ['quiet'], ['old'], ['ephemeral'], ...Object.keys(wrong).map((_, i) => [`wrong-${i}`]),
  );
  const { seq, epoch } = await anna.must('joinRoom', roomId);
  await ephemeral.must('joinRoom', 'no server outlives this');
  const oldId = old.socket.id;
  for (const client of [quiet, old, ephemeral, ...others]) await lose(client);
  await say(anna, roomId, 'x');
  assert.equal(await over('SIGTERM', anna), true);

  quiet.socket._lastOffset = undefined; // it has received no event yet
  assert.deepEqual(await survive(quiet), ['x']);
  for (const [i, name] of Object.keys(wrong).entries()) {
    const { id } = others[i].socket;
    wrong[name](others[i].socket);
    assert.deepEqual(await comeBack(others[i]), { recovered: false, missed: [] }, name);
    assert.notEqual(others[i].socket.id, id, name);
    const { messages, gap } = await others[i].must('joinRoom', { roomId, since: { epoch, seq } });
    assert.deepEqual([messages.map(({ text }) => text), gap], [['x'], false], name);
  }
  assert.equal((await comeBack(ephemeral)).recovered, false, 'a room of its session is gone');
  const thief = await connect('thief', { query: { reconnecting: oldId } });
  assert.equal((await thief.ask('sendMessage', { roomId, text: 'mine' })).code, 'not_in_room');
  await say(await connect('old', { query: { reconnecting: oldId } }), roomId, 'in the older form');
  await ephemeral.must('joinRoom', roomId);
  await mark(roomId, anna, quiet, ...others, ephemeral);
  assert.equal(comings(anna).includes('userLeft'), false);
});

scenario('who does not come back has left when his time of grace is over, and nobody has a ghost', async () => {
  const [roomId, anna, ben] = await together(['ben'], ['cleo']);
  const lostAt = Date.now();
  await lose(ben);
  assert.equal(await over('SIGTERM', anna), true);
  const { userId, disconnected } = await anna.next('userLeft', (left) => left.userId === 'ben');
  const took = Date.now() - lostAt;
  assert.deepEqual([userId, disconnected], ['ben', true]);
  assert.ok(took >= GRACE, `after ${took} ms`);
  assert.equal((await comeBack(ben)).recovered, false);

  // After the other way to end nobody is inside who has not come in again, and no session goes on.
  assert.equal(await over('SIGKILL', anna), false);
  const { room } = await anna.must('joinRoom', roomId);
  assert.deepEqual(room.users, ['anna']);
  assert.equal(await over('SIGKILL', anna), false, 'nor what a former end has left');
});

scenario('the answer to a join that is lost with the connection: who asks again is inside', async () => {
  const [roomId, anna] = await together();
  const ben = new Client({ auth: { userId: 'ben', username: nameOf('ben') }, ...QUICK });
  await ben.count('roomsList', 1);
  const asked = ben.socket.timeout(5000).emitWithAck('joinRoom', roomId);
  await anna.next('userJoined');
  ben.socket.io.engine.close(); // whether the answer has come or not
  await asked.catch(() => {});
  await say(anna, roomId, 'x');
  await within('connected', (async () => { while (!ben.socket.connected) await sleep(10); })());
  const { messages } = await ben.must('joinRoom', roomId);
  assert.deepEqual(messages.map(({ text }) => text), ['x']);
  await say(anna, roomId, 'y');
  await mark(roomId, anna, ben);
  assert.deepEqual(ben.all('newMessage').at(-1).text, 'y');
  assert.equal(comings(anna).includes('userLeft'), false);
});
