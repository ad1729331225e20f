// The moderation of a room in a dialog: who moderates, who is banned and muted, and the way back.

import { avatar, element, reconcile, setText } from './dom.js';
import { getModeration, isCreator, setRole, unban, unmute } from './moderation.js';
import { nameIn } from './state.js';
import { initials, sentence, until } from './words.js';

const dialog = document.querySelector('#moderation-dialog');

// showModeration opens the dialog.
export async function showModeration(room) {
  render(room, { moderators: [], banned: [], muted: [] });
  dialog.showModal();
  document.querySelector('#moderation-heading').focus();
  await refresh(room);
}

async function refresh(room) {
  const reply = await getModeration(room);
  setText(dialog.querySelector('.trouble'), reply.success ? '' : sentence(reply));
  if (reply.success) render(room, reply);
}

function render(room, { moderators, banned, muted }) {
  const act = (button, command) => async () => {
    button.disabled = true;
    const reply = await command();
    button.disabled = false;
    if (reply.success) return refresh(room);
    setText(dialog.querySelector('.trouble'), sentence(reply));
  };
  list('moderators', moderators.map((userId) => ({
    room, userId, line: '', label: isCreator(room) && 'Make a member', act, command: () => setRole(room, userId, 'member'),
  })));
  list('banned', banned.map(({ userId, until: end, reason }) => ({
    room, userId, line: terms(end, reason), label: 'Unban', act, command: () => unban(room, userId),
  })));
  list('muted', muted.map(({ userId, until: end }) => ({
    room, userId, line: terms(end), label: 'Unmute', act, command: () => unmute(room, userId),
  })));
}

const terms = (end, reason) => [until(end).trim() || 'for good', reason].filter(Boolean).join(' · ');

function list(name, people) {
  const rows = people.length > 0 ? people.map((person) => ({ ...person, key: person.userId })) : [{ key: '', nobody: true }];
  reconcile(dialog.querySelector(`[data-list=${name}]`), rows, create, () => {});
}

function create({ nobody, room, userId, line, label, act, command }) {
  if (nobody) return element('li', { class: 'hint' }, 'Nobody');
  const name = nameIn(room, userId);
  const item = element('li', { 'data-user-id': userId }, avatar(initials(name), userId),
    element('span', { class: 'person' },
      element('span', { class: 'name' }, name),
      element('span', { class: 'tag' }, line)));
  if (label) {
    const button = element('button', { type: 'button', class: 'button small-button', 'aria-label': `${label}: ${name}`, 'data-testid': 'lift-button' }, label);
    button.onclick = act(button, command);
    item.append(button);
  }
  return item;
}
