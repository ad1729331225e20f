// Which rooms there are: the public ones, searched and paged, kept up to date by the server's feed,
// and those one is a member of, with what is unread there.

import { DIRECTORY_MAX, DIRECTORY_PAGE, ENTERED_MAX, MINE_MAX, PAGE_MAX } from './limits.js';
import { joinRoom } from './rooms.js';
import { ask, hear } from './server.js';
import { changed, listRoom, state, tell } from './state.js';
import { sentence } from './words.js';

let searches = 0; // tells the answer to the newest search from those to older ones

// findRooms lists the public rooms with a word that begins so, all of them for ''.
export async function findRooms(search) {
  state.search = search;
  const number = ++searches;
  const reply = await ask('listRooms', { limit: DIRECTORY_PAGE, ...(search && { search }) });
  if (number !== searches) return;
  if (!reply.success) return failed(reply);
  state.directory = new Map(reply.rooms.map((room) => [room.id, room]));
  state.nextCursor = reply.nextCursor;
  changed();
}

// moreRooms adds the next page. A list beyond its bound is no longer a choice: then one searches.
export async function moreRooms() {
  const number = searches;
  const { search, nextCursor: cursor } = state;
  const reply = await ask('listRooms', { limit: DIRECTORY_PAGE, cursor, ...(search && { search }) });
  if (number !== searches) return;
  if (!reply.success) return failed(reply);
  for (const room of reply.rooms) state.directory.set(room.id, { ...state.directory.get(room.id), ...room });
  state.nextCursor = state.directory.size < DIRECTORY_MAX ? reply.nextCursor : null;
  changed();
}

function failed(reply) {
  if (reply.code !== 'disconnected') tell(sentence(reply));
}

// findMine lists the rooms that the person is a member of and enters the first of them, since only
// those inside hear what is said.
async function findMine() {
  const mine = new Map();
  let cursor = null;
  do {
    const reply = await ask('listRooms', { mine: true, limit: PAGE_MAX, ...(cursor && { cursor }) });
    if (!reply.success) return failed(reply);
    for (const room of reply.rooms) {
      const told = state.mine.get(room.id) ?? state.directory.get(room.id);
      mine.set(room.id, { ...room, unreadCount: room.unreadCount ?? told?.unreadCount ?? 0 });
    }
    cursor = reply.nextCursor;
  } while (cursor && mine.size < MINE_MAX);
  state.mine = mine;
  changed();
  for (const id of [...mine.keys()].slice(0, ENTERED_MAX)) {
    const { success } = await joinRoom(id);
    if (!success) return; // it is there to be entered by hand
  }
}

hear({
  connect() {
    findMine();
    findRooms(state.search);
  },
  // The first list comes by itself and is all that tells what is unread.
  roomsList(rooms) {
    for (const room of rooms.toReversed()) {
      if (room.isPublic) listRoom(room);
      else state.mine.set(room.id, { ...state.mine.get(room.id), ...room, isPrivate: true });
    }
  },
  newPublicRoom: ({ id, name, memberCount, createdAt }) =>
    listRoom({ id, name, memberCount, lastActivity: createdAt }),
  newRoomAvailable: ({ roomId, name, userCount, hasPassword, creator, createdAt }) =>
    listRoom({ id: roomId, name, userCount, hasPassword, creator, lastActivity: createdAt }),
  roomUpdated({ roomId, userCount }) {
    if (state.directory.has(roomId)) listRoom({ id: roomId, userCount });
  },
  roomRemoved: ({ roomId }) => state.directory.delete(roomId),
});
