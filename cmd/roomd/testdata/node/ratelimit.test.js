// Limits on how often: what is refused, when it succeeds again, and who is not hindered. The server has
// its default limits.

import assert from 'node:assert/strict';
import { connect, scenario, url } from './client.js';
import { sample } from './refusals.js';
import { commands, covers, refused } from './rows.js';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms + 1)); // timers may be a little early

// exhaust gives a command until it is refused for being too often, and gives that refusal: nothing was allowed behind it.
// Many go out at once, so that a busy machine gives them faster than they are allowed again.
async function exhaust(client, command, arg) {
  for (let sent = 0; sent < 3000; sent += 200) {
    const replies = await Promise.all(Array.from({ length: 200 }, () => client.ask(command, arg)));
    if (replies.at(-1).code === 'rate_limited') return replies.at(-1);
  }
  return assert.fail(`${command} is not limited`);
}

// assertLimited compares a refusal in the ack with one in the event.
async function assertLimited(client, command, arg, limited) {
  const { retryAfterMs, ...rest } = limited;
  assert.deepEqual(rest, { success: false, error: 'Rate limited. Try again later.', code: 'rate_limited' }, command);
  assert.ok(Number.isInteger(retryAfterMs) && retryAfterMs > 0 && retryAfterMs < 60_000, `${retryAfterMs} ms`);
  const before = client.all('error').length;
  const isRefusal = ({ code, event }) => code === 'rate_limited' && event === command;
  while (!client.all('error').slice(before).some(isRefusal)) { // some may have come back meanwhile
    for (let i = 0; i < 100; i++) client.tell(command, arg);
    await client.ask('listInvitations'); // is answered, or refused, behind them
  }
  const { retryAfterMs: again, ...event } = await client.next('error', isRefusal);
  assert.deepEqual(event, { message: 'Rate limited. Try again later.', code: 'rate_limited', event: command });
  assert.ok(Number.isInteger(again) && again > 0);
  assert.ok(client.all('error').length > before);
}

scenario('every command is limited', covers(refused('rate_limited', commands)), async () => {
  for (const command of commands) {
    // Each a user of its own: a user's rate is above that of one connection.
    const client = await connect(`user of ${command}`);
    const arg = sample(command);
    await assertLimited(client, command, arg, await exhaust(client, command, arg));
    const other = await connect('bystander');
    assert.notEqual((await other.ask('listInvitations')).code, 'rate_limited', 'others are not');
    other.socket.disconnect();
    client.socket.disconnect();
  }
});

scenario('after retryAfterMs it succeeds', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId } = await anna.must('createRoom');
  await ben.must('joinRoom', roomId);
  for (const [command, arg] of [['sendMessage', { roomId, text: 'x' }], ['emitToRoom', { roomId, event: 'own' }]]) {
    const { retryAfterMs } = await exhaust(anna, command, arg);
    await pause(retryAfterMs);
    await anna.must(command, arg);
    await ben.must(command, arg);
  }
  const heard = ben.all('newMessage').map(({ seq }) => seq);
  assert.deepEqual(heard, heard.map((_, i) => i + 1), 'what is refused is not numbered');
});

scenario('unknown events and bad requests are limited', async () => {
  for (const [command, arg] of [['noSuchCommand', {}], ['sendMessage', 7]]) {
    const client = await connect(`user of bad ${command}`);
    await assertLimited(client, command, arg, await exhaust(client, command, arg));
    await client.must('listInvitations');
  }
});

scenario('guesses of a password are limited', async () => {
  const [anna, mallory] = [await connect('password anna'), await connect('password mallory')];
  const { roomId } = await anna.must('createRoom', { password: 'secret' });
  const guess = { roomId, password: 'wrong' };
  const { retryAfterMs } = await exhaust(mallory, 'joinRoom', guess);
  assert.ok(retryAfterMs > 1000, `${retryAfterMs} ms`);
  // Another connection brings a few more, not as many again.
  const second = await connect('password mallory');
  const replies = await Promise.all(Array.from({ length: 30 }, () => second.ask('joinRoom', guess)));
  const guesses = replies.filter(({ code }) => code === 'wrong_password').length;
  assert.ok(guesses <= 15, `${guesses} guesses`);
});

scenario('a game at 20 messages a second for each of 10 players', async () => {
  const players = await Promise.all(Array.from({ length: 10 }, (_, i) => connect(`player ${i}`)));
  const { roomId } = await players[0].must('createRoom');
  for (const player of players) await player.must('joinRoom', roomId);
  const replies = [];
  for (let tick = 0; tick < 60; tick++) { // 3 s
    for (const player of players) {
      replies.push(player.ask('gameAction', { roomId, action: tick }));
      replies.push(player.ask('sendMessage', { roomId, text: 'x' }));
    }
    await pause(50);
  }
  const refusals = (await Promise.all(replies)).filter(({ success }) => !success);
  assert.deepEqual(refusals, []);
});

scenario('an office behind one address comes in at once', async () => {
  const people = await Promise.all(Array.from({ length: 300 }, (_, i) => connect(
    `colleague ${i}`, { transports: ['websocket'] },
  )));
  const replies = await Promise.all(people.map((client) => client.ask('joinRoom', 'office')));
  assert.ok(replies.every(({ success }) => success), JSON.stringify(replies.find(({ success }) => !success)));
});

scenario('new sessions are limited by address', async () => {
  const open = () => fetch(`${url}/socket.io/?EIO=4&transport=polling`);
  let refused;
  for (let sent = 0; sent < 3000 && !refused; sent += 100) {
    const responses = await Promise.all(Array.from({ length: 100 }, open));
    refused = responses.find(({ status }) => status !== 200);
  }
  assert.equal(refused?.status, 429);
  const seconds = Number(refused.headers.get('Retry-After'));
  assert.ok(seconds >= 1 && seconds < 10, `${seconds} s`);
  await pause(1000 * seconds);
  assert.equal((await open()).status, 200);
});
