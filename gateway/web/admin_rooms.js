// The table of rooms, and who is inside of one.

import { Pages } from './admin_pages.js';
import { ask } from './admin_server.js';
import { askToConfirm } from './dialogs.js';
import { avatar, element, reconcile, setText } from './dom.js';
import { ago, count, initials, sentence } from './words.js';

const ROOMS_PAGE = 50;
const INSIDE_PAGE = 50;
const INSIDE_SHOWN_MAX = 500; // beyond that nobody looks for a person in a list

const find = (selector) => document.querySelector(selector);

// setUpRooms gives the table. say tells the administrator what has been done.
export function setUpRooms(say) {
  const search = find('#search-input');
  const pages = new Pages(find('#rooms-panel'), {
    load: (cursor) => ask('listRooms', { cursor, limit: ROOMS_PAGE, search: search.value.trim() }),
    rows: ({ rooms }) => rooms.map((room) => ({ key: room.id, ...room })),
    create: createRoom,
    update: updateRoom,
    none: () => (search.value.trim() ? 'No room has a name like that.' : 'There are no rooms at the moment.'),
  });
  const inside = new Inside(say, () => pages.refresh());
  find('#rooms-panel tbody').onclick = ({ target }) => {
    const row = target.closest('tr');
    const room = row && { id: row.dataset.key, name: row.querySelector('.name').textContent };
    if (target.closest('[data-action=users]')) inside.open(room);
    if (target.closest('[data-action=delete]')) deleteRoom(room, say, () => pages.refresh());
  };
  return pages;
}

function deleteRoom({ id, name }, say, then) {
  return askToConfirm({
    heading: `Delete “${name}”?`,
    question: `Everybody inside is told, and leaves. There is no way back. Its id is ${id}.`,
    submit: 'Delete room',
    act: async () => {
      const reply = await ask('deleteRoom', id);
      if (!reply.success) return sentence(reply);
      say(`“${name}” was deleted.`);
      then();
      return '';
    },
  });
}

function createRoom({ id, name }) {
  return element('tr', { 'data-testid': 'room-row' },
    element('th', { scope: 'row' },
      avatar(initials(name), id),
      element('span', { class: 'what' },
        element('span', { class: 'name', 'data-testid': 'room-name' }),
        element('span', { class: 'id' }, id),
        element('span', { class: 'marks' }))),
    element('td', { class: 'number', 'data-label': 'People', 'data-testid': 'room-people' }),
    element('td', { class: 'number', 'data-label': 'Members' }),
    element('td', { class: 'number', 'data-label': 'Last activity' }),
    element('td', { class: 'acts' },
      element('button', { type: 'button', class: 'button small-button', 'data-action': 'users', 'data-testid': 'users-button' }, 'Who is in'),
      element('button', { type: 'button', class: 'button small-button warn', 'data-action': 'delete', 'data-testid': 'delete-button' }, 'Delete')));
}

function updateRoom(row, room) {
  const [people, members, activity] = row.querySelectorAll('.number');
  setText(row.querySelector('.avatar'), initials(room.name));
  setText(row.querySelector('.name'), room.name);
  setText(people, room.maxUsers ? `${room.userCount} of ${room.maxUsers}` : String(room.userCount));
  setText(members, String(room.memberCount));
  setText(activity, ago(room.lastActivity));
  activity.title = new Date(room.lastActivity).toLocaleString();
  const marks = [room.type, room.isPrivate && 'private', room.hasPassword && 'password'].filter(Boolean);
  reconcile(row.querySelector('.marks'), marks.map((mark) => ({ key: mark })),
    ({ key }) => element('span', { class: 'mark' }, key), () => {});
}

// Inside is the dialog with those who are inside of a room.
class Inside {
  #room = null;
  #users = [];
  #next = null;

  constructor(say, changed) {
    this.dialog = find('#inside-dialog');
    this.say = say;
    this.changed = changed;
    this.dialog.querySelector('[data-cancel]').onclick = () => this.dialog.close();
    this.dialog.querySelector('.more').onclick = () => this.#load(this.#next);
    this.dialog.querySelector('ul').onclick = ({ target }) => {
      if (target.closest('[data-action=kick]')) this.#kick(target.closest('li').dataset.key);
    };
  }

  open(room) {
    this.#room = room;
    setText(find('#inside-heading'), room.name);
    setText(find('#inside-line'), '');
    this.dialog.querySelector('ul').replaceChildren();
    this.dialog.showModal();
    return this.#load('');
  }

  // #load adds a page; the first one replaces all.
  async #load(cursor) {
    const room = this.#room;
    const reply = await ask('getRoomUsers', { roomId: room.id, cursor, limit: INSIDE_PAGE });
    if (room !== this.#room) return;
    setText(this.dialog.querySelector('.trouble'), reply.success ? '' : sentence(reply));
    if (!reply.success) return;
    const known = new Set(cursor ? this.#users.map(({ id }) => id) : []);
    const added = reply.users.filter(({ id }) => !known.has(id));
    this.#users = cursor ? [...this.#users, ...added] : added;
    this.#next = this.#users.length < INSIDE_SHOWN_MAX ? reply.nextCursor : null;
    this.#render(reply.total);
  }

  #render(total) {
    setText(find('#inside-line'), total === 0 ? 'Nobody is inside.' : count(total, 'person inside', 'people inside'));
    reconcile(this.dialog.querySelector('ul'), this.#users.map((user) => ({ key: user.id, ...user })),
      createPerson, () => {});
    this.dialog.querySelector('.more').hidden = !this.#next;
  }

  #kick(userId) {
    const { id: roomId, name } = this.#room;
    const { username } = this.#users.find(({ id }) => id === userId);
    return askToConfirm({
      heading: `Throw ${username} out?`,
      question: `Out of “${name}”. Who is thrown out may come in again.`,
      submit: 'Throw out',
      act: async () => {
        const reply = await ask('kickUser', { roomId, userId });
        if (!reply.success) return sentence(reply);
        this.say(`${username} was thrown out.`);
        this.changed();
        this.#load('');
        return '';
      },
    });
  }
}

function createPerson({ id, username }) {
  return element('li', { 'data-testid': 'inside-row' },
    avatar(initials(username), id),
    element('span', { class: 'what' },
      element('span', { class: 'name' }, username),
      element('span', { class: 'id' }, id)),
    element('button', { type: 'button', class: 'button small-button warn', 'data-action': 'kick', 'data-testid': 'kick-button' }, 'Throw out'));
}
