// What no decent client would send: the offender gets the protocol's answer or is closed with a
// reason, and others notice nothing.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { connect, mark, scenario } from './client.js';
import { frame, opcode, openPolling, request, text, WebSocketWire, Wire } from './raw.js';

// beside runs something beside two well-behaved clients, who talk before and after, and notice nothing. Their room is
// their own: the server may still be about to take those of the last scenario out of theirs.
let rooms = 0;
function beside(name, run) {
  scenario(name, async () => {
    const roomId = `badinput-${++rooms}`;
    const anna = await connect('anna', { transports: ['websocket'] });
    const ben = await connect('ben', { transports: ['polling'] });
    for (const client of [anna, ben]) await client.must('joinRoom', roomId);
    await anna.must('sendMessage', { roomId, text: 'before' });
    await run();
    await anna.must('sendMessage', { roomId, text: 'after' });
    await mark(roomId, ben, anna);
    for (const client of [anna, ben]) {
      const came = client.seen.map(({ event, args }) => (event === 'newMessage' ? args[0].text : event));
      const expected = ['roomsList', ...(client === anna ? ['userJoined'] : []), 'before', 'after', 'mark'];
      assert.deepEqual(came, expected);
      assert.equal(client.socket.connected, true);
    }
  });
}

const refused = (code, message) => ({ status: 400, body: JSON.stringify({ code, message }) });

beside('handshakes that are none', async () => {
  for (const [method, query, answer] of [
    ['GET', 'EIO=3&transport=polling', refused(5, 'Unsupported protocol version')],
    ['GET', 'transport=polling', refused(5, 'Unsupported protocol version')],
    ['GET', 'EIO=4&transport=telepathy', refused(0, 'Transport unknown')],
    ['GET', 'EIO=4', refused(0, 'Transport unknown')],
    ['POST', 'EIO=4&transport=polling', refused(2, 'Bad handshake method')],
    ['GET', 'EIO=4&transport=websocket', refused(3, 'Bad request')],
    ['GET', 'EIO=4&transport=polling&sid=unknown', refused(1, 'Session ID unknown')],
    ['POST', 'EIO=4&transport=polling&sid=unknown', refused(1, 'Session ID unknown')],
    ['GET', `EIO=4&transport=websocket&sid=${await openPolling()}`, refused(3, 'Bad request')],
  ]) {
    assert.deepEqual(await request(method, query), answer, `${method} ${query}`);
  }
});

beside('WebSocket handshakes that are none', async () => {
  const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
  for (const lines of [
    ['Upgrade: websocket'],
    ['Upgrade: websocket', 'Sec-WebSocket-Version: 12', key],
    ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: short'],
    ['Upgrade: h2c', 'Sec-WebSocket-Version: 13', key],
  ]) {
    const head = ['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', 'Host: x', 'Connection: Upgrade', ...lines, '', '']
      .join('\r\n');
    const wire = new Wire().write(head);
    const status = await wire.head();
    assert.ok(status >= 400 && status < 500, `${status} for ${head}`);
    wire.cut();
  }
});

beside('garbage instead of HTTP', async () => {
  for (const garbage of [
    randomBytes(100), randomBytes(100_000), '\x00'.repeat(1000), 'HELO mail\r\n\r\n', '\x16\x03\x01\x02\x00\x01',
  ]) {
    const wire = new Wire().write(garbage).write('\r\n\r\n');
    await wire.ended();
  }
});

