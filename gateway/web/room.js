// The shown room around its log: the header, who is there, and the composer.

import { leave, send, share, togglePeople, visit } from './actions.js';
import { avatar, element, reconcile, setText } from './dom.js';
import { PEOPLE_SHOWN_MAX } from './limits.js';
import { renderLog, scrollToEnd, setUpLog } from './log.js';
import { changed, state } from './state.js';
import { count, initials } from './words.js';

const find = (selector) => document.querySelector(selector);
const composer = find('#composer');
const input = find('#composer-input');

// Where people lie over the room rather than beside it; the same width is in style.css.
const narrow = matchMedia('(max-width: 1023px)');
// On a touch screen, focusing the composer would open the keyboard over what one came to read.
const touch = matchMedia('(pointer: coarse)');

let shown = ''; // id of the room that is drawn

export function setUpRoom() {
  state.peopleShown = !narrow.matches;
  find('#back-button').onclick = () => visit('');
  find('#share-button').onclick = share;
  find('#people-button').onclick = openPeople;
  find('#people-close').onclick = closePeople;
  find('#leave-button').onclick = leave;
  find('#people').onkeydown = ({ key }) => key === 'Escape' && narrow.matches && closePeople();
  composer.onsubmit = (event) => {
    event.preventDefault();
    submit();
  };
  input.onkeydown = (event) => {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  };
  input.oninput = () => {
    state.open.get(shown).draft = input.value;
    fitComposer();
  };
  narrow.onchange = () => {
    state.peopleShown = !narrow.matches;
    changed();
  };
  setUpLog();
}

function openPeople() {
  togglePeople();
  // After the drawing: what is hidden can't be focused.
  if (narrow.matches && state.peopleShown) queueMicrotask(() => find('#people-close').focus());
}

function closePeople() {
  togglePeople();
  find('#people-button').focus();
}

function submit() {
  const text = input.value.trim();
  if (text === '' || !send(text)) return;
  input.value = '';
  state.open.get(shown).draft = '';
  fitComposer();
  scrollToEnd();
  input.focus();
}

// The composer is as high as its text, up to the limit in style.css.
function fitComposer() {
  find('#send-button').disabled = input.value.trim() === '';
  input.style.height = 'auto';
  input.style.height = `${input.scrollHeight}px`;
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
  if (before !== shown) turnTo(room);
}

// turnTo readies the page for a room that wasn't shown before.
function turnTo(room) {
  input.value = room.draft;
  fitComposer();
  if (narrow.matches && state.peopleShown) togglePeople();
  if (touch.matches) find('#room-title').focus();
  else input.focus();
}

// focusList puts the focus where the room that was left is in the list, if it still is.
function focusList(id) {
  const entry = find(`.entry[data-room-id="${CSS.escape(id)}"]`);
  (entry ?? find('#new-room-button')).focus();
}

function renderHeader({ peopleShown }, { info, userCount }) {
  const people = count(userCount, 'person', 'people');
  setText(find('#room-title'), info.name);
  setText(find('#room-line'), info.description ? `${people} here · ${info.description}` : `${people} here`);
  setText(find('#people-count'), String(userCount));
  find('#people-button').setAttribute('aria-expanded', String(peopleShown));
  find('#people-button').setAttribute('aria-label', `Who is here: ${people}`);
  input.setAttribute('aria-label', `Message to ${info.name}`);
}

function renderPeople({ me, peopleShown }, { users, userCount, info }) {
  const people = [...users].slice(0, PEOPLE_SHOWN_MAX).map(([id, username]) => ({
    key: id, id, username, mine: id === me.userId, creator: id === info.creator,
  }));
  find('#people').hidden = !peopleShown;
  // What lies under the people is out of reach until they are folded away.
  find('#talk').inert = peopleShown && narrow.matches;
  reconcile(find('#people ul'), people, createPerson, updatePerson);
  const more = userCount - people.length;
  find('#people-more').hidden = more <= 0;
  setText(find('#people-more'), `and ${more} more`);
}

function createPerson({ id, username }) {
  return element('li', { 'data-testid': 'member', 'data-user-id': id },
    avatar(initials(username), id),
    element('span', { class: 'person' },
      element('span', { class: 'name' }),
      element('span', { class: 'tag' })));
}

function updatePerson(node, { username, mine, creator }) {
  const tags = [mine && 'you', creator && 'creator'].filter(Boolean);
  setText(node.querySelector('.avatar'), initials(username));
  setText(node.querySelector('.name'), username);
  setText(node.querySelector('.tag'), tags.join(', '));
}
