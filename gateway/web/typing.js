// Who is typing: an event of the application's own through emitToRoom. It is volatile, so a client
// that is slow simply doesn't get it, and it holds for a few seconds only, so nobody has to say that
// he has stopped.

import { TYPING_INTERVAL, TYPING_TIME, TYPISTS_MAX } from './limits.js';
import { ask, hear } from './server.js';
import { changed, state } from './state.js';

// typed tells the others in the room that this person types, unless that was said just now.
export function typed(room, now = Date.now()) {
  if (!room.inside || now - room.typedAt < TYPING_INTERVAL) return;
  room.typedAt = now;
  ask('emitToRoom', { roomId: room.id, event: 'typing', data: {}, volatile: true });
}

// stopTyping forgets that somebody types: what he typed has come, or he has gone.
export function stopTyping(room, userId) {
  clearTimeout(room.typing.get(userId)?.timer);
  room.typing.delete(userId);
  changed();
}

// typists gives the names of those who type.
export const typists = (room) => [...room.typing.values()].map(({ username }) => username);

hear({
  typing(_, { roomId, sender } = {}) {
    const room = state.open.get(roomId);
    if (!room || sender.id === state.me.userId) return;
    stopTyping(room, sender.id);
    if (room.typing.size >= TYPISTS_MAX) return;
    const timer = setTimeout(() => stopTyping(room, sender.id), TYPING_TIME);
    room.typing.set(sender.id, { username: sender.username, timer });
  },
  disconnect() {
    for (const room of state.open.values()) {
      for (const userId of room.typing.keys()) stopTyping(room, userId);
    }
  },
});
