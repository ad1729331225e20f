import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { addContact, blockUser, removeContact, restoreContacts, unblockUser } from './contacts.js';
import { answer, argumentOf, expect, fresh, hear, joined, me, message, other, reconnect } from './fake_server.mjs';
import { FakeSocket } from './fake_socket.mjs';
import { peerOf } from './direct.js';
import { claims } from './identity.js';
import { declineInvitation, invite } from './invitations.js';
import { CONTACTS_MAX, INVITATIONS_MAX, TYPING_INTERVAL, TYPING_TIME, TYPISTS_MAX } from './limits.js';
import { joinRoom } from './rooms.js';
import { state } from './state.js';
import { typed, typists } from './typing.js';

const done = { success: true };
const invitation = (roomId, by = other) => ({ roomId, roomName: `Room ${roomId}`, invitedBy: by });
const room = () => state.open.get('r');

async function enter() {
  joinRoom('r');
  await answer('joinRoom', joined());
}

beforeEach(async () => {
  fresh();
  await answer('listInvitations', { success: true, invitations: [] });
});

// ---- Invitations ----

test('invitations wait until they are declined or accepted', async () => {
  for (const id of ['a', 'r']) hear('roomInvitation', invitation(id));
  assert.deepEqual([...state.invitations.keys()], ['a', 'r']);
  declineInvitation('a');
  expect(['declineInvitation', 'a']);
  await answer('declineInvitation', done);
  await enter();
  assert.equal(state.invitations.size, 0);
  hear('roomInvitation', invitation('r')); // one is inside already
  assert.equal(state.invitations.size, 0);
});

test('the list at connect is what waits', async () => {
  hear('roomInvitation', invitation('a'));
  await reconnect();
  hear('roomInvitation', invitation('b'));
  await answer('listInvitations', { success: true, invitations: [invitation('b')] });
  assert.deepEqual([...state.invitations.keys()], ['b']);
});

test('invitations are bounded', () => {
  for (let i = 0; i <= INVITATIONS_MAX; i++) hear('roomInvitation', invitation(`i${i}`));
  assert.equal(state.invitations.size, INVITATIONS_MAX);
  assert.ok(!state.invitations.has('i0'));
});

test('inviting tells room and user', () => {
  invite('r', 'other');
  expect(['inviteToRoom', { roomId: 'r', userId: 'other' }]);
});

// ---- Contacts ----

test('contacts come online and go', async () => {
  addContact('other', 'Other');
  hear('contactOnline', { userId: 'other', username: 'Other' });
  await answer('addContact', done);
  assert.equal(state.contacts.get('other').online, true, 'the news before the reply counts');
  hear('contactOffline', { userId: 'other', username: 'Other' });
  assert.equal(state.contacts.get('other').online, false);
  removeContact('other');
  await answer('removeContact', done);
  hear('contactOffline', { userId: 'other', username: 'Other' });
  assert.equal(state.contacts.size, 0);
});

test('without a connection nobody is known to be online', () => {
  hear('contactOnline', { userId: 'other', username: 'Other' });
  FakeSocket.last.drop();
  assert.equal(state.contacts.get('other').online, false);
});

test('contacts are bounded', () => {
  for (let i = 0; i <= CONTACTS_MAX; i++) hear('contactOnline', { userId: `u${i}`, username: 'U' });
  assert.equal(state.contacts.size, CONTACTS_MAX);
});

test('the tab remembers contacts, of whom the server tells only who is online', () => {
  const kept = new Map();
  globalThis.sessionStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  hear('contactOnline', { userId: 'other', username: 'Other' });
  fresh();
  restoreContacts();
  assert.deepEqual([...state.contacts.values()], [{ userId: 'other', username: 'Other', online: false }]);
  fresh({ userId: 'somebody else', username: 'S' });
  restoreContacts();
  assert.equal(state.contacts.size, 0);
  delete globalThis.sessionStorage;
});

test('blocking somebody ends his invitations', async () => {
  hear('roomInvitation', invitation('a'));
  hear('roomInvitation', invitation('b', { id: 'third', username: 'Third' }));
  blockUser('other', 'Other');
  await answer('blockUser', done);
  assert.deepEqual([[...state.invitations.keys()], [...state.blocked.keys()]], [['b'], ['other']]);
  unblockUser('other');
  await answer('unblockUser', done);
  assert.equal(state.blocked.size, 0);
});

// ---- Typing ----

test('that one types is said now and then', async () => {
  await enter();
  const now = Date.now();
  typed(room(), now);
  typed(room(), now + TYPING_INTERVAL - 1);
  expect(['emitToRoom', { roomId: 'r', event: 'typing', data: {}, volatile: true }]);
  await answer('emitToRoom', done);
  typed(room(), now + TYPING_INTERVAL);
  assert.equal(argumentOf('emitToRoom').event, 'typing');
});

test('that others type holds until they have said it, are gone, or for a while', async () => {
  await enter();
  const types = (id, username) => hear('typing', {}, { roomId: 'r', sender: { id, username }, at: 'now' });
  types('other', 'Other');
  types('me', 'Me, in another tab');
  types('third', 'Third');
  types('fourth', 'Fourth');
  hear('typing', 'of another application');
  hear('typing', {}, { roomId: 'elsewhere', sender: other });
  assert.deepEqual(typists(room()), ['Other', 'Third', 'Fourth']);
  hear('newMessage', message(1));
  hear('userLeft', { roomId: 'r', userId: 'third', username: 'Third' });
  assert.deepEqual(typists(room()), ['Fourth']);
  mock.timers.tick(TYPING_TIME - 1);
  types('fourth', 'Fourth');
  mock.timers.tick(TYPING_TIME - 1);
  assert.deepEqual(typists(room()), ['Fourth']);
  mock.timers.tick(1);
  assert.deepEqual(typists(room()), []);
});

test('those who type are bounded', async () => {
  await enter();
  for (let i = 0; i <= TYPISTS_MAX; i++) hear('typing', {}, { roomId: 'r', sender: { id: `u${i}`, username: 'U' } });
  assert.equal(typists(room()).length, TYPISTS_MAX);
});

// ---- Who is who ----

test('a room for two is called after the other', () => {
  const direct = { type: 'persistent', isPrivate: true, maxUsers: 2 };
  const cases = [
    [{ ...direct, creator: 'me', name: 'Me & other' }, 'other'],
    [{ ...direct, creator: 'other', name: 'Other & Sons & me' }, 'other'],
    [{ ...direct, creator: 'other', name: 'Other & third' }, undefined],
    [{ ...direct, creator: 'me', name: 'Tea & biscuits' }, undefined],
    [{ ...direct, creator: 'me', name: 'Plans' }, undefined],
    [{ ...direct, isPrivate: false, creator: 'me', name: 'Me & other' }, undefined],
  ];
  for (const [info, peer] of cases) assert.equal(peerOf(info, me)?.id, peer, info.name);
  assert.equal(peerOf(cases[1][0], me).username, 'Other & Sons');
});

test('a token says who one is', () => {
  const token = (payload) => `h.${Buffer.from(payload).toString('base64url')}.s`;
  const ann = token('{"sub":"u1","name":"Änn ☕"}');
  assert.deepEqual(claims(ann), { userId: 'u1', username: 'Änn ☕', token: ann });
  assert.equal(claims(token('{"sub":"u1"}')).username, 'u1');
  for (const bad of ['', 'word', 'a.b', token('{}'), token('no JSON'), token('{"sub":7}'), token('null')]) {
    assert.equal(claims(bad), null, bad);
  }
});
