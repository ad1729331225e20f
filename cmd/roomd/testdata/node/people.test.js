// Contacts, blocking and direct rooms.

import assert from 'node:assert/strict';
import { connect, nameOf, scenario, userOf } from './client.js';
import { assertRefused } from './refusals.js';
import { covers, refused } from './rows.js';

// Everybody here has ids of a scenario's own: contacts stay.
let scenarios = 0;
const cast = (...names) => {
  scenarios++;
  return names.map((name) => `${name} ${scenarios}`);
};

const contact = (userId) => ({ userId, username: nameOf(userId) });
const contacts = (client) => client.seen.filter(({ event }) => event.startsWith('contact'));

// settled waits until what one user's account has sent another's before is told: the account of the first
// is asked, and has a third come and go, whom the second knows.
async function settled(client, listener, witness) {
  await client.must('listInvitations');
  await listener.must('addContact', witness);
  const come = await connect(witness);
  await listener.next('contactOnline', ({ userId }) => userId === witness);
  come.socket.disconnect();
  await listener.next('contactOffline', ({ userId }) => userId === witness);
}

scenario('contacts over tabs', covers(
  'command:addContact', 'event:contactOnline', 'event:contactOffline',
  'fine:contacts: online at once, also to one who has just added; offline after the last connection',
), async () => {
  const [annaId, benId, cleoId] = cast('anna', 'ben', 'cleo');
  const [anna, tab] = [await connect(annaId), await connect(annaId)];
  const ben = await connect(benId);
  assert.deepEqual(await anna.ask('addContact', benId), { success: true });
  for (const client of [anna, tab]) assert.deepEqual(await client.next('contactOnline'), contact(benId));
  anna.tell('addContact', { userId: cleoId }); // who has never been there
  await anna.must('addContact', benId); // again

  const second = await connect(benId);
  ben.socket.disconnect();
  second.socket.disconnect();
  for (const client of [anna, tab]) assert.deepEqual(await client.next('contactOffline'), contact(benId));
  const cleo = await connect(cleoId);
  for (const client of [anna, tab]) assert.deepEqual(await client.next('contactOnline'), contact(cleoId));
  await connect(benId);
  for (const client of [anna, tab]) assert.deepEqual(await client.next('contactOnline'), contact(benId));
  for (const client of [anna, tab]) assert.equal(contacts(client).length, 4);
  assert.deepEqual([contacts(cleo), anna.all('error')], [[], []], 'it is not mutual');

  const late = await connect(annaId); // is told who is there
  const told = [await late.next('contactOnline'), await late.next('contactOnline')];
  assert.deepEqual(told.map(({ userId }) => userId).sort(), [benId, cleoId]);
  assert.equal(contacts(anna).length, 4);
});

scenario('listContacts', covers('command:listContacts'), async () => {
  const [annaId, benId, cleoId, doraId] = cast('anna', 'ben', 'cleo', 'dora');
  const [anna, ben] = [await connect(annaId), await connect(benId)];
  assert.deepEqual(await anna.ask('listContacts'), { success: true, contacts: [], blocked: [] });
  await anna.must('addContact', benId);
  await anna.must('addContact', cleoId);
  await anna.must('blockUser', doraId);
  await anna.next('contactOnline');
  const there = { success: true, contacts: [{ ...contact(benId), online: true }, { userId: cleoId, online: false }] };
  assert.deepEqual(await anna.ask('listContacts'), { ...there, blocked: [doraId] });
  anna.tell('listContacts'); // replies with nothing
  ben.socket.disconnect();
  await anna.next('contactOffline');
  const { contacts: left } = await anna.must('listContacts');
  assert.deepEqual(left.map(({ online }) => online), [false, false]);
  assert.deepEqual(anna.all('error'), []);
});

scenario('removeContact', covers('command:removeContact'), async () => {
  const [annaId, benId, cleoId, witness] = cast('anna', 'ben', 'cleo', 'witness');
  const [anna, ben, cleo] = [await connect(annaId), await connect(benId), await connect(cleoId)];
  for (const id of [benId, cleoId]) {
    await anna.must('addContact', id);
    await anna.next('contactOnline', ({ userId }) => userId === id);
  }
  assert.deepEqual(await anna.ask('removeContact', benId), { success: true });
  anna.tell('removeContact', { userId: cleoId });
  await anna.must('removeContact', cleoId); // is none any more
  for (const client of [ben, cleo]) client.socket.disconnect();
  await settled(anna, anna, witness);
  assert.deepEqual(contacts(anna).map(({ args }) => args[0].userId), [benId, cleoId, witness, witness]);
  assert.deepEqual(anna.all('error'), []);
});

