// Front ends as they were written for a Socket.IO server with rooms of its own: who they are stands in the
// query, commands have no callback, and what the server sent is looked for among what comes.

import assert from 'node:assert/strict';
import { connect } from './client.js';

// frontEnd gives a client that says who it is in the query only, once it hears the news of public rooms.
export async function frontEnd(userId) {
  const client = await connect(userId, { auth: {}, query: { userId } });
  await client.next('roomsList');
  return client;
}

// assertSent says that all is there that the server of before would have sent; more may be.
export function assertSent(payload, before) {
  const found = Object.fromEntries(Object.keys(before).map((key) => [key, payload[key]]));
  assert.deepEqual(found, before);
}

// about is for next(): an event of this room.
export const about = (roomId) => (payload) => payload.roomId === roomId;

// create has a front end make a room, the way without a callback.
export async function create(client, options) {
  client.tell('createRoom', options);
  return client.next('roomCreated');
}

// came gives the first event of this name for which matches holds, whenever it comes. The news of public
// rooms is no part of a room's one order: it may come before or after what those inside are told.
export async function came(client, event, matches) {
  for (let looked = 0; ;) {
    const all = await client.count(event, looked + 1);
    const found = all.slice(looked).find(matches);
    if (found) return found;
    looked = all.length;
  }
}
