// Refusals: the same words and code in both styles of reply, and nothing else.

import assert from 'node:assert/strict';
import { commands } from './rows.js';

// assertRefused gives a command in both styles and compares the refusals. What is said may be the
// exact words or a pattern.
export async function assertRefused(client, code, said, event, ...args) {
  const what = `${event} ${JSON.stringify(args).slice(0, 200)}`;
  const before = client.all('error').length;
  const { error, ...reply } = await client.ask(event, ...args);
  assert.deepEqual(reply, { success: false, code }, `${what}: ${error}`);
  client.tell(event, ...args);
  const { message, ...told } = await client.next('error');
  assert.deepEqual(told, { code, event }, `${what}: ${message}`);
  assert.equal(message, error, what);
  if (said instanceof RegExp) assert.match(error, said, what);
  else assert.equal(error, said, what);
  assert.equal(client.all('error').length, before + 1, `${what}: one reply, in one style`);
}

// samples are a sound argument for every command, to this room and user and about this message.
const samples = ({ roomId, userId, messageId, token }) => ({
  createRoom: { roomId },
  joinRoom: roomId,
  leaveRoom: roomId,
  deleteRoom: roomId,
  updateRoom: { roomId, name: 'Another' },
  openDirect: userId,
  sendMessage: { roomId, text: 'x' },
  chatMessage: { roomId, message: 'x' },
  editMessage: { roomId, messageId, text: 'y' },
  deleteMessage: { roomId, messageId },
  emitToRoom: { roomId, event: 'own', data: 1 },
  gameAction: { roomId, action: 1 },
  getHistory: { roomId },
  markRead: { roomId, seq: 1 },
  listRooms: {},
  watchRooms: true,
  getRoomUsers: roomId,
  inviteToRoom: { roomId, userId },
  listContacts: null,
  listInvitations: null,
  declineInvitation: roomId,
  addContact: userId,
  removeContact: userId,
  blockUser: userId,
  unblockUser: userId,
  kickUser: { roomId, userId },
  banUser: { roomId, userId },
  unbanUser: { roomId, userId },
  muteUser: { roomId, userId },
  unmuteUser: { roomId, userId },
  setRole: { roomId, userId, role: 'moderator' },
  getModeration: roomId,
  refreshToken: { token },
});

// sample gives a sound argument for a command. What it is about that isn't said is nowhere.
export function sample(command, about = {}) {
  const all = samples({ roomId: 'nowhere', userId: 'nobody', messageId: 'nothing', token: 'x', ...about });
  assert.ok(command in all, `${command} has a sample`);
  return all[command];
}

// roomCommands are those that are about one room.
const about = (command, roomId) => JSON.stringify([sample(command, { roomId })]).includes(roomId);
export const roomCommands = commands.filter((command) => about(command, 'somewhere'));
