// Changing rooms and deleting them: their creators only.

import assert from 'node:assert/strict';
import { connect, mark, scenario } from './client.js';
import { assertRefused, sample } from './refusals.js';
import { covers, refused } from './rows.js';

// room gives a room of anna's with ben inside, and somebody who watches from outside.
async function room(settings = {}) {
  const [anna, ben, watcher] = [await connect('anna'), await connect('ben'), await connect('watcher')];
  const { roomId } = await anna.must('createRoom', settings);
  await ben.must('joinRoom', { roomId, password: settings.password });
  return { anna, ben, watcher, roomId };
}

scenario('updateRoom', covers('command:updateRoom', 'event:roomChanged'), async () => {
  const { anna, ben, roomId } = await room({ name: 'Tea' });
  const changes = [
    { name: 'Coffee' }, { description: 'Of <coffee> ☕' }, { maxUsers: 7 }, { maxUsers: null },
    { isPrivate: true }, { isPublic: true }, { password: 'secret' }, { password: null },
  ];
  const expected = (change) => {
    if ('isPublic' in change) return { isPrivate: !change.isPublic };
    if ('password' in change) return { hasPassword: change.password !== null };
    return change;
  };
  for (const change of changes) {
    const { room: changed, ...reply } = await anna.ask('updateRoom', { roomId, ...change });
    assert.deepEqual(reply, { success: true });
    for (const [field, value] of Object.entries(expected(change))) assert.equal(changed[field], value, field);
    assert.deepEqual([changed.id, changed.creator, changed.userCount], [roomId, 'anna', 2]);
    for (const client of [anna, ben]) {
      assert.deepEqual(await client.next('roomChanged'), { roomId, room: changed });
    }
    assert.doesNotMatch(JSON.stringify(changed), /secret|argon/);
  }
  anna.tell('updateRoom', { roomId, name: 'Told' });
  assert.equal((await ben.next('roomChanged')).room.name, 'Told');
  await anna.must('updateRoom', { roomId, name: 'Told' }); // nothing changes
  await mark(roomId, anna, ben);
  assert.equal(ben.all('roomChanged').length, changes.length + 1);
  assert.deepEqual(anna.all('error'), []);
});

scenario('a password that is set is asked for, one that is removed is not', covers(
  'fine:a password of null removes it',
), async () => {
  const { anna, roomId } = await room();
  const cleo = await connect('cleo');
  await anna.must('updateRoom', { roomId, password: 'first' });
  await anna.must('updateRoom', { roomId, password: 'second' });
  await anna.must('updateRoom', { roomId, name: 'Another' }); // which leaves it alone
  for (const arg of [roomId, { roomId, password: 'first' }]) {
    assert.equal((await cleo.ask('joinRoom', arg)).code, 'wrong_password');
  }
  await cleo.must('joinRoom', { roomId, password: 'second' });
  await cleo.must('leaveRoom', roomId);
  await anna.must('updateRoom', { roomId, password: null });
  await cleo.must('joinRoom', roomId);
});

scenario('maxUsers below the seats', covers(
  'fine:maxUsers below the seats throws nobody out and admits nobody',
), async () => {
  const { anna, ben, roomId } = await room();
  const [cleo, dora] = [await connect('cleo'), await connect('dora')];
  await cleo.must('joinRoom', roomId);
  await anna.must('updateRoom', { roomId, maxUsers: 1 });
  await mark(roomId, anna, ben, cleo);
  assert.deepEqual(anna.all('userLeft'), []);
  assert.equal((await dora.ask('joinRoom', roomId)).code, 'room_full');
  await (await connect('ben')).must('joinRoom', roomId); // another tab takes no seat
  await anna.must('leaveRoom', roomId);
  assert.equal((await dora.ask('joinRoom', roomId)).code, 'room_full');
  assert.equal((await anna.ask('joinRoom', roomId)).code, 'room_full', 'its creator neither');
  await cleo.must('leaveRoom', roomId);
  assert.equal((await dora.ask('joinRoom', roomId)).code, 'room_full');
});

