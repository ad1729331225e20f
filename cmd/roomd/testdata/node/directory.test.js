// The public directory: what there is at first, and the feed of what changes.

import assert from 'node:assert/strict';
import { assertTime, connect, nameOf, scenario } from './client.js';
import { covers } from './rows.js';

const DIRECTORY_EVENTS = ['newRoomAvailable', 'newPublicRoom', 'roomUpdated', 'roomRemoved'];

// told gives what a watcher has been told of a room, in order.
const told = (client, id) => client.seen
  .filter(({ event, args }) => DIRECTORY_EVENTS.includes(event) && (args[0].roomId ?? args[0].id) === id);

async function roomsList() {
  const client = await connect('lister');
  return client.next('roomsList');
}

// listed makes a public room and waits until a watcher knows of it, and until one that is made next is newer.
async function listed(creator, watcher, settings = {}) {
  const { roomId, room: { createdAt } } = await creator.must('createRoom', settings);
  await watcher.next('newRoomAvailable', (room) => room.roomId === roomId);
  while (Date.now() <= new Date(createdAt)) await watcher.must('listInvitations');
  return roomId;
}

scenario('roomsList comes after connecting, the latest activity first', async () => {
  const anna = await connect('anna');
  assert.deepEqual(await anna.next('roomsList'), []);
  const watcher = await connect('watcher');
  const older = await listed(anna, watcher, { name: 'Older' });
  const newer = await listed(anna, watcher, { name: 'Newer' });
  const list = await roomsList();
  assert.deepEqual(list.map(({ id }) => id), [newer, older]);
  const { lastActivity, ...first } = list[0];
  assertTime(lastActivity);
  assert.deepEqual(first, { id: newer, name: 'Newer', isPublic: true, memberCount: 1, unreadCount: 0 });
  assert.equal(anna.all('roomsList').length, 1);
});

scenario('roomsList has 20 rooms at most', async () => {
  const [anna, watcher] = [await connect('anna'), await connect('watcher')];
  const ids = [];
  for (let i = 0; i < 25; i++) ids.push(await listed(anna, watcher));
  assert.deepEqual((await roomsList()).map(({ id }) => id), ids.reverse().slice(0, 20));
});

scenario('a new public room is told in both forms, not to its creator', covers(
  'event:newRoomAvailable', 'event:newPublicRoom', 'fine:the creating connection gets no newRoomAvailable',
), async () => {
  const [anna, ben, otherTab] = [await connect('anna'), await connect('ben'), await connect('anna')];
  const { roomId } = await anna.must('createRoom', { name: 'Tea', maxUsers: 7, password: 'x' });
  for (const watcher of [ben, otherTab]) {
    const { createdAt, ...available } = await watcher.next('newRoomAvailable');
    assertTime(createdAt);
    assert.deepEqual(available, { roomId, name: 'Tea', userCount: 1, maxUsers: 7, hasPassword: true, creator: 'anna' });
    const { createdAt: again, ...open } = await watcher.next('newPublicRoom');
    assert.equal(again, createdAt);
    assert.deepEqual(open, { id: roomId, name: 'Tea', creator: nameOf('anna'), memberCount: 1 });
  }
  await ben.must('createRoom');
  await anna.next('newRoomAvailable', (room) => room.creator === 'ben');
  assert.deepEqual(told(anna, roomId), []);
});

scenario('rooms without a maximum say so', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  await anna.must('createRoom');
  assert.equal((await ben.next('newRoomAvailable')).maxUsers, null);
});

scenario('roomUpdated is coalesced, and the last count arrives', covers(
  'event:roomUpdated', "fine:the feed's last count always arrives", 'fine:the feed tells one count a room a second',
), async () => {
  const [anna, watcher] = [await connect('anna'), await connect('watcher')];
  const roomId = await listed(anna, watcher);
  const began = Date.now();
  const others = await Promise.all(Array.from({ length: 20 }, (_, i) => connect(`user ${i}`)));
  await Promise.all(others.map((client) => client.must('joinRoom', roomId)));
  for (const client of others.slice(0, 5)) await client.must('leaveRoom', roomId);
  const last = await watcher.next('roomUpdated', (u) => u.roomId === roomId && u.userCount === 16);
  assert.deepEqual(last, { roomId, userCount: 16 });
  const updates = watcher.all('roomUpdated').filter((u) => u.roomId === roomId);
  const seconds = (Date.now() - began) / 1000;
  assert.ok(updates.length <= seconds + 1, `${updates.length} updates in ${seconds} s`);
});