beside('a head without end', async () => {
  const wire = new Wire().write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}`);
  assert.equal(await wire.head(), 431);
  await wire.ended();
});

// Each closes the WebSocket of a client that is connected, with a reason.
const closing = {
  'unmasked': ['1002 parse error', frame(opcode.text, '42["x"]', { masked: false })],
  'reserved bits': ['1002 parse error', frame(opcode.text, '42["x"]', { rsv: 4 })],
  'reserved opcode': ['1002 parse error', frame(3, 'x')],
  'fragmented ping': ['1002 parse error', frame(opcode.ping, 'x', { fin: false })],
  'long ping': ['1002 parse error', frame(opcode.ping, 'x'.repeat(126))],
  'continuation of nothing': ['1002 parse error', frame(opcode.continuation, 'x')],
  'text within a fragmented text': ['1002 parse error', Buffer.concat([
    frame(opcode.text, '4', { fin: false }), text('4'),
  ])],
  'a frame that announces a terabyte': ['1009 payload too large', frame(opcode.text, '', { length: 2 ** 40 })],
  'a frame that announces more than there can be': [
    '1002 parse error', Buffer.from('81ffffffffffffffffff00000000', 'hex'),
  ],
  'a long frame': ['1009 payload too large', text('4' + '2'.repeat(1_000_001))],
  'a long message in fragments': ['1009 payload too large', Buffer.concat([
    frame(opcode.text, '4', { fin: false }),
    ...Array.from({ length: 11 }, () => frame(opcode.continuation, 'x'.repeat(100_000), { fin: false })),
  ])],
  'invalid UTF-8': ['1007 invalid utf-8', frame(opcode.text, Buffer.from([0x34, 0x32, 0xc3, 0x28]))],
  'half a character': ['1007 invalid utf-8', frame(opcode.text, Buffer.from([0x34, 0x32, 0xe2, 0x82]))],
  'unknown Engine.IO packet': ['1002 parse error', text('9')],
  'empty frame': ['1002 parse error', text('')],
  'unknown Socket.IO packet': ['1002 parse error', text('47')],
  'no Socket.IO packet': ['1002 parse error', text('4')],
  'a second CONNECT': ['1002 parse error', text('40')],
  'DISCONNECT with payload': ['1002 parse error', text('41{}')],
  'CONNECT_ERROR': ['1002 parse error', text('44{"message":"x"}')],
  'an event without name': ['1002 parse error', text('42[]')],
  'an event without array': ['1002 parse error', text('42{"a":1}')],
  'an event that ends too soon': ['1002 parse error', text('42["x"')],
  'an ack without array': ['1002 parse error', text('431{}')],
  'a namespace that is not connected': ['1002 parse error', text('42/none,["x"]')],
  'nested beyond reason': ['1002 parse error', text(`42["x",${'['.repeat(100_000)}${']'.repeat(100_000)}]`)],
  'no attachments announced': ['1002 parse error', text('450-["x"]')],
  'too many attachments announced': ['1002 parse error', text('4511-["x"]')],
  'attachments that nobody can count': ['1002 parse error', text('4599999999999999999999-["x"]')],
  'text instead of attachments': ['1002 parse error', Buffer.concat([
    text('451-["x",{"_placeholder":true,"num":0}]'), text('42["x"]'),
  ])],
  'an attachment out of nowhere': ['1002 parse error', frame(opcode.binary, 'x')],
  'a placeholder of nothing': ['1002 parse error', Buffer.concat([
    text('451-["x",{"_placeholder":true,"num":7}]'), frame(opcode.binary, 'x'),
  ])],
  'attachments larger than a payload': ['1009 payload too large', Buffer.concat([
    text('453-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]'),
    ...Array.from({ length: 3 }, () => frame(opcode.binary, Buffer.alloc(400_000))),
  ])],
};

beside('on a WebSocket', async () => {
  await Promise.all(Object.entries(closing).map(async ([what, [reason, bytes]]) => {
    const wire = await WebSocketWire.connected();
    wire.write(bytes);
    assert.equal(await wire.closed(), reason, what);
  }));
});

beside('polling: bodies that are none', async () => {
  for (const [body, status] of [
    ['9', 400], ['', 400], ['42["x"', 200], [Buffer.from([0x34, 0x32, 0xff]), 400], ['b!!!', 400], ['4\x1e\x1e', 400],
  ]) {
    const query = `EIO=4&transport=polling&sid=${await openPolling()}`;
    await request('POST', query, '40{"userId":"mallory"}');
    const answer = await request('POST', query, body);
    assert.equal(answer.status, status, JSON.stringify(body));
    // What was queued may still be fetched; then the session is gone.
    let poll = await request('GET', query);
    while (poll.status === 200) poll = await request('GET', query);
    assert.deepEqual(poll, refused(1, 'Session ID unknown'));
  }
});

beside('polling: a body over the limit is refused, and the session lives', async () => {
  const query = `EIO=4&transport=polling&sid=${await openPolling()}`;
  assert.equal((await request('POST', query, `4${'2'.repeat(1_000_000)}`)).status, 413);
  assert.equal((await request('POST', query, '40{"userId":"mallory"}')).status, 200);
  assert.match((await request('GET', query)).body, /^40\{"sid":/);
});

beside('polling: a second poll ends the session', async () => {
  const query = `EIO=4&transport=polling&sid=${await openPolling()}`;
  const [one, other] = await Promise.all([request('GET', query), request('GET', query)]);
  assert.deepEqual([one.status, other.status].sort(), [200, 400]);
  assert.equal((await request('GET', query)).status, 400);
});

beside('silence: half a request, no namespace, no pong', async () => {
  const half = new Wire().write('GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n');
  const halfUpgrade = new Wire().write('GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: webso');
  const nothing = new Wire();
  const noNamespace = await WebSocketWire.open();
  const noPong = await WebSocketWire.connected();
  const halfFrame = await WebSocketWire.connected();
  halfFrame.write(text('42["leaveRoom","x"]').subarray(0, 7));
  const noAttachments = await WebSocketWire.connected();
  noAttachments.write(text('451-["emitToRoom",{"_placeholder":true,"num":0}]'));
  const polling = `EIO=4&transport=polling&sid=${await openPolling()}`;
  await request('POST', polling, '40{"userId":"mallory"}');

  assert.equal(await noNamespace.closed(), '1008 connect timeout');
  for (const wire of [noPong, halfFrame, noAttachments]) assert.equal(await wire.closed(), '1008 ping timeout');
  for (const wire of [half, halfUpgrade, nothing]) await wire.ended();
  assert.deepEqual(await request('GET', polling), refused(1, 'Session ID unknown'));
});

beside('frames and packets at random', async () => {
  for (let round = 0; round < 100; round++) {
    const wire = await WebSocketWire.connected();
    for (let i = 0; i < 10; i++) {
      const head = ['42', '45', '451-', '40', '43', '4', ''][Math.floor(Math.random() * 7)];
      wire.write(frame(1 + round % 2, Buffer.concat([Buffer.from(head), randomBytes(round)])));
    }
    wire.write(randomBytes(200)).cut();
  }
});

// waste does, many times, everything that could make a server keep something, and leaves.
async function waste() {
  const wires = [];
  for (let i = 0; i < 20; i++) {
    wires.push(new Wire().write(randomBytes(20_000)));
    wires.push(new Wire().write(`POST /socket.io/?EIO=4&transport=polling&sid=${await openPolling()} HTTP/1.1\r\n` +
      `Host: x\r\nContent-Length: 900000\r\n\r\n${'x'.repeat(100_000)}`));
    const [halfFrame, fewAttachments, halfMessage] = await Promise.all([1, 2, 3].map(() => WebSocketWire.connected()));
    halfFrame.write(frame(opcode.text, 'x'.repeat(500_000), { length: 900_000 }));
    fewAttachments.write(text('452-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'));
    fewAttachments.write(frame(opcode.binary, Buffer.alloc(500_000)));
    halfMessage.write(frame(opcode.text, `4${'x'.repeat(300_000)}`, { fin: false }));
    wires.push(halfFrame, fewAttachments, halfMessage);
    await request('POST', 'EIO=4&transport=polling&sid=unknown', 'x'.repeat(500_000));
  }
  for (const wire of wires) wire.cut();
}

const SYSTEM = `/proc/${process.env.SERVER_PID}`;
const residentMiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`${SYSTEM}/status`))[1]) / 1024;
const filesOpen = () => readdirSync(`${SYSTEM}/fd`).length;

if (existsSync(SYSTEM)) {
  beside('memory does not grow', async () => {
    for (let i = 0; i < 3; i++) await waste();
    const [before, filesBefore] = [residentMiB(), filesOpen()];
    for (let i = 0; i < 9; i++) await waste();
    const [after, filesAfter] = [residentMiB(), filesOpen()];
    console.log(`${before} MiB and ${filesBefore} files before, ${after} MiB and ${filesAfter} after`);
    assert.ok(after < before * 1.25 + 16, `${before} MiB became ${after} MiB`);
    // The files of one round may still be closing.
    assert.ok(filesAfter < filesBefore + 120, `${filesBefore} files became ${filesAfter}`);
  });
} else {
  test.skip('memory does not grow: this system has no /proc to read it from');
}
