// A sheet of things that can be done about somebody or something: a dialog with a button for each.

import { avatar, element, setText } from './dom.js';
import { initials } from './words.js';

const sheet = document.querySelector('#sheet');

export function setUpSheet() {
  for (const dialog of document.querySelectorAll('#sheet, #moderation-dialog')) {
    dialog.querySelector('[data-cancel]').onclick = () => dialog.close();
    // A click beside a dialog is one on its backdrop, which is the dialog itself.
    dialog.onclick = ({ target }) => target === dialog && dialog.close();
  }
}

// openSheet shows what can be done. actions are {id, label, danger?, act}, or false for those that
// can't be done now; act is called once the sheet has closed.
export function openSheet({ id, name, line = '', actions }) {
  const picture = avatar(initials(name), id);
  sheet.querySelector('.avatar').replaceWith(picture);
  setText(document.querySelector('#sheet-heading'), name);
  setText(document.querySelector('#sheet-line'), line);
  const buttons = actions.filter(Boolean).map(({ id: action, label, danger, act }) => {
    const button = element('button', {
      type: 'button', class: danger ? 'sheet-action danger' : 'sheet-action', 'data-testid': `action-${action}`,
    }, label);
    button.onclick = () => {
      sheet.close(); // gives the focus back first, so that a dialog that follows gives it back too
      act();
    };
    return element('li', {}, button);
  });
  sheet.querySelector('.sheet-actions').replaceChildren(...buttons);
  sheet.showModal();
}
