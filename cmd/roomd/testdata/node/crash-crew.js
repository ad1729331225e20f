// Those who are there while the server is killed: stock clients, which come back by themselves, and their rooms.

import assert from 'node:assert/strict';
import { io } from 'socket.io-client';
import { nameOf, url, within } from './client.js';
import { Kept, Log, newPerson, newRoom, personRules, recordOf, roomRules } from './crash-model.js';

const DEADLINE = 20_000; // ms
const QUICK = { forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 50 };

// randomness gives functions of a seed: a number below n, one of a list, and whether something happens.
export function randomness(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, oneOf: (list) => list[below(list.length)], chance: (p) => next() < p };
}

export class User {
  welcomes = 0; // how often this one was connected, and told of rooms or recovered
  welcome = []; // the rooms that were told of then
  #waiting = new Set();

  constructor(id, transports) {
    this.id = id;
    this.kept = new Kept(id, newPerson(), personRules);
    this.socket = io(url, { ...QUICK, transports, auth: { userId: id, username: nameOf(id) } });
    this.socket.on('roomsList', (rooms) => this.#came(rooms));
    this.socket.on('connect', () => this.socket.recovered && this.#came([])); // after an end in order
  }

  #came(rooms) {
    this.welcomes++;
    this.welcome = rooms;
    for (const check of this.#waiting) check();
  }

  // welcomed waits until this one was welcomed so many times.
  welcomed(times) {
    return within(`${this.id} comes back`, new Promise((resolve) => {
      const check = () => this.welcomes >= times && this.#waiting.delete(check) | resolve();
      this.#waiting.add(check);
      check();
    }));
  }

  // ask gives the reply, or null when nobody knows what became of the command: the connection was lost.
  async ask(event, arg) {
    try {
      return await this.socket.timeout(DEADLINE).emitWithAck(event, arg);
    } catch (error) {
      assert.equal(error.message, 'socket has been disconnected', `${this.id}: ${event} ${JSON.stringify(arg)}`);
      return null;
    }
  }

  async must(event, arg) {
    const reply = await this.ask(event, arg);
    assert.equal(reply?.success, true, `${this.id}: ${event} ${JSON.stringify(arg)}: ${JSON.stringify(reply)}`);
    return reply;
  }
}

// Room is a persistent room of these users. Its creator reads it: he sees every number once, over all crashes.
export class Room {
  inside = new Set(); // user ids
  log = new Log();
  sent = new Map(); // text → {user, event, arg, reply?} of messages and edits, in the order in which they were sent
  unanswered = []; // of these, and of deletions: what the last crash cut off
  read = 0; // the number up to which the creator has seen all
  epoch = '';

  constructor(id, creator, others, hot) {
    Object.assign(this, { id, creator, others, hot, users: [creator, ...others] });
    this.settings = { name: id, description: '', isPrivate: false, maxUsers: null };
    this.kept = new Kept(id, newRoom(creator.id, { ...this.settings, password: null }), roomRules);
  }

  // told is for each event with a number that one of the users hears.
  told(user, event) {
    this.log.saw(recordOf(event));
    if (user === this.creator) this.#readOn(event.seq);
  }

  #readOn(seq) {
    assert.equal(seq, this.read + 1, `${this.id}: the numbers that ${this.creator.id} sees`);
    this.read = seq;
  }

  // goOn has the creator read on from where the last connection ended.
  async goOn() {
    const since = { epoch: this.epoch, seq: this.read };
    const reply = await this.creator.must('joinRoom', { roomId: this.id, since });
    const what = `${this.id}: epoch and gap after number ${this.read}`;
    if (this.epoch) assert.deepEqual([reply.epoch, reply.gap], [this.epoch, false], what);
    this.epoch = reply.epoch;
    const missed = [...reply.messages, ...(reply.changes ?? [])].map(recordOf).sort((a, b) => a.seq - b.seq);
    for (const record of missed) {
      this.log.saw(record);
      this.#readOn(record.seq);
    }
    assert.equal(this.read, reply.seq, `${this.id}: the last number`);
    this.inside.add(this.creator.id);
    return reply;
  }

  async enter(user, password) {
    const command = { event: 'joinRoom', arg: { roomId: this.id, ...(password && { password }) } };
    const reply = await user.ask(command.event, command.arg);
    if (reply?.success) {
      for (const message of reply.messages) this.log.saw(recordOf(message));
      this.inside.add(user.id);
    }
    return { ...command, by: user.id, reply };
  }

  has = (user) => this.inside.has(user.id);
}

// Crew is everybody.
export class Crew {
  constructor(random, { users, rooms, others, hot }) {
    this.random = random;
    const transports = (i) => (i % 4 ? ['websocket'] : ['polling']); // no upgrades, which a kill may get stuck
    this.users = Array.from({ length: users }, (_, i) => new User(`user-${i}`, transports(i)));
    const user = (i) => this.users[i % users];
    this.rooms = Array.from({ length: rooms }, (_, i) => (
      new Room(`room-${i}`, user(i), Array.from({ length: others }, (__, j) => user(i + 1 + j * 3)), i < hot)
    ));
    const byId = new Map(this.rooms.map((room) => [room.id, room]));
    for (const one of this.users) {
      for (const event of ['newMessage', 'messageEdited', 'messageDeleted']) {
        one.socket.on(event, (told) => byId.get(told.roomId).told(one, told));
      }
    }
  }

  async begin() {
    await this.welcomed(1);
    await Promise.all(this.rooms.map(async (room) => {
      await room.creator.must('createRoom', { roomId: room.id, name: room.id, persistent: true });
      await room.goOn();
    }));
  }

  welcomed = (times) => Promise.all(this.users.map((user) => user.welcomed(times)));

  end() {
    for (const { socket } of this.users) socket.disconnect();
  }
}
