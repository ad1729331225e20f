// Connections that survive: a client that is lost comes back within the time of grace, and nobody has
// seen it leave. The cases are those that the reference server fails.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, connect, mark, nameOf, scenario } from './client.js';
import { comeBack, comings, inside, lose, say, survive } from './comeback.js';
import { covers } from './rows.js';

const GRACE = Number(process.env.GRACE_MS);

let rooms = 0;
const newRoom = () => `recovery-${++rooms}`;

for (const transport of ['polling', 'websocket']) {
  const transports = [transport];

  scenario(`a lost client misses nothing, as often as it is lost, ${transport}`, covers('event:userReconnected'), async () => {
    const roomId = newRoom();
    const anna = await inside(roomId, 'anna');
    const ben = await inside(roomId, 'ben', { transports });
    const { id } = ben.socket;
    for (let i = 0; i < 3; i++) {
      await lose(ben);
      await say(anna, roomId, `${i} one`);
      await say(anna, roomId, `${i} two`);
      assert.deepEqual(await survive(ben, id), [`${i} one`, `${i} two`]);
      const back = await anna.next('userReconnected');
      assert.deepEqual(back, { roomId, userId: 'ben', username: nameOf('ben') });
      await say(ben, roomId, 'still inside');
      await mark(roomId, anna, ben); // its own message comes behind the answer
    }
    assert.equal(ben.all('newMessage').length, 9);
    assert.deepEqual(comings(anna), ['userJoined', 'userReconnected', 'userReconnected', 'userReconnected']);
  });

  scenario(`a client that has received no event yet recovers, ${transport}`, async () => {
    const roomId = newRoom();
    const anna = await inside(roomId, 'anna');
    const ben = await inside(roomId, 'ben', { transports });
    await lose(ben);
    ben.socket._lastOffset = undefined;
    await say(anna, roomId, 'x');
    assert.deepEqual(await survive(ben), ['x']);
  });

  scenario(`a client takes its half-open session over, ${transport}`, async () => {
    const roomId = newRoom();
    const anna = await inside(roomId, 'anna');
    const old = await inside(roomId, 'ben', { transports });
    old.socket.io.reconnection(false);
    const { id, _pid, _lastOffset } = old.socket;
    await say(anna, roomId, 'into the void');
    const ended = old.lost();
    const ben = new Client({ auth: { userId: 'ben', username: nameOf('ben') }, transports, autoConnect: false });
    Object.assign(ben.socket, { _pid, _lastOffset });
    assert.deepEqual(await survive(ben, undefined), ['into the void']);
    assert.equal(ben.socket.id, id);
    assert.notEqual(await ended, 'io server disconnect', 'the old transport is closed, and no DISCONNECT sent');
    await say(ben, roomId, 'here');
    await mark(roomId, anna, ben);
    assert.deepEqual(comings(anna), ['userJoined', 'userReconnected']);
  });

  scenario(`a client recovers after volatile events, and binary ones are not lost, ${transport}`, async () => {
    const roomId = newRoom();
    const anna = await inside(roomId, 'anna');
    const ben = await inside(roomId, 'ben', { transports });
    anna.tell('emitToRoom', { roomId, event: 'typing', data: 'a string', volatile: true });
    await say(anna, roomId, 'before');
    anna.tell('emitToRoom', { roomId, event: 'typing', data: 'a string', volatile: true });
    await mark(roomId, anna, ben);
    await lose(ben);
    anna.tell('emitToRoom', { roomId, event: 'typing', data: 1, volatile: true });
    anna.tell('emitToRoom', { roomId, event: 'bytes', data: { raw: Buffer.from([1, 2, 3]) } });
    await say(anna, roomId, 'after');
    assert.deepEqual(await survive(ben), ['after']);
    const [bytes] = ben.all('bytes');
    assert.deepEqual([...bytes.raw], [1, 2, 3]);
    await lose(ben);
    await say(anna, roomId, 'again');
    assert.deepEqual(await survive(ben), ['again']);
  });

  scenario(`a client recovers after long quiet, ${transport}`, async () => {
    const roomId = newRoom();
    const anna = await inside(roomId, 'anna');
    const ben = await inside(roomId, 'ben', { transports });
    await sleep(2000); // several pings
    for (let i = 0; i < 2; i++) {
      await lose(ben);
      if (i) await say(anna, roomId, 'x');
      assert.deepEqual(await survive(ben), i ? ['x'] : []);
    }
  });
}

scenario('who names a session wrongly gets a new one', async () => {
  const roomId = newRoom();
  const anna = await inside(roomId, 'anna');
  const ben = await inside(roomId, 'ben');
  for (const spoil of [
    (s) => { s._lastOffset = 'AAAAAAAAAAAAAAAAAAAAAA'; },
    (s) => { s._lastOffset = `${s._lastOffset}x`; },
    (s) => { s._lastOffset = { not: 'a string' }; },
    (s) => { s._pid = 'guessed'; },
    (s) => { s._lastOffset = anna.socket._lastOffset; s._pid = anna.socket._pid; },
  ]) {
    const { id } = ben.socket;
    await lose(ben);
    spoil(ben.socket);
    const { recovered, missed } = await comeBack(ben);
    assert.deepEqual([recovered, missed], [false, []]);
    assert.notEqual(ben.socket.id, id);
    const { room } = await ben.must('joinRoom', roomId);
    assert.equal(room.userCount, 2, 'it takes its own old place');
  }
  assert.equal(anna.socket.connected, true, "another user's session is left alone");
  await mark(roomId, anna, ben);
  assert.equal(comings(anna).includes('userLeft'), false);
});

scenario('a fresh connection takes the place of the lost one', async () => {
  const roomId = newRoom();
  const anna = await inside(roomId, 'anna');
  const lost = await inside(roomId, 'ben');
  await lose(lost);
  const ben = await inside(roomId, 'ben');
  assert.deepEqual(await anna.next('userReconnected'), { roomId, userId: 'ben', username: nameOf('ben') });
  await sleep(GRACE + 500);
  await ben.must('leaveRoom', roomId);
  await anna.next('userLeft');
  assert.deepEqual(comings(anna), ['userJoined', 'userReconnected', 'userLeft']);
});

scenario('the older form: query.reconnecting restores the rooms', async () => {
  const roomId = newRoom();
  const anna = await inside(roomId, 'anna');
  const lost = await inside(roomId, 'ben');
  const { id } = lost.socket;
  await lose(lost);
  const thief = await connect('cleo', { query: { reconnecting: id } });
  assert.equal((await thief.ask('sendMessage', { roomId, text: 'mine' })).code, 'not_in_room');
  const ben = await connect('ben', { query: { reconnecting: id } });
  await say(ben, roomId, 'back');
  await mark(roomId, anna, ben);
  assert.deepEqual(comings(anna), ['userJoined', 'userReconnected']);
});

scenario('one who does not come back has left when the time of grace is over', async () => {
  const roomId = newRoom();
  const anna = await inside(roomId, 'anna');
  const ben = await inside(roomId, 'ben');
  const lostAt = Date.now();
  await lose(ben);
  await anna.next('userLeft');
  const took = Date.now() - lostAt;
  assert.ok(took >= GRACE, `after ${took} ms`);
  const { recovered } = await comeBack(ben);
  assert.equal(recovered, false);
});
