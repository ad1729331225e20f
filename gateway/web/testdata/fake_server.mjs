// The other end of the page's conversation, played by a test: what the page asked, and what it is told.

import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { FakeSocket, settle } from './fake_socket.mjs';
import { begin, connectNow } from './server.js';
import { state } from './state.js';

export const me = { userId: 'me', username: 'Me' };
export const other = { id: 'other', username: 'Other' };
export const mine = { id: 'me', username: 'Me' };

export const message = (seq, text = `message ${seq}`, sender = other) =>
  ({ id: `m${seq}`, seq, roomId: 'r', sender, text, attachments: [], createdAt: '2024-05-01T12:00:00.000Z' });
export const messages = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));

// joined is a reply to joinRoom.
export const joined = (facts = {}) => ({
  success: true, roomId: 'r', room: { id: 'r', name: 'Room', creator: 'other', userCount: 2 },
  users: [other, mine], messages: [], epoch: 'e1', seq: 0, gap: false, ...facts,
});

// No timer of a connection that a test leaves behind may keep the process alive.
mock.timers.enable({ apis: ['setTimeout'] });

let asked = []; // commands without an answer yet, {id, event, args}

function read() {
  for (const frame of FakeSocket.last.take()) {
    const [, id, json] = /^42(\d*)(.*)$/s.exec(frame) ?? [];
    if (json) asked.push({ id, event: JSON.parse(json)[0], args: JSON.parse(json).slice(1) });
  }
}

// fresh begins anew, with nothing known and nothing asked.
export function fresh(who = me) {
  Object.assign(state, {
    open: new Map(), directory: new Map(), mine: new Map(), invitations: new Map(), contacts: new Map(),
    blocked: new Map(), shown: '', search: '', nextCursor: null, toast: null, needsToken: false,
  });
  begin(who);
  FakeSocket.last.open();
  const frames = FakeSocket.last.take();
  FakeSocket.last.sent.push(...frames.slice(1));
  asked = [];
  return frames[0]; // CONNECT
}

// hear has the server tell an event.
export const hear = (event, ...args) => FakeSocket.last.say(`42${JSON.stringify([event, ...args])}`);

// expect checks what was asked since the last look, of all or of one event.
export function expect(...commands) {
  read();
  assert.deepEqual(asked.map(({ event, args }) => [event, ...args]), commands);
}

// argumentOf gives the first argument of the oldest unanswered command of that name.
export function argumentOf(event) {
  read();
  return asked.find((command) => command.event === event)?.args[0];
}

export const isAsked = (event) => argumentOf(event) !== undefined || asked.some((command) => command.event === event);

// answer replies to the oldest unanswered command of that name.
export function answer(event, reply) {
  read();
  const at = asked.findIndex((command) => command.event === event);
  assert.ok(at >= 0, `${event} was not asked, but ${asked.map((command) => command.event)}`);
  const [{ id }] = asked.splice(at, 1);
  FakeSocket.last.say(`43${id}${JSON.stringify([reply])}`);
  return settle();
}

// reconnect loses the connection and has the next one come up at once.
export async function reconnect() {
  FakeSocket.last.drop();
  asked = [];
  connectNow();
  FakeSocket.last.open();
  await settle();
}
