// All that the page knows, in one object, and the only place where that is kept. What happens
// changes it and then calls changed(); the views draw from it and change nothing.

import { DIRECTORY_MAX } from './limits.js';

export const state = {
  me: null, // {userId, username} after the welcome screen
  refusal: '', // why the server turned us away, for the welcome screen
  connection: 'idle', // idle, connecting, connected, waiting (for the next attempt), stopped
  directory: new Map(), // room id → what the list of rooms says of it, see listRoom
  open: new Map(), // room id → a room that this page is in, see openRoom
  shown: '', // id of the open room on the screen, '' for none
  joining: '', // id of the room that is being entered
  peopleShown: true, // whether the list of who is here is unfolded
  toast: null, // {text}: a short message to show now
};

let observers = [];
let scheduled = false;

export function onChange(observer) {
  observers = [...observers, observer];
}

// changed has the observers called once, soon, for any number of changes made until then.
export function changed() {
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    for (const observer of observers) observer(state);
  });
}

// tell shows a sentence for a few seconds.
export function tell(text) {
  state.toast = { text };
  changed();
}

// openRoom begins a room that this page is in. The timeline's fields are explained in timeline.js.
export function openRoom(id) {
  const room = {
    id,
    info: { id, name: id }, // `room` of the server's replies
    users: new Map(), // user id → username, of those the server has named
    userCount: 0, // all of them: a huge room's reply names only some
    inside: false, // false until the server has let us in, and again while the connection is lost
    password: undefined, // what let us in, to come back with
    rejoinTimer: 0,
    items: [],
    pending: [],
    epoch: undefined,
    seq: 0,
    unread: 0, // messages that came while this room wasn't looked at
    draft: '', // what is in the composer while another room is shown
  };
  state.open.set(id, room);
  return room;
}

export function closeRoom(id) {
  const room = state.open.get(id);
  if (!room) return;
  clearTimeout(room.rejoinTimer);
  state.open.delete(id);
  if (state.shown === id) state.shown = '';
}

// isRead says whether the person is looking at this room.
export const isRead = (room) => state.shown === room.id && !document.hidden;

// listRoom adds to what the list says of a room: {id, name, isPublic, hasPassword, memberCount,
// userCount, unreadCount, lastActivity}, each undefined until the server has told it.
export function listRoom(facts) {
  state.directory.set(facts.id, { ...state.directory.get(facts.id), ...facts });
  if (state.directory.size > DIRECTORY_MAX) {
    state.directory.delete(state.directory.keys().next().value);
  }
}

export const totalUnread = () => [...state.open.values()].reduce((sum, room) => sum + room.unread, 0);

// arrived and departed keep count of who is in a room.
export function arrived(room, user) {
  if (!room.users.has(user.id)) room.userCount++;
  room.users.set(user.id, user.username);
}

export function departed(room, userId) {
  room.users.delete(userId);
  room.userCount = Math.max(room.userCount - 1, room.users.size);
}
