// All that the page knows, in one object, and the only place where that is kept. What happens
// changes it and then calls changed(); the views draw from it and change nothing.

import { DIRECTORY_MAX, PEOPLE_KEPT_MAX } from './limits.js';

export const state = {
  me: null, // {userId, username, token?} after the welcome screen
  refusal: '', // why the server turned us away, for the welcome screen
  needsToken: false, // whether this server lets in only those who show a token
  connection: 'idle', // idle, connecting, connected, waiting (for the next attempt), stopped

  directory: new Map(), // room id → what is known of a public room, see listRoom
  search: '', // what the directory is searched for
  nextCursor: null, // of the directory's next page, null at its end
  mine: new Map(), // room id → the same of rooms one is a member of
  invitations: new Map(), // room id → {roomId, roomName, invitedBy: {id, username}}
  contacts: new Map(), // user id → {userId, username, online}
  blocked: new Map(), // user id → {userId, username}

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
    direct: false, // a room for two, see direct.js
    users: new Map(), // user id → username, of those the server has named
    gone: new Map(), // user id → username, of those who have left, as many as are kept of the others
    userCount: 0, // all of them: a huge room's reply names only some
    usersCursor: null, // of the next page of getRoomUsers
    inside: false, // false until the server has let us in, and again while the connection is lost
    password: undefined, // what let us in, to come back with
    rejoinTimer: 0,

    items: [],
    pending: [],
    epoch: undefined,
    seq: 0,
    before: false,
    after: false,
    loading: '', // the part of the history that was asked for: before, after, end; or paused

    unread: 0, // messages of others that came while this room wasn't looked at
    marked: 0, // seq that the server has been told is read
    marking: false,
    typing: new Map(), // user id → {username, timer}
    typedAt: 0, // when others were last told that we type
    role: 'member', // ours: member, moderator; the creator is in info
    moderators: new Set(), // user ids, as far as the server has told
    muted: new Map(), // user id → when that ends, null for never; as far as the server has told
    thrownOut: new Set(), // user ids whose leaving has been told already
    draft: '', // what is in the composer while another room is shown
  };
  state.open.set(id, room);
  return room;
}

export function closeRoom(id) {
  const room = state.open.get(id);
  state.mine.delete(id);
  if (!room) return;
  clearTimeout(room.rejoinTimer);
  for (const { timer } of room.typing.values()) clearTimeout(timer);
  state.open.delete(id);
  if (state.shown === id) state.shown = '';
}

// inRoom makes a handler of the events that name an open room by roomId.
export function inRoom(handle) {
  return (payload) => {
    const room = state.open.get(payload.roomId);
    if (room) handle(room, payload);
  };
}

// isRead says whether the person is looking at this room.
export const isRead = (room) => state.shown === room.id && !document.hidden;

// listRoom adds to what the list of public rooms says of one: {id, name, hasPassword, memberCount,
// userCount, lastActivity}, each undefined until the server has told it. What a search has found is
// kept up to date; what else there is waits until it is over.
export function listRoom(facts) {
  if (state.search !== '' && !state.directory.has(facts.id)) return;
  state.directory.set(facts.id, { ...state.directory.get(facts.id), ...facts });
  if (state.directory.size > DIRECTORY_MAX) {
    state.directory.delete(state.directory.keys().next().value);
  }
}

// totalUnread counts over all rooms of the person, entered or not.
export function totalUnread() {
  let sum = 0;
  for (const room of state.open.values()) sum += room.unread;
  for (const { id, unreadCount } of state.mine.values()) {
    if (!state.open.has(id)) sum += unreadCount ?? 0;
  }
  return sum;
}

// arrived and departed keep count of who is in a room.
export function arrived(room, user) {
  room.thrownOut.delete(user.id);
  if (!room.users.has(user.id)) room.userCount++;
  if (room.users.has(user.id) || room.users.size < PEOPLE_KEPT_MAX) room.users.set(user.id, user.username);
}

export function departed(room, userId) {
  if (room.users.has(userId)) room.gone.set(userId, room.users.get(userId));
  if (room.gone.size > PEOPLE_KEPT_MAX) room.gone.delete(room.gone.keys().next().value);
  room.users.delete(userId);
  room.userCount = Math.max(room.userCount - 1, room.users.size);
}

// nameIn gives the name of somebody in a room, as far as anything here knows it.
export function nameIn(room, userId) {
  const message = room.items.findLast(({ sender }) => sender?.id === userId);
  return room.users.get(userId) ?? room.gone.get(userId) ?? message?.sender.username ?? nameOf(userId);
}

// nameOf gives somebody's name, or the beginning of the id, which is all there is.
export function nameOf(userId) {
  if (userId === state.me?.userId) return state.me.username;
  const known = state.contacts.get(userId) ?? state.blocked.get(userId);
  return known?.username || (userId.length > 12 ? `${userId.slice(0, 8)}…` : userId);
}
