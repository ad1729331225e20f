// What a person can do about people, from the click to its end.

import { changeName, copy, deleteSaid, edit, show, tellTrouble, troubleOf } from './actions.js';
import { addContact, blockUser, removeContact, unblockUser } from './contacts.js';
import { askForLine, askForSanction } from './dialogs.js';
import { roomName } from './direct.js';
import { invite } from './invitations.js';
import { ban, isCreator, isMuted, kick, mayModerate, mute, roleIn, setRole, unmute } from './moderation.js';
import { openDirect } from './rooms.js';
import { openSheet } from './sheet.js';
import { nameOf, state, tell } from './state.js';
import { sentence } from './words.js';

// openPerson shows what can be done about somebody, in a room if one is given.
export function openPerson({ id, username }, room) {
  const mine = id === state.me.userId;
  openSheet({
    id,
    name: username,
    line: mine ? 'This is you' : personLine(id, room),
    actions: [...(mine ? [] : everywhere(id, username, room)), copyId(id), ...moderating(id, username, room)],
  });
}

function personLine(id, room) {
  const role = room ? roleIn(room, id) : 'member';
  const contact = state.contacts.get(id);
  return [
    role !== 'member' && role,
    room && isMuted(room, id) && 'muted',
    state.blocked.has(id) && 'blocked by you',
    contact && (contact.online ? 'contact, online' : 'contact, offline'),
  ].filter(Boolean).join(', ');
}

function everywhere(id, username, room) {
  const shown = state.open.get(state.shown);
  return [
    { id: 'direct', label: 'Talk directly', act: () => talkTo(id) },
    !room && shown && !shown.direct && {
      id: 'invite',
      label: `Invite to ${roomName(shown.info, state.me)}`,
      act: () => tellTrouble(invite(shown.id, id), `${username} is invited.`),
    },
    state.contacts.has(id)
      ? { id: 'contact', label: 'Remove from contacts', act: () => tellTrouble(removeContact(id)) }
      : { id: 'contact', label: 'Add to contacts', act: () => tellTrouble(addContact(id, username)) },
    state.blocked.has(id)
      ? { id: 'block', label: 'Unblock', act: () => tellTrouble(unblockUser(id), `${username} may write to you again.`) }
      : {
        id: 'block',
        label: 'Block',
        danger: true,
        act: () => tellTrouble(blockUser(id, username), `${username} can no longer invite you or write to you directly.`),
      },
  ];
}

const copyId = (id) => ({ id: 'copy-id', label: 'Copy the user id', act: () => copy(id, 'Id copied.', `The id is ${id}`) });

async function talkTo(id) {
  const reply = await openDirect(id);
  if (reply.success) show(reply.roomId);
  else tell(sentence(reply));
}

function moderating(id, username, room) {
  if (!room || !mayModerate(room, id)) return [];
  const sanction = (titles, command) => askForSanction({
    ...titles, act: (terms) => troubleOf(command(room, id, terms)),
  });
  const isModerator = roleIn(room, id) === 'moderator';
  return [
    isCreator(room) && {
      id: 'role',
      label: isModerator ? 'Take the moderator’s role' : 'Make a moderator',
      act: () => tellTrouble(setRole(room, id, isModerator ? 'member' : 'moderator')),
    },
    isMuted(room, id)
      ? { id: 'mute', label: 'Unmute', act: () => tellTrouble(unmute(room, id)) }
      : {
        id: 'mute',
        label: 'Mute…',
        act: () => sanction({
          heading: `Mute ${username}?`, question: 'They can still read, but not write.', submit: 'Mute', asksTime: true,
        }, mute),
      },
    {
      id: 'kick',
      label: 'Remove from the room…',
      danger: true,
      act: () => sanction({
        heading: `Remove ${username}?`, question: 'They may come back at once.', submit: 'Remove', asksReason: true,
      }, kick),
    },
    {
      id: 'ban',
      label: 'Ban…',
      danger: true,
      act: () => sanction({
        heading: `Ban ${username}?`, question: 'They leave, and can’t come back before that time is over.', submit: 'Ban',
        asksTime: true, asksReason: true,
      }, ban),
    },
  ];
}

// openMessageMenu shows what can be done about a message.
export function openMessageMenu(room, message) {
  const { sender } = message;
  const mine = sender.id === state.me.userId;
  openSheet({
    id: sender.id,
    name: mine ? 'Your message' : sender.username,
    line: message.text.slice(0, 100),
    actions: [
      mine && { id: 'edit', label: 'Edit', act: () => edit(room, message) },
      (mine || mayModerate(room, sender.id))
        && { id: 'delete-message', label: 'Delete', danger: true, act: () => deleteSaid(room, message) },
      !mine && { id: 'person', label: `About ${sender.username}…`, act: () => openPerson(sender, room) },
    ],
  });
}

// inviteSomebody asks whom to invite into the shown room.
export async function inviteSomebody() {
  if (!state.open.has(state.shown)) return;
  const { id, info, users } = state.open.get(state.shown);
  await askForLine({
    heading: 'Invite somebody',
    question: `Into ${info.name}. People find their id behind the three dots beside their name.`,
    label: 'User id',
    submit: 'Invite',
    people: [...state.contacts.values()].filter(({ userId }) => !users.has(userId)),
    check: async (userId) => {
      const trouble = await troubleOf(invite(id, userId));
      if (trouble === '') tell(`${nameOf(userId)} is invited.`);
      return trouble;
    },
  });
}

// addSomebody asks whom to add to the contacts.
export function addSomebody() {
  return askForLine({
    heading: 'Add a contact',
    question: 'You will see when your contacts are online.',
    label: 'User id',
    submit: 'Add',
    check: (userId) => troubleOf(addContact(userId)),
  });
}

// openMe shows what can be done about oneself.
export function openMe() {
  const { userId, username, token } = state.me;
  openSheet({
    id: userId,
    name: username,
    line: userId,
    actions: [
      copyId(userId),
      ...[...state.blocked.values()].map((person) => ({
        id: 'unblock', label: `Unblock ${person.username}`, act: () => tellTrouble(unblockUser(person.userId)),
      })),
      { id: 'change-name', label: token ? 'Sign out' : 'Change name', act: changeName },
    ],
  });
}
