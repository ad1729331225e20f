// What a person can do here, from the click to its end: ask what has to be asked, have rooms.js say
// it to the server, and show what came of it.

import { askForNewRoom, askForPassword, askForRoom } from './dialogs.js';
import { forget } from './identity.js';
import { NAME_LENGTH_MAX, TEXT_BYTES_MAX } from './limits.js';
import { createRoom, joinRoom, leaveRoom, sendMessage } from './rooms.js';
import { enterAddress, leaveAddress, linkTo, roomInLink } from './route.js';
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
  const name = state.directory.get(id)?.name ?? id;
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

function show(id) {
  state.shown = id;
  const room = state.open.get(id);
  if (room) {
    room.unread = 0;
    enterAddress(id);
  } else {
    leaveAddress();
  }
  changed();
}

// newRoom has a room made by the dialog and shows it.
export async function newRoom() {
  let made = '';
  await askForNewRoom(async (settings) => {
    if (settings.name.length > NAME_LENGTH_MAX) return 'The name is too long.';
    const reply = await createRoom(settings);
    if (!reply.success) return sentence(reply);
    made = reply.roomId;
    return '';
  });
  if (made) show(made);
}

// joinByLink enters a room that the list doesn't show.
export async function joinByLink() {
  const text = await askForRoom();
  if (text) visit(roomInLink(text));
}

export function leave() {
  leaveRoom(state.shown);
  show('');
}

// send says a text in the shown room, and says whether it could.
export function send(text) {
  if (new TextEncoder().encode(text).length > TEXT_BYTES_MAX) {
    tell(`This message is too long: ${TEXT_BYTES_MAX / 1024} KiB is the most.`);
    return false;
  }
  const sent = sendMessage(state.open.get(state.shown), text);
  if (!sent) tell('Too many messages are waiting to be sent.');
  return sent;
}

// share copies the room's address. Browsers allow that only on secure pages.
export async function share() {
  try {
    await navigator.clipboard.writeText(linkTo(state.shown));
    tell('Link copied. It leads straight to this room.');
  } catch {
    tell('Copy the link from the address bar: it leads straight to this room.');
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
