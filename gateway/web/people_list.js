// The people in the sidebar: who invites this person, and his contacts.

import { accept, decline } from './actions.js';
import { avatar, element, reconcile, setText } from './dom.js';
import { addSomebody, openPerson } from './people_actions.js';
import { state } from './state.js';
import { initials } from './words.js';

const find = (selector) => document.querySelector(selector);

export function setUpPeopleList() {
  find('#contact-button').onclick = addSomebody;
  find('#invitations').onclick = ({ target }) => {
    const { action, roomId } = target.dataset;
    if (action) ({ accept, decline })[action](roomId);
  };
  find('#contacts ul').onclick = ({ target }) => {
    const { userId } = target.closest('.contact')?.dataset ?? {};
    if (userId) openPerson({ id: userId, username: state.contacts.get(userId).username });
  };
}

export function renderPeopleList({ invitations, contacts, me }) {
  const waiting = [...invitations.values()].map((invitation) => ({ ...invitation, key: invitation.roomId }));
  find('#invitations').hidden = waiting.length === 0;
  reconcile(find('#invitations ul'), waiting, (invitation) => createInvitation(invitation, me), () => {});
  const people = [...contacts.values()].map((contact) => ({ ...contact, key: contact.userId }));
  people.sort((a, b) => b.online - a.online || a.username.localeCompare(b.username));
  reconcile(find('#contacts ul'), people, createContact, updateContact);
}

// A room for two has a name made of the two, see direct.js.
function createInvitation({ roomId, roomName, invitedBy }, me) {
  const direct = roomName === `${invitedBy.username} & ${me.userId}`;
  const button = (action, label, look) => element('button', {
    type: 'button', class: `button small-button ${look}`, 'data-action': action, 'data-room-id': roomId,
    'data-testid': `${action}-button`, 'aria-label': `${label}: ${direct ? invitedBy.username : roomName}`,
  }, label);
  return element('li', { class: 'invitation', 'data-testid': 'invitation' },
    avatar(initials(direct ? invitedBy.username : roomName), direct ? invitedBy.id : roomId),
    element('div', { class: 'entry-text' },
      element('span', { class: 'name' }, direct ? invitedBy.username : roomName),
      element('span', { class: 'entry-line' }, direct ? 'wants to talk to you' : `${invitedBy.username} invites you`),
      element('span', { class: 'answers' }, button('accept', 'Accept', 'primary'), button('decline', 'Decline', ''))));
}

function createContact({ userId, username }) {
  return element('li', {},
    element('button', { type: 'button', class: 'entry contact', 'data-testid': 'contact', 'data-user-id': userId },
      element('span', { class: 'portrait' }, avatar(initials(username), userId), element('span', { class: 'online' })),
      element('span', { class: 'entry-text' },
        element('span', { class: 'name' }),
        element('span', { class: 'entry-line' }))));
}

function updateContact(node, { username, online }) {
  node.querySelector('.online').hidden = !online;
  setText(node.querySelector('.avatar'), initials(username));
  setText(node.querySelector('.name'), username);
  setText(node.querySelector('.entry-line'), online ? 'Online' : 'Offline');
}
