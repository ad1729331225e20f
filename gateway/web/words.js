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
  not_a_member: 'You are not a member of this room.',
  not_creator: 'Only the creator of this room can do that.',
  not_moderator: 'Only the moderators of this room can do that.',
  muted: 'You were muted in this room: you can read, but not write.',
  message_not_found: 'This message is gone.',
  rate_limited: 'That was a little fast.',
  unavailable: 'The server could not do this just now. Try again.',
  internal: 'Something went wrong on the server. Try again.',
  timeout: 'The server did not answer. Try again.',
  disconnected: 'There is no connection to the server at the moment.',
};

// sentence gives a failed reply {code, error, retryAfterMs?} or an error event {code, message} as a
// sentence, and a second one that says when to try again if the server knows.
export function sentence({ code, error, message, retryAfterMs }) {
  const what = SENTENCES[code] ?? error ?? message ?? 'That did not work.';
  if (retryAfterMs > 0) return `${what} Try again in ${lasting(retryAfterMs)}.`;
  return code === 'rate_limited' ? `${what} Wait a moment and try again.` : what;
}

// lasting gives a span of ms roughly, never too short: "3 s", "5 min", "2 h", "7 d".
export function lasting(ms) {
  const units = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min']];
  const [size, unit] = units.find(([size]) => ms >= size) ?? [1000, 's'];
  return `${Math.ceil(ms / size)} ${unit}`;
}

// until gives " until …" for the end of a ban or a mute, and '' for one without end.
export function until(time, now = new Date()) {
  if (!time) return '';
  const sameDay = new Date(time).toDateString() === now.toDateString();
  const said = sameDay ? clock(time) : format(endFormat, time);
  return said && ` until ${said}`;
}

// together puts names into a sentence: "Ann", "Ann and Ben", "Ann, Ben and 3 others".
export function together(names) {
  if (names.length <= 2) return names.join(' and ');
  return `${names[0]}, ${names[1]} and ${count(names.length - 2, 'other', 'others')}`;
}

export const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'long', day: 'numeric', month: 'long',
});
const endFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
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
