// The questions that the page asks, as native modal dialogs: the browser keeps the focus inside,
// closes them on Escape, and puts the focus back where it was.

import { avatar, element, setText } from './dom.js';
import { CHIPS_MAX } from './limits.js';
import { initials } from './words.js';

const find = (selector) => document.querySelector(selector);

// ask shows a dialog with its form as it was written, and gives a promise of the form's data once
// the dialog has closed, or of null if the person gave up. check is called with the data first and
// gives what is wrong with them, which keeps the dialog open, or '' (or a promise of either).
function ask(dialog, { check = () => '', values = {} } = {}) {
  const form = dialog.querySelector('form');
  const trouble = dialog.querySelector('.trouble');
  let answer = null;
  form.reset();
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (field.type === 'checkbox') field.checked = value;
    else field.value = value;
  }
  trouble.textContent = '';
  form.onsubmit = async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const button = form.querySelector('[type=submit]');
    button.disabled = true;
    trouble.textContent = await check(data);
    button.disabled = false;
    if (trouble.textContent !== '') return;
    answer = data;
    dialog.close();
  };
  form.querySelector('[data-cancel]').onclick = () => dialog.close();
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(answer);
  });
}

// entitle writes what a dialog is about, and what its button does.
function entitle(dialog, { heading, question = '', submit }) {
  setText(dialog.querySelector('.heading'), heading);
  const asked = dialog.querySelector('.question');
  if (asked) setText(asked, question);
  setText(dialog.querySelector('[type=submit]'), submit);
}

// askForLine asks for one line, {heading, question, label, submit}; people, {userId, username}, are
// suggested. It gives a promise of the line, '' when the person gave up. check is as with ask.
export async function askForLine({ label, people = [], value = '', check, ...titles }) {
  const dialog = find('#line-dialog');
  entitle(dialog, titles);
  setText(dialog.querySelector('.field span'), label);
  const input = dialog.querySelector('input');
  const chips = people.slice(0, CHIPS_MAX).map(({ userId, username }) => {
    const chip = element('button', { type: 'button', class: 'chip' }, avatar(initials(username), userId), username);
    chip.onclick = () => {
      input.value = userId;
      dialog.querySelector('form').requestSubmit();
    };
    return chip;
  });
  dialog.querySelector('.chips').replaceChildren(...chips);
  const data = await ask(dialog, { values: { line: value }, check: check && ((data) => check(data.get('line').trim())) });
  return data?.get('line').trim() ?? '';
}

// askForPassword gives a promise of the password; '' when the person gave up. tried says that one was
// given before, which didn't do.
export async function askForPassword(question, tried) {
  const dialog = find('#password-dialog');
  dialog.querySelector('.question').textContent = question;
  const asked = ask(dialog);
  if (tried) dialog.querySelector('.trouble').textContent = 'That did not let you in. Try again?';
  return (await asked)?.get('password') ?? '';
}

// askForText has save called with the changed text until that gives ''.
export function askForText(text, save) {
  return ask(find('#edit-dialog'), { values: { text }, check: (data) => save(data.get('text').trim()) });
}

// askForSanction has act called with {durationMs, reason} until that gives ''. What isn't asked for
// is left out.
export function askForSanction({ asksTime, asksReason, act, ...titles }) {
  const dialog = find('#sanction-dialog');
  entitle(dialog, titles);
  const { durationMs, reason } = dialog.querySelector('form').elements;
  durationMs.closest('.field').hidden = !asksTime;
  reason.closest('.field').hidden = !asksReason;
  return ask(dialog, {
    check: (data) => act({
      durationMs: asksTime ? Number(data.get('durationMs')) : 0,
      reason: asksReason ? data.get('reason').trim() : '',
    }),
  });
}

// askToConfirm has act called, when the person agrees, until that gives ''.
export function askToConfirm({ act, ...titles }) {
  const dialog = find('#confirm-dialog');
  entitle(dialog, titles);
  return ask(dialog, { check: act });
}

// askForSettings asks for what a room is to be like, beginning with values, and has save called with
// the form's data until that gives ''. isNew says which questions there are.
export function askForSettings({ isNew, values, save, ...titles }) {
  const dialog = find('#room-dialog');
  entitle(dialog, titles);
  const { persistent, withoutPassword } = dialog.querySelector('form').elements;
  persistent.closest('.check').hidden = !isNew;
  withoutPassword.closest('.check').hidden = isNew || !values.hasPassword;
  const { hasPassword, ...fields } = values;
  dialog.querySelector('[name=password]').placeholder = hasPassword ? 'Unchanged' : '';
  return ask(dialog, { values: fields, check: save });
}
