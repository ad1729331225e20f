// What a person can do with rooms, from the click to its end: ask what has to be asked, have the
// server told, and show what came of it. About people: people_actions.js.

import { forget } from './identity.js';
import { askForLine, askForPassword, askForSettings, askForText, askToConfirm } from './dialogs.js';
import { roomName } from './direct.js';
import { declineInvitation } from './invitations.js';
import { NAME_LENGTH_MAX, TEXT_BYTES_MAX } from './limits.js';
import { deleteMessage, editMessage, sendMessage } from './messages.js';
import { showModeration } from './moderation_dialog.js';
import { getModeration, isCreator, isModerator } from './moderation.js';
import { look } from './reading.js';
import { createRoom, deleteRoom, joinRoom, leaveRoom, updateRoom } from './rooms.js';
import { enterAddress, leaveAddress, linkTo, roomInLink } from './route.js';
import { changedSettings, formValues, newSettings } from './settings.js';
import { openSheet } from './sheet.js';
import { changed, state, tell } from './state.js';
import { sentence } from './words.js';

// visit shows a room, entering it first if need be. '' is the list.
export async function visit(id) {
  const known = id === '' || state.open.has(id);
  state.joining = known ? '' : id;
  if (known) return show(id);
  changed();
  const reply = await joinAskingPassword(id);
  if (state.joining !== id) return; // another room was chosen meanwhile
  state.joining = '';
  if (reply?.success) return show(id);
  if (reply) tell(sentence(reply));
  show(state.shown);
}

// joinAskingPassword gives the reply to joinRoom, or null when the person gave up. A private room
// answers room_private whatever was wrong, though knowing its password, if it has one, admits.
async function joinAskingPassword(id) {
  const known = state.directory.get(id) ?? state.mine.get(id);
  const name = known?.name ?? state.invitations.get(id)?.roomName ?? id;
  let reply = await joinRoom(id);
  for (let tried = false; ['wrong_password', 'room_private'].includes(reply.code); tried = true) {
    const password = await askForPassword(PASSWORD_QUESTIONS[reply.code](name), tried);
    if (password === '') return null;
    reply = await joinRoom(id, password);
  }
  return reply;
}

const PASSWORD_QUESTIONS = {
  wrong_password: (name) => `“${name}” is protected by a password.`,
  room_private: (name) =>
    `“${name}” is private. You need to be invited, or to know its password if it has one.`,
};

export function show(id) {
  state.shown = id;
  const room = state.open.get(id);
  if (room) {
    look(room);
    if (isModerator(room)) getModeration(room);
    enterAddress(id);
  } else {
    leaveAddress();
  }
  changed();
}

// newRoom has a room made by the dialog and shows it.
export async function newRoom() {
  let made = '';
  await askForSettings({
    heading: 'New room',
    submit: 'Create room',
    isNew: true,
    values: {},
    save: async (data) => {
      const settings = newSettings(data);
      if (settings.name.length > NAME_LENGTH_MAX) return 'The name is too long.';
      const reply = await createRoom(settings);
      if (!reply.success) return sentence(reply);
      made = reply.roomId;
      return '';
    },
  });
  if (made) show(made);
}

// joinByLink enters a room that the list doesn't show.
export async function joinByLink() {
  const text = await askForLine({ heading: 'Enter by link or id', label: 'Link or room id', submit: 'Enter' });
  if (text) visit(roomInLink(text));
}

// openRoomMenu shows what can be done with the shown room.
export function openRoomMenu() {
  const room = state.open.get(state.shown);
  if (!room) return;
  const { id, info } = room;
  openSheet({
    id,
    name: roomName(info, state.me),
    line: [info.isPrivate && 'private', info.hasPassword && 'with a password', info.type].filter(Boolean).join(', '),
    actions: [
      { id: 'share', label: 'Copy the link', act: () => share(id) },
      isModerator(room) && { id: 'moderation', label: 'Moderation', act: () => showModeration(room) },
      isCreator(room) && { id: 'settings', label: 'Settings', act: () => changeSettings(room) },
      { id: 'leave', label: 'Leave', act: () => leave(id) },
      isCreator(room) && { id: 'delete', label: 'Delete this room', danger: true, act: () => deleteConfirmed(room) },
    ],
  });
}

function changeSettings({ id, info }) {
  return askForSettings({
    heading: 'Settings',
    submit: 'Save',
    isNew: false,
    values: formValues(info),
    save: (data) => troubleOf(updateRoom(id, changedSettings(info, data))),
  });
}

function deleteConfirmed({ id, info }) {
  return askToConfirm({
    heading: `Delete “${info.name}”?`,
    question: 'Everybody in it leaves, and all that was said is gone.',
    submit: 'Delete room',
    act: () => troubleOf(deleteRoom(id)),
  });
}

// troubleOf gives what is wrong with a promised reply, '' for nothing.
export async function troubleOf(promised) {
  const reply = await promised;
  return reply.success ? '' : sentence(reply);
}

// tellTrouble shows what is wrong with a promised reply, or else what is done.
export async function tellTrouble(promised, done = '') {
  const said = (await troubleOf(promised)) || done;
  if (said) tell(said);
}

function leave(id) {
  leaveRoom(id);
  show('');
}

// accept and decline answer an invitation.
export const accept = (roomId) => visit(roomId);
export const decline = (roomId) => tellTrouble(declineInvitation(roomId));

// send says a text in the shown room, and says whether it could.
export function send(text) {
  const trouble = tooLong(text);
  if (trouble) {
    tell(trouble);
    return false;
  }
  const sent = sendMessage(state.open.get(state.shown), text);
  if (!sent) tell('Too many messages are waiting to be sent.');
  return sent;
}

function tooLong(text) {
  const long = new TextEncoder().encode(text).length > TEXT_BYTES_MAX;
  return long ? `This message is too long: ${TEXT_BYTES_MAX / 1024} KiB is the most.` : '';
}

export function edit(room, message) {
  return askForText(message.text, (text) => {
    if (text === message.text) return '';
    return tooLong(text) || troubleOf(editMessage(room, message.id, text));
  });
}

export function deleteSaid(room, message) {
  return askToConfirm({
    heading: 'Delete this message?',
    question: 'It is gone for everybody; that it was there stays visible.',
    submit: 'Delete message',
    act: () => troubleOf(deleteMessage(room, message.id)),
  });
}

// share copies the room's address.
const share = (id) => copy(linkTo(id), 'Link copied. It leads straight to this room.',
  'Copy the link from the address bar: it leads straight to this room.');

// copy puts a text on the clipboard. Browsers allow that only on secure pages.
export async function copy(text, done, otherwise) {
  try {
    await navigator.clipboard.writeText(text);
    tell(done);
  } catch {
    tell(otherwise);
  }
}

export function togglePeople() {
  state.peopleShown = !state.peopleShown;
  changed();
}

// changeName asks for a name again; the connection and its rooms are left behind.
export function changeName() {
  forget();
  location.reload();
}
