// Bytes on the wire, for what no decent client would send.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { url, within } from './client.js';

const { hostname, port, host } = new URL(url);

// Wire is one TCP connection to the server.
export class Wire {
  received = Buffer.alloc(0);
  #socket = net.connect(port, hostname);
  #changed = () => {};
  #ended = false;

  constructor() {
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#changed();
    });
    this.#socket.on('error', () => {}); // a reset is an end like any other
    this.#socket.on('close', () => {
      this.#ended = true;
      this.#changed();
    });
  }

  write(bytes) {
    this.#socket.write(bytes);
    return this;
  }

  // cut ends the connection without a word.
  cut() {
    this.#socket.resetAndDestroy();
  }

  // ended waits until the server has ended the connection.
  async ended() {
    await this.until(() => this.#ended || undefined, 'end of the connection');
    return this;
  }

  // until waits until look gives something else than undefined.
  until(look, what) {
    return within(() => `${what}; came: ${this.received.toString('latin1').slice(0, 500)}`, new Promise((resolve) => {
      this.#changed = () => {
        const found = look();
        if (found !== undefined) resolve(found);
      };
      this.#changed();
    }));
  }

  // head waits for the head of an HTTP response, takes it, and gives its status.
  async head() {
    const text = await this.until(() => this.received.toString('latin1').match(/^[^]*?\r\n\r\n/)?.[0], 'response');
    this.received = this.received.subarray(text.length);
    return Number(text.split(' ')[1]);
  }
}

// request sends an HTTP request with a new connection and gives {status, body}.
export async function request(method, query, body = '', headers = {}) {
  const response = await fetch(`${url}/socket.io/?${query}`, {
    method, headers, body: method === 'POST' ? body : undefined, signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, body: await response.text() };
}

// openPolling gives the sid of a new polling session.
export async function openPolling() {
  const { body } = await request('GET', 'EIO=4&transport=polling');
  return JSON.parse(body.slice(1)).sid;
}

export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9 };

// frame gives the bytes of a WebSocket frame, a good one unless told otherwise.
export function frame(op, payload, { fin = true, rsv = 0, masked = true, length } = {}) {
  const data = Buffer.from(payload);
  const size = length ?? data.length;
  const head = [Buffer.from([(fin ? 0x80 : 0) | rsv << 4 | op])];
  const mask = masked ? 0x80 : 0;
  if (size < 126) {
    head.push(Buffer.from([mask | size]));
  } else if (size < 65536) {
    head.push(Buffer.from([mask | 126, size >> 8, size & 255]));
  } else {
    const long = Buffer.alloc(9);
    long[0] = mask | 127;
    long.writeBigUInt64BE(BigInt(size), 1);
    head.push(long);
  }
  if (!masked) return Buffer.concat([...head, data]);
  const key = randomBytes(4);
  return Buffer.concat([...head, key, data.map((byte, i) => byte ^ key[i % 4])]);
}

export const text = (message) => frame(opcode.text, message);

// WebSocketWire is a Wire that has become a WebSocket.
export class WebSocketWire extends Wire {
  static async open(query = 'EIO=4&transport=websocket') {
    const wire = new WebSocketWire();
    wire.write(`GET /socket.io/?${query} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`);
    assert.equal(await wire.head(), 101);
    return wire;
  }

  // connected gives one that is in the main namespace.
  static async connected(userId = 'mallory') {
    const wire = await WebSocketWire.open();
    wire.write(text(`40${JSON.stringify({ userId })}`));
    await wire.message('40');
    return wire;
  }

  // frames gives the whole frames that have come.
  frames() {
    const frames = [];
    let rest = this.received;
    while (rest.length >= 2) {
      let length = rest[1] & 127;
      let head = 2;
      if (length === 126) [length, head] = [rest.readUInt16BE(2), 4];
      else if (length === 127) [length, head] = [Number(rest.readBigUInt64BE(2)), 10];
      if (rest.length < head + length) break;
      frames.push({ op: rest[0] & 15, data: rest.subarray(head, head + length) });
      rest = rest.subarray(head + length);
    }
    return frames;
  }

  // message waits for a text that begins so.
  message(beginning) {
    const messages = () => this.frames().map(({ data }) => data.toString());
    return this.until(() => messages().find((message) => message.startsWith(beginning)), beginning);
  }

  // closed waits for the server's close frame, answers it, and gives what it says.
  async closed() {
    const find = () => this.frames().find(({ op }) => op === opcode.close);
    const { data } = await this.until(find, 'close frame');
    this.write(frame(opcode.close, data));
    await this.ended();
    return `${data.readUInt16BE(0)} ${data.subarray(2)}`;
  }
}
