import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { FakeSocket } from './fake_socket.mjs';
import { Client } from './client.js';

let told; // what the client told, as [event, ...arguments]

// start makes a client that has opened its WebSocket, and notes what it tells.
function start(options) {
  const client = new Client(location.origin, options);
  told = [];
  for (const event of ['connect', 'disconnect', 'connect_error', 'retry', 'news']) {
    client.on(event, (...args) => told.push([event, ...args]));
  }
  client.connect();
  return client;
}

function connected(options) {
  const client = start(options);
  FakeSocket.last.open();
  FakeSocket.last.take();
  told = [];
  return client;
}

const names = () => told.map(([event]) => event);

beforeEach(() => {
  FakeSocket.made = [];
  mock.timers.enable({ apis: ['setTimeout'] });
});
afterEach(() => mock.timers.reset());

test('connects with its credentials', () => {
  const client = start({ auth: { userId: 'u1' } });
  const socket = FakeSocket.last;
  assert.equal(socket.url, 'ws://test.example:3000/socket.io/?EIO=4&transport=websocket');
  socket.say('0{"sid":"secret","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
  assert.deepEqual(socket.take(), ['40{"userId":"u1"}']);
  assert.equal(client.connected, false);
  socket.say('40{"sid":"public"}');
  assert.deepEqual([client.connected, client.id], [true, 'public']);
  assert.deepEqual(told, [['connect']]);
});

test('speaks in the namespace it was given', async () => {
  const client = start({ namespace: '/admin', auth: { token: 't' } });
  const socket = FakeSocket.last;
  socket.say('0{"sid":"secret","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
  assert.deepEqual(socket.take(), ['40/admin,{"token":"t"}']);
  socket.say('40{"sid":"of another"}', '42["news","of another"]');
  assert.equal(client.connected, false);
  socket.say('40/admin,{"sid":"public"}', '42/admin,["news",1]');
  assert.deepEqual(told, [['connect'], ['news', 1]]);
  client.emit('hello', 2);
  const answer = client.emitWithAck('ask', 3);
  assert.deepEqual(socket.take(), ['42/admin,["hello",2]', '42/admin,0["ask",3]']);
  socket.say('43/admin,0["answer"]');
  assert.equal(await answer, 'answer');
  client.disconnect();
  assert.deepEqual(socket.take(), ['41/admin,']);
});

test('uses wss beside https, and asks a function for credentials at each attempt', () => {
  let count = 0;
  const client = new Client('https://test.example', { auth: () => ({ count: ++count }) });
  for (const expected of ['40{"count":1}', '40{"count":2}']) {
    client.connect();
    FakeSocket.last.open();
    assert.match(FakeSocket.last.url, /^wss:/);
    assert.deepEqual(FakeSocket.last.take(), [expected]);
    FakeSocket.last.drop();
  }
});

test('emits and hears events', () => {
  const client = connected();
  assert.equal(client.emit('go', 1, { a: '“ü”' }), true);
  assert.deepEqual(FakeSocket.last.take(), ['42["go",1,{"a":"“ü”"}]']);
  FakeSocket.last.say('42["news",1,{"b":[2]}]', '42["unheard"]', '42[]', '42/other,["news"]');
  assert.deepEqual(told, [['news', 1, { b: [2] }]]);
});

test('answers an event that wants an answer', () => {
  const client = connected();
  client.on('question', (text, reply) => reply(`${text}!`, 2));
  FakeSocket.last.say('4217["question","well"]');
  assert.deepEqual(FakeSocket.last.take(), ['4317["well!",2]']);
});

test('gives the answer to each command by its id', async () => {
  const client = connected();
  const [first, second] = [client.emitWithAck('a'), client.emitWithAck('b', 'x')];
  assert.deepEqual(FakeSocket.last.take(), ['420["a"]', '421["b","x"]']);
  FakeSocket.last.say('431["second"]', '430["first"]', '430["again"]', '4399["never asked"]');
  assert.deepEqual(await Promise.all([first, second]), ['first', 'second']);
});

test('rejects a command that is not answered', async () => {
  const client = connected({ ackTimeout: 1000 });
  const [late, lost] = [client.emitWithAck('a'), () => client.emitWithAck('b')];
  mock.timers.tick(1000);
  await assert.rejects(late, { code: 'timeout' });
  FakeSocket.last.say('430["too late"]');
  const pending = lost();
  FakeSocket.last.drop();
  await assert.rejects(pending, { code: 'disconnected' });
  await assert.rejects(client.emitWithAck('c'), { code: 'disconnected' });
  assert.equal(client.emit('d'), false);
});

test('bounds the answers it waits for', async () => {
  const client = connected();
  const pending = Array.from({ length: 256 }, () => client.emitWithAck('a'));
  await assert.rejects(client.emitWithAck('a'), { code: 'too_many' });
  const failures = Promise.allSettled(pending);
  client.disconnect();
  assert.ok((await failures).every(({ reason }) => reason.code === 'disconnected'));
});

test('answers pings, and ends a connection on which they stay away', () => {
  const client = connected();
  const socket = FakeSocket.last;
  mock.timers.tick(44_999);
  socket.say('2');
  assert.deepEqual(socket.take(), ['3']);
  mock.timers.tick(44_999);
  assert.equal(client.connected, true);
  mock.timers.tick(1);
  assert.deepEqual(told[0], ['disconnect', 'ping timeout']);
  assert.equal(socket.readyState, 3);
});

test('gives up an attempt that gets no CONNECT', () => {
  start({ connectTimeout: 5000 });
  mock.timers.tick(5000);
  assert.deepEqual(names(), ['connect_error', 'retry']);
  assert.equal(told[0][1].message, 'connect timeout');
});

test('comes back, later and later, at once after a success', () => {
  mock.method(Math, 'random', () => 1);
  start({ reconnectDelayMin: 100, reconnectDelayMax: 1000 });
  for (const delay of [100, 200, 400, 800, 1000, 1000]) {
    told = [];
    FakeSocket.last.drop();
    assert.deepEqual(told.at(-1), ['retry', delay]);
    const attempts = FakeSocket.made.length;
    mock.timers.tick(delay - 1);
    assert.equal(FakeSocket.made.length, attempts);
    mock.timers.tick(1);
    assert.equal(FakeSocket.made.length, attempts + 1);
  }
  FakeSocket.last.open();
  FakeSocket.last.drop();
  assert.deepEqual(told.slice(-2), [['disconnect', 'transport close'], ['retry', 100]]);
  mock.restoreAll();
});

test('spreads its attempts between half the delay and the whole of it', () => {
  for (const [random, delay] of [[0, 50], [0.5, 75], [1, 100]]) {
    mock.method(Math, 'random', () => random);
    start({ reconnectDelayMin: 100 });
    FakeSocket.last.drop();
    assert.deepEqual(told.at(-1), ['retry', delay]);
    mock.restoreAll();
  }
});

test('connect() makes an attempt that is due later now, and only one', () => {
  const client = connected();
  FakeSocket.last.drop();
  client.connect();
  client.connect();
  mock.timers.tick(15_000);
  assert.equal(FakeSocket.made.length, 2);
});

test('connect() on hearing of a loss leaves no other attempt due', () => {
  const client = connected();
  client.on('disconnect', () => client.connect());
  FakeSocket.last.drop();
  mock.timers.tick(15_000);
  assert.equal(FakeSocket.made.length, 2);
  assert.deepEqual(names(), ['disconnect']);
});

test('makes no further attempt when it is refused', () => {
  const client = start();
  FakeSocket.last.say('0{"pingInterval":1,"pingTimeout":1}');
  FakeSocket.last.say('44{"message":"Invalid token","data":{"code":"invalid_token"}}');
  assert.deepEqual(names(), ['connect_error']);
  const [[, error]] = told;
  assert.deepEqual([error.message, error.refused, error.data.code], ['Invalid token', true, 'invalid_token']);
  mock.timers.tick(60_000);
  assert.equal(FakeSocket.made.length, 1);
  client.connect();
  assert.equal(FakeSocket.made.length, 2);
});

test('makes no further attempt when the server or we disconnect', () => {
  connected();
  FakeSocket.last.say('41');
  assert.deepEqual(told, [['disconnect', 'io server disconnect']]);
  const client = connected();
  const socket = FakeSocket.last;
  client.disconnect();
  assert.deepEqual(socket.take(), ['41']);
  assert.deepEqual(told, [['disconnect', 'io client disconnect']]);
  mock.timers.tick(60_000);
  assert.equal(FakeSocket.made.length, 2);
});

test('puts binary events together', () => {
  connected();
  const [one, two] = [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer];
  FakeSocket.last.say(
    '452-["news",{"deep":[{"_placeholder":true,"num":1}]},{"_placeholder":true,"num":0}]',
    one, '2', two, '42["news","after"]',
  );
  assert.deepEqual(told, [['news', { deep: [two] }, one], ['news', 'after']]);
  assert.deepEqual(FakeSocket.last.take(), ['3']);
});

test('ends the connection on what is no packet, and comes back', () => {
  const bytes = new ArrayBuffer(1);
  const cases = {
    'no type': ['4'], 'unknown type': ['49'], 'broken JSON': ['42["a"'], 'an object': ['42{}'],
    'an ack of nothing': ['430'], 'broken handshake': ['0{'], 'bytes out of the blue': [bytes],
    'text within a binary packet': ['451-["a",{"_placeholder":true,"num":0}]', '42["b"]'],
    'too many attachments': ['4511-["a"]'],
  };
  for (const [name, frames] of Object.entries(cases)) {
    connected();
    FakeSocket.last.say(...frames);
    assert.deepEqual(names(), ['disconnect', 'retry'], name);
    assert.equal(told[0][1], 'parse error', name);
  }
});

test('takes no notice of noops, and of its own events from the server', () => {
  connected();
  FakeSocket.last.say('6', '42["connect"]', '42["disconnect","forged"]', '42["connect_error"]', '42["retry"]');
  assert.deepEqual(told, []);
});
