// What outlives the server, however it ends; and that clients come back by themselves.

import assert from 'node:assert/strict';
import { connect, nameOf, restart, scenario, within } from './client.js';
import { covers } from './rows.js';

// No upgrades: a stock client whose probe is cut off at the wrong moment stays on a paused transport until its ping timeout.
const QUICK = { transports: ['websocket'], reconnectionDelay: 50, reconnectionDelayMax: 100 };

// upgraded gives a client that has begun with polling, and doesn't any more.
async function upgraded(userId, options) {
  const client = await connect(userId, options);
  const { engine } = client.socket.io;
  if (engine.transport.name === 'polling') await within('upgrade', new Promise((resolve) => engine.once('upgrade', resolve)));
  return client;
}

// back waits until a client that was connected before is connected again.
const back = (client) => within('coming back', new Promise((resolve) => client.socket.once('connect', resolve)));

// over restarts the server under these clients, and gives the reasons that they were told.
async function over(signal, ...clients) {
  const lost = clients.map((client) => client.lost());
  const returned = clients.map(back);
  await restart(signal);
  await Promise.all(returned);
  return Promise.all(lost);
}

for (const signal of ['SIGTERM', 'SIGKILL']) {
  scenario(`${signal}: clients come back by themselves`, async () => {
    const clients = [
      await connect('anna', { ...QUICK, transports: ['polling'] }),
      await connect('ben', QUICK),
      await upgraded('cleo', { ...QUICK, transports: ['polling', 'websocket'] }),
    ];
    const before = clients.map(({ socket }) => socket.id);
    for (const reason of await over(signal, ...clients)) assert.match(reason, /^transport (close|error)$/);
    for (const [i, { socket }] of clients.entries()) { // after an orderly end as the sessions that they were
      assert.deepEqual([socket.recovered, socket.id === before[i]], Array(2).fill(signal === 'SIGTERM'));
    }
  });

  scenario(`${signal}: a persistent room is as it was`, async () => {
    const roomId = `kept ${signal}`;
    const [anna, ben, cleo] = [await connect('anna', QUICK), await connect('ben', QUICK), await connect('cleo', QUICK)];
    const settings = {
      roomId, name: 'Kept <&> ☕', description: 'All of it', isPrivate: true, password: 'secret', maxUsers: 9,
    };
    await anna.must('createRoom', { ...settings, persistent: true });
    for (const client of [ben, cleo]) await client.must('joinRoom', { roomId, password: 'secret' });
    await ben.must('leaveRoom', roomId); // a member no more
    const attachments = [{ b: 1, a: '<☕>' }];
    for (let i = 1; i <= 60; i++) {
      await (i % 2 ? anna : cleo).must('sendMessage', { roomId, text: `<${i}>`, attachments, clientId: `c ${i}` });
    }
    const before = await cleo.must('joinRoom', { roomId, since: { epoch: '', seq: 0 } });
    const sent = await anna.count('newMessage', 60);
    await over(signal, anna, ben, cleo);

    const since = { epoch: before.epoch, seq: 10 };
    const { room, messages, epoch, seq, gap } = await cleo.must('joinRoom', { roomId, since });
    assert.deepEqual([epoch, seq, gap], [before.epoch, 60, false]);
    assert.deepEqual(messages, sent.slice(10));
    assert.deepEqual(messages[0].attachments, attachments);
    assert.deepEqual({ ...room, userCount: 0, users: [] }, { ...before.room, userCount: 0, users: [] });
    const here = signal === 'SIGTERM' ? ['anna', 'cleo'] : ['cleo']; // anna has kept her seat
    assert.deepEqual([room.memberCount, room.userCount, room.users], [2, here.length, here]);

    assert.equal((await ben.ask('joinRoom', roomId)).code, 'room_private');
    await ben.must('joinRoom', { roomId, password: 'secret' });
    await anna.must('joinRoom', roomId);
    assert.equal((await anna.ask('createRoom', { roomId })).code, 'room_exists');
    const again = await cleo.must('sendMessage', { roomId, text: 'again', clientId: 'c 60' });
    assert.deepEqual([again.messageId, again.seq], [sent[59].id, 60], 'the repeat of an old message');
    assert.equal((await cleo.must('sendMessage', { roomId, text: 'new' })).seq, 61);
    assert.equal((await anna.next('newMessage', ({ text }) => text === 'new')).sender.username, nameOf('cleo'));
  });

  scenario(`${signal}: the directory has the public persistent rooms`, async () => {
    const anna = await connect('anna', QUICK);
    const { roomId } = await anna.must('createRoom', { name: `Listed ${signal}`, persistent: true });
    const { roomId: hidden } = await anna.must('createRoom', { persistent: true, isPrivate: true });
    const { roomId: fleeting } = await anna.must('createRoom', { name: 'Fleeting' });
    await over(signal, anna);
    const list = (await connect('ben')).next('roomsList');
    const ids = (await list).map(({ id }) => id);
    assert.ok(ids.includes(roomId) && !ids.includes(hidden) && !ids.includes(fleeting));
    assert.equal((await anna.ask('sendMessage', { roomId: fleeting, text: 'x' })).code, 'room_not_found');
  });

  scenario(`${signal}: a deleted room stays deleted`, async () => {
    const anna = await connect('anna', QUICK);
    const { roomId } = await anna.must('createRoom', { persistent: true, autoDelete: true });
    await anna.must('leaveRoom', roomId);
    await over(signal, anna);
    assert.equal((await anna.ask('joinRoom', roomId)).code, 'room_not_found');
    assert.equal((await anna.ask('createRoom', { roomId })).code, 'room_exists');
  });

  scenario(`${signal}: invitations, read marks, contacts and moderation are as they were`, covers(
    'fine:invitations and read marks survive a restart',
  ), async () => {
    const id = (name) => `${name} ${signal}`; // whose accounts are kept
    const [anna, ben] = [await connect(id('anna'), QUICK), await connect(id('ben'), QUICK)];
    const { roomId } = await anna.must('createRoom', { persistent: true, name: 'Kept' });
    await ben.must('joinRoom', roomId);
    for (let i = 1; i <= 9; i++) await anna.must('sendMessage', { roomId, text: `${i}` });
    const { messageId } = await anna.must('sendMessage', { roomId, text: 'ten' });
    await anna.must('editMessage', { roomId, messageId, text: 'TEN' });
    await ben.must('markRead', { roomId, seq: 4 });
    for (const name of ['cleo', 'ben']) await anna.must('inviteToRoom', { roomId, userId: id(name) });
    await anna.must('banUser', { roomId, userId: id('dora'), reason: 'Spam' });
    await anna.must('setRole', { roomId, userId: id('ben'), role: 'moderator' });
    await anna.must('muteUser', { roomId, userId: id('cleo'), durationMs: 1e7 });
    await ben.must('addContact', id('anna'));
    await anna.must('blockUser', id('mal'));
    const { roomId: direct } = await anna.must('openDirect', id('ben'));
    const { roomId: fleeting } = await anna.must('createRoom');
    await anna.must('inviteToRoom', { roomId: fleeting, userId: id('cleo') });
    const before = await anna.must('getModeration', roomId);
    await over(signal, anna, ben);

    const again = await connect(id('ben'));
    const listed = (await again.next('roomsList')).find((room) => room.id === roomId);
    assert.equal(listed.unreadCount, 6);
    assert.equal((await ben.next('contactOnline', () => true)).userId, id('anna'));
    const cleo = await connect(id('cleo'));
    assert.deepEqual((await cleo.next('roomInvitation')).roomId, roomId);
    assert.deepEqual((await ben.must('listInvitations')).invitations.map((i) => i.roomId), [direct]);
    while ((await cleo.must('listInvitations')).invitations.length > 1); // that of the fleeting room ends
    await cleo.must('joinRoom', roomId);
    assert.equal((await cleo.ask('sendMessage', { roomId, text: 'x' })).code, 'muted');
    assert.equal((await (await connect(id('dora'))).ask('joinRoom', roomId)).code, 'banned');
    assert.deepEqual(await ben.must('getModeration', roomId), before);
    const { messages } = await ben.must('getHistory', { roomId, limit: 1 });
    assert.deepEqual([messages[0].id, messages[0].text], [messageId, 'TEN']);
    assert.equal((await ben.must('openDirect', id('anna'))).roomId, direct);
    const mal = await connect(id('mal'));
    const { roomId: trap } = await mal.must('createRoom');
    await mal.must('inviteToRoom', { roomId: trap, userId: id('anna') });
    assert.deepEqual((await anna.must('listInvitations')).invitations, []);
  });

  scenario(`${signal} while people talk: what was acknowledged is there`, async () => {
    const people = await Promise.all(['anna', 'ben', 'cleo'].map((userId) => connect(userId, QUICK)));
    const { roomId } = await people[0].must('createRoom', { persistent: true });
    for (const client of people) await client.must('joinRoom', roomId);
    const acknowledged = [];
    let enough;
    const ten = new Promise((resolve) => { enough = resolve; });
    let talk = true;
    const talked = people.map(async (client) => {
      for (let i = 0; talk && i < 90; i++) { // fewer than history keeps
        const asked = client.socket.timeout(20_000).emitWithAck('sendMessage', { roomId, text: `${i}` });
        const reply = await asked.catch(() => ({}));
        if (reply.success && acknowledged.push(reply) === 10) enough();
      }
    });
    await within('ten acknowledgements', ten);
    await over(signal, ...people);
    talk = false;
    await Promise.all(talked);

    const { epoch } = await people[0].must('joinRoom', roomId);
    const { messages } = await people[1].must('joinRoom', { roomId, since: { epoch, seq: 0 } });
    assert.deepEqual(messages.map(({ seq }) => seq), messages.map((_, i) => i + 1));
    const bySeq = new Map(messages.map(({ seq, id }) => [seq, id]));
    assert.ok(acknowledged.length >= 10);
    for (const { seq, messageId } of acknowledged) assert.equal(bySeq.get(seq), messageId, `message ${seq}`);
    for (const { seq, id } of people[2].all('newMessage')) assert.equal(bySeq.get(seq), id, `${seq} was seen`);
  });
}

