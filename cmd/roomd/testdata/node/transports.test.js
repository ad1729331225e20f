// The stock client on each transport, and while it changes from one to the other.

import assert from 'node:assert/strict';
import { connect, scenario, within } from './client.js';
import { slowUpgrades } from './proxy.js';

const ROOM = 'transports';

for (const transport of ['polling', 'websocket']) {
  scenario(`${transport} only`, async () => {
    const options = { transports: [transport] };
    const anna = await connect('anna', options);
    const ben = await connect('ben', options);
    await anna.must('joinRoom', ROOM);
    await ben.must('joinRoom', ROOM);
    for (let i = 1; i <= 50; i++) anna.tell('sendMessage', { roomId: ROOM, text: `${i}` });
    for (const client of [anna, ben]) {
      const texts = (await client.count('newMessage', 50)).map(({ text }) => text);
      assert.deepEqual(texts, numbers(50));
      assert.equal(client.socket.io.engine.transport.name, transport);
    }
  });

  scenario(`${transport}: a long message, both ways`, async () => {
    const anna = await connect('anna', { transports: [transport] });
    await anna.must('joinRoom', ROOM);
    const data = '€'.repeat(250_000); // 750,000 of 1,000,000 bytes
    anna.tell('emitToRoom', { roomId: ROOM, event: 'long', data, includeSelf: true });
    assert.equal(await anna.next('long'), data);
  });

  // The server was started with a ping interval far below the default one.
  scenario(`${transport}: heartbeats keep a quiet client`, async () => {
    const anna = await connect('anna', { transports: [transport] });
    const { engine } = anna.socket.io;
    let pings = 0;
    await within('pings', new Promise((resolve) => {
      engine.on('ping', () => ++pings === 5 && resolve());
    }));
    await anna.must('joinRoom', ROOM);
  });
}

// The network between is slow in a different way each time, so that the change falls into different
// moments of the conversation.
for (const delay of [0, 1, 5, 20, 60]) {
  scenario(`upgrade while talking, ${delay} ms of network`, async () => {
    const proxy = await slowUpgrades(delay);
    try {
      await upgradeWhileTalking(proxy);
    } finally {
      proxy.close();
    }
  });
}

async function upgradeWhileTalking(proxy) {
  const ben = await connect('ben', { transports: ['websocket'] });
  await ben.must('joinRoom', ROOM);
  const anna = await connect('anna', { url: proxy.url });
  const heardBy = countTransports(anna.socket.io.engine);
  const upgraded = new Promise((resolve) => anna.socket.io.engine.once('upgrade', resolve));
  await anna.must('joinRoom', ROOM);

  let upgrading = true;
  const over = within('upgrade', upgraded).finally(() => { upgrading = false; });
  const talks = [anna, ben].map((client) => talk(client, () => upgrading));
  proxy.letThrough();
  const sent = await Promise.all([...talks, over]);
  const total = sent[0] + sent[1];

  for (const client of [anna, ben]) {
    const messages = await client.count('newMessage', total);
    assert.deepEqual(messages.map(({ seq }) => seq), messages.map((_, i) => messages[0].seq + i));
    for (const [i, userId] of ['anna', 'ben'].entries()) {
      const texts = messages.filter((m) => m.userId === userId).map(({ text }) => text);
      assert.deepEqual(texts, numbers(sent[i]));
    }
  }
  assert.ok(heardBy.polling > 0 && heardBy.websocket > 0, `came by ${JSON.stringify(heardBy)}`);
}

// talk says numbers, a few at a time, as long as it goes on and 100 more; it gives the last.
async function talk(client, goesOn) {
  let said = 0;
  const say = () => client.must('sendMessage', { roomId: ROOM, text: `${++said}` });
  while (goesOn()) await Promise.all([say(), say(), say()]);
  await Promise.all(Array.from({ length: 100 }, say));
  return said;
}

function countTransports(engine) {
  const count = { polling: 0, websocket: 0 };
  engine.on('packet', ({ type }) => { if (type === 'message') count[engine.transport.name]++; });
  return count;
}

const numbers = (last) => Array.from({ length: last }, (_, i) => `${i + 1}`);
