// The address of a room is this page's with #room=<id>: it can be shared, survives a reload, and
// the browser's back button works as a phone's user expects: from a room to the list.

// roomInAddress gives the id of the room that the address names, or ''.
export function roomInAddress() {
  return new URLSearchParams(location.hash.slice(1)).get('room') ?? '';
}

// linkTo gives a room's full address.
export function linkTo(id) {
  const link = new URL(location.pathname, location.origin);
  link.hash = new URLSearchParams({ room: id });
  return link.href;
}

// roomInLink gives the id in something that a person pasted: a room's address, or the id itself.
export function roomInLink(text) {
  const hash = URL.canParse(text) ? new URL(text).hash : text.startsWith('#') ? text : '';
  return new URLSearchParams(hash.slice(1)).get('room') ?? text;
}

// enterAddress makes the address that of a room. From the list it is a step forward, so that back
// leads to the list; from one room to another it isn't, so that back needn't be pressed for each.
export function enterAddress(id) {
  if (id === roomInAddress()) return;
  if (history.state?.cameFromList) history.replaceState(history.state, '', linkTo(id));
  else if (roomInAddress() === '') history.pushState({ cameFromList: true }, '', linkTo(id));
  else history.replaceState(null, '', linkTo(id));
}

// leaveAddress makes the address that of the list.
export function leaveAddress() {
  if (roomInAddress() === '') return;
  if (history.state?.cameFromList) history.back();
  else history.replaceState(null, '', location.pathname);
}

// onNavigation calls back with the id (or '') that the browser's own buttons or an edited address
// lead to.
export function onNavigation(callback) {
  addEventListener('popstate', () => callback(roomInAddress()));
}
