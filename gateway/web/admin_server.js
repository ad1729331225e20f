// The administrator's line to the server: the namespace /admin.

import { Client } from './client.js';

const TOKEN = 'roomd.adminToken'; // in the storage of this tab, which ends with it

let client = null;

// signIn connects with a token and keeps the connection up. heard are functions by the events that
// they hear, the server's and the client's own.
export function signIn(token, heard) {
  client?.disconnect();
  const mine = new Client(location.origin, { namespace: '/admin', auth: { token } });
  client = mine;
  for (const [event, handle] of Object.entries(heard)) {
    mine.on(event, (...args) => client === mine && handle(...args));
  }
  mine.on('connect', () => remember(token));
  mine.connect();
}

export function signOut() {
  remember('');
  client?.disconnect();
  client = null;
}

// connectNow doesn't wait for the next attempt to be due.
export function connectNow() {
  if (client && !client.connected) client.connect();
}

// ask sends a command and gives its reply, {success, …}. No answer is a failure like any other.
export async function ask(command, argument) {
  try {
    return await client.emitWithAck(command, argument);
  } catch ({ code }) {
    return { success: false, code };
  }
}

export function rememberedToken() {
  try {
    return sessionStorage.getItem(TOKEN) ?? '';
  } catch {
    return ''; // this browser keeps nothing for this site
  }
}

function remember(token) {
  try {
    if (token) sessionStorage.setItem(TOKEN, token);
    else sessionStorage.removeItem(TOKEN);
  } catch {
    // The next load asks again, then.
  }
}
