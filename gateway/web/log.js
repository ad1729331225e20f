// The messages of the shown room. The log follows what is said as long as its end is in view;
// somebody who has scrolled up to read is left there and told of news by a button. Near its beginning
// and its end more of the history is fetched, and what is being read stays where it is.

import { avatar, element, icon, reconcile, setText } from './dom.js';
import { discardMessage, loadAfter, loadBefore, loadEnd, retryMessage } from './messages.js';
import { openMessageMenu } from './people_actions.js';
import { state } from './state.js';
import { lines } from './timeline.js';
import { clock, count, dayName, fullTime, initials } from './words.js';

const END_TOLERANCE = 48; // px from the end that still count as being there
const NEARNESS = 600; // px from where more has to be fetched that count as being near

const scroller = document.querySelector('#log-scroller');
const newsButton = document.querySelector('#news-button');
const historyStatus = document.querySelector('#history-status');

let shown = ''; // id of the room that is drawn
let atEnd = true;
let news = 0; // messages of others below what is in view
let newest = 0; // seq up to which news were counted

export function setUpLog() {
  scroller.onscroll = scrolled;
  scroller.onclick = ({ target }) => {
    const { action } = target.closest('[data-action]')?.dataset ?? {};
    const room = state.open.get(shown);
    if (!action || !room) return;
    const { key } = target.closest('.message').dataset;
    ({ retry: retryMessage, discard: discardMessage, menu: openMenu })[action](room, key);
  };
  newsButton.onclick = goToEnd;
  // A phone's keyboard and a growing composer take from the log's height.
  new ResizeObserver(() => atEnd && state.open.has(shown) && scrollToEnd()).observe(scroller);
}

function openMenu(room, key) {
  const message = room.items.find((item) => item.key === key);
  if (message) openMessageMenu(room, message);
}

function scrolled() {
  const room = state.open.get(shown);
  if (!room) return;
  const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  atEnd = below < END_TOLERANCE && !room.after;
  if (atEnd) showNews(room, 0);
  if (scroller.scrollTop < NEARNESS) loadBefore(room);
  else if (below < NEARNESS) loadAfter(room);
  newsButton.hidden = atEnd || (news === 0 && !room.after);
}

// goToEnd shows what is said now, from however far up.
export async function goToEnd() {
  const room = state.open.get(shown);
  if (!room) return;
  await loadEnd(room);
  if (state.open.get(shown) === room && !room.after) {
    atEnd = true;
    renderLog(state, room);
  }
}

function scrollToEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  atEnd = true;
  showNews(state.open.get(shown), 0);
}

export function renderLog({ me }, room) {
  if (room.id !== shown) startLog(room);
  const rows = lines(room, me.userId);
  const log = scroller.querySelector('.log');
  const begun = log.firstElementChild?.dataset.key;
  // What comes in before the rest was said long ago: nobody wants it read out.
  log.setAttribute('aria-busy', String(begun !== undefined && begun !== rows[0]?.key));
  if (!room.after) countNews(room, me);
  const hold = atEnd ? null : holdPlace();
  reconcile(log, rows, createRow, updateRow);
  document.querySelector('#no-messages').hidden = room.before || rows.some(({ kind }) => kind === 'message');
  setText(historyStatus, room.loading === 'before' ? 'Fetching what was said before…' : '');
  historyStatus.hidden = !room.before;
  if (atEnd && !room.after) scrollToEnd();
  else hold?.();
  log.setAttribute('aria-busy', 'false');
  // A page that doesn't fill the screen can't be scrolled to ask for the next.
  if (room.before && room.inside && scroller.scrollHeight <= scroller.clientHeight) loadBefore(room);
}

// holdPlace gives a function that puts the first visible message back where it is now.
function holdPlace() {
  const top = scroller.getBoundingClientRect().top;
  const row = [...scroller.querySelectorAll('.message')].find((node) => node.getBoundingClientRect().bottom > top);
  const place = row?.getBoundingClientRect().top;
  return () => {
    if (row?.isConnected) scroller.scrollTop += row.getBoundingClientRect().top - place;
  };
}

