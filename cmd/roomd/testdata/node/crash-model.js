// What clients know, and so what a server that was killed must still know: what was acknowledged, and of what was
// under way one of two things. Plain data and rules; nothing here asks a server.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

// Kept is something that is changed by one command at a time.
export class Kept {
  unanswered = null; // the command that the last crash cut off

  constructor(name, state, rules) {
    Object.assign(this, { name, state, rules });
  }

  acknowledged(command) {
    this.rules[command.event](this.state, command);
  }

  // settle compares with what is found after a crash. A command that was not acknowledged counts as a whole or not at
  // all. seen gives what should be found in a state.
  settle(found, seen) {
    const cut = this.unanswered;
    if (cut) {
      const after = structuredClone(this.state);
      this.rules[cut.event](after, cut);
      if (isDeepStrictEqual(seen(after, found), found)) this.state = after;
    }
    const what = `${this.name} is as acknowledged; cut off: ${JSON.stringify(cut)}`;
    assert.deepEqual(found, seen(this.state, found), what);
    this.unanswered = null;
  }
}

const sorted = (values) => [...values].sort();

// A room's state, beside its messages. members has each member's read mark, or null where a crash has hidden it.
export const newRoom = (creator, settings) => ({
  settings,
  members: new Map([[creator, 0]]),
  moderators: new Set(),
  banned: new Map(), // user id → reason
  muted: new Set(),
  invited: new Set(),
});

function removeMember(room, userId) {
  room.members.delete(userId);
  room.moderators.delete(userId);
  room.invited.delete(userId);
}

// roomRules are what each command does to a room, given {event, by, arg} and, once acknowledged, reply.
export const roomRules = {
  joinRoom(room, { by, reply }) {
    if (!room.members.has(by)) room.members.set(by, reply?.seq ?? null);
    room.invited.delete(by);
  },
  leaveRoom: (room, { by }) => removeMember(room, by),
  kickUser: (room, { arg }) => removeMember(room, arg.userId),
  banUser(room, { arg }) {
    removeMember(room, arg.userId);
    room.banned.set(arg.userId, arg.reason);
  },
  unbanUser: (room, { arg }) => room.banned.delete(arg.userId),
  muteUser: (room, { arg }) => room.muted.add(arg.userId),
  unmuteUser: (room, { arg }) => room.muted.delete(arg.userId),
  setRole: (room, { arg }) => room.moderators[arg.role === 'moderator' ? 'add' : 'delete'](arg.userId),
  inviteToRoom: (room, { arg }) => room.invited.add(arg.userId),
  declineInvitation: (room, { by }) => room.invited.delete(by),
  updateRoom(room, { arg }) {
    const { roomId, ...settings } = arg;
    Object.assign(room.settings, settings);
  },
  markRead(room, { by, arg }) {
    const mark = room.members.get(by);
    if (mark !== null) room.members.set(by, Math.max(mark, arg.seq));
  },
};

// refusal gives the code with which this user can't join, or undefined.
export function refusal(room, userId, password) {
  const { isPrivate, password: wanted } = room.settings;
  const banned = room.banned.has(userId);
  if (banned && !isPrivate) return 'banned';
  if (!banned && (room.members.has(userId) || room.invited.has(userId))) return undefined;
  if (isPrivate) return banned || !wanted || password !== wanted ? 'room_private' : undefined;
  return wanted && password !== wanted ? 'wrong_password' : undefined;
}

// seenRoom gives what is to be seen of a room. Of a mark nothing but what is unread after it is.
export const seenRoom = (log) => (room, found) => {
  const { password, ...settings } = room.settings;
  const members = sorted(room.members.keys());
  const unread = (userId) => {
    const mark = room.members.get(userId);
    return mark === null ? found.unread[userId] : log.unread(userId, mark);
  };
  return {
    settings: { ...settings, hasPassword: password !== null, memberCount: members.length },
    unread: Object.fromEntries(members.map((userId) => [userId, unread(userId)])),
    listedBy: members,
    expected: settings.isPrivate ? sorted(room.invited) : null, // in public rooms nobody has to be
    moderators: sorted(room.moderators),
    banned: sorted(room.banned.entries()),
    muted: sorted(room.muted),
  };
};

// A person's state, beside rooms of others. rooms are private, quiet are public ones that nobody is a member of.
export const newPerson = () => ({ contacts: new Set(), blocked: new Set(), rooms: new Set(), quiet: new Set() });

export const personRules = {
  addContact: (person, { arg }) => person.contacts.add(arg),
  removeContact: (person, { arg }) => person.contacts.delete(arg),
  blockUser: (person, { arg }) => person.blocked.add(arg),
  unblockUser: (person, { arg }) => person.blocked.delete(arg),
  createRoom: (person, { arg }) => person[arg.isPrivate ? 'rooms' : 'quiet'].add(arg.roomId),
  deleteRoom: (person, { arg }) => person.rooms.delete(arg) || person.quiet.delete(arg),
};

export const seenPerson = ({ contacts, blocked, rooms, quiet }) => (
  { contacts: sorted(contacts), blocked: sorted(blocked), rooms: sorted(rooms), quiet: sorted(quiet) }
);

// Log is a room's records as anybody was told of them: seq → {seq, kind, id, by, text?}. There is no text where it
// was told only what has become of a message since.
export class Log {
  records = new Map();

  get last() {
    return this.records.size;
  }

  // saw adds a record, which must be what it was told to be before.
  saw(record) {
    const known = this.records.get(record.seq) ?? record;
    const both = { ...known, ...record };
    assert.deepEqual({ ...both, ...known }, both, `number ${record.seq} is what it was`);
    this.records.set(record.seq, both);
  }

  inOrder() {
    return Array.from({ length: this.last }, (_, i) => {
      assert.ok(this.records.has(i + 1), `number ${i + 1} of ${this.last} was never told`);
      return this.records.get(i + 1);
    });
  }

  // messages gives what the history has to say: each message as its edits and its deletion left it.
  messages() {
    const byId = new Map();
    for (const { seq, kind, id, by, text } of this.inOrder()) {
      const changed = byId.get(id);
      if (kind === 'message') byId.set(id, { seq, id, by, text, edited: false, deleted: false });
      else if (kind === 'edit') Object.assign(changed, { text, edited: true });
      else Object.assign(changed, { text: '', deleted: true });
    }
    return [...byId.values()];
  }

  unread(userId, mark) {
    return this.inOrder().slice(mark).filter(({ kind, by }) => kind === 'message' && by !== userId).length;
  }
}

// recordOf gives the record that an event, or an entry of a reply to a join, tells of.
export function recordOf(told) {
  const { seq, messageId } = told;
  if (!messageId) {
    const record = { seq, kind: 'message', id: told.id, by: told.userId };
    return told.editedAt || told.deletedAt ? record : { ...record, text: told.text };
  }
  const record = { seq, id: messageId, by: told.by.id };
  return told.deletedAt ? { ...record, kind: 'deletion' } : { ...record, kind: 'edit', text: told.text };
}
