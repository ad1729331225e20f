// The stock client as the tests use it: everything that the server tells it is kept in order, to be
// asked for, and everything that is waited for has a deadline.

import assert from 'node:assert/strict';
import test from 'node:test';
import { io } from 'socket.io-client';
import { Sightings } from './rows.js';

export const url = process.env.SERVER_URL;

const DEADLINE = 20_000; // ms: far more than anything here takes on a busy machine

// What the scenario under way has: its clients, and what they have seen. One that has been given up may go on, beside
// the next.
let current = { clients: new Set(), sightings: new Sightings() };

// scenarios are all that were declared: {name, rows}.
export const scenarios = [];

// scenario is a test at whose end all clients are gone. Between its name and what it does may stand which
// rows of the contract it covers().
export function scenario(name, ...rest) {
  const [run, rows = []] = rest.reverse();
  scenarios.push({ name, rows });
  if (process.env.LIST_ROWS) return;
  test(name, { timeout: 6 * DEADLINE }, async (t) => {
    const { clients, sightings } = current = { clients: new Set(), sightings: new Sightings() };
    t.after(() => { for (const { socket } of clients) socket.disconnect(); }); // also if it is given up
    await run();
    sightings.check(rows);
  });
}

// connect gives a client that is connected, and has been told which rooms there are: from here on it is told what
// changes. Options are those of io(), and url for another address.
export async function connect(userId, options = {}) {
  const client = new Client({ auth: { userId, username: nameOf(userId) }, ...options });
  await within(`${userId} connects`, new Promise((resolve, reject) => {
    client.socket.once('connect', resolve);
    client.socket.once('connect_error', ({ message }) => reject(new Error(`${userId}: ${message}`)));
  }));
  await client.count('roomsList', 1);
  return client;
}

// refusal gives the connect_error of a client that must not be let in.
export function refusal(options, namespace) {
  const client = new Client(options, namespace);
  return within('connect_error', new Promise((resolve, reject) => {
    client.socket.once('connect', () => reject(new Error('connected')));
    client.socket.once('connect_error', (error) => {
      client.sightings.connectError(error);
      resolve(error);
    });
  }));
}

export const nameOf = (userId) => `${userId}'s name`;
export const userOf = (userId) => ({ id: userId, username: nameOf(userId) });

export class Client {
  seen = []; // every event {event, args}, in the order they came
  sightings = current.sightings; // of the scenario that it was made in
  #kind; // of the rows that its commands are
  #read = 0; // of seen, before which next() has looked at everything
  #waiting = new Set();
  #lost; // the reason, while a connection that there was is gone

  constructor(options, namespace = '/') {
    const { url: base = url, ...rest } = options;
    this.socket = io(new URL(namespace, base).href, { forceNew: true, ...rest });
    this.sightings.user(rest.auth);
    this.#kind = namespace === '/admin' ? 'admin' : 'command';
    this.socket.onAny((event, ...args) => {
      this.seen.push({ event, args });
      this.sightings.event(this.#kind, event, args[0]);
      for (const check of [...this.#waiting]) check();
    });
    this.socket.on('connect', () => { this.#lost = undefined; });
    this.socket.on('disconnect', (reason) => { this.#lost = reason; });
    current.clients.add(this);
  }

  // ask emits with an acknowledgement and gives the answer.
  async ask(event, ...args) {
    const reply = await this.socket.timeout(DEADLINE).emitWithAck(event, ...args);
    this.sightings.reply(this.#kind, event, reply);
    return reply;
  }

  // must is ask for what has to succeed.
  async must(event, ...args) {
    const reply = await this.ask(event, ...args);
    assert.equal(reply.success, true, `${event} ${JSON.stringify(args)}: ${JSON.stringify(reply)}`);
    return reply;
  }

  // tell emits without an acknowledgement.
  tell(event, ...args) {
    this.sightings.told(this.#kind, event);
    this.socket.emit(event, ...args);
  }

  // next gives the first argument of the first event of this name, for which also matches holds, that
  // came since what next gave before. What came in between is passed over.
  async next(event, matches = () => true) {
    return (await this.nextArgs(event, matches))[0];
  }

  nextArgs(event, matches = () => true) {
    const find = () => {
      for (let i = this.#read; i < this.seen.length; i++) {
        const { event: name, args } = this.seen[i];
        if (name !== event || !matches(...args)) continue;
        this.#read = i + 1;
        return args;
      }
      return undefined;
    };
    return within(() => `${event}; came: ${this.#tail()}`, this.#when(find));
  }

  // all gives the first arguments of all events of this name that have come.
  all(event) {
    return this.seen.filter((e) => e.event === event).map(({ args }) => args[0]);
  }

  // count waits until so many events of this name have come, and gives their first arguments.
  count(event, wanted) {
    const enough = () => (this.all(event).length >= wanted ? this.all(event) : undefined);
    return within(() => `${wanted} × ${event}, but ${this.all(event).length}`, this.#when(enough));
  }

  // lost gives the reason why the connection ended, when it does or if it has.
  async lost() {
    return this.#lost ?? within('disconnect', new Promise((resolve) => this.socket.once('disconnect', resolve)));
  }

  // hangUp ends the transport, without DISCONNECT.
  async hangUp() {
    const lost = this.lost();
    this.socket.io.engine.close();
    await lost;
  }

  #when(find) {
    return new Promise((resolve) => {
      const check = () => {
        const found = find();
        if (found === undefined) return;
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }

  #tail() {
    return JSON.stringify(this.seen.slice(-10));
  }
}

// restart has the server ended by that signal and started again, on the same port and data. It gives the
// new process's id.
export async function restart(signal) {
  const response = await fetch(`${process.env.RESTART_URL}?signal=${signal}`, { method: 'POST' });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return Number(text);
}

// mark has one who is inside tell the room something, and waits until all of these have heard it. A
// room has one order: what it told before has come by then.
let marks = 0;
export async function mark(roomId, speaker, ...listeners) {
  const number = ++marks;
  const heard = [speaker, ...listeners].map((c) => c.next('mark', (data) => data === number));
  speaker.tell('emitToRoom', { roomId, event: 'mark', data: number, includeSelf: true });
  await Promise.all(heard);
}

// within gives what is promised, or fails when it takes too long. what may be a function.
export async function within(what, promise, deadline = DEADLINE) {
  let timer;
  const late = new Promise((_, reject) => {
    const fail = () => {
      const missing = typeof what === 'function' ? what() : what;
      reject(new Error(`not within ${deadline} ms: ${missing}`));
    };
    timer = setTimeout(fail, deadline);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// assertTime says that a value is a time as the contract writes it, of just now.
export function assertTime(value) {
  assert.match(value, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(new Date(value) - Date.now()) < 60_000, `${value} is now`);
}