scenario('turned private and public again', covers(
  'fine:turned private, watchers get roomRemoved; turned public, newRoomAvailable', 'event:roomRemoved',
), async () => {
  const { anna, ben, watcher, roomId } = await room({ name: 'Tea' });
  await watcher.next('newPublicRoom', ({ id }) => id === roomId);
  for (let times = 0; times < 2; times++) {
    await anna.must('updateRoom', { roomId, isPrivate: true });
    assert.deepEqual(await watcher.next('roomRemoved', (room) => room.roomId === roomId), { roomId });
    assert.deepEqual((await (await connect('other')).next('roomsList')).filter(({ id }) => id === roomId), []);
    assert.equal((await watcher.ask('joinRoom', roomId)).code, 'room_private');
    await ben.must('sendMessage', { roomId, text: 'still inside' });
    await anna.must('updateRoom', { roomId, isPrivate: false });
    const available = await watcher.next('newRoomAvailable');
    assert.deepEqual([available.roomId, available.name, available.userCount], [roomId, 'Tea', 2]);
    assert.equal((await watcher.next('newPublicRoom')).id, roomId);
  }
  await watcher.must('joinRoom', roomId);
});

scenario('deleteRoom', covers('command:deleteRoom', 'event:roomDeleted'), async () => {
  for (const style of ['must', 'tell']) {
    for (const persistent of [false, true]) {
      const { anna, ben, watcher, roomId } = await room({ persistent });
      await watcher.next('newRoomAvailable');
      await anna[style]('deleteRoom', roomId);
      for (const client of [anna, ben]) assert.deepEqual(await client.next('roomDeleted'), { roomId });
      assert.deepEqual(await watcher.next('roomRemoved', (room) => room.roomId === roomId), { roomId });
      assert.deepEqual(watcher.all('roomDeleted'), []);
      for (const client of [anna, ben]) { // they have left it
        assert.deepEqual([client.all('userLeft'), client.all('error')], [[], []]);
        assert.equal((await client.ask('sendMessage', { roomId, text: 'x' })).code, 'room_not_found');
        const { rooms } = await client.must('listRooms', { mine: true });
        assert.deepEqual(rooms.filter(({ id }) => id === roomId), []);
        client.socket.disconnect();
      }
      watcher.socket.disconnect();
    }
  }
});

scenario('the ids of deleted rooms', covers("fine:a persistent room's deleted id stays taken"), async () => {
  for (const persistent of [false, true]) {
    const { anna, ben, roomId } = await room({ persistent });
    await anna.must('deleteRoom', roomId);
    for (const client of [anna, ben]) {
      const created = await client.ask('createRoom', { roomId });
      if (persistent) {
        assert.equal(created.code, 'room_exists');
        assert.equal((await client.ask('joinRoom', roomId)).code, 'room_not_found');
      } else {
        assert.equal(created.success, true);
        await client.must('deleteRoom', roomId);
      }
    }
  }
});

scenario('not_creator', covers(refused('not_creator', 'deleteRoom', 'updateRoom', 'setRole')), async () => {
  const { anna, ben, roomId } = await room();
  const mod = await connect('mod');
  await mod.must('joinRoom', roomId);
  await anna.must('setRole', { roomId, userId: 'mod', role: 'moderator' });
  const outside = await connect('cleo');
  const said = {
    deleteRoom: 'Only the creator can delete this room',
    updateRoom: 'Only the creator can change this room',
    setRole: 'Only the creator can change this room',
  };
  for (const [command, message] of Object.entries(said)) {
    for (const client of [ben, mod, outside]) {
      await assertRefused(client, 'not_creator', message, command, sample(command, { roomId, userId: 'ben' }));
    }
  }
  await mark(roomId, anna, ben);
  assert.deepEqual([ben.all('roomChanged'), ben.all('roomDeleted')], [[], []]);

  // Nobody is the creator of a room that nobody has created.
  await ben.must('joinRoom', 'implicit');
  for (const command of ['deleteRoom', 'updateRoom']) {
    await assertRefused(ben, 'not_creator', said[command], command, sample(command, { roomId: 'implicit' }));
  }
});
