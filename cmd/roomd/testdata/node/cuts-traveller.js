// Those who lose their connections: stock clients that come back by themselves, each of whom must see all of its rooms.

import assert from 'node:assert/strict';
import { io } from 'socket.io-client';
import { nameOf } from './client.js';

const QUICK = { forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 100 };
const DEADLINE = 30_000; // ms, of a command
const SURELY_IN_GRACE = 20_000 + 5_000; // ms: a stock client gives up on who doesn't answer after 20 s, and comes again

// Traveller is one client. It sees to it that each number of each of its rooms comes once and in order.
export class Traveller {
  connects = 0;
  recoveries = 0;
  returns = 0; // connects that were no recovery, though the time of grace was not over
  late = 0; // those that were none when it may have been
  wrong = []; // what was wrong, in words
  seen = new Map(); // room id → {epoch, first, last, ids: message ids in order}
  #ticks = new Map(); // room id → number of the last unstored event, while none may be missing
  #unanswered = new Set(); // ids of rooms whose join has not been answered: what it brings comes first
  #entering = Promise.resolve();
  #lostAt = 0; // ms, when the client noticed

  constructor(id, url, transports, rooms) {
    Object.assign(this, { id, rooms });
    this.socket = io(url, { ...QUICK, transports, auth: { userId: id, username: nameOf(id) } });
    this.socket.on('connect', () => this.#connected());
    this.socket.on('disconnect', () => { this.#lostAt = Date.now(); });
    this.socket.on('newMessage', (message) => this.#unanswered.has(message.roomId) || this.#told(message));
    this.socket.on('tick', (number, { roomId }) => this.#ticked(roomId, number));
  }

  #connected() {
    this.connects++;
    if (this.socket.recovered) { // but for answers: who has been given none asks again
      this.recoveries++;
      this.#enterAll([...this.#unanswered]);
      return;
    }
    if (this.connects > 1) {
      if (Date.now() - this.#lostAt > SURELY_IN_GRACE) this.late++;
      else this.returns++;
    }
    this.#enterAll(this.rooms);
  }

  #enterAll(rooms) {
    const { id } = this.socket;
    for (const roomId of rooms) {
      this.#ticks.delete(roomId);
      this.#unanswered.add(roomId);
    }
    this.#entering = Promise.all(rooms.map((roomId) => this.#enter(roomId, id)));
    this.#entering.catch((error) => this.wrong.push(`${this.id}: ${error.message}`));
  }

  // #enter joins a room and takes what was missed. Another connection may come meanwhile: then that one does.
  async #enter(roomId, id) {
    const room = this.seen.get(roomId);
    const since = room && { epoch: room.epoch, seq: room.last };
    const command = { roomId, ...(since && { since }) };
    while (this.socket.id === id && !await this.#join(command));
  }

  // #join gives whether it was answered. What the reply says is taken before the events that may come in the same
  // piece, so here, and not when somebody who waits for it goes on.
  #join(command) {
    return new Promise((resolve, reject) => {
      this.socket.timeout(DEADLINE).emit('joinRoom', command, (late, reply) => {
        if (late || reply.code === 'unavailable') return resolve(false);
        try {
          assert.equal(reply.success, true, `${command.roomId}: ${JSON.stringify(reply)}`);
          this.#entered(command, reply);
          resolve(true);
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #entered({ roomId, since }, { epoch, seq, gap, messages }) {
    this.#unanswered.delete(roomId);
    if (!since) {
      this.seen.set(roomId, { epoch, first: seq + 1, last: seq, ids: [] });
      return;
    }
    assert.deepEqual([epoch, gap], [since.epoch, false], `${roomId} after ${since.seq}: epoch and gap`);
    for (const message of messages) this.#told(message);
  }

  #told({ roomId, seq, id }) {
    const room = this.seen.get(roomId);
    if (seq !== room.last + 1) this.wrong.push(`${this.id} in ${roomId}: number ${seq} after ${room.last}`);
    room.last = seq;
    room.ids.push(id);
  }

  #ticked(roomId, number) {
    if (this.#unanswered.has(roomId)) return;
    const last = this.#ticks.get(roomId);
    if (last !== undefined && number !== last + 1) {
      this.wrong.push(`${this.id} in ${roomId}: unstored event ${number} after ${last}`);
    }
    this.#ticks.set(roomId, number);
  }

  // send says something until it is acknowledged, and gives its number.
  async send(roomId, clientId) {
    for (;;) {
      let reply;
      try {
        reply = await this.socket.timeout(DEADLINE).emitWithAck('sendMessage', { roomId, text: clientId, clientId });
      } catch {
        continue; // the connection was lost on the way
      }
      if (reply.success) return reply;
      if (!['not_in_room', 'unavailable'].includes(reply.code)) assert.fail(`${this.id}: ${JSON.stringify(reply)}`);
      await new Promise((resolve) => setTimeout(resolve, 20)); // it is about to come in again
    }
  }
}
