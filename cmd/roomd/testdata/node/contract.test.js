// The examples of the contract's documentation, run as they stand there: a comment "// → x" says what its line must give,
// and … in it stands for more.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { scenario, within } from './client.js';
import { mint } from './token.js';

process.env.TOKEN = mint({ sub: 'anna', name: 'Anna' });
process.env.ADMIN_TOKEN = '0123456789abcdef'; // --admin-token

const page = readFileSync(new URL('../../../../gateway/CONTRACT.md', import.meta.url), 'utf8');

// Every block of code, with the heading that it is under.
function blocksOf(text) {
  const blocks = [];
  let heading;
  for (const [, found, kind, code] of text.matchAll(/^#+ (.+)$|^```js( prelude)?\n([^]*?)^```$/gm)) {
    if (found) heading = found;
    else blocks.push({ heading, prelude: Boolean(kind), code });
  }
  return blocks;
}

const blocks = blocksOf(page);
const prelude = blocks.find((b) => b.prelude).code.replace(/^import .+\n/gm, '');
const examples = blocks.filter((b) => !b.prelude);

// rest is what … becomes: both in an object and in a list.
const MORE = Symbol('…');
class Rest {
  [MORE] = true;
  * [Symbol.iterator]() { yield MORE; }
}

// shows says that a value is as its comment says, and gives it.
function shows(value, expected, comment) {
  assert.ok(fits(value, expected), `want ${comment}, got ${JSON.stringify(value)}`);
  return value;
}

function fits(value, expected) {
  if (typeof expected !== 'object' || expected === null) return Object.is(value, expected);
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== Array.isArray(expected)) return false;
  const open = Array.isArray(expected) ? expected.at(-1) === MORE : MORE in expected;
  const keys = Object.keys(expected).filter((key) => expected[key] !== MORE);
  return keys.every((key) => Object.hasOwn(value, key) && fits(value[key], expected[key])) &&
    (open || Object.keys(value).length === keys.length);
}

const arrow = /^(\s*)((?:const|let) .+? = )?(.+); \/\/ → (.+)$/gm;

// checked has the comments looked at.
function checked(code) {
  return code.replace(arrow, (_, space, left = '', value, comment) => {
    const expected = comment.replaceAll('…', '...rest');
    return `${space}${left}shows(${value}, (${expected}), ${JSON.stringify(comment)});`;
  });
}

// run runs an example with clients of its own.
async function run(code) {
  const sockets = [];
  const open = (...args) => {
    const socket = io(...args);
    sockets.push(socket);
    return socket;
  };
  const AsyncFunction = run.constructor;
  try {
    const example = new AsyncFunction('io', 'shows', 'rest', `${prelude}\n${checked(code)}`);
    await within('the end of the example', example(open, shows, new Rest()));
  } finally {
    for (const socket of sockets) socket.disconnect();
  }
}

for (const [i, { heading, code }] of examples.entries()) {
  scenario(`${heading} (${i + 1})`, async () => {
    assert.notEqual(checked(code), code, 'the example shows nothing');
    assert.ok(!checked(code).includes('→'), 'a comment that is not looked at');
    await run(code);
  });
}

scenario('a comment that is wrong fails', async () => {
  for (const wrong of [
    '1; // → 2', '({ a: 1 }); // → {}', '({}); // → { a: undefined }', '({ a: 1 }); // → { b: 1, … }', '[1, 2]; // → [1]',
    '[1]; // → [2, …]', '[]; // → {}', 'null; // → {}', '({ a: [{ b: 1 }] }); // → { a: [{ b: 2, … }], … }',
  ]) {
    await assert.rejects(run(wrong), { code: 'ERR_ASSERTION' }, wrong);
  }
  for (const right of ['({ a: 1, b: [1, { c: 2 }] }); // → { b: [1, …], … }', 'const x = 1; // → 1', '[]; // → []']) {
    await run(right);
  }
});
