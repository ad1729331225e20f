// Who this tab is. In the server's development mode a connection says so itself; else it shows a
// token, and the server never believes more than that says.
//
// The name is remembered by the browser, the rest only by the tab: two tabs are two people, and a
// reload is the same one. (A tab made with the browser's "duplicate" copies the id, so those two are
// two connections of one person, which is as good a thing to try.)

const USER_ID = 'roomd.userId';
const USERNAME = 'roomd.username';
const TOKEN = 'roomd.token';

// rememberedName is what to suggest to somebody who comes back.
export const rememberedName = () => read(() => localStorage, USERNAME);

// resume gives {userId, username, token?} if this tab has chatted before, else null.
export function resume() {
  const token = read(() => sessionStorage, TOKEN);
  if (token) return claims(token);
  const userId = read(() => sessionStorage, USER_ID);
  const username = read(() => sessionStorage, USERNAME);
  return userId && username ? { userId, username } : null;
}

// begin gives this tab an identity of the chosen name and remembers it.
export function begin(username) {
  const userId = read(() => sessionStorage, USER_ID) || randomId();
  write(() => sessionStorage, USER_ID, userId);
  write(() => sessionStorage, USERNAME, username);
  write(() => localStorage, USERNAME, username);
  write(() => sessionStorage, TOKEN, '');
  return { userId, username };
}

// beginWithToken gives this tab the identity that a token names, or null if that is none. Whether it
// is a good one is for the server to say.
export function beginWithToken(token) {
  const me = claims(token);
  if (me) write(() => sessionStorage, TOKEN, token);
  return me;
}

// claims reads the middle part of a JSON web token, which is not secret.
export function claims(token) {
  try {
    const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.codePointAt(0));
    const { sub, name } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof sub === 'string' && sub ? { userId: sub, username: String(name || sub), token } : null;
  } catch {
    return null;
  }
}

// forget makes the next load of this tab ask for a name again.
export function forget() {
  write(() => sessionStorage, USERNAME, '');
  write(() => sessionStorage, TOKEN, '');
}

// remember keeps a list of things for a person in this tab; recall gives it back.
export function remember(what, userId, things) {
  write(() => sessionStorage, `roomd.${what}.${userId}`, JSON.stringify(things));
}

export function recall(what, userId) {
  try {
    return JSON.parse(read(() => sessionStorage, `roomd.${what}.${userId}`) || '[]');
  } catch {
    return [];
  }
}

// randomId is 128 random bits. (crypto.randomUUID is missing on pages that come over plain HTTP
// from another machine, say when a phone tries a development server.)
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

// A browser that keeps no data for this site throws on touching its storages. The page works
// without them.
function read(storage, key) {
  try {
    return storage().getItem(key) ?? '';
  } catch {
    return '';
  }
}

function write(storage, key, value) {
  try {
    storage().setItem(key, value);
  } catch {
    // Nothing is remembered, then.
  }
}