function countNews(room, me) {
  const isNew = ({ seq, sender }) => seq > newest && sender && sender.id !== me.userId;
  const added = newest === 0 ? 0 : room.items.filter(isNew).length;
  newest = Math.max(newest, room.seq);
  if (!atEnd && added > 0) showNews(room, news + added);
}

// Another room gets another element: a screen reader is to read out what is said in a room, not
// the whole of it when one turns to it.
function startLog(room) {
  shown = room.id;
  atEnd = true;
  newest = 0;
  showNews(room, 0);
  scroller.querySelector('.log').replaceWith(element('div', {
    class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': 'Messages',
    'data-testid': 'message-list',
  }));
}

function showNews(room, number) {
  news = number;
  newsButton.hidden = number === 0 && !room?.after;
  setText(newsButton.querySelector('.count'), number === 0 ? 'To the newest' : count(number, 'new message', 'new messages'));
}

// ---- Rows: see lines() in timeline.js for what they are ----

function createRow(row) {
  switch (row.kind) {
    case 'day': return element('div', { class: 'day' }, element('span', {}, dayName(row.createdAt)));
    case 'notice': return element('div', { class: 'notice', title: fullTime(row.createdAt), 'data-testid': 'notice' }, row.text);
    default: return createMessage(row);
  }
}

function createMessage({ sender, mine, createdAt }) {
  const author = mine ? 'You' : sender.username;
  return element('div', { class: 'message', 'data-testid': 'message' },
    avatar(initials(author), sender.id),
    element('div', { class: 'said' },
      element('p', { class: 'byline' },
        element('span', { class: 'author', 'data-testid': 'message-author' }, author), ' ',
        element('time', { datetime: createdAt }, clock(createdAt))),
      element('div', { class: 'line' },
        element('p', { class: 'bubble', title: fullTime(createdAt), 'data-testid': 'message-text' }),
        element('button', {
          type: 'button', class: 'message-menu', 'data-action': 'menu', 'data-testid': 'message-menu-button',
          'aria-label': mine ? 'More about your message' : `More about the message of ${author}`,
        }, icon('more'))),
      element('p', { class: 'edited', 'data-testid': 'edited' })));
}

function updateRow(node, row) {
  if (row.kind !== 'message') return;
  node.classList.toggle('mine', row.mine);
  node.classList.toggle('lead', row.lead);
  node.classList.toggle('deleted', Boolean(row.deletedAt));
  node.dataset.phase = row.phase ?? 'sent';
  node.dataset.messageId = row.id ?? '';
  setText(node.querySelector('.bubble'), textOf(row));
  setText(node.querySelector('.edited'), row.editedAt && !row.deletedAt ? 'edited' : '');
  node.querySelector('.message-menu').hidden = row.phase !== undefined || Boolean(row.deletedAt);
  const said = node.querySelector('.said');
  const trouble = said.querySelector('.trouble');
  if (row.phase === 'failed' && !trouble) said.append(createTrouble(row));
  if (row.phase !== 'failed') trouble?.remove();
}

// Attachments are objects of the application's own, of which this page shows that they are there.
function textOf({ text, attachments = [], deletedAt }) {
  if (deletedAt) return 'This message was deleted';
  const named = attachments.map((attachment) => `📎 ${attachment?.name ?? 'Attachment'}`);
  return [text, ...named].filter(Boolean).join('\n');
}

function createTrouble({ trouble }) {
  return element('p', { class: 'trouble' },
    `Not sent. ${trouble} `,
    element('button', { type: 'button', 'data-action': 'retry', 'data-testid': 'retry-button' }, 'Try again'),
    element('button', { type: 'button', 'data-action': 'discard', 'data-testid': 'discard-button' }, 'Discard'));
}