// pages gives a room's whole history.
async function pages(client, roomId) {
  const all = [];
  for (let more = true; more;) {
    const { messages, hasMore } = await client.must('getHistory', { roomId, after: all.at(-1)?.seq ?? 0, limit: 100 });
    all.push(...messages);
    more = hasMore;
  }
  return all;
}

// A relaxed room acknowledges what is numbered, and has it on disk within 100 ms; two seconds are for slow machines.
scenario('SIGKILL: a relaxed room lacks only what it said last', async () => {
  const anna = await connect('anna', QUICK);
  const roomId = 'relaxed';
  await anna.must('createRoom', { roomId, persistent: true, durability: 'relaxed' });
  let number = 0;
  for (let round = 0; round < 3; round++) {
    const first = number + 1;
    const acknowledged = new Map(); // text → {seq, at}
    const timer = setInterval(() => {
      const text = String(++number);
      anna.socket.emit('sendMessage', { roomId, text }, ({ seq }) => acknowledged.set(text, { seq, at: Date.now() }));
    }, 2);
    await new Promise((resolve) => setTimeout(resolve, 3000 + 500 * Math.random()));
    clearInterval(timer); // what is emitted while there is no connection would come behind it
    const killed = Date.now();
    await over('SIGKILL', anna);

    await anna.must('joinRoom', roomId);
    const history = (await pages(anna, roomId)).filter(({ text }) => Number(text) >= first);
    assert.deepEqual(history.map(({ text }) => Number(text)), history.map((_, i) => first + i), 'nothing is missing between');
    for (const { text, seq } of history) assert.equal(acknowledged.get(text)?.seq ?? seq, seq, `${text} was renumbered`);
    const kept = new Set(history.map(({ text }) => text));
    const old = [...acknowledged].filter(([, { at }]) => at < killed - 2000);
    assert.ok(old.length > 10, `only ${old.length} were acknowledged in time`);
    for (const [text] of old) assert.ok(kept.has(text), `${text} was acknowledged two seconds before the end`);
  }
});
