// What lists must show after a crash: each public room once, as it is, whether it is read from the store or in memory.

import assert from 'node:assert/strict';

const SEARCHES = ['name', 'room']; // every room of a crew has been given a name that begins with one of these

// Lists are what a server shows of a crew's rooms.
export class Lists {
  #found = new Map(); // by search: the rooms that it finds

  constructor(crew) {
    Object.assign(this, { crew, user: crew.users[0] });
  }

  // search walks through what is found by names, in whose order no room moves.
  async search() {
    for (const search of SEARCHES) this.#found.set(search, await this.#walk({ search }));
  }

  // check compares what was found with the rooms as they have turned out to be.
  check() {
    for (const [search, found] of this.#found) {
      const wanted = this.#public().filter(({ name }) => name.startsWith(search));
      assert.deepEqual(byId(found.map(shown)), byId(wanted), `rooms that a search for ${search} finds`);
    }
  }

  // quiet finds the public rooms that nobody is a member of, and gives a user's own.
  async quiet() {
    const found = await this.#walk({ search: 'quiet' });
    return (user) => found.filter(({ creator }) => creator === user.id).map(({ id }) => id);
  }

  // checkActivity compares the list of all, while nobody says anything.
  async checkActivity() {
    const found = await this.#walk({});
    const ids = new Set(found.map(({ id }) => id));
    assert.equal(ids.size, found.length, 'a room is shown twice');
    for (const { kept } of this.crew.users) {
      for (const id of kept.state.quiet) assert.ok(ids.delete(id), `"${id}" is not in the list`);
    }
    const others = found.filter(({ id }) => ids.has(id));
    assert.deepEqual(byId(others.map(shown)), byId(this.#public()), 'the list of rooms');
    const times = found.map(({ lastActivity }) => lastActivity);
    assert.deepEqual(times, times.toSorted().reverse(), 'the latest activity comes first');
  }

  #public() {
    const all = this.crew.rooms.map((room) => wantedOf(room));
    return all.filter(({ isPrivate }) => !isPrivate);
  }

  // walk turns the pages of a list.
  async #walk(query) {
    const found = [];
    const limit = 1 + this.crew.random.below(30);
    for (let cursor; cursor !== null;) {
      const page = await this.user.must('listRooms', { ...query, limit, ...(cursor && { cursor }) });
      found.push(...page.rooms);
      cursor = page.nextCursor;
    }
    return found;
  }
}

function wantedOf({ id, kept }) {
  const { password, ...settings } = kept.state.settings;
  return { id, ...settings, hasPassword: password !== null, memberCount: kept.state.members.size };
}

const shown = ({ id, name, description, isPrivate, maxUsers, hasPassword, memberCount }) => (
  { id, name, description, isPrivate, maxUsers, hasPassword, memberCount }
);

const byId = (rooms) => rooms.toSorted((a, b) => (a.id < b.id ? -1 : 1));
