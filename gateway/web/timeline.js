// What has been said in one room, as this page knows it: pure functions on a room of state.js.
//
//   items    {key, kind: 'message', id, seq, sender, text, createdAt}  as the server told them
//            {key, kind: 'notice', text, createdAt}                    who came and went
//   pending  own messages that the server hasn't sent back yet, oldest first:
//            {key, clientId, text, createdAt, phase: 'sending' | 'failed', code, id?, seq?}
//
// The server numbers a room's messages by seq without gaps, so what is at or below room.seq has been
// seen. An own message leaves pending when it comes back, by the id that its acknowledgement gave.

import { GROUP_GAP, MESSAGES_KEPT_MAX } from './limits.js';

let noticeCount = 0; // makes the keys of notices

// addMessage takes a newMessage event, and says whether it was news.
export function addMessage(room, message) {
  if (message.seq <= room.seq) return false;
  room.seq = message.seq;
  const own = room.pending.find((pending) => pending.id === message.id);
  if (own) room.pending.splice(room.pending.indexOf(own), 1);
  // The key of an own message stays, so what is on the screen stays too.
  push(room, { ...message, key: own?.key ?? message.id, kind: 'message' });
  return true;
}

export function addNotice(room, text, createdAt = new Date().toISOString()) {
  push(room, { key: `notice-${++noticeCount}`, kind: 'notice', text, createdAt });
}

function push(room, item) {
  room.items.push(item);
  if (room.items.length > MESSAGES_KEPT_MAX) room.items.shift();
}

// takeUp continues a room from the reply to joinRoom and gives the messages that were new. asked is
// the `since` that was sent with the command, if any: without it, or with a gap, the reply's
// messages replace what there was.
export function takeUp(room, reply, asked) {
  const continues = asked !== undefined && !reply.gap;
  if (!continues) {
    const known = room.items.length > 0;
    room.items = [];
    room.seq = 0;
    if (known) addNotice(room, 'You were away for a while: earlier messages may be missing here');
  }
  const news = (reply.messages ?? []).filter((message) => addMessage(room, message));
  room.epoch = reply.epoch;
  room.seq = reply.seq ?? room.seq;
  // What was acknowledged is in the reply, or lost in the gap; either way it isn't pending.
  room.pending = room.pending.filter((pending) => pending.id === undefined);
  return news;
}

// acknowledge notes the id and number that the server gave to a pending message.
export function acknowledge(room, pending, { messageId, seq }) {
  pending.id = messageId;
  // The answer to a repeated message may tell of one that has been here all the time.
  if (seq <= room.seq) room.pending = room.pending.filter((other) => other !== pending);
}

// lines gives what to show, top to bottom: the items and pending messages, with
//
//   {key, kind: 'day', createdAt}   before the first line of each day, and
//   mine, lead                      on messages: whose it is, and whether it begins a group
export function lines(room, userId) {
  const result = [];
  let before = null;
  for (const item of [...room.items, ...room.pending.map(asMessage(userId))]) {
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
