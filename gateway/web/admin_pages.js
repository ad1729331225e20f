// A list that comes in pages. The server gives a cursor for the next page only, so those of the pages
// before are kept.

import { element, reconcile, setText } from './dom.js';
import { sentence } from './words.js';

const CURSORS_MAX = 1_000; // pages that one can turn back

export class Pages {
  #cursors = ['']; // of the pages up to the one that is shown
  #next = null; // the next page's, or null
  #asked = 0; // counts the questions: only the answer to the last one is shown

  // panel holds a table, .none and .paging. load(cursor) gives a promise of a reply; rows(reply) are
  // what is listed, each with a key; create(row) and update(node, row) are for a table's row; none()
  // says what to show instead of no rows.
  constructor(panel, { load, rows, create, update, none }) {
    Object.assign(this, { panel, load, rows, create, update, none });
    const turn = (id, label, step) => {
      const button = element('button', { type: 'button', class: 'button small-button', 'data-testid': id }, label);
      button.onclick = step;
      return button;
    };
    this.back = turn('page-back', 'Back', () => this.#turn(-1));
    this.on = turn('page-next', 'Next', () => this.#turn(1));
    this.number = element('span', { class: 'hint', 'data-testid': 'page-number' });
    panel.querySelector('.paging').append(this.back, this.number, this.on);
  }

  // restart shows the first page.
  restart() {
    this.#cursors = [''];
    this.#next = null; // that of another list
    return this.refresh();
  }

  // refresh asks for the shown page again, and gives a promise of what went wrong, or ''.
  async refresh() {
    const asked = ++this.#asked;
    const reply = await this.load(this.#cursors.at(-1));
    if (asked !== this.#asked) return '';
    if (!reply.success) return sentence(reply);
    const rows = this.rows(reply);
    this.#next = reply.nextCursor;
    if (rows.length === 0 && this.#cursors.length > 1) return this.#turn(-1); // its last one has gone
    this.#render(rows);
    return '';
  }

  #turn(step) {
    if (step > 0 && this.#next) this.#cursors.push(this.#next);
    if (step < 0 && this.#cursors.length > 1) this.#cursors.pop();
    if (this.#cursors.length > CURSORS_MAX) this.#cursors.shift();
    return this.refresh();
  }

  #render(rows) {
    reconcile(this.panel.querySelector('tbody'), rows, this.create, this.update);
    this.panel.querySelector('table').hidden = rows.length === 0;
    const none = this.panel.querySelector('.none');
    none.hidden = rows.length > 0;
    setText(none, rows.length > 0 ? '' : this.none());
    this.panel.querySelector('.paging').hidden = this.#cursors.length === 1 && !this.#next;
    this.back.disabled = this.#cursors.length === 1;
    this.on.disabled = !this.#next;
    setText(this.number, `Page ${this.#cursors.length}`);
  }
}
