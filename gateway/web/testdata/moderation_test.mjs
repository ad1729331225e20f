import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { answer, expect, fresh, hear, joined, mine, other } from './fake_server.mjs';
import { sendMessage } from './messages.js';
import * as moderation from './moderation.js';
import { joinRoom } from './rooms.js';
import { changedSettings, newSettings } from './settings.js';
import { state } from './state.js';

const third = { id: 'third', username: 'Third' };
const room = () => state.open.get('r');
const lastNotice = () => room().items.findLast(({ kind }) => kind === 'notice')?.text;

async function enter(creator, role) {
  fresh();
  joinRoom('r');
  await answer('joinRoom', joined({
    room: { id: 'r', name: 'Room', creator, userCount: 3 }, users: [other, mine, third], role,
  }));
}

beforeEach(() => enter('me'));

test('the commands carry what is given', () => {
  moderation.kick(room(), 'other', { reason: '' });
  moderation.ban(room(), 'other', { reason: 'spam', durationMs: 1000 });
  moderation.mute(room(), 'other', { durationMs: 0 });
  moderation.setRole(room(), 'other', 'moderator');
  expect(
    ['kickUser', { roomId: 'r', userId: 'other' }],
    ['banUser', { roomId: 'r', userId: 'other', reason: 'spam', durationMs: 1000 }],
    ['muteUser', { roomId: 'r', userId: 'other' }],
    ['setRole', { roomId: 'r', userId: 'other', role: 'moderator' }],
  );
});

test('who may act on whom', async () => {
  const may = (...ids) => ids.map((id) => moderation.mayModerate(room(), id));
  room().moderators.add('third');
  assert.deepEqual(may('me', 'other', 'third'), [false, true, true], 'the creator');
  await enter('other', 'moderator');
  assert.deepEqual(may('me', 'other', 'third'), [false, false, true], 'a moderator');
  room().moderators.add('third');
  assert.deepEqual(may('third'), [false], 'a moderator on another');
  await enter('other');
  assert.deepEqual(may('me', 'other', 'third'), [false, false, false], 'a member');
  await enter('me');
  room().direct = true;
  assert.deepEqual(may('other'), [false], 'in a room for two');
});

test('somebody thrown out is gone once, whether or not his leaving is told too', () => {
  hear('userKicked', { roomId: 'r', userId: 'other', username: 'Other', by: mine, reason: 'rude' });
  assert.deepEqual([room().userCount, lastNotice()], [2, 'Other was removed by Me: rude']);
  hear('userLeft', { roomId: 'r', userId: 'other', username: 'Other' });
  assert.deepEqual([room().userCount, lastNotice()], [2, 'Other was removed by Me: rude']);
  hear('userBanned', { roomId: 'r', userId: 'gone', by: mine }); // not inside
  assert.equal(room().userCount, 2);
  hear('userJoined', { roomId: 'r', userId: 'other', user: other });
  hear('userLeft', { roomId: 'r', userId: 'other', username: 'Other' });
  assert.deepEqual([room().userCount, lastNotice()], [2, 'Other left']);
});

test('being thrown out closes the room', () => {
  for (const [event, words] of [['userKicked', 'You were removed from Room: rude'], ['userBanned', 'You were banned from Room: rude']]) {
    state.open.set('r', room() ?? state.kept);
    state.kept = room();
    hear(event, { roomId: 'r', userId: 'me', username: 'Me', by: other, reason: 'rude' });
    assert.deepEqual([state.open.size, state.toast.text], [0, words]);
  }
});

test('mutes and roles are noted', () => {
  hear('userMuted', { roomId: 'r', userId: 'me', by: other, until: null });
  assert.equal(room().muted.has('me'), true);
  hear('userUnmuted', { roomId: 'r', userId: 'me', by: other });
  assert.equal(room().muted.size, 0);
  hear('roleChanged', { roomId: 'r', userId: 'third', role: 'moderator', by: mine });
  assert.deepEqual([moderation.roleIn(room(), 'third'), lastNotice()], ['moderator', 'Third is a moderator now']);
  hear('roleChanged', { roomId: 'r', userId: 'third', role: 'member', by: mine });
  assert.equal(moderation.roleIn(room(), 'third'), 'member');
});

test('a mute ends with its time, and is learnt from a refusal too', async () => {
  const end = (ms) => new Date(Date.now() + ms).toISOString();
  hear('userMuted', { roomId: 'r', userId: 'other', by: mine, until: end(60_000) });
  assert.equal(moderation.isMuted(room(), 'other'), true);
  assert.equal(moderation.isMuted(room(), 'other', Date.now() + 60_001), false);
  assert.equal(moderation.isMuted(room(), 'third'), false);
  for (const [retryAfterMs, later] of [[5000, false], [undefined, true]]) {
    sendMessage(room(), 'hello');
    await answer('sendMessage', { success: false, code: 'muted', error: 'Muted', retryAfterMs });
    assert.equal(moderation.isMuted(room(), 'me'), true);
    assert.equal(moderation.isMuted(room(), 'me', Date.now() + 6000), later);
  }
});

test('a role of one’s own is told at entering and when it changes', async () => {
  await enter('other', 'moderator');
  assert.equal(moderation.isModerator(room()), true);
  hear('roleChanged', { roomId: 'r', userId: 'me', role: 'member', by: other });
  assert.equal(moderation.isModerator(room()), false);
});

test('the moderation is listed, and noted for the list of people', async () => {
  const listed = moderation.getModeration(room());
  expect(['getModeration', 'r']);
  const muted = [{ userId: 'other', by: mine, at: 'now', until: 'later' }];
  await answer('getModeration', { success: true, moderators: ['third'], banned: [], muted });
  assert.equal((await listed).success, true);
  assert.deepEqual([[...room().moderators], [...room().muted]], [['third'], [['other', 'later']]]);
});

// ---- Settings ----

const form = (fields) => {
  const data = new FormData();
  for (const [name, value] of Object.entries({ name: 'Room', description: '', password: '', maxUsers: '', ...fields })) data.set(name, value);
  return data;
};

test('new settings leave out what was not filled in', () => {
  assert.deepEqual(newSettings(form({ name: ' Room ' })), { name: 'Room' });
  assert.deepEqual(
    newSettings(form({ description: 'd', password: 'p', maxUsers: '3', isPrivate: 'on', persistent: 'on' })),
    { name: 'Room', description: 'd', password: 'p', maxUsers: 3, isPrivate: true, persistent: true },
  );
});

test('changed settings are only those that are others now', () => {
  const info = { name: 'Room', description: 'd', maxUsers: 5, isPrivate: true, hasPassword: true };
  const same = { description: 'd', maxUsers: '5', isPrivate: 'on' };
  const cases = [
    [info, same, {}],
    [info, { ...same, name: 'Other' }, { name: 'Other' }],
    [info, { ...same, description: '', maxUsers: '' }, { description: '', maxUsers: null }],
    [info, { description: 'd', maxUsers: '6' }, { maxUsers: 6, isPrivate: false }],
    [info, { ...same, password: 'new' }, { password: 'new' }],
    [info, { ...same, withoutPassword: 'on' }, { password: null }],
    [{ name: 'Room', maxUsers: null }, {}, {}],
  ];
  for (const [before, fields, settings] of cases) assert.deepEqual(changedSettings(before, form(fields)), settings);
});