scenario('roomRemoved when a public room is gone', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const roomId = await listed(anna, ben);
  await anna.must('leaveRoom', roomId);
  assert.deepEqual(await ben.next('roomRemoved', (room) => room.roomId === roomId), { roomId });
  assert.deepEqual(await anna.next('roomRemoved', (room) => room.roomId === roomId), { roomId });
  assert.deepEqual((await roomsList()).filter(({ id }) => id === roomId), []);
});

scenario('private and implicit rooms are in neither list nor feed', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId: hidden } = await anna.must('createRoom', { isPrivate: true, password: 'x' });
  const { room } = await anna.must('joinRoom', 'implicit');
  assert.equal(room.creator, undefined);
  await ben.must('joinRoom', { roomId: hidden, password: 'x' });
  await ben.must('joinRoom', 'implicit');
  const list = (await roomsList()).map(({ id }) => id);
  assert.ok(!list.includes(hidden) && !list.includes('implicit'));
  for (const client of [anna, ben]) {
    await client.must('leaveRoom', hidden);
    await client.must('leaveRoom', 'implicit');
  }
  const shown = await listed(anna, ben);
  // Counts are told at most a second late: once this one is told, those would have been.
  const cleo = await connect('cleo');
  await cleo.must('joinRoom', shown);
  await ben.next('roomUpdated', (r) => r.roomId === shown);
  for (const id of [hidden, 'implicit']) assert.deepEqual([...told(anna, id), ...told(ben, id)], []);
});

scenario('roomsList: first the rooms of the user, then public ones', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId: hidden } = await anna.must('createRoom', { isPrivate: true, name: 'Hidden', persistent: true });
  const { roomId: mine } = await anna.must('createRoom', { name: 'Mine', persistent: true });
  await anna.must('sendMessage', { roomId: mine, text: 'x' });
  await anna.must('leaveRoom', (await anna.must('createRoom', { persistent: true })).roomId); // hers no more
  await ben.next('newRoomAvailable', ({ roomId }) => roomId === mine);
  const others = [];
  for (let i = 0; i < 25; i++) others.push(await listed(ben, anna));
  anna.socket.disconnect();
  const list = await (await connect('anna')).next('roomsList');
  assert.deepEqual(list.slice(0, 2).map(({ id, isPublic }) => [id, isPublic]), [[mine, true], [hidden, false]]);
  assert.deepEqual(list.slice(2).map(({ id }) => id), others.reverse().slice(0, 18));
  assert.ok((await roomsList()).every(({ id }) => id !== hidden));
});

// page gives all pages of a list, and checks that each is as long as it may be.
async function pages(client, arg, limit) {
  const rooms = [];
  for (let cursor; cursor !== null;) {
    const page = await client.must('listRooms', { ...arg, limit, cursor });
    assert.equal(page.rooms.length <= Math.min(limit, 100), true);
    if (page.nextCursor !== null) assert.equal(page.rooms.length, Math.min(limit, 100));
    rooms.push(...page.rooms);
    cursor = page.nextCursor;
  }
  return rooms;
}

scenario('listRooms', covers(
  'command:listRooms', 'event:roomsList', 'fine:listRooms items are rooms without users',
  'fine:limit is clamped to 100, nextCursor is null at the end',
), async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const ids = [];
  for (let i = 0; i < 120; i++) ids.unshift(await listed(anna, ben, { name: `Paged ${i}`, maxUsers: 7 }));
  const { room: { users, ...newest } } = await anna.must('joinRoom', ids[0]);
  assert.deepEqual(users, ['anna']);
  const { rooms, nextCursor, ...reply } = await ben.ask('listRooms', { limit: 1000 });
  assert.deepEqual(reply, { success: true });
  assert.deepEqual(rooms.map(({ id }) => id), ids.slice(0, 100));
  assert.deepEqual(rooms[0], newest);

  ben.tell('listRooms', { limit: 1000, cursor: nextCursor });
  const [list, more] = await ben.nextArgs('roomsList', (l) => l[0]?.id === ids[100]);
  assert.deepEqual([list.slice(0, 20).map(({ id }) => id), more], [ids.slice(100), { nextCursor: null }]);
  ben.tell('listRooms');
  assert.equal((await ben.next('roomsList')).length, 50, 'without a limit');
  for (const limit of [1, 7, 60, 120]) {
    assert.deepEqual((await pages(ben, {}, limit)).slice(0, 120).map(({ id }) => id), ids, `${limit} a page`);
  }
  assert.equal((await ben.must('listRooms', { limit: 0 })).rooms.length, 1);
});

