// What has been said in one room, as this page knows it: pure functions on a room of state.js.
//
//   items    {key, kind: 'message', id, seq, sender, text, attachments, createdAt, editedAt?, deletedAt?}
//                                                                      as the server told them
//            {key, kind: 'notice', text, createdAt}                    who came and went
//   pending  own messages that the server hasn't sent back yet, oldest first:
//            {key, clientId, text, createdAt, phase: 'sending' | 'failed', code, id?, seq?}
//   before   whether there is more of the history before the items
//   after    whether there is more behind them: somebody reads far back, and what is said now is not
//            added but fetched when he comes down again
//
// The server numbers a room's records, messages and changes of messages, by seq without gaps, so what
// is at or below room.seq has been seen. An own message leaves pending when it comes back, by the id
// that its acknowledgement gave.

import { GROUP_GAP, MESSAGES_KEPT_MAX } from './limits.js';

let noticeCount = 0; // makes the keys of notices

// addMessage takes a newMessage event, and says whether it was news.
export function addMessage(room, message) {
  if (message.seq <= room.seq) return false;
  room.seq = message.seq;
  const own = room.pending.find((pending) => pending.id === message.id);
  if (own) room.pending.splice(room.pending.indexOf(own), 1);
  // The key of an own message stays, so what is on the screen stays too.
  if (!room.after) push(room, asItem(message, own?.key));
  return true;
}

// applyChange takes a messageEdited or messageDeleted event, and says whether it was news.
export function applyChange(room, { seq, messageId, text, attachments, editedAt, deletedAt }) {
  if (seq <= room.seq) return false;
  room.seq = seq;
  const at = room.items.findIndex(({ id }) => id === messageId);
  if (at < 0) return true;
  const item = room.items[at];
  room.items[at] = deletedAt
    ? { ...item, text: '', attachments: [], deletedAt }
    : { ...item, text, attachments: attachments ?? item.attachments, editedAt };
  return true;
}

export function addNotice(room, text, createdAt = new Date().toISOString()) {
  if (!room.after) push(room, { key: `notice-${++noticeCount}`, kind: 'notice', text, createdAt });
}

const asItem = (message, key = message.id) => ({ ...message, key, kind: 'message' });

function push(room, item) {
  room.items.push(item);
  if (room.items.length > MESSAGES_KEPT_MAX && room.items.shift().kind === 'message') room.before = true;
}

// takeUp continues a room from the reply to joinRoom and gives the messages that were new. asked is
// the `since` that was sent with the command, if any: without it, or with a gap, the reply's
// messages replace what there was.
export function takeUp(room, reply, asked) {
  const messages = reply.messages ?? [];
  const continues = asked !== undefined && !reply.gap;
  if (!continues) {
    const known = room.items.length > 0;
    restart(room, messages[0]?.seq ?? reply.seq + 1);
    room.seq = 0;
    if (known) addNotice(room, 'You were away for a while: earlier messages may be missing here');
  }
  const records = [...messages, ...(reply.changes ?? [])].sort((a, b) => a.seq - b.seq);
  const news = records.filter((record) =>
    record.messageId === undefined ? addMessage(room, record) : applyChange(room, record) && false);
  room.epoch = reply.epoch;
  room.seq = reply.seq ?? room.seq;
  // What was acknowledged is in the reply, or lost in the gap; either way it isn't pending.
  room.pending = room.pending.filter((pending) => pending.id === undefined);
  return news;
}

function restart(room, first) {
  room.items = [];
  room.before = first > 1;
  room.after = false;
}

// addBefore takes a page of the history that comes before the items. What is then too much is taken
// from the end, which is out of sight.
export function addBefore(room, { messages, hasMore }) {
  const first = firstSeq(room);
  const older = messages.filter(({ seq }) => seq < first).map((message) => asItem(message));
  room.items = [...older, ...room.items];
  room.before = hasMore && older.length > 0;
  const cut = room.items.splice(MESSAGES_KEPT_MAX);
  if (cut.some(({ kind }) => kind === 'message')) room.after = true;
}

// addAfter takes the page that comes behind the items.
export function addAfter(room, { messages, hasMore }) {
  const last = lastSeq(room);
  const newer = messages.filter(({ seq }) => seq > last);
  for (const message of newer) push(room, asItem(message));
  room.seq = Math.max(room.seq, lastSeq(room));
  room.after = hasMore && newer.length > 0;
}

// replaceWithEnd takes the newest page in the place of what there was.
export function replaceWithEnd(room, { messages, hasMore }) {
  restart(room, 1);
  for (const message of messages) push(room, asItem(message));
  room.seq = Math.max(room.seq, lastSeq(room));
  room.before = hasMore;
}

// firstSeq and lastSeq are those of the messages among the items.
export const firstSeq = (room) => room.items.find(({ kind }) => kind === 'message')?.seq ?? room.seq + 1;
export const lastSeq = (room) => room.items.findLast(({ kind }) => kind === 'message')?.seq ?? 0;

// acknowledge notes the id and number that the server gave to a pending message.
export function acknowledge(room, pending, { messageId, seq }) {
  pending.id = messageId;
  // The answer to a repeated message may tell of one that has been here all the time.
  if (seq <= room.seq) room.pending = room.pending.filter((other) => other !== pending);
}

// lines gives what to show, top to bottom: the items and, at the end of it all, pending messages, with
//
//   {key, kind: 'day', createdAt}   before the first line of each day, and
//   mine, lead                      on messages: whose it is, and whether it begins a group
export function lines(room, userId) {
  const result = [];
  let before = null;
  const pending = room.after ? [] : room.pending.map(asMessage(userId));
  for (const item of [...room.items, ...pending]) {
    const day = new Date(item.createdAt).toDateString();
    if (day !== (before && new Date(before.createdAt).toDateString())) {
      result.push({ key: `day-${item.key}`, kind: 'day', createdAt: item.createdAt });
      before = null;
    }
    result.push(item.kind === 'message' ? inGroup(item, before, userId) : item);
    before = item;
  }
  return result;
}

const asMessage = (userId) => (pending) => ({ ...pending, kind: 'message', sender: { id: userId } });

function inGroup(item, before, userId) {
  const sameAuthor = before?.kind === 'message' && before.sender.id === item.sender.id;
  const soon = sameAuthor && new Date(item.createdAt) - new Date(before.createdAt) < GROUP_GAP;
  return { ...item, mine: item.sender.id === userId, lead: !soon };
}
