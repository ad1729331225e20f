// The list of rooms: those this person is in, then the public ones, which can be searched.

import { joinByLink, newRoom, visit } from './actions.js';
import { peerOf, roomName } from './direct.js';
import { findRooms, moreRooms } from './directory.js';
import { avatar, element, icon, reconcile, setText } from './dom.js';
import { SEARCH_DELAY } from './limits.js';
import { typists } from './typing.js';
import { ago, count, initials, together } from './words.js';

const find = (selector) => document.querySelector(selector);

let searchTimer = 0;

export function setUpList() {
  find('#new-room-button').onclick = newRoom;
  find('#join-button').onclick = joinByLink;
  find('#more-rooms').onclick = moreRooms;
  find('#search-input').oninput = ({ target }) => {
    clearTimeout(searchTimer);
    searchTimer = setTimeout(() => findRooms(target.value.trim()), SEARCH_DELAY);
  };
  for (const list of ['#open-rooms', '#listed-rooms']) {
    find(list).onclick = ({ target }) => {
      const entry = target.closest('.entry');
      if (entry) visit(entry.dataset.roomId);
    };
  }
}

export function renderList(state) {
  const { open, mine, directory, search, nextCursor } = state;
  const own = [...open.values()].map((room) => openEntry(state, room));
  own.push(...[...mine.values()].filter(({ id }) => !open.has(id)).map((room) => listedEntry(state, room)));
  const others = [...directory.values()]
    .filter(({ id }) => search !== '' || (!open.has(id) && !mine.has(id)))
    .map((room) => listedEntry(state, room));
  if (search === '') others.sort((a, b) => b.lastActivity.localeCompare(a.lastActivity));
  find('#open-rooms').hidden = own.length === 0;
  reconcile(find('#open-rooms ul'), own, createEntry, updateEntry);
  reconcile(find('#listed-rooms ul'), others, createEntry, updateEntry);
  find('#more-rooms').hidden = nextCursor === null;
  const none = search === '' ? 'None to enter now. Make one, and others will see it here at once.' : `No public room is called “${search}…”.`;
  setText(find('#no-rooms'), others.length > 0 ? '' : none);
}

// An entry is {key, id, name, line, time, lastActivity, unread, locked, direct, current, busy}.

function openEntry(state, room) {
  const { id, info, unread, direct } = room;
  return {
    key: id,
    id,
    name: roomName(info, state.me),
    line: lastLine(state, room),
    time: '',
    unread,
    locked: !direct && (info.isPrivate || info.hasPassword),
    direct,
    current: state.shown === id,
    busy: !room.inside,
  };
}

// lastLine says who types, or what was said last.
function lastLine({ me }, room) {
  const typing = typists(room);
  if (typing.length > 0) return `${together(typing)} ${typing.length === 1 ? 'is' : 'are'} typing…`;
  const last = room.items.findLast(({ kind }) => kind === 'message');
  if (!last) return room.direct ? 'Just the two of you' : 'No messages yet';
  if (last.deletedAt) return 'Message deleted';
  const said = last.text || 'Attachment';
  if (room.direct) return last.sender.id === me.userId ? `You: ${said}` : said;
  return `${last.sender.id === me.userId ? 'You' : last.sender.username}: ${said}`;
}

function listedEntry(state, room) {
  const { id, isPrivate, hasPassword, userCount, memberCount } = room;
  const lastActivity = room.lastActivity ?? '';
  const direct = peerOf(room, state.me) !== null;
  const line = userCount === undefined
    ? count(memberCount ?? 0, 'member', 'members')
    : `${userCount || 'Nobody'} here now`;
  return {
    key: id,
    id,
    name: roomName(room, state.me),
    line: state.joining === id ? 'Entering…' : line,
    time: ago(lastActivity),
    lastActivity,
    unread: state.mine.get(id)?.unreadCount ?? 0,
    locked: !direct && (isPrivate === true || hasPassword === true),
    direct,
    current: state.shown === id,
    busy: state.joining === id,
  };
}

function createEntry({ id, name }) {
  const button = element('button', {
    type: 'button', class: 'entry', 'data-testid': 'room-entry', 'data-room-id': id,
  });
  button.append(
    avatar(initials(name), id),
    element('span', { class: 'entry-text' },
      element('span', { class: 'entry-name' }, element('span', { class: 'name' }), icon('lock')),
      element('span', { class: 'entry-line' })),
    element('span', { class: 'entry-side' },
      element('span', { class: 'entry-time' }),
      element('span', { class: 'badge', 'data-testid': 'unread-badge' })),
  );
  return element('li', {}, button);
}

function updateEntry(node, entry) {
  const button = node.firstElementChild;
  const badge = node.querySelector('.badge');
  setText(node.querySelector('.avatar'), initials(entry.name));
  setText(node.querySelector('.name'), entry.name);
  setText(node.querySelector('.entry-line'), entry.line);
  setText(node.querySelector('.entry-time'), entry.time);
  setText(badge, entry.unread > 99 ? '99+' : String(entry.unread));
  badge.hidden = entry.unread === 0;
  badge.setAttribute('aria-label', count(entry.unread, 'unread message', 'unread messages'));
  button.classList.toggle('locked', entry.locked === true);
  button.classList.toggle('direct', entry.direct);
  button.classList.toggle('unread', entry.unread > 0);
  button.toggleAttribute('aria-current', entry.current);
  button.setAttribute('aria-busy', String(entry.busy));
}
