// The page's beginning, and what stands around its rooms: the welcome, the connection's state, the
// short messages. How the parts hang together:
//
//   client.js, server.js       Socket.IO on a WebSocket; asking the server, and hearing it
//   rooms.js, messages.js, directory.js, reading.js, typing.js, invitations.js, contacts.js, moderation.js
//                              commands and events of the contract ── change ─▶ state.js, timeline.js
//   actions.js, people_actions.js
//                              what a person's click does ── ask ──▶ the above, and dialogs.js, sheet.js
//   list.js, people_list.js, room.js, log.js, composer.js, moderation_dialog.js
//                              views ── draw from ──▶ state.js, call the actions
//   identity.js, route.js      who this tab is, and which room its address names
//   settings.js, direct.js, dom.js, words.js, limits.js

import { visit } from './actions.js';
import { restoreContacts } from './contacts.js';
import { roomName } from './direct.js';
import { avatar, setText } from './dom.js';
import { begin as beginIdentity, beginWithToken, rememberedName, resume } from './identity.js';
import { DRAW_INTERVAL, TOAST_TIME } from './limits.js';
import { renderList, setUpList } from './list.js';
import { openMe } from './people_actions.js';
import { renderPeopleList, setUpPeopleList } from './people_list.js';
import { look } from './reading.js';
import { renderRoom, setUpRoom } from './room.js';
import { onNavigation, roomInAddress } from './route.js';
import { begin, connected, connectNow } from './server.js';
import { setUpSheet } from './sheet.js';
import { onChange, changed, state, totalUnread } from './state.js';
import { initials } from './words.js';

const find = (selector) => document.querySelector(selector);

const STATUS = {
  idle: 'Not connected',
  connecting: 'Connecting…',
  connected: 'Connected',
  waiting: 'Reconnecting…',
  stopped: 'Disconnected by the server',
};

function setUp() {
  setUpWelcome();
  setUpList();
  setUpPeopleList();
  setUpRoom();
  setUpSheet();
  find('#me-button').onclick = openMe;
  find('#connect-button').onclick = connectNow;
  onChange(draw);
  onNavigation((id) => state.me && visit(id));
  // A device that comes back from sleep or gets its network back needn't wait for the next attempt.
  addEventListener('online', connectNow);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return;
    if (state.connection === 'waiting') connectNow();
    if (state.shown) look(state.open.get(state.shown));
  });
  const me = resume();
  if (me) start(me);
  else changed();
}

function setUpWelcome() {
  const name = find('#name-input');
  const token = find('#token-input');
  name.value = rememberedName();
  find('#welcome form').onsubmit = (event) => {
    event.preventDefault();
    const me = state.needsToken ? beginWithToken(token.value.trim()) : beginIdentity(name.value.trim());
    if (me) return start(me);
    state.refusal = 'this is not a token that names anybody';
    changed();
  };
}

async function start(me) {
  begin(me);
  restoreContacts();
  await connected();
  if (roomInAddress()) visit(roomInAddress());
}

let drawnAt = -Infinity;
let drawTimer = 0;

// draw draws at once, so that what a person does is seen at once; but while a lot happens, only now
// and then, since a long log takes its time.
function draw() {
  if (drawTimer) return;
  const wait = drawnAt + DRAW_INTERVAL - performance.now();
  if (wait > 0) drawTimer = setTimeout(drawNow, wait);
  else drawNow();
}

function drawNow() {
  drawTimer = 0;
  render(state);
  drawnAt = performance.now();
}

function render(state) {
  const welcoming = !state.me;
  const returning = welcoming && find('#welcome').hidden;
  find('#welcome').hidden = !welcoming;
  find('#app').hidden = welcoming;
  renderToast(state);
  renderTitle(state);
  if (welcoming) return renderWelcome(state, returning);
  // On a phone the list and the room are two screens.
  find('#app').dataset.screen = state.shown ? 'room' : 'list';
  renderMe(state);
  renderConnection(state);
  renderList(state);
  renderPeopleList(state);
  renderRoom(state);
}

// Which of the two is asked for is the server's choice. A field that isn't shown can't be required.
function renderWelcome({ refusal, needsToken }, returning) {
  setText(find('#refusal'), refusal && `The server did not let you in: ${refusal}`);
  for (const [id, wanted] of [['name', !needsToken], ['token', needsToken]]) {
    find(`#${id}-field`).hidden = !wanted;
    find(`#${id}-hint`).hidden = !wanted;
    find(`#${id}-input`).required = wanted;
  }
  if (returning) find(needsToken ? '#token-input' : '#name-input').select();
}

function renderMe({ me }) {
  const place = find('#me .avatar');
  if (place.dataset.userId === me.userId) return;
  const picture = avatar(initials(me.username), me.userId);
  picture.dataset.userId = me.userId;
  place.replaceWith(picture);
  setText(find('#me .name'), me.username);
}

function renderConnection({ connection }) {
  const status = find('#connection-status');
  status.dataset.state = connection;
  setText(status.querySelector('.words'), STATUS[connection]);
  // The first connection takes a moment; after that, being without one is worth a banner.
  find('#banner').hidden = connection !== 'waiting' && connection !== 'stopped';
  setText(find('#banner .words'), connection === 'stopped'
    ? 'The server ended the connection.'
    : 'No connection. What you write is sent as soon as it is back.');
}

function renderTitle({ open, shown, me }) {
  const unread = totalUnread();
  const room = open.has(shown) && roomName(open.get(shown).info, me);
  const title = room ? `${room} · roomd` : 'roomd';
  document.title = unread > 0 ? `(${unread}) ${title}` : title;
}

let toastShown = null;
let toastTimer = 0;

function renderToast({ toast }) {
  if (toast === toastShown) return;
  toastShown = toast;
  clearTimeout(toastTimer);
  find('#toast').textContent = toast.text;
  find('#toast').classList.add('visible');
  toastTimer = setTimeout(() => find('#toast').classList.remove('visible'), TOAST_TIME);
}

setUp();
