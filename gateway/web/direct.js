// Rooms for two: what to call them. Their name on the server is "<one's name> & <the other's id>",
// made when one of them opened the room, so each of the two is better shown the other.

import { nameOf } from './state.js';

// peerOf gives the other one of a room for two as {id, username}, or null for any other room.
export function peerOf({ name, creator, type, isPrivate, maxUsers }, me) {
  if (!isPrivate || maxUsers !== 2 || type !== 'persistent') return null;
  const at = name.lastIndexOf(' & ');
  if (at < 0) return null;
  const [opener, peerId] = [name.slice(0, at), name.slice(at + 3)];
  if (creator !== me.userId) return peerId === me.userId ? { id: creator, username: opener } : null;
  return opener === me.username ? { id: peerId, username: nameOf(peerId) } : null;
}

// roomName gives what a room is called in the page.
export const roomName = (info, me) => peerOf(info, me)?.username ?? info.name;
