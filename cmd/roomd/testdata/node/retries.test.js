// The stock client's own retries: a message whose acknowledgement is lost with the server is sent again, and is there
// once.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { CuttingProxy } from './cuts-proxy.js';
import { connect, restart, scenario, within } from './client.js';

// No upgrades: a stock client whose probe is cut off at the wrong moment stays on a paused transport until its ping timeout.
const WEBSOCKET = { transports: ['websocket'], reconnectionDelay: 20, reconnectionDelayMax: 100 }; // ms
const RETRIES = { ...WEBSOCKET, retries: 100, ackTimeout: 1000 }; // ms

// emit gives the answer to a command that the client itself repeats until it has one.
const emit = ({ socket }, event, arg) => within(event, new Promise((resolve, reject) => {
  socket.emit(event, arg, (error, reply) => (error ? reject(error) : resolve(reply)));
}));

// send has a message acknowledged, whatever becomes of the connection. The client repeats what it has waiting before
// anybody can join again on a new connection; that is then to be done, and the message given anew, by the same clientId.
async function send(client, message) {
  for (;;) {
    const reply = await emit(client, 'sendMessage', message);
    if (reply.success) return reply;
    assert.match(reply.code, /^(not_in_room|unavailable)$/);
    await emit(client, 'joinRoom', message.roomId);
  }
}

const historyOf = async (client, roomId) => {
  const all = [];
  for (let after = 0; ;) {
    const { messages, hasMore } = await client.must('getHistory', { roomId, after });
    all.push(...messages);
    if (!hasMore) return all;
    after = messages.at(-1).seq;
  }
};

for (const [name, lose] of Object.entries({
  'the connection': () => {},
  'the server, in order': () => restart('SIGTERM'),
  'the server, without a word': () => restart('SIGKILL'),
})) {
  scenario(`${name} is lost between commit and acknowledgement`, async () => {
    const proxy = await CuttingProxy.open();
    try {
      const ben = await connect('ben', WEBSOCKET);
      const { roomId } = await ben.must('createRoom', { persistent: true });
      const anna = await connect('anna', { ...RETRIES, url: proxy.url });
      await emit(anna, 'joinRoom', roomId);
      const first = await send(anna, { roomId, text: 'one', clientId: '1' });
      proxy.deafen(); // nothing comes back from now on
      const sent = send(anna, { roomId, text: 'two', clientId: '2' });
      const told = await ben.next('newMessage', ({ text }) => text === 'two'); // so it is committed
      await lose();
      proxy.cutAll();
      const reply = await sent;
      assert.deepEqual([reply.messageId, reply.seq], [told.id, told.seq]);
      assert.deepEqual(await send(anna, { roomId, text: 'one', clientId: '1' }), first);
      const seen = await historyOf(await connect('ben'), roomId);
      assert.deepEqual(seen.map(({ seq, text }) => `${seq} ${text}`), ['1 one', '2 two']);
    } finally {
      proxy.close();
    }
  });
}

scenario('messages of a client that repeats are there once and in order, however often the server is killed', async () => {
  const anna = await connect('anna', RETRIES);
  const { roomId } = await emit(anna, 'createRoom', { persistent: true });
  const replies = [];
  let kills = 0;
  const killing = async () => {
    while (kills < 6) {
      await pause(40 + 60 * kills); // ms
      await restart('SIGKILL');
      kills++;
    }
  };
  const sending = async () => {
    for (let i = 0; kills < 6 || i < 200; i++) {
      replies.push(await send(anna, { roomId, text: String(i), clientId: `c${i}` }));
    }
  };
  await Promise.all([killing(), sending()]);
  const seen = await historyOf(await connect('anna'), roomId);
  assert.deepEqual(seen.map(({ text }) => text), replies.map((_, i) => String(i)));
  assert.deepEqual(seen.map(({ id, seq }) => [id, seq]), replies.map(({ messageId, seq }) => [messageId, seq]));
});
