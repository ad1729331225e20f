// Being in rooms: making and entering them, coming back after a lost connection, who is there, and
// leaving.

import { peerOf } from './direct.js';
import { PAGE_MAX, RETRY_DELAY } from './limits.js';
import { deliverWaiting } from './messages.js';
import { countUnread } from './reading.js';
import { ask, hear, isConnected } from './server.js';
import {
  arrived, changed, closeRoom, departed, inRoom, listRoom, openRoom, state, tell,
} from './state.js';
import { addNotice, takeUp } from './timeline.js';
import { stopTyping } from './typing.js';
import { sentence } from './words.js';

// ---- Commands: each gives the server's reply ----

// createRoom makes a room and enters it. The reply to createRoom has neither people nor messages,
// so the page joins as well, which tells others nothing when one is already inside.
export async function createRoom(settings) {
  const reply = await ask('createRoom', settings);
  return reply.success ? joinRoom(reply.roomId, settings.password) : reply;
}

// openDirect enters the one room that is only for this person and another.
export async function openDirect(userId) {
  const reply = await ask('openDirect', userId);
  return reply.success ? joinRoom(reply.roomId) : reply;
}

export async function joinRoom(roomId, password) {
  if (state.open.has(roomId)) return { success: true, roomId };
  const reply = await ask('joinRoom', password ? { roomId, password } : roomId);
  if (!reply.success || state.open.has(roomId)) return reply;
  const room = openRoom(roomId);
  room.password = password;
  room.unread = state.mine.get(roomId)?.unreadCount ?? 0;
  enter(room, reply);
  changed();
  return reply;
}

export async function leaveRoom(roomId) {
  closeRoom(roomId);
  changed();
  return ask('leaveRoom', roomId);
}

export const updateRoom = (roomId, settings) => ask('updateRoom', { roomId, ...settings });
export const deleteRoom = (roomId) => ask('deleteRoom', roomId);

// morePeople asks for names beyond those that are known.
export async function morePeople(room) {
  const known = room.users.size;
  do {
    const cursor = room.usersCursor;
    const reply = await ask('getRoomUsers', { roomId: room.id, limit: PAGE_MAX, ...(cursor && { cursor }) });
    if (!reply.success) return tell(sentence(reply));
    room.userCount = reply.total;
    for (const user of reply.users) {
      if (!room.users.has(user.id)) room.userCount--; // arrived() counts it
      arrived(room, user);
    }
    room.usersCursor = reply.nextCursor;
  } while (room.usersCursor && room.users.size === known); // the first page is known from the join
  changed();
}

// ---- Being in a room, and coming back to it ----

// enter takes in the reply to joinRoom and delivers what has been waiting for it.
function enter(room, reply, asked) {
  describe(room, reply.room);
  room.role = reply.role ?? 'member';
  room.users = new Map(reply.users.map(({ id, username }) => [id, username]));
  room.userCount = Math.max(reply.room.userCount ?? 0, room.users.size);
  room.usersCursor = null;
  room.thrownOut = new Set();
  room.inside = true;
  const news = takeUp(room, reply, asked);
  if (asked) countUnread(room, news);
  state.invitations.delete(room.id);
  listOpenRoom(room);
  deliverWaiting(room);
}

function describe(room, info) {
  room.info = info;
  room.direct = peerOf(info, state.me) !== null;
}

async function rejoin(room) {
  clearTimeout(room.rejoinTimer);
  const { id, epoch, seq, password } = room;
  const since = { epoch, seq };
  const reply = await ask('joinRoom', { roomId: id, since, ...(password && { password }) });
  if (state.open.get(id) !== room) return; // left meanwhile
  if (reply.success) enter(room, reply, since);
  else if (isPassing(reply)) {
    const again = () => isConnected() && rejoin(room);
    room.rejoinTimer = setTimeout(again, reply.retryAfterMs ?? RETRY_DELAY);
  } else if (reply.code !== 'disconnected') {
    closeRoom(id);
    tell(`${room.info.name}: ${sentence(reply)}`);
  }
  changed();
}

const isPassing = ({ code }) => ['unavailable', 'rate_limited', 'timeout'].includes(code);

// A room that one has been in stays in the list after leaving, if it is one that the server lists:
// it tells a creator nothing of its own room, and lists no room that came about by being joined.
function listOpenRoom({ id, info }) {
  const { name, creator, memberCount, userCount, hasPassword, lastActivity } = info;
  if (info.isPrivate || creator === undefined) state.directory.delete(id);
  else listRoom({ id, name, creator, memberCount, userCount, hasPassword, lastActivity });
}

hear({
  connect() {
    for (const room of state.open.values()) rejoin(room);
  },
  disconnect() {
    for (const room of state.open.values()) room.inside = false;
  },
  userJoined: inRoom((room, { user }) => {
    arrived(room, user);
    addNotice(room, `${user.username} came in`);
  }),
  userLeft: inRoom((room, { userId, username, disconnected }) => {
    stopTyping(room, userId);
    if (room.thrownOut.delete(userId)) return; // that was told already, see moderation.js
    departed(room, userId);
    addNotice(room, disconnected ? `${username} lost the connection` : `${username} left`);
  }),
  userReconnected: inRoom((room, { userId, username }) => {
    arrived(room, { id: userId, username });
    addNotice(room, `${username} is back`);
  }),
  roomChanged: inRoom((room, { room: info }) => {
    describe(room, info);
    listOpenRoom(room);
  }),
  roomDeleted({ roomId, reason }) {
    const name = state.open.get(roomId)?.info.name;
    closeRoom(roomId);
    state.directory.delete(roomId);
    if (name) tell(`${name} was deleted${reason ? `: ${reason}` : ''}`);
  },
  error: (failure) => tell(sentence(failure)),
});
