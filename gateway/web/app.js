// The page's beginning, and what stands around its rooms: the welcome, the connection's state, the
// short messages. How the parts hang together:
//
//   client.js   Socket.IO on a WebSocket
//   rooms.js    commands and events of rooms            ── changes ──▶ state.js, timeline.js
//   actions.js  what a person's click does              ── asks ─────▶ rooms.js, dialogs.js
//   list.js, room.js, log.js   views                    ── draw from ▶ state.js, call actions.js
//   identity.js, route.js      who this tab is, and which room its address names
//   dom.js, words.js, limits.js

import { changeName, visit } from './actions.js';
import { avatar, setText } from './dom.js';
import { begin as beginIdentity, rememberedName, resume } from './identity.js';
import { TOAST_TIME } from './limits.js';
import { renderList, setUpList } from './list.js';
import { renderRoom, setUpRoom } from './room.js';
import { begin, connected, connectNow } from './rooms.js';
import { onNavigation, roomInAddress } from './route.js';
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
  setUpRoom();
  find('#name-button').onclick = changeName;
  find('#connect-button').onclick = connectNow;
  onChange(render);
  onNavigation((id) => state.me && visit(id));
  // A device that comes back from sleep or gets its network back needn't wait for the next attempt.
  addEventListener('online', connectNow);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return;
    if (state.connection === 'waiting') connectNow();
    if (state.shown) state.open.get(state.shown).unread = 0;
    changed();
  });
  const me = resume();
  if (me) start(me);
  else changed();
}

function setUpWelcome() {
  const input = find('#name-input');
  input.value = rememberedName();
  find('#welcome form').onsubmit = (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (name) start(beginIdentity(name));
  };
}

async function start(me) {
  begin(me);
  await connected();
  if (roomInAddress()) visit(roomInAddress());
}

function render(state) {
  const welcoming = !state.me;
  if (welcoming && find('#welcome').hidden) queueMicrotask(() => find('#name-input').select());
  find('#welcome').hidden = !welcoming;
  find('#app').hidden = welcoming;
  renderToast(state);
  renderTitle(state);
  if (welcoming) return renderRefusal(state);
  // On a phone the list and the room are two screens.
  find('#app').dataset.screen = state.shown ? 'room' : 'list';
  renderMe(state);
  renderConnection(state);
  renderList(state);
  renderRoom(state);
}

function renderRefusal({ refusal }) {
  setText(find('#refusal'), refusal && `The server did not let you in: ${refusal}`);
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

function renderTitle({ open, shown }) {
  const unread = totalUnread();
  const room = open.get(shown)?.info.name;
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
