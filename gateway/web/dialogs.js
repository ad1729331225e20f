// The questions that the page asks, as native modal dialogs: the browser keeps the focus inside,
// closes them on Escape, and puts the focus back where it was.

const find = (selector) => document.querySelector(selector);

// ask shows a dialog with its form as it was written, and gives a promise of the form's data once
// the dialog has closed, or of null if the person gave up. check is called with the data first and
// gives what is wrong with them, which keeps the dialog open, or '' (or a promise of either).
function ask(dialog, check = () => '') {
  const form = dialog.querySelector('form');
  const trouble = dialog.querySelector('.trouble');
  let answer = null;
  form.reset();
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

// askForNewRoom has create called with createRoom's argument until that gives '', which is when its
// promise is kept; giving up keeps it too.
export function askForNewRoom(create) {
  return ask(find('#new-room-dialog'), (data) => create(settingsOf(data)));
}

// settingsOf leaves out what wasn't filled in, so that the server's defaults hold.
function settingsOf(data) {
  const settings = { name: data.get('name').trim() };
  const description = data.get('description').trim();
  const maxUsers = Number(data.get('maxUsers'));
  if (description) settings.description = description;
  if (data.get('password')) settings.password = data.get('password');
  if (maxUsers > 0) settings.maxUsers = maxUsers;
  if (data.has('isPrivate')) settings.isPrivate = true;
  if (data.has('persistent')) settings.persistent = true;
  return settings;
}

// askForRoom gives a promise of what was typed, an id or a link; '' when the person gave up.
export async function askForRoom() {
  const data = await ask(find('#join-dialog'));
  return data?.get('room').trim() ?? '';
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
