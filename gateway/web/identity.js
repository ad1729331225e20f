// Who this tab is. In the server's development mode a connection says so itself; the server never
// believes more than that.
//
// The name is remembered by the browser, the user id only by the tab: two tabs are two people, and
// a reload is the same one. (A tab made with the browser's "duplicate" copies the id, so those two
// are two connections of one person, which is as good a thing to try.)

const USER_ID = 'roomd.userId';
const USERNAME = 'roomd.username';

// rememberedName is what to suggest to somebody who comes back.
export const rememberedName = () => read(() => localStorage, USERNAME);

// resume gives {userId, username} if this tab has chatted before, else null.
export function resume() {
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
  return { userId, username };
}

// forget makes the next load of this tab ask for a name again.
export function forget() {
  write(() => sessionStorage, USERNAME, '');
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
