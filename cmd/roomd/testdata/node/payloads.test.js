// What is relayed arrives as it was sent: JSON as the text that it was, binary data byte for byte.

import assert from 'node:assert/strict';
import { assertTime, connect, scenario, userOf, within } from './client.js';

const ROOM = 'payloads';

async function pair(...transports) {
  const [anna, ben] = [await connect('anna'), await connect('ben', { transports })];
  await anna.must('joinRoom', ROOM);
  await ben.must('joinRoom', ROOM);
  return [anna, ben];
}

// text gives the next Socket.IO packet that begins so, as it is on the wire.
function text(client, beginning) {
  const { engine } = client.socket.io;
  return within(beginning, new Promise((resolve) => {
    engine.on('packet', ({ type, data }) => {
      if (type === 'message' && String(data).startsWith(beginning)) resolve(data);
    });
  }));
}

const jsonTexts = {
  'order of keys': '{"b":1,"a":2,"10":3,"9":4}',
  'big numbers': '[9007199254740993,1e400,-0,0.10,1E+2,123456789012345678901234567890]',
  'markup': '"<script>&amp;\u2028\u2029</script>"',
  'escapes': '"\\u003c\\/\\u0041\\ud83d\\ude00\\ud83d \\"\\\\"',
  'a key twice': '{"a":1,"a":2}',
  'nothing but text': '"☕ é \u0000"'.replace('\u0000', '\\u0000'),
};

for (const transport of ['polling', 'websocket']) {
  for (const [what, json] of Object.entries(jsonTexts)) {
    scenario(`JSON untouched: ${what}, ${transport}`, async () => {
      const [anna, ben] = await pair(transport);
      const own = text(ben, '2["own",');
      const update = text(ben, '2["gameUpdate",');
      const message = text(ben, '2["newMessage",');
      const { engine } = anna.socket.io;
      engine.send(`2["emitToRoom",{"roomId":"${ROOM}","data":${json},"event":"own"}]`);
      engine.send(`2["gameAction",{"action":${json},"roomId":"${ROOM}"}]`);
      engine.send(`2["sendMessage",{"roomId":"${ROOM}","text":"x","attachments":[{"x":${json}}]}]`);
      assert.ok((await own).startsWith(`2["own",${json},{"roomId":`), await own);
      assert.ok((await update).includes(`"action":${json},`), await update);
      assert.ok((await message).includes(`"attachments":[{"x":${json}}]`), await message);
    });
  }
}

scenario('white space in JSON', async () => {
  const [anna, ben] = await pair('websocket');
  const own = text(ben, '2["own",');
  const json = '{ "a" :\t[ 1 , 2 ] }';
  anna.socket.io.engine.send(`2["emitToRoom",{"roomId":"${ROOM}","event":"own","data":${json}}]`);
  assert.ok((await own).startsWith(`2["own",${json},{"roomId":`), await own);
});

const bytes = (...values) => Buffer.from(values);
const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const large = Buffer.alloc(400_000, 7);

const binaries = {
  'one buffer': every,
  'an empty buffer': bytes(),
  'several, nested': { a: bytes(1), list: [bytes(2, 2), { deep: bytes(3, 3, 3) }, 'text', null], z: 1.5 },
  'ten': Array.from({ length: 10 }, (_, i) => bytes(i)),
  'a large one': { file: large, name: 'large <&>' },
};

for (const transport of ['polling', 'websocket']) {
  for (const [what, data] of Object.entries(binaries)) {
    scenario(`binary: ${what}, ${transport}`, async () => {
      const [anna, ben] = await pair(transport);
      for (const [from, to] of [[anna, ben], [ben, anna]]) {
        await from.must('emitToRoom', { roomId: ROOM, event: 'own', data });
        const [got, { roomId, sender, at }] = await to.nextArgs('own');
        assert.deepEqual(got, data);
        assert.equal(roomId, ROOM);
        assert.match(sender.id, /^(anna|ben)$/);
        assertTime(at);
        await from.must('gameAction', { roomId: ROOM, action: { data } });
        for (const client of [from, to]) assert.deepEqual((await client.next('gameUpdate')).action, { data });
      }
    });
  }
}

scenario('binary among text keeps its place', async () => {
  const [anna, ben] = await pair('polling', 'websocket');
  for (let i = 0; i < 100; i++) {
    const data = i % 3 === 0 ? { i, buffers: [bytes(i), bytes(i, i)] } : { i };
    anna.tell('emitToRoom', { roomId: ROOM, event: 'own', data, includeSelf: true });
    ben.tell('emitToRoom', { roomId: ROOM, event: 'other', data: bytes(i), includeSelf: true });
  }
  for (const client of [anna, ben]) {
    const own = await client.count('own', 100);
    assert.deepEqual(own.map(({ i }) => i), Array.from({ length: 100 }, (_, i) => i));
    assert.deepEqual(own[99], { i: 99, buffers: [bytes(99), bytes(99, 99)] });
    assert.deepEqual(await client.count('other', 100), Array.from({ length: 100 }, (_, i) => bytes(i)));
  }
});

scenario('what looks like a placeholder is only text', async () => {
  const [anna, ben] = await pair('websocket');
  const data = { _placeholder: true, num: 0 };
  await anna.must('emitToRoom', { roomId: ROOM, event: 'own', data });
  const [got, { sender }] = await ben.nextArgs('own');
  assert.deepEqual(got, data);
  assert.deepEqual(sender, userOf('anna'));
});
