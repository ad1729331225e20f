// The conversation with the server about rooms: commands to it, and what its events change.
// A new feature of the contract is a function among the commands or a line in the table of events.

import { Client } from './client.js';
import { randomId } from './identity.js';
import { PENDING_MAX, REJOIN_DELAY } from './limits.js';
import {
  arrived, changed, closeRoom, departed, isRead, listRoom, openRoom, state, tell,
} from './state.js';
import { acknowledge, addMessage, addNotice, takeUp } from './timeline.js';
import { sentence } from './words.js';

let client = null;

// begin connects as me and keeps the connection up.
export function begin(me) {
  state.me = me;
  state.refusal = '';
  state.connection = 'connecting';
  client = new Client(location.origin, { auth: me });
  for (const [name, handle] of Object.entries({ ...connectionEvents, ...events })) {
    client.on(name, (...args) => {
      handle(...args);
      changed();
    });
  }
  client.connect();
  changed();
}

// connectNow doesn't wait for the next attempt to be due.
export function connectNow() {
  if (!client || state.connection === 'connected') return;
  state.connection = 'connecting';
  client.connect();
  changed();
}

// connected gives a promise kept with the first connection.
export const connected = () => new Promise((resolve) => {
  if (client.connected) resolve();
  else client.on('connect', resolve);
});

// ask sends a command and gives its reply, {success, …}. No answer is a failure like any other,
// with the code `timeout` or `disconnected`.
async function ask(command, ...args) {
  try {
    return await client.emitWithAck(command, ...args);
  } catch ({ code, message }) {
    return { success: false, code, error: message };
  }
}

// ---- Commands: each gives the server's reply ----

// createRoom makes a room and enters it. The reply to createRoom has neither people nor messages,
// so the page joins as well, which tells others nothing when one is already inside.
export async function createRoom(settings) {
  const reply = await ask('createRoom', settings);
  return reply.success ? joinRoom(reply.roomId, settings.password) : reply;
}

export async function joinRoom(roomId, password) {
  if (state.open.has(roomId)) return { success: true, roomId };
  const reply = await ask('joinRoom', password ? { roomId, password } : roomId);
  if (!reply.success || state.open.has(roomId)) return reply;
  const room = openRoom(roomId);
  room.password = password;
  enter(room, reply);
  changed();
  return reply;
}

export async function leaveRoom(roomId) {
  closeRoom(roomId);
  changed();
  return ask('leaveRoom', roomId);
}

// sendMessage shows a message at once and has it delivered, now or when the connection is back.
// It says whether there was room for it.
export function sendMessage(room, text) {
  if (room.pending.length >= PENDING_MAX) return false;
  const clientId = randomId();
  const createdAt = new Date().toISOString();
  room.pending.push({ key: clientId, clientId, text, createdAt, phase: 'sending', code: '' });
  deliver(room, room.pending.at(-1));
  changed();
  return true;
}

// retryMessage delivers a message that had failed. The server knows a repeated clientId, so nothing
// is said twice however often this is done.
export function retryMessage(room, key) {
  const pending = room.pending.find((message) => message.key === key);
  if (pending) deliver(room, pending);
}

// discardMessage gives up a message that had failed.
export function discardMessage(room, key) {
  room.pending = room.pending.filter((message) => message.key !== key);
  changed();
}

async function deliver(room, pending) {
  pending.phase = 'sending';
  if (!room.inside) return; // enter() delivers it
  const { clientId, text } = pending;
  const reply = await ask('sendMessage', { roomId: room.id, text, clientId });
  if (reply.success) acknowledge(room, pending, reply);
  else if (reply.code !== 'disconnected') {
    Object.assign(pending, { phase: 'failed', code: reply.code, trouble: sentence(reply) });
  }
  changed();
}

// ---- Being in a room, and coming back to it ----

