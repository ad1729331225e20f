// The line to the server: what is asked of it, and who hears what it tells. Modules say at their
// beginning which events they hear; begin() then connects them all.

import { Client } from './client.js';
import { changed, state } from './state.js';

const handlers = []; // [event, function]
let client = null;

// hear has functions called with the arguments of the events that they are named after, among them
// the client's own: connect, disconnect, connect_error, retry.
export function hear(events) {
  handlers.push(...Object.entries(events));
}

// begin connects as me, {userId, username, token?}, and keeps the connection up.
export function begin(me) {
  client?.disconnect();
  state.me = me;
  state.refusal = '';
  state.connection = 'connecting';
  const mine = new Client(location.origin, { auth: credentials });
  client = mine;
  for (const [name, handle] of handlers) {
    mine.on(name, (...args) => {
      if (client !== mine) return; // somebody else by now
      handle(...args);
      changed();
    });
  }
  mine.connect();
  changed();
}

// With a token the server takes nobody's word for who he is.
const credentials = () => {
  const { userId, username, token } = state.me;
  return token ? { token } : { userId, username };
};

// connectNow doesn't wait for the next attempt to be due.
export function connectNow() {
  if (!client || state.connection === 'connected') return;
  state.connection = 'connecting';
  client.connect();
  changed();
}

export const isConnected = () => client?.connected === true;

// connected gives a promise kept with the first connection.
export const connected = () => new Promise((resolve) => {
  if (client.connected) resolve();
  else client.on('connect', resolve);
});

// ask sends a command and gives its reply, {success, …}. No answer is a failure like any other,
// with the code `timeout` or `disconnected`.
export async function ask(command, ...args) {
  try {
    return await client.emitWithAck(command, ...args);
  } catch ({ code, message }) {
    return { success: false, code, error: message };
  }
}

hear({
  connect() {
    state.connection = 'connected';
  },
  disconnect() {
    state.connection = 'stopped'; // `retry` says otherwise if there is to be an attempt
  },
  connect_error(error) {
    if (!error.refused) return;
    state.needsToken = error.data?.code === 'authentication_required' || Boolean(state.me.token);
    state.connection = 'idle';
    state.me = null;
    state.refusal = error.message;
  },
  retry() {
    state.connection = 'waiting';
  },
});