scenario('listRooms: search by the beginnings of words', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const byName = {};
  for (const name of ['Green Tea House', 'Teapot & Green <cups>', 'TEA', 'Steak', 'École de thé', 'Coffee']) {
    byName[name] = await listed(anna, ben, { name, isPrivate: false });
  }
  await anna.must('createRoom', { name: 'Secret Tea', isPrivate: true });
  for (const [search, found] of [
    ['tea', ['Green Tea House', 'Teapot & Green <cups>', 'TEA']],
    ['TEAP', ['Teapot & Green <cups>']],
    ['green tea', ['Green Tea House', 'Teapot & Green <cups>']],
    ['école', ['École de thé']],
    ['cups', ['Teapot & Green <cups>']],
    ['secret', []],
    ['nothing', []],
  ]) {
    for (const limit of [1, 100]) {
      const rooms = await pages(ben, { search }, limit);
      assert.deepEqual(rooms.map(({ name }) => name).sort(), found.toSorted(), `${search}, ${limit} a page`);
    }
  }
  await anna.must('updateRoom', { roomId: byName.Coffee, name: 'Tearoom' });
  await ben.must('joinRoom', byName.Coffee);
  const found = await pages(ben, { search: 'tearoom' }, 100);
  assert.deepEqual([found.length, (await pages(ben, { search: 'coffee' }, 100)).length], [1, 0]);
});

scenario('listRooms: mine', async () => {
  const [anna, ben] = [await connect('anna'), await connect('ben')];
  const { roomId: hidden } = await anna.must('createRoom', { isPrivate: true, persistent: true, password: 'x' });
  const { roomId: other } = await ben.must('createRoom');
  await anna.must('joinRoom', 'implicit, mine');
  const mine = async (client) => (await pages(client, { mine: true }, 2)).map(({ id }) => id);
  const fresh = await connect('cleo');
  assert.deepEqual(await mine(fresh), []);
  await fresh.must('joinRoom', { roomId: hidden, password: 'x' });
  await fresh.must('joinRoom', other);
  while ((await mine(fresh)).length < 2); // the account hears of a join behind the one who joins
  assert.deepEqual((await mine(fresh)).sort(), [hidden, other].sort());
  await fresh.must('leaveRoom', hidden);
  while ((await mine(fresh)).length > 1);
  assert.deepEqual(await mine(fresh), [other]);
  const annas = await mine(anna);
  assert.ok(annas.includes(hidden) && annas.includes('implicit, mine') && !annas.includes(other));
});

scenario('watchRooms', covers('command:watchRooms'), async () => {
  const [anna, ben, cleo] = [await connect('anna'), await connect('ben'), await connect('cleo')];
  assert.deepEqual(await ben.ask('watchRooms', false), { success: true });
  const { roomId } = await anna.must('createRoom');
  await cleo.next('newRoomAvailable', (room) => room.roomId === roomId);
  ben.tell('watchRooms', true);
  await ben.must('watchRooms', true); // again
  const seen = await listed(anna, ben);
  await ben.next('newPublicRoom', (room) => room.id === seen);
  assert.deepEqual(told(ben, roomId), []);
  assert.equal(told(ben, seen).length, 2);
  await anna.must('leaveRoom', roomId);
  assert.deepEqual(await ben.next('roomRemoved', (room) => room.roomId === roomId), { roomId });
  ben.tell('watchRooms', false);
  await ben.must('watchRooms', false);
  await anna.must('leaveRoom', seen);
  await cleo.next('roomRemoved', (room) => room.roomId === seen);
  await ben.must('listRooms'); // the directory has told what it had to tell
  assert.equal(told(ben, seen).length, 2);
  assert.deepEqual(ben.all('error'), []);
});
