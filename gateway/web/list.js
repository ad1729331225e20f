// The list of rooms: those this page is in, then those one can enter.

import { newRoom, joinByLink, visit } from './actions.js';
import { avatar, element, icon, reconcile, setText } from './dom.js';
import { ago, count, initials } from './words.js';

const find = (selector) => document.querySelector(selector);

export function setUpList() {
  find('#new-room-button').onclick = newRoom;
  find('#join-button').onclick = joinByLink;
  find('#rooms').onclick = ({ target }) => {
    const entry = target.closest('.entry');
    if (entry) visit(entry.dataset.roomId);
  };
}

export function renderList(state) {
  const open = [...state.open.values()].map((room) => openEntry(state, room));
  const others = [...state.directory.values()]
    .filter(({ id }) => !state.open.has(id))
    .map((room) => listedEntry(state, room))
    .sort((a, b) => b.lastActivity.localeCompare(a.lastActivity));
  renderSection(find('#open-rooms'), open);
  renderSection(find('#listed-rooms'), others);
  find('#no-rooms').hidden = open.length + others.length > 0;
}

// An entry is {key, id, name, line, time, unread, locked, current, busy}.

function openEntry(state, { id, info, items, unread }) {
  const last = items.findLast(({ kind }) => kind === 'message');
  const author = last?.sender.id === state.me?.userId ? 'You' : last?.sender.username;
  return {
    key: id,
    id,
    name: info.name,
    line: last ? `${author}: ${last.text}` : 'No messages yet',
    time: '',
    unread,
    locked: info.isPrivate || info.hasPassword,
    current: state.shown === id,
    busy: false,
  };
}

function listedEntry(state, room) {
  const { id, name, isPublic, hasPassword, userCount, memberCount } = room;
  const lastActivity = room.lastActivity ?? '';
  const line = userCount === undefined
    ? count(memberCount ?? 0, 'member', 'members')
    : `${userCount || 'Nobody'} here now`;
  return {
    key: id,
    id,
    name,
    line: state.joining === id ? 'Entering…' : line,
    time: ago(lastActivity),
    lastActivity,
    unread: room.unreadCount ?? 0,
    locked: isPublic === false || hasPassword === true,
    current: false,
    busy: state.joining === id,
  };
}

function renderSection(section, entries) {
  section.hidden = entries.length === 0;
  reconcile(section.querySelector('ul'), entries, createEntry, updateEntry);
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
  button.classList.toggle('unread', entry.unread > 0);
  button.toggleAttribute('aria-current', entry.current);
  button.setAttribute('aria-busy', String(entry.busy));
}
