// Invitations into rooms: given, waiting, declined. One is accepted by entering the room.

import { INVITATIONS_MAX } from './limits.js';
import { ask, hear } from './server.js';
import { changed, state } from './state.js';

export const invite = (roomId, userId) => ask('inviteToRoom', { roomId, userId });

export async function declineInvitation(roomId) {
  const reply = await ask('declineInvitation', roomId);
  if (reply.success) state.invitations.delete(roomId);
  changed();
  return reply;
}

function take(invitation) {
  if (state.open.has(invitation.roomId)) return;
  state.invitations.set(invitation.roomId, invitation);
  if (state.invitations.size > INVITATIONS_MAX) state.invitations.delete(state.invitations.keys().next().value);
}

hear({
  // What waits is told at each connection. The list says what doesn't any more: it was accepted or
  // declined on another device.
  async connect() {
    const reply = await ask('listInvitations');
    if (!reply.success) return;
    state.invitations = new Map();
    for (const invitation of reply.invitations) take(invitation);
    changed();
  },
  roomInvitation: take,
});
