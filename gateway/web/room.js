// The shown room around its log: the header, and who is there.

import { openRoomMenu, togglePeople, visit } from './actions.js';
import { renderComposer, setUpComposer } from './composer.js';
import { roomName } from './direct.js';
import { avatar, element, icon, reconcile, setText } from './dom.js';
import { renderLog, setUpLog } from './log.js';
import { isMuted, roleIn } from './moderation.js';
import { inviteSomebody, openPerson } from './people_actions.js';
import { morePeople } from './rooms.js';
import { changed, state } from './state.js';
import { count, initials } from './words.js';

const find = (selector) => document.querySelector(selector);

// Where people lie over the room rather than beside it; the same width is in room.css.
const narrow = matchMedia('(max-width: 1023px)');

let shown = ''; // id of the room that is drawn

export function setUpRoom() {
  state.peopleShown = !narrow.matches;
  find('#back-button').onclick = () => visit('');
  find('#invite-button').onclick = inviteSomebody;
  find('#room-menu-button').onclick = openRoomMenu;
  find('#people-button').onclick = openPeople;
  find('#people-close').onclick = closePeople;
  find('#people-more').onclick = () => state.open.has(shown) && morePeople(state.open.get(shown));
  find('#people').onkeydown = ({ key }) => key === 'Escape' && narrow.matches && closePeople();
  find('#people ul').onclick = ({ target }) => {
    const { userId } = target.closest('.member')?.dataset ?? {};
    const room = state.open.get(shown);
    if (userId && room) openPerson({ id: userId, username: room.users.get(userId) }, room);
  };
  narrow.onchange = () => {
    state.peopleShown = !narrow.matches;
    changed();
  };
  setUpComposer();
  setUpLog();
}

function openPeople() {
  togglePeople();
  if (!narrow.matches || !state.peopleShown) return;
  find('#people').hidden = false; // before the drawing: what is hidden can't be focused
  find('#people-close').focus();
}

function closePeople() {
  togglePeople();
  find('#people-button').focus();
}

export function renderRoom(state) {
  const room = state.open.get(state.shown);
  find('#room').hidden = !room;
  find('#no-room').hidden = Boolean(room);
  const before = shown;
  shown = state.shown;
  if (!room) return before && focusList(before);
  renderHeader(state, room);
  renderPeople(state, room);
  renderLog(state, room);
  renderComposer(room, find('#room-title'));
  if (before !== shown && narrow.matches && state.peopleShown) togglePeople();
}

// focusList puts the focus where the room that was left is in the list, if it still is.
function focusList(id) {
  const entry = find(`.entry[data-room-id="${CSS.escape(id)}"]`);
  (entry ?? find('#new-room-button')).focus();
}

function renderHeader({ me, peopleShown }, { info, userCount, direct }) {
  const people = count(userCount, 'person', 'people');
  const name = roomName(info, me);
  const here = direct ? `Just the two of you · ${name} ${userCount > 1 ? 'is' : 'isn’t'} here` : `${people} here`;
  setText(find('#room-title'), name);
  setText(find('#room-line'), info.description ? `${here} · ${info.description}` : here);
  setText(find('#people-count'), String(userCount));
  find('#invite-button').hidden = direct;
  find('#people-button').setAttribute('aria-expanded', String(peopleShown));
  find('#people-button').setAttribute('aria-label', `Who is here: ${people}`);
}

function renderPeople({ me, peopleShown, contacts }, room) {
  const { users, userCount } = room;
  const people = [...users].map(([id, username]) => ({
    key: id,
    id,
    username,
    tags: [
      id === me.userId && 'you',
      !room.direct && roleIn(room, id) !== 'member' && roleIn(room, id),
      isMuted(room, id) && 'muted',
      contacts.has(id) && 'contact',
    ].filter(Boolean).join(', '),
  }));
  find('#people').hidden = !peopleShown;
  // What lies under the people is out of reach until they are folded away.
  find('#talk').inert = peopleShown && narrow.matches;
  reconcile(find('#people ul'), people, createPerson, updatePerson);
  const more = userCount - people.length;
  find('#people-more').hidden = more <= 0;
  setText(find('#people-more'), `Show more: ${more} not listed`);
}

function createPerson({ id, username }) {
  return element('li', { 'data-testid': 'member', 'data-user-id': id },
    element('button', { type: 'button', class: 'member', 'data-user-id': id },
      avatar(initials(username), id),
      element('span', { class: 'person' },
        element('span', { class: 'name' }),
        element('span', { class: 'tag' })),
      icon('more')));
}

function updatePerson(node, { username, tags }) {
  setText(node.querySelector('.avatar'), initials(username));
  setText(node.querySelector('.name'), username);
  setText(node.querySelector('.tag'), tags);
}
