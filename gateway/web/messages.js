// What is said in a room: sending it, changing it, hearing it, and going back in the history.

import { randomId } from './identity.js';
import { HISTORY_PAGE, PENDING_MAX, RETRY_DELAY } from './limits.js';
import { noteMute } from './moderation.js';
import { countUnread } from './reading.js';
import { ask, hear } from './server.js';
import { changed, inRoom, state, tell } from './state.js';
import {
  acknowledge, addAfter, addBefore, addMessage, applyChange, firstSeq, lastSeq, replaceWithEnd,
} from './timeline.js';
import { stopTyping } from './typing.js';
import { sentence } from './words.js';

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

// deliverWaiting delivers what has waited for the room to be entered, or whose answer was lost.
export function deliverWaiting(room) {
  for (const pending of room.pending) {
    if (pending.phase === 'sending' || pending.code === 'timeout') deliver(room, pending);
  }
}

async function deliver(room, pending) {
  pending.phase = 'sending';
  if (!room.inside) return; // deliverWaiting() does it
  const { clientId, text } = pending;
  const reply = await ask('sendMessage', { roomId: room.id, text, clientId });
  if (reply.success) acknowledge(room, pending, reply);
  else if (reply.code !== 'disconnected') {
    Object.assign(pending, { phase: 'failed', code: reply.code, trouble: sentence(reply) });
    if (reply.code === 'muted') noteMute(room, state.me.userId, endOf(reply));
  }
  changed();
}

const endOf = ({ retryAfterMs }) => (retryAfterMs ? new Date(Date.now() + retryAfterMs).toISOString() : null);

// editMessage and deleteMessage give the server's reply; what comes of it is told as an event.
export const editMessage = (room, messageId, text) => ask('editMessage', { roomId: room.id, messageId, text });
export const deleteMessage = (room, messageId) => ask('deleteMessage', { roomId: room.id, messageId });

// ---- History: one page at a time is asked for ----

export const loadBefore = (room) => room.before && load(room, 'before', { before: firstSeq(room) }, addBefore);
export const loadAfter = (room) => room.after && load(room, 'after', { after: lastSeq(room) }, addAfter);

// loadEnd comes back from far up to what is said now.
export const loadEnd = (room) => room.after && load(room, 'end', {}, replaceWithEnd);

async function load(room, part, where, add) {
  if (room.loading !== '' || !room.inside) return;
  room.loading = part;
  changed();
  const { items } = room;
  const reply = await ask('getHistory', { roomId: room.id, ...where, limit: HISTORY_PAGE });
  if (!reply.success) return pause(room, reply);
  room.loading = '';
  if (room.items === items) add(room, reply); // else it was begun anew meanwhile
  changed();
}

// pause lets some time pass before the history is asked for again: the view asks as long as it needs
// more.
function pause(room, reply) {
  if (reply.code === 'disconnected') return;
  tell(sentence(reply));
  room.loading = 'paused';
  setTimeout(() => {
    room.loading = '';
    changed();
  }, reply.retryAfterMs ?? RETRY_DELAY);
}

hear({
  newMessage: inRoom((room, message) => {
    stopTyping(room, message.sender.id);
    if (addMessage(room, message)) countUnread(room, [message]);
  }),
  messageEdited: inRoom((room, change) => applyChange(room, change)),
  messageDeleted: inRoom((room, change) => applyChange(room, change)),
  disconnect() {
    for (const room of state.open.values()) room.loading = '';
  },
});
