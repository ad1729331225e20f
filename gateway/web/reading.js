// What is unread, in step with the person's other devices: each room's mark is told to the server
// when the room is looked at, and heard from it when that happened elsewhere.

import { MARK_INTERVAL } from './limits.js';
import { ask, hear } from './server.js';
import { changed, isRead, state } from './state.js';

// countUnread takes messages that were just added to a room.
export function countUnread(room, messages) {
  if (isRead(room)) return look(room);
  room.unread += messages.filter(({ sender }) => sender.id !== state.me.userId).length;
}

// look says that the person sees the room, all of what has been said. The server is told at once, and
// again later if more has come meanwhile.
export function look(room) {
  room.unread = 0;
  changed();
  if (room.marking || !room.inside || room.seq <= room.marked) return;
  room.marking = true;
  mark(room);
  setTimeout(() => {
    room.marking = false;
    if (isRead(room) && state.open.get(room.id) === room) look(room);
  }, MARK_INTERVAL);
}

async function mark(room) {
  const { id, seq, epoch } = room;
  const { success } = await ask('markRead', { roomId: id, seq });
  if (success && room.epoch === epoch) room.marked = Math.max(room.marked, seq);
}

hear({
  roomRead({ roomId, seq, unreadCount }) {
    const room = state.open.get(roomId);
    const facts = state.mine.get(roomId);
    if (facts) state.mine.set(roomId, { ...facts, unreadCount });
    if (!room) return;
    room.marked = Math.max(room.marked, seq);
    room.unread = isRead(room) ? 0 : unreadCount;
  },
});
