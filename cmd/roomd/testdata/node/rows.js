// The contract's rows as rows.json has them, and which of them a scenario has shown.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const table = JSON.parse(readFileSync(new URL('rows.json', import.meta.url)));

// commands and events are the names of all; a Go test compares them with the server's own.
export const commands = Object.keys(table.failures);
export const { events } = table;

// failing gives the commands that can be refused with this code.
export const failing = (code) => (table.everyCommand.includes(code) ? commands
  : commands.filter((command) => table.failures[command].includes(code)));

// covers lists the rows that a scenario is the test of. Each must have been seen by its end, commands and
// failures in both styles of reply, or the scenario fails; rows_test.go finds those that none covers.
//
//   command:createRoom   event:newMessage   failure:joinRoom:room_full   admin:deleteRoom
//   connect_error:invalid_token   fine:a line of rows.json's finePrint, which can't be seen
export const covers = (...rows) => rows.flat();

// refused are the rows of these commands' refusals with this code.
export const refused = (code, ...names) => names.flat().map((command) => `failure:${command}:${code}`);

// Sightings are what a scenario's clients have seen so far. Kind is the rows' own: command in the main
// namespace, admin in that of administrators.
export class Sightings {
  #seen = new Set();
  #told = new Map(); // by row, how often a command was given without an ack, and not refused
  #users = new Set();

  user(auth) {
    this.#users.add(JSON.stringify(auth ?? {}));
  }

  reply(kind, command, { success, code }) {
    if (success) this.#seen.add(`${kind}:${command}:ack`);
    else if (kind === 'command') this.#seen.add(`failure:${command}:${code}:ack`);
  }

  told(kind, command) {
    this.#count(`${kind}:${command}`, 1);
  }

  event(kind, name, payload) {
    this.#seen.add(`event:${name}`);
    if (name !== 'error') return;
    this.#count(`${kind}:${payload.event}`, -1);
    if (kind === 'command') this.#seen.add(`failure:${payload.event}:${payload.code}:events`);
  }

  connectError(error) {
    this.#seen.add(`connect_error:${error.data?.code ?? 'invalid_namespace'}`);
  }

  #count(row, change) {
    this.#told.set(row, (this.#told.get(row) ?? 0) + change);
  }

  #has(row) {
    switch (row.split(':')[0]) {
      case 'admin':
      case 'command': return this.#seen.has(`${row}:ack`) && this.#told.get(row) > 0;
      case 'failure': return this.#seen.has(`${row}:ack`) && this.#seen.has(`${row}:events`);
      case 'fine': return true;
      default: return this.#seen.has(row);
    }
  }

  // check fails if the scenario has not shown what it covers.
  check(rows) {
    assert.deepEqual(rows.filter((row) => !this.#has(row)), [], 'rows that were not seen in both styles');
    if (rows.some((row) => !/^connect_error|^fine/.test(row))) {
      assert.ok(this.#users.size >= 2, 'a row of the contract is shown with two users or more');
    }
  }
}
