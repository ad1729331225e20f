// Where one writes, and who else does.

import { send } from './actions.js';
import { setText } from './dom.js';
import { goToEnd } from './log.js';
import { isMuted } from './moderation.js';
import { state } from './state.js';
import { typed, typists } from './typing.js';
import { together, until } from './words.js';

const find = (selector) => document.querySelector(selector);
const form = find('#composer');
const input = find('#composer-input');

// On a touch screen, focusing the composer would open the keyboard over what one came to read.
const touch = matchMedia('(pointer: coarse)');

let shown = ''; // id of the room that is drawn

export function setUpComposer() {
  form.onsubmit = (event) => {
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
    const room = state.open.get(shown);
    if (!room) return; // closed, and not drawn yet
    room.draft = input.value;
    if (input.value.trim() !== '') typed(room);
    fit();
  };
}

function submit() {
  const room = state.open.get(shown);
  const text = input.value.trim();
  if (!room || text === '' || !send(text)) return;
  input.value = '';
  room.draft = '';
  room.typedAt = 0; // what is typed next is another message
  fit();
  goToEnd();
  input.focus();
}

// The composer is as high as its text, up to the limit in room.css.
function fit() {
  find('#send-button').disabled = input.value.trim() === '';
  input.style.height = 'auto';
  input.style.height = `${input.scrollHeight}px`;
}

// renderComposer also puts the focus where one begins in a room that wasn't shown before: here, or
// on the title.
export function renderComposer(room, title) {
  const { me } = state;
  const silenced = isMuted(room, me.userId);
  input.disabled = silenced;
  input.placeholder = silenced ? `You are muted here${until(room.muted.get(me.userId))}` : 'Write a message';
  input.setAttribute('aria-label', `Message to ${title.textContent}`);
  const names = typists(room);
  setText(find('#typing'), names.length === 0 ? '' : `${together(names)} ${names.length === 1 ? 'is' : 'are'} typing…`);
  if (room.id === shown) return;
  shown = room.id;
  input.value = room.draft;
  fit();
  if (touch.matches || silenced) title.focus();
  else input.focus();
}
