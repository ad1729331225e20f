// Building and updating the document. Text goes in as text only: nothing here or elsewhere in this
// page reads HTML from a string, so nothing that a person writes can become markup.

const COLOURS = 8; // of avatars, see style.css

// element makes <tag attributes>children</tag>; a child is a node or text.
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// icon gives a symbol of index.html; it is decoration, so what it means stands beside it as text.
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}

// avatar makes the coloured initials of a person or room; the colour goes with the id, so it stays.
export function avatar(letters, id) {
  return element('span', { class: 'avatar', 'aria-hidden': 'true', 'data-colour': colour(id) }, letters);
}

function colour(id) {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)) % 1_000_003;
  return hash % COLOURS;
}

// setText changes a node only when its text changes, which spares selections and live regions.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// reconcile makes parent's children those of items, in order: a child stays as long as there is an
// item of its key. create(item) makes a new one; update(node, item) is called for each.
export function reconcile(parent, items, create, update) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const keys = new Set(items.map(({ key }) => key));
  const nodes = new Map();
  for (const node of [...parent.children]) {
    if (keys.has(node.dataset.key)) nodes.set(node.dataset.key, node);
    else node.remove();
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const node = nodes.get(item.key) ?? create(item);
    node.dataset.key = item.key;
    update(node, item);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  if (focused?.isConnected && focused !== document.activeElement) focused.focus();
}