scenario('a blocked user learns nothing', covers(
  'command:blockUser', 'command:unblockUser', 'fine:a blocked user learns nothing',
), async () => {
  for (const style of ['must', 'tell']) {
    const [annaId, malId, witness, second] = cast('anna', 'mal', 'witness', 'second');
    const [anna, mal] = [await connect(annaId), await connect(malId)];
    await mal.must('addContact', annaId);
    await mal.next('contactOnline');
    await mal.must('createRoom', { roomId: `before ${annaId}` });
    await mal.must('inviteToRoom', { roomId: `before ${annaId}`, userId: annaId });
    await anna.next('roomInvitation');

    await anna[style]('blockUser', malId);
    assert.deepEqual(await mal.next('contactOffline'), contact(annaId)); // as if she had gone
    assert.deepEqual((await anna.must('listInvitations')).invitations, [], 'the older one is gone too');
    const { roomId } = await mal.must('createRoom');
    assert.deepEqual(await mal.ask('inviteToRoom', { roomId, userId: annaId }), { success: true });
    const { roomId: direct } = await mal.must('openDirect', annaId);
    await mal.must('sendMessage', { roomId: direct, text: 'hear me' });
    const tab = await connect(annaId); // coming and going
    tab.socket.disconnect();
    await settled(anna, mal, witness);
    assert.equal(contacts(mal).filter(({ args }) => args[0].userId === annaId).length, 2, 'online, offline, no more');
    assert.deepEqual((await anna.must('listInvitations')).invitations, []);
    assert.equal(anna.all('roomInvitation').length, 1);
    assert.equal((await mal.must('removeContact', annaId)).success, true);
    await mal.must('addContact', annaId);
    await settled(mal, mal, second);
    assert.equal(contacts(mal).filter(({ args }) => args[0].userId === annaId).length, 2);

    await anna[style]('unblockUser', malId);
    assert.deepEqual(await mal.next('contactOnline'), contact(annaId));
    await mal.must('inviteToRoom', { roomId, userId: annaId });
    assert.equal((await anna.next('roomInvitation')).roomId, roomId);
    assert.deepEqual([mal.all('error'), anna.all('error')], [[], []]);
  }
});

scenario('openDirect', covers('command:openDirect'), async () => {
  const [annaId, benId, cleoId] = cast('anna', 'ben', 'cleo');
  const [anna, ben, cleo] = [await connect(annaId), await connect(benId), await connect(cleoId)];
  const { roomId, room, ...reply } = await anna.ask('openDirect', benId);
  assert.deepEqual(reply, { success: true });
  const { type, isPrivate, creator, users, maxUsers } = room;
  assert.deepEqual({ type, isPrivate, creator, users, maxUsers }, {
    type: 'persistent', isPrivate: true, creator: annaId, users: [annaId], maxUsers: 2,
  });
  assert.equal((await ben.next('roomInvitation')).roomId, roomId);
  await anna.must('sendMessage', { roomId, text: 'hello' }); // is inside at once

  const theirs = await ben.must('openDirect', { userId: annaId });
  assert.equal(theirs.roomId, roomId, 'the one room of this pair');
  assert.deepEqual(theirs.room.users, [annaId, benId]);
  assert.deepEqual((await ben.must('getHistory', { roomId })).messages.map(({ text }) => text), ['hello']);
  await ben.must('sendMessage', { roomId, text: 'you too' });
  await anna.count('newMessage', 2);
  assert.equal((await anna.must('openDirect', benId)).roomId, roomId);

  ben.tell('openDirect', cleoId); // replies with nothing
  const invitation = await cleo.next('roomInvitation');
  assert.notEqual(invitation.roomId, roomId);
  assert.deepEqual(invitation.invitedBy, userOf(benId));
  await assertRefused(cleo, 'room_private', 'This room is private', 'joinRoom', roomId);
  assert.deepEqual([ben.all('error'), ben.all('newRoomAvailable')], [[], []]);

  for (const client of [anna, ben]) client.socket.disconnect();
  const again = await connect(annaId);
  const kept = await again.must('openDirect', benId);
  assert.equal(kept.roomId, roomId);
  assert.deepEqual((await again.must('getHistory', { roomId })).messages.map(({ text }) => text), ['hello', 'you too']);
});

const onUsers = ['kickUser', 'banUser', 'unbanUser', 'muteUser', 'unmuteUser'];

scenario('nobody rules a direct room', covers(
  refused('forbidden', 'updateRoom', 'deleteRoom', 'setRole', 'inviteToRoom', onUsers),
), async () => {
  const [annaId, benId, cleoId] = cast('anna', 'ben', 'cleo');
  const [anna, ben] = [await connect(annaId), await connect(benId)];
  const { roomId } = await anna.must('openDirect', benId);
  await ben.must('openDirect', annaId);
  for (const [client, other] of [[anna, benId], [ben, annaId]]) {
    const refusals = {
      updateRoom: [{ roomId, name: 'Mine' }, "A direct room can't be changed"],
      deleteRoom: [roomId, "A direct room can't be deleted"],
      setRole: [{ roomId, userId: other, role: 'moderator' }, 'Nobody moderates a direct room'],
      inviteToRoom: [{ roomId, userId: cleoId }, 'Nobody else may come into a direct room'],
    };
    for (const command of onUsers) refusals[command] = [{ roomId, userId: other }, 'Nobody moderates a direct room'];
    for (const [command, [arg, said]] of Object.entries(refusals)) {
      await assertRefused(client, 'forbidden', said, command, arg);
    }
  }
});
