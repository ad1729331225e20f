// Clients whose connections are cut all the time, and a server that may be ended: each of them sees every message of its
// rooms, once and in order, and where a session is said to be recovered nothing is missing.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, restart, within } from './client.js';
import { randomness } from './crash-crew.js';
import { CuttingProxy } from './cuts-proxy.js';
import { Traveller } from './cuts-traveller.js';

const { SEED, SECONDS, CLIENTS, RESTARTS = '' } = process.env;
const ROOMS = 10;
const ROOMS_EACH = 3;
const PATIENCE = 90_000; // ms, until all have come back and have seen all

const signals = RESTARTS ? RESTARTS.split(',') : [];
const random = randomness(Number(SEED));
let going = true;

test(`${CLIENTS} clients for ${SECONDS} s, restarts: ${RESTARTS || 'none'}, seed ${SEED}`, async () => {
  const host = await connect('host');
  const rooms = Array.from({ length: ROOMS }, (_, i) => `room-${i}`);
  for (const roomId of rooms) await host.must('createRoom', { roomId, persistent: true });
  const proxy = await CuttingProxy.open();
  const travellers = Array.from({ length: Number(CLIENTS) }, (_, i) => new Traveller(
    `traveller-${i}`, proxy.url, i % 3 ? ['websocket'] : ['polling'],
    Array.from({ length: ROOMS_EACH }, (__, j) => rooms[(i + j * 3) % ROOMS]),
  ));
  try {
    await within('all come in', allHave(travellers, ({ seen }) => seen.size === ROOMS_EACH), PATIENCE);
    const works = [cutting(proxy), ...travellers.map(speaking)];
    if (signals.length === 0) works.push(ticking(host, rooms)); // what is not stored may get lost with a server
    await restarting();
    const newest = new Map();
    for (const [roomId, seq] of (await Promise.all(works)).flatMap((sent) => sent ?? [])) {
      newest.set(roomId, Math.max(seq, newest.get(roomId) ?? 0));
    }
    const complete = ({ seen }) => [...seen].every(([roomId, { last }]) => last >= (newest.get(roomId) ?? 0));
    await within('all have seen all', allHave(travellers, complete), PATIENCE)
      .catch((error) => { throw new Error(`${error.message}\n${travellers.flatMap(({ wrong }) => wrong).slice(0, 20).join('\n')}`); });
    check(travellers);
  } finally {
    going = false;
    for (const { socket } of travellers) socket.disconnect();
    host.socket.disconnect();
    proxy.close();
  }
});

async function allHave(travellers, holds) {
  while (!travellers.every(holds)) await pause(50);
}

// restarting lets the time go by, with the server's ends spread over it.
async function restarting() {
  const step = Number(SECONDS) * 1000 / (signals.length + 1);
  for (const signal of signals) {
    await pause(step);
    await restart(signal);
  }
  await pause(step);
  going = false;
}

async function cutting(proxy) {
  while (going) {
    proxy.cut(random);
    await pause(random.below(2 * 4000 / Number(CLIENTS))); // ms: each loses its connection once in 4 s or so
  }
}

// ticking tells each room a count that is stored nowhere.
async function ticking(host, rooms) {
  for (let number = 1; going; number++) {
    for (const roomId of rooms) host.tell('emitToRoom', { roomId, event: 'tick', data: number });
    await pause(200);
  }
}

// speaking has a traveller say things, and gives the numbers.
async function speaking(traveller) {
  const sent = [];
  for (let i = 0; going; i++) {
    await pause(random.below(4000));
    if (!going) break;
    const roomId = random.oneOf(traveller.rooms);
    const { seq } = await traveller.send(roomId, `${traveller.id} ${i}`);
    sent.push([roomId, seq]);
  }
  return sent;
}

// check compares what all have seen: nothing was out of order, and all agree on what each number was.
function check(travellers) {
  const known = new Map(); // room id and number → message id
  for (const { wrong, seen } of travellers) {
    assert.deepEqual(wrong, []);
    for (const [roomId, { first, ids }] of seen) {
      ids.forEach((id, i) => {
        const key = `${roomId} ${first + i}`;
        assert.equal(id, known.get(key) ?? id, key);
        known.set(key, id);
      });
    }
  }
  const total = (count) => travellers.reduce((sum, traveller) => sum + count(traveller), 0);
  const ids = new Set(known.values());
  assert.equal(ids.size, known.size, 'a message has one number');
  const recoveries = total((t) => t.recoveries);
  console.log(`${known.size} messages, ${total((t) => [...t.seen.values()].reduce((n, { ids: { length } }) => n + length, 0))} seen`);
  const returns = total((t) => t.returns);
  console.log(`${total((t) => t.connects)} connects: ${recoveries} recovered, ${returns} came back by since, ${total((t) => t.late)} when the time of grace may have been over`);
  assert.ok(recoveries > 0, 'some sessions were recovered');
  if (!signals.includes('SIGKILL')) assert.equal(returns, 0, 'all sessions were recovered that were in grace');
}
