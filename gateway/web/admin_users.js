// The table of users who are online.

import { Pages } from './admin_pages.js';
import { ask } from './admin_server.js';
import { askToConfirm } from './dialogs.js';
import { avatar, element, setText } from './dom.js';
import { count, initials, sentence } from './words.js';

const USERS_PAGE = 50;

// setUpUsers gives the table. say tells the administrator what has been done.
export function setUpUsers(say) {
  const panel = document.querySelector('#users-panel');
  const pages = new Pages(panel, {
    load: (cursor) => ask('listUsers', { cursor, limit: USERS_PAGE }),
    rows: ({ users }) => users.map((user) => ({ key: user.id, ...user })),
    create: createUser,
    update: updateUser,
    none: () => 'Nobody is online.',
  });
  panel.querySelector('tbody').onclick = ({ target }) => {
    if (!target.closest('[data-action=disconnect]')) return;
    const row = target.closest('tr');
    disconnect({ id: row.dataset.key, name: row.querySelector('.name').textContent }, say, () => pages.refresh());
  };
  return pages;
}

function disconnect({ id, name }, say, then) {
  return askToConfirm({
    heading: `Disconnect ${name}?`,
    question: `All connections of ${id} are closed. Clients come back by themselves; to keep somebody out, end the token.`,
    submit: 'Disconnect',
    act: async () => {
      const reply = await ask('disconnectUser', id);
      if (!reply.success) return sentence(reply);
      say(`${count(reply.connections, 'connection was', 'connections were')} closed.`);
      then();
      return '';
    },
  });
}

function createUser({ id, username }) {
  return element('tr', { 'data-testid': 'user-row' },
    element('th', { scope: 'row' },
      avatar(initials(username), id),
      element('span', { class: 'what' },
        element('span', { class: 'name', 'data-testid': 'user-name' }),
        element('span', { class: 'id' }, id))),
    element('td', { class: 'number', 'data-label': 'Connections' }),
    element('td', { class: 'number', 'data-label': 'Rooms' }),
    element('td', { class: 'acts' },
      element('button', { type: 'button', class: 'button small-button warn', 'data-action': 'disconnect', 'data-testid': 'disconnect-button' }, 'Disconnect')));
}

function updateUser(row, { username, connections, rooms }) {
  const [connected, inside] = row.querySelectorAll('.number');
  setText(row.querySelector('.avatar'), initials(username));
  setText(row.querySelector('.name'), username);
  setText(connected, String(connections));
  setText(inside, String(rooms));
}
