// Clients that are lost, and come back: what tests of recovery do with them.

import assert from 'node:assert/strict';
import { connect, within } from './client.js';

// lose ends the client's transport and keeps the client from coming back by itself.
export async function lose(client) {
  client.socket.io.reconnection(false);
  await client.hangUp();
}

// comeBack has it connect, and gives whether it has recovered, and what it was told before it was connected.
export async function comeBack(client) {
  const before = client.seen.length;
  const connected = new Promise((resolve, reject) => {
    client.socket.once('connect', () => resolve(client.seen.slice(before)));
    client.socket.io.once('error', reject);
  });
  client.socket.connect();
  const missed = await within('connected again', connected);
  return { recovered: client.socket.recovered, missed };
}

// survive is comeBack of one who must have recovered. It gives the texts of the messages that it had missed.
export async function survive(client, id = client.socket.id) {
  const { recovered, missed } = await comeBack(client);
  assert.equal(recovered, true, 'recovered');
  if (id) assert.equal(client.socket.id, id, 'the same id');
  return missed.filter(({ event }) => event === 'newMessage').map(({ args }) => args[0].text);
}

export async function inside(roomId, userId, options) {
  const client = await connect(userId, options);
  await client.must('joinRoom', roomId);
  return client;
}

export const say = (client, roomId, text) => client.must('sendMessage', { roomId, text });
export const comings = (client) => client.seen.map(({ event }) => event).filter((e) => /^user(Joined|Left|Reconnected)$/.test(e));
