// What a join costs the server: among few rooms and among many, with as many clients that watch the
// directory.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, restart, scenario } from './client.js';

const FEW = 10;
const MANY = Number(process.env.ROOMS);
const WATCHERS = Number(process.env.CONNECTIONS);
const SECONDS = 5;
const JOINERS = 20;
const ROUND = 100; // ms, in which each joiner joins a room and leaves it
const TICKS = 100; // of CPU time in a second, as Linux counts them

const QUICK = { transports: ['websocket'], reconnection: false };

// crowd gives so many clients.
async function crowd(name, size) {
  const clients = [];
  while (clients.length < size) {
    const ids = Array.from({ length: Math.min(100, size - clients.length) }, (_, i) => `${name} ${clients.length + i}`);
    clients.push(...await Promise.all(ids.map((id) => connect(id, QUICK))));
  }
  return clients;
}

// make has so many public rooms made that outlive a restart.
async function make(size) {
  const makers = await crowd(`maker for ${size}`, Math.ceil(size / 200));
  await Promise.all(makers.map(async (maker, i) => {
    for (let n = 200 * i; n < Math.min(size, 200 * (i + 1)); n++) {
      const { roomId } = await maker.must('createRoom', { name: `Room number ${n}`, persistent: true });
      await maker.must('leaveRoom', roomId); // a seat would outlive the restart, and its end be told while joins are measured
    }
  }));
  for (const maker of makers) maker.socket.disconnect();
}

// used gives the CPU time of a process so far, in ms.
function used(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS;
}

// measure gives what a join, and the leaving after it, cost, in ms.
async function measure(pid) {
  const watchers = await crowd('watcher', WATCHERS);
  const joiners = await crowd('joiner', JOINERS);
  const hosts = await crowd('host', 3);
  const rooms = await Promise.all(hosts.map(async (host) => (await host.must('createRoom')).roomId));
  await Promise.all(watchers.map((client) => client.count('newRoomAvailable', rooms.length)));
  let joins = 0;
  const begin = used(pid);
  for (const end = Date.now() + 1000 * SECONDS; Date.now() < end;) {
    const pause = new Promise((resolve) => setTimeout(resolve, ROUND));
    await Promise.all(joiners.map(async (client, i) => {
      await client.must('joinRoom', rooms[i % rooms.length]);
      await client.must('leaveRoom', rooms[i % rooms.length]);
      joins++;
    }));
    await pause;
  }
  const cost = (used(pid) - begin) / joins;
  for (const client of [...watchers, ...joiners, ...hosts]) client.socket.disconnect();
  return { cost, joins };
}

scenario('a join among many rooms costs no more than twice what it costs among few', async () => {
  await make(FEW);
  const few = await measure(await restart('SIGTERM'));
  await make(MANY - FEW);
  const many = await measure(await restart('SIGTERM'));
  console.log(`${WATCHERS} connections: ${few.cost.toFixed(3)} ms a join among ${FEW} rooms (${few.joins} joins), ` +
    `${many.cost.toFixed(3)} ms among ${MANY} (${many.joins})`);
  assert.ok(many.cost <= 2 * few.cost);
});
