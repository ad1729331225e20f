// How the page puts things: failures as sentences, times and counts as people say them.

// The codes of the contract, and our own two for a missing answer. What isn't here is said in the
// server's words, which for bad_request and too_large name the field or the limit.
const SENTENCES = {
  room_not_found: 'This room does not exist any more.',
  room_exists: 'There is a room with this id already.',
  room_full: 'This room is full. Try again when somebody has left.',
  wrong_password: 'That is not the password of this room.',
  room_private: 'This room is private: only people who were invited can enter.',
  banned: 'You can’t enter this room: you were banned from it.',
  not_in_room: 'You are not in this room any more.',
  rate_limited: 'That was a little fast. Wait a moment and try again.',
  unavailable: 'The server could not do this just now. Try again.',
  internal: 'Something went wrong on the server. Try again.',
  timeout: 'The server did not answer. Try again.',
  disconnected: 'There is no connection to the server at the moment.',
};

// sentence gives a failed reply {code, error} or an error event {code, message} as a sentence.
export function sentence({ code, error, message }) {
  return SENTENCES[code] ?? error ?? message ?? 'That did not work.';
}

export const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'long', day: 'numeric', month: 'long',
});
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

export const clock = (time) => format(clockFormat, time);
export const fullTime = (time) => format(fullFormat, time);

// dayName gives "Today", "Yesterday" or the date.
export function dayName(time, now = new Date()) {
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  const day = new Date(time).toDateString();
  if (day === now.toDateString()) return 'Today';
  return day === yesterday.toDateString() ? 'Yesterday' : format(dayFormat, time);
}

// ago gives how long something has been, roughly: "now", "5 min", "3 h", "2 d".
export function ago(time, now = Date.now()) {
  const minutes = Math.floor((now - new Date(time)) / 60_000);
  if (Number.isNaN(minutes)) return '';
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

function format(formatter, time) {
  const date = new Date(time);
  return Number.isNaN(date.valueOf()) ? '' : formatter.format(date);
}

// initials gives one or two letters for an avatar, whole characters of any script.
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...word][0] ?? '');
  return letters.join('').toUpperCase() || '?';
}
