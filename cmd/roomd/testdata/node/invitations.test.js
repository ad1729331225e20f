// Invitations: told to every device, kept until they are accepted or declined.

import assert from 'node:assert/strict';
import { connect, scenario, userOf } from './client.js';
import { assertRefused } from './refusals.js';
import { covers, refused } from './rows.js';

// Invitations stay, so everybody here has an id of a scenario's own.
let scenarios = 0;
const cast = (...names) => {
  scenarios++;
  return names.map((name) => `${name} ${scenarios}`);
};

scenario('inviteToRoom', covers('command:inviteToRoom', 'event:roomInvitation'), async () => {
  const [annaId, benId, cleoId] = cast('anna', 'ben', 'cleo');
  const [anna, ben] = [await connect(annaId), await connect(benId)];
  const [tab, cleo] = [await connect(benId), await connect(cleoId)];
  const { roomId } = await anna.must('createRoom', { name: 'Tea <1>', isPrivate: true });
  const invitation = { roomId, roomName: 'Tea <1>', invitedBy: userOf(annaId) };
  assert.deepEqual(await anna.ask('inviteToRoom', { roomId, userId: benId }), { success: true });
  for (const client of [ben, tab]) assert.deepEqual(await client.next('roomInvitation'), invitation);
  await ben.must('joinRoom', roomId);
  ben.tell('inviteToRoom', { roomId, userId: cleoId }); // members may, not the creator alone
  assert.deepEqual(await cleo.next('roomInvitation'), { ...invitation, invitedBy: userOf(benId) });
  await cleo.must('joinRoom', roomId);
  assert.deepEqual([anna.all('roomInvitation'), ben.all('error')], [[], []]);
});

scenario('listInvitations and declineInvitation', covers(
  'command:listInvitations', 'command:declineInvitation',
  'fine:invitations come at each connect until accepted or declined',
), async () => {
  const [annaId, benId] = cast('anna', 'ben');
  const [anna, ben] = [await connect(annaId), await connect(benId)];
  const invitations = [];
  for (const name of ['One', 'Two', 'Three', 'Four']) {
    const { roomId } = await anna.must('createRoom', { name, isPrivate: true });
    await anna.must('inviteToRoom', { roomId, userId: benId });
    invitations.push({ roomId, roomName: name, invitedBy: userOf(annaId) });
    await ben.next('roomInvitation');
  }
  assert.deepEqual(await ben.ask('listInvitations'), { success: true, invitations });
  ben.tell('listInvitations'); // replies with nothing

  const [one, two, three, four] = invitations.map(({ roomId }) => roomId);
  assert.deepEqual(await ben.ask('declineInvitation', one), { success: true });
  ben.tell('declineInvitation', two);
  await ben.must('joinRoom', three);
  for (const closed of [one, two]) await assertRefused(ben, 'room_private', 'This room is private', 'joinRoom', closed);
  let left;
  do left = (await ben.must('listInvitations')).invitations; while (left.length > 1); // the account hears of the join
  assert.deepEqual(left, [invitations[3]]);
  for (let times = 0; times < 2; times++) {
    const tab = await connect(benId);
    assert.deepEqual(await tab.next('roomInvitation'), invitations[3]);
    await tab.must('listInvitations');
    assert.equal(tab.all('roomInvitation').length, 1);
    assert.equal(tab.all('error').length, 0);
  }
  await ben.must('joinRoom', four);
  await assertRefused(ben, 'room_not_found', 'Room does not exist', 'declineInvitation', 'nowhere');
});

scenario('invitations wait for one who is away', covers('fine:an invitation to an id never seen is kept'), async () => {
  const [annaId, newId] = cast('anna', 'new');
  const anna = await connect(annaId);
  for (const persistent of [false, true]) {
    const { roomId } = await anna.must('createRoom', { persistent, isPrivate: true, name: 'Waiting' });
    await anna.must('inviteToRoom', { roomId, userId: newId });
    const first = await connect(newId);
    const told = await first.next('roomInvitation');
    assert.deepEqual(told, { roomId, roomName: 'Waiting', invitedBy: userOf(annaId) });
    await first.must('joinRoom', roomId);
    first.socket.disconnect();
  }
});

scenario('invitations to oneself or someone inside', covers(
  'fine:invitations to oneself or someone inside: success, nothing sent',
), async () => {
  const [annaId, benId] = cast('anna', 'ben');
  const [anna, ben] = [await connect(annaId), await connect(benId)];
  const { roomId } = await anna.must('createRoom');
  await ben.must('joinRoom', roomId);
  for (const userId of [annaId, benId]) {
    assert.deepEqual(await anna.ask('inviteToRoom', { roomId, userId }), { success: true });
  }
  const { roomId: other } = await anna.must('createRoom');
  await anna.must('inviteToRoom', { roomId: other, userId: benId });
  assert.equal((await ben.next('roomInvitation')).roomId, other, 'which came later');
  assert.equal(ben.all('roomInvitation').length, 1);
  assert.equal((await ben.must('listInvitations')).invitations.length, 1);
  assert.deepEqual([anna.all('roomInvitation'), (await anna.must('listInvitations')).invitations], [[], []]);
});

scenario('who may be invited', covers(refused('forbidden', 'inviteToRoom')), async () => {
  const [annaId, benId, cleoId] = cast('anna', 'ben', 'cleo');
  const [anna, ben] = [await connect(annaId), await connect(benId)];
  const { roomId } = await anna.must('createRoom');
  await ben.must('joinRoom', roomId);
  await anna.must('banUser', { roomId, userId: cleoId });
  for (const client of [anna, ben]) {
    const said = 'That user is banned from this room';
    await assertRefused(client, 'forbidden', said, 'inviteToRoom', { roomId, userId: cleoId });
  }
  assert.deepEqual((await (await connect(cleoId)).must('listInvitations')).invitations, []);
});

scenario('a hundred invitations are kept', covers('fine:at most 100 invitations are kept, the oldest go'), async () => {
  const [annaId, benId] = cast('anna', 'ben');
  const anna = await connect(annaId);
  const ids = [];
  for (let i = 0; i < 105; i++) {
    const { roomId } = await anna.must('createRoom');
    await anna.must('inviteToRoom', { roomId, userId: benId });
    ids.push(roomId);
  }
  const ben = await connect(benId);
  const told = (await ben.count('roomInvitation', 100)).map(({ roomId }) => roomId);
  assert.deepEqual(told, ids.slice(5));
  const { invitations } = await ben.must('listInvitations');
  assert.deepEqual(invitations.map(({ roomId }) => roomId), ids.slice(5));
  assert.equal(ben.all('roomInvitation').length, 100);
});

scenario('an invitation ends with its room', async () => {
  const [annaId, benId] = cast('anna', 'ben');
  const [anna, ben] = [await connect(annaId), await connect(benId)];
  for (const persistent of [false, true]) {
    const { roomId } = await anna.must('createRoom', { persistent });
    await anna.must('inviteToRoom', { roomId, userId: benId });
    await ben.next('roomInvitation');
    await anna.must('deleteRoom', roomId);
    while ((await ben.must('listInvitations')).invitations.length > 0);
  }
});
