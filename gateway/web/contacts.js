// People the person wants to know about, and people he wants nothing of. The server keeps both and
// tells who is online, but lists neither: the tab remembers the names.

import { recall, remember } from './identity.js';
import { CONTACTS_MAX } from './limits.js';
import { ask, hear } from './server.js';
import { changed, nameOf, state } from './state.js';

// restoreContacts takes up what the tab remembers of this person's people.
export function restoreContacts() {
  const { userId } = state.me;
  state.contacts = asMap(recall('contacts', userId));
  state.blocked = asMap(recall('blocked', userId));
}

const asMap = (people) => new Map(people.map((person) => [person.userId, { ...person, online: false }]));

export async function addContact(userId, username = nameOf(userId)) {
  const reply = await ask('addContact', userId);
  // The server's word that somebody is online may come first.
  if (reply.success && !state.contacts.has(userId)) keep('contacts', { userId, username, online: false });
  return reply;
}

export async function removeContact(userId) {
  const reply = await ask('removeContact', userId);
  if (reply.success) drop('contacts', userId);
  return reply;
}

// blockUser ends what somebody can do unasked: invite this person, and talk to him directly.
export async function blockUser(userId, username = nameOf(userId)) {
  const reply = await ask('blockUser', userId);
  if (!reply.success) return reply;
  for (const { roomId, invitedBy } of state.invitations.values()) {
    if (invitedBy.id === userId) state.invitations.delete(roomId);
  }
  keep('blocked', { userId, username });
  return reply;
}

export async function unblockUser(userId) {
  const reply = await ask('unblockUser', userId);
  if (reply.success) drop('blocked', userId);
  return reply;
}

function keep(list, person) {
  state[list].set(person.userId, person);
  if (state[list].size > CONTACTS_MAX) state[list].delete(state[list].keys().next().value);
  save(list);
}

function drop(list, userId) {
  state[list].delete(userId);
  save(list);
}

function save(list) {
  const people = [...state[list].values()].map(({ userId, username }) => ({ userId, username }));
  remember(list, state.me.userId, people);
  changed();
}

hear({
  contactOnline: ({ userId, username }) => keep('contacts', { userId, username, online: true }),
  contactOffline({ userId }) {
    const contact = state.contacts.get(userId);
    if (contact) keep('contacts', { ...contact, online: false });
  },
  // Who is online is told anew at each connection.
  disconnect() {
    for (const contact of state.contacts.values()) contact.online = false;
  },
});
