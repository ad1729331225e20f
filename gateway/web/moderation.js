// Keeping order in a room: what its creator and its moderators may do, and what everybody is told
// of it. The server decides; the page only doesn't offer what it would refuse.

import { TIMEOUT_MAX } from './limits.js';
import { ask, hear } from './server.js';
import { changed, closeRoom, departed, inRoom, nameIn, state, tell } from './state.js';
import { addNotice } from './timeline.js';
import { until } from './words.js';

// ---- Commands: each gives the server's reply ----

const withTime = (durationMs) => (durationMs ? { durationMs } : {}); // without one: for good
const withReason = (reason) => (reason ? { reason } : {});

export const kick = ({ id }, userId, { reason }) => ask('kickUser', { roomId: id, userId, ...withReason(reason) });
export const ban = ({ id }, userId, { reason, durationMs }) =>
  ask('banUser', { roomId: id, userId, ...withReason(reason), ...withTime(durationMs) });
export const unban = ({ id }, userId) => ask('unbanUser', { roomId: id, userId });
export const mute = ({ id }, userId, { durationMs }) =>
  ask('muteUser', { roomId: id, userId, ...withTime(durationMs) });
export const unmute = ({ id }, userId) => ask('unmuteUser', { roomId: id, userId });
export const setRole = ({ id }, userId, role) => ask('setRole', { roomId: id, userId, role });

// getModeration gives who moderates, is banned and is muted, and notes it for the list of people.
export async function getModeration(room) {
  const reply = await ask('getModeration', room.id);
  if (reply.success) {
    room.moderators = new Set(reply.moderators);
    room.muted = new Map(reply.muted.map((mute) => [mute.userId, mute.until]));
    changed();
  }
  return reply;
}

// ---- Who may what ----

export function roleIn(room, userId) {
  if (room.info.creator === userId) return 'creator';
  const isModerator = userId === state.me.userId ? room.role === 'moderator' : room.moderators.has(userId);
  return isModerator ? 'moderator' : 'member';
}

// mayModerate says whether this person may act on another: moderators on members, the creator on
// everybody. Of a room for two nobody is the moderator.
export function mayModerate(room, userId) {
  const mine = roleIn(room, state.me.userId);
  if (userId === state.me.userId || room.direct) return false;
  return mine === 'creator' || (mine === 'moderator' && roleIn(room, userId) === 'member');
}

// isMuted says whether somebody may not write now: nobody tells when the time of a mute is over.
export function isMuted(room, userId, now = Date.now()) {
  const end = room.muted.get(userId);
  return end === null || (end !== undefined && new Date(end) > now);
}

// noteMute notes until when somebody may not write, null for good.
export function noteMute(room, userId, end) {
  room.muted.set(userId, end);
  if (end === null || userId !== state.me.userId) return;
  // Then the page lets one write again.
  setTimeout(changed, Math.min(new Date(end) - Date.now() + 1, TIMEOUT_MAX));
}

export const isModerator = (room) => !room.direct && roleIn(room, state.me.userId) !== 'member';
export const isCreator = (room) => !room.direct && roleIn(room, state.me.userId) === 'creator';

// ---- Events ----

const by = (author) => author?.username ?? 'an administrator';
const because = (reason) => (reason ? `: ${reason}` : '');

// out takes somebody out of the room, of which userLeft then has nothing new to say; or closes the
// room if that is this person.
function out(room, userId, text, toldToMe) {
  if (userId === state.me.userId) {
    closeRoom(room.id);
    tell(toldToMe);
    return;
  }
  if (room.users.has(userId)) {
    departed(room, userId);
    room.thrownOut.add(userId);
  }
  addNotice(room, text);
}

hear({
  userKicked: inRoom((room, { userId, username, by: author, reason }) => {
    const name = username || nameIn(room, userId);
    out(room, userId, `${name} was removed by ${by(author)}${because(reason)}`,
      `You were removed from ${room.info.name}${because(reason)}`);
  }),
  userBanned: inRoom((room, { userId, username, by: author, until: end, reason }) => {
    const name = username || nameIn(room, userId);
    out(room, userId, `${name} was banned by ${by(author)}${until(end)}${because(reason)}`,
      `You were banned from ${room.info.name}${until(end)}${because(reason)}`);
  }),
  userUnbanned: inRoom((room, { userId, by: author }) =>
    addNotice(room, `${nameIn(room, userId)} may come in again, says ${by(author)}`)),
  userMuted: inRoom((room, { userId, by: author, until: end }) => {
    noteMute(room, userId, end);
    addNotice(room, `${nameIn(room, userId)} was muted by ${by(author)}${until(end)}`);
  }),
  userUnmuted: inRoom((room, { userId, by: author }) => {
    room.muted.delete(userId);
    addNotice(room, `${nameIn(room, userId)} may speak again, says ${by(author)}`);
  }),
  roleChanged: inRoom((room, { userId, role }) => {
    if (role === 'moderator') room.moderators.add(userId);
    else room.moderators.delete(userId);
    if (userId === state.me.userId) room.role = role;
    if (isModerator(room)) getModeration(room);
    addNotice(room, role === 'moderator'
      ? `${nameIn(room, userId)} is a moderator now`
      : `${nameIn(room, userId)} is no moderator any more`);
  }),
});