// enter takes in the reply to joinRoom and delivers what has been waiting for it.
function enter(room, reply, asked) {
  room.info = reply.room;
  room.users = new Map(reply.users.map(({ id, username }) => [id, username]));
  room.userCount = Math.max(reply.room.userCount ?? 0, room.users.size);
  room.inside = true;
  const news = takeUp(room, reply, asked);
  if (asked) countUnread(room, news);
  listOpenRoom(room);
  for (const pending of room.pending) {
    if (pending.phase === 'sending' || pending.code === 'timeout') deliver(room, pending);
  }
}

async function rejoin(room) {
  clearTimeout(room.rejoinTimer);
  const { id, epoch, seq, password } = room;
  const since = { epoch, seq };
  const reply = await ask('joinRoom', { roomId: id, since, ...(password && { password }) });
  if (state.open.get(id) !== room) return; // left meanwhile
  if (reply.success) enter(room, reply, since);
  else if (isPassing(reply)) {
    const again = () => client.connected && rejoin(room);
    room.rejoinTimer = setTimeout(again, reply.retryAfterMs ?? REJOIN_DELAY);
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
  if (info.isPrivate || info.creator === undefined) return;
  const { name, memberCount, userCount, hasPassword, lastActivity } = info;
  listRoom({ id, name, memberCount, userCount, hasPassword, lastActivity, isPublic: true });
}

function countUnread(room, messages) {
  if (isRead(room)) return;
  room.unread += messages.filter(({ sender }) => sender.id !== state.me.userId).length;
}

// ---- Events ----

const connectionEvents = {
  connect() {
    state.connection = 'connected';
    for (const room of state.open.values()) rejoin(room);
  },
  disconnect() {
    state.connection = 'stopped'; // `retry` says otherwise if there is to be an attempt
    for (const room of state.open.values()) room.inside = false;
  },
  connect_error(error) {
    if (!error.refused) return;
    state.connection = 'idle';
    state.me = null;
    state.refusal = error.message;
  },
  retry() {
    state.connection = 'waiting';
  },
};

const events = {
  roomsList(rooms) {
    state.directory = new Map();
    for (const room of rooms.toReversed()) listRoom(room);
  },
  newPublicRoom: ({ id, name, memberCount, createdAt }) =>
    listRoom({ id, name, memberCount, lastActivity: createdAt, isPublic: true }),
  newRoomAvailable: ({ roomId, name, userCount, hasPassword, createdAt }) =>
    listRoom({ id: roomId, name, userCount, hasPassword, lastActivity: createdAt, isPublic: true }),
  roomUpdated({ roomId, userCount }) {
    if (state.directory.has(roomId)) listRoom({ id: roomId, userCount });
  },
  roomRemoved: ({ roomId }) => state.directory.delete(roomId),

  newMessage: inRoom((room, message) => {
    if (addMessage(room, message)) countUnread(room, [message]);
  }),
  userJoined: inRoom((room, { user }) => {
    arrived(room, user);
    addNotice(room, `${user.username} came in`);
  }),
  userLeft: inRoom((room, { userId, username, disconnected }) => {
    departed(room, userId);
    addNotice(room, disconnected ? `${username} lost the connection` : `${username} left`);
  }),
  userReconnected: inRoom((room, { userId, username }) => {
    arrived(room, { id: userId, username });
    addNotice(room, `${username} is back`);
  }),
  roomChanged: inRoom((room, { room: info }) => {
    room.info = info;
    listOpenRoom(room);
  }),
  roomDeleted: inRoom((room, { roomId, reason }) => {
    closeRoom(roomId);
    state.directory.delete(roomId);
    tell(`${room.info.name} was deleted${reason ? `: ${reason}` : ''}`);
  }),

  error: (failure) => tell(sentence(failure)),
};

// inRoom makes a handler of the events that name an open room by roomId.
function inRoom(handle) {
  return (payload) => {
    const room = state.open.get(payload.roomId);
    if (room) handle(room, payload);
  };
}
