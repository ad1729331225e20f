// The messages of the shown room. The log follows what is said as long as its end is in view;
// somebody who has scrolled up to read is left there and told of news by a button.

import { avatar, element, reconcile, setText } from './dom.js';
import { discardMessage, retryMessage } from './rooms.js';
import { state } from './state.js';
import { lines } from './timeline.js';
import { clock, count, dayName, fullTime, initials, sentence } from './words.js';

const END_TOLERANCE = 48; // px from the end that still count as being there

const scroller = document.querySelector('#log-scroller');
const newsButton = document.querySelector('#news-button');

let shown = ''; // id of the room that is drawn
let atEnd = true;
let news = 0; // messages of others below what is in view

export function setUpLog() {
  scroller.onscroll = () => {
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < END_TOLERANCE;
    if (atEnd) showNews(0);
  };
  scroller.onclick = ({ target }) => {
    const act = { retry: retryMessage, discard: discardMessage }[target.dataset.action];
    act?.(state.open.get(shown), target.closest('.message').dataset.key);
  };
  newsButton.onclick = scrollToEnd;
  // A phone's keyboard and a growing composer take from the log's height.
  new ResizeObserver(() => atEnd && scrollToEnd()).observe(scroller);
}

export function scrollToEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  atEnd = true;
  showNews(0);
}

export function renderLog({ me }, room) {
  if (room.id !== shown) startLog(room);
  const rows = lines(room, me.userId);
  let added = 0;
  const create = (row) => {
    if (row.kind === 'message' && !row.mine) added++;
    return createRow(row);
  };
  reconcile(scroller.querySelector('.log'), rows, create, updateRow);
  document.querySelector('#no-messages').hidden = rows.some(({ kind }) => kind === 'message');
  if (atEnd) scrollToEnd();
  else if (added > 0) showNews(news + added);
}

// Another room gets another element: a screen reader is to read out what is said in a room, not
// the whole of it when one turns to it.
function startLog(room) {
  shown = room.id;
  atEnd = true;
  showNews(0);
  scroller.querySelector('.log').replaceWith(element('div', {
    class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': 'Messages',
    'data-testid': 'message-list',
  }));
}

function showNews(number) {
  news = number;
  newsButton.hidden = number === 0;
  setText(newsButton.querySelector('.count'), count(number, 'new message', 'new messages'));
}

// ---- Rows: see lines() in timeline.js for what they are ----

function createRow(row) {
  switch (row.kind) {
    case 'day': return element('div', { class: 'day' }, element('span', {}, dayName(row.createdAt)));
    case 'notice': return element('div', { class: 'notice', title: fullTime(row.createdAt) }, row.text);
    default: return createMessage(row);
  }
}

function createMessage({ sender, mine, text, createdAt }) {
  const author = mine ? 'You' : sender.username;
  return element('div', { class: 'message', 'data-testid': 'message' },
    avatar(initials(author), sender.id),
    element('div', { class: 'said' },
      element('p', { class: 'byline' },
        element('span', { class: 'author', 'data-testid': 'message-author' }, author), ' ',
        element('time', { datetime: createdAt }, clock(createdAt))),
      element('p', { class: 'bubble', title: fullTime(createdAt), 'data-testid': 'message-text' }, text)));
}

function updateRow(node, row) {
  if (row.kind !== 'message') return;
  node.classList.toggle('mine', row.mine);
  node.classList.toggle('lead', row.lead);
  node.dataset.phase = row.phase ?? 'sent';
  node.dataset.messageId = row.id ?? '';
  const said = node.querySelector('.said');
  const trouble = said.querySelector('.trouble');
  if (row.phase === 'failed' && !trouble) said.append(createTrouble(row));
  if (row.phase !== 'failed') trouble?.remove();
}

function createTrouble(row) {
  return element('p', { class: 'trouble' },
    `Not sent. ${sentence(row)} `,
    element('button', { type: 'button', 'data-action': 'retry', 'data-testid': 'retry-button' }, 'Try again'),
    element('button', { type: 'button', 'data-action': 'discard', 'data-testid': 'discard-button' }, 'Discard'));
}
