// A server that is killed under load, again and again, and must know each time what it has acknowledged.

import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { restart } from './client.js';
import { check } from './crash-check.js';
import { Crew, randomness } from './crash-crew.js';
import { Load } from './crash-load.js';

const { SEED, ROUNDS } = process.env;

test(`${ROUNDS} crashes, seed ${SEED}`, async () => {
  const random = randomness(Number(SEED));
  const crew = new Crew(random, { users: 20, rooms: 50, others: 5, hot: 4 });
  try {
    await crew.begin();
    const load = new Load(crew);
    for (let round = 1; round <= ROUNDS; round++) await crash(crew, load, round, random);
    const { commands, messages, unanswered } = load;
    console.log(`${commands} commands acknowledged, of them ${messages} messages, edits and deletions`);
    console.log(`${unanswered} cut off`);
  } finally {
    crew.end();
  }
});

// crash has the server end in the middle of it all, in every fifth round in order, and compares.
async function crash(crew, load, round, random) {
  load.begin();
  await pause(random.below(random.chance(0.3) ? 50 : 600)); // ms: also right at the begin
  load.ending();
  await restart(round % 5 ? 'SIGKILL' : 'SIGTERM');
  await load.done();
  await crew.welcomed(round + 1);
  await check(crew, load);
}
