// The administration page's beginning: signing in, the totals, and which of the two tables is shown.
//
//   admin_server.js                  the namespace /admin
//   admin_rooms.js, admin_users.js   the tables    ── in pages ▶ admin_pages.js
//   client.js, dialogs.js, dom.js, words.js        shared with the demo page

import { setUpRooms } from './admin_rooms.js';
import { connectNow, rememberedToken, signIn, signOut } from './admin_server.js';
import { setUpUsers } from './admin_users.js';
import { setText } from './dom.js';
import { SEARCH_DELAY, TOAST_TIME } from './limits.js';
import { count, sentence } from './words.js';

const find = (selector) => document.querySelector(selector);
const total = (name, text) => setText(find(`[data-total=${name}]`), text);

const STATUS = { connecting: 'Connecting…', connected: 'Connected', waiting: 'Reconnecting…' };
const STATS_INTERVAL = 2; // s between two server_stats, as the server's

const tables = {}; // by the ids of their tabs
let shown = 'rooms';
let toastTimer = 0;
let searchTimer = 0;

function setUp() {
  tables.rooms = setUpRooms(say);
  tables.users = setUpUsers(say);
  find('#welcome form').onsubmit = (event) => {
    event.preventDefault();
    enter(find('#token-input').value.trim());
  };
  find('#sign-out').onclick = () => {
    signOut();
    welcome('');
  };
  for (const name of ['rooms', 'users']) find(`#${name}-tab`).onclick = () => show(name);
  find('#search-input').oninput = () => {
    clearTimeout(searchTimer);
    searchTimer = setTimeout(() => tell(tables.rooms.restart()), SEARCH_DELAY);
  };
  addEventListener('online', connectNow);
  const token = rememberedToken();
  if (token) enter(token);
  else welcome('');
}

// welcome asks for the token, and says why if it was asked for already.
function welcome(refusal) {
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  find('#welcome').hidden = false;
  find('#admin').hidden = true;
  setText(find('#refusal'), refusal);
  find('#token-input').select();
}

function enter(token) {
  status('connecting');
  setText(find('#refusal'), '');
  signIn(token, {
    connect: begin,
    disconnect: () => status('waiting'),
    connect_error: (error) => (error.refused ? refuse(error) : missServer()),
    roomStats: renderRooms,
    server_stats: renderServer,
  });
}

function begin() {
  find('#welcome').hidden = true;
  find('#admin').hidden = false;
  find('#token-input').value = '';
  status('connected');
  show(shown);
}

function refuse({ message, data }) {
  if (data?.code === 'unauthorized') signOut(); // the token is not to be tried again
  welcome(data?.code === 'unauthorized' ? 'The server does not take this token.' : sentence({ ...data, message }));
}

// missServer says why nothing happens to somebody who is signing in; the next attempt comes by itself.
function missServer() {
  if (find('#admin').hidden) welcome('The server does not answer. Trying again…');
}

function show(name) {
  shown = name;
  for (const each of ['rooms', 'users']) {
    find(`#${each}-tab`).setAttribute('aria-selected', String(each === name));
    find(`#${each}-panel`).hidden = each !== name;
  }
  find('#search').hidden = name !== 'rooms';
  tell(tables[name].refresh());
}

// tell shows what went wrong, if anything did.
async function tell(promise) {
  setText(find('#trouble'), await promise);
}

function status(state) {
  find('#connection-status').dataset.state = state;
  setText(find('#connection-status .words'), STATUS[state]);
}

// The tables are asked for again when the server tells of the rooms: every 10 s, and after each thing
// that was done.
function renderRooms({ totalRooms, emptyRooms, totalUsersInRooms }) {
  total('rooms', number(totalRooms));
  total('empty', number(emptyRooms));
  total('seats', number(totalUsersInRooms));
  if (!document.hidden) tell(tables[shown].refresh());
}

function renderServer({ hostname, pid, uptime, clientsCount, pollingClientsCount, aggregatedEvents }) {
  const since = (type) => aggregatedEvents.find((event) => event.type === type)?.count ?? 0;
  total('connections', number(clientsCount));
  total('polling', pollingClientsCount > 0 ? `${number(pollingClientsCount)} by polling` : '');
  for (const [name, type] of [['in', 'In'], ['out', 'Out']]) {
    total(name, `${number(Math.round(since(`packets${type}`) / STATS_INTERVAL))}/s`);
    total(`bytes-${name}`, `${size(since(`bytes${type}`) / STATS_INTERVAL)}/s`);
  }
  setText(find('#server-line'), `${hostname}, process ${pid}, up for ${duration(uptime)}`);
}

const number = (n) => n.toLocaleString();

function size(bytes) {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function duration(seconds) {
  if (seconds < 90) return count(Math.round(seconds), 'second', 'seconds');
  if (seconds < 5400) return count(Math.round(seconds / 60), 'minute', 'minutes');
  if (seconds < 129_600) return count(Math.round(seconds / 3600), 'hour', 'hours');
  return count(Math.round(seconds / 86_400), 'day', 'days');
}

function say(text) {
  clearTimeout(toastTimer);
  setText(find('#toast'), text);
  find('#toast').classList.add('visible');
  toastTimer = setTimeout(() => find('#toast').classList.remove('visible'), TOAST_TIME);
}

setUp();
