import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lines } from './timeline.js';

// A line is written as author, day and time of a message, or as a notice.
const message = (id, time) => ({ key: `${id}${time}`, kind: 'message', sender: { id }, createdAt: `2024-05-${time}` });
const notice = (time) => ({ key: `n${time}`, kind: 'notice', createdAt: `2024-05-${time}` });

// shape tells what was made of the items: | a new day, A a group's first message, a another one,
// - a notice.
const shape = (items, pending = []) => lines({ items, pending }, 'me').map(({ kind, sender, lead }) => {
  if (kind !== 'message') return kind === 'day' ? '|' : '-';
  return lead ? sender.id[0].toUpperCase() : sender.id[0];
}).join('');

const cases = {
  'nothing': [[], ''],
  'one group': [[message('a', '01T12:00'), message('a', '01T12:04'), message('a', '01T12:08')], '|Aaa'],
  'a pause ends a group': [[message('a', '01T12:00'), message('a', '01T12:05')], '|AA'],
  'another author ends a group': [[message('a', '01T12:00'), message('b', '01T12:01'), message('a', '01T12:02')], '|ABA'],
  'a notice ends a group': [[message('a', '01T12:00'), notice('01T12:01'), message('a', '01T12:02')], '|A-A'],
  'midnight ends a group': [[message('a', '01T23:59'), message('a', '02T00:01')], '|A|A'],
};

for (const [name, [items, expected]] of Object.entries(cases)) {
  test(`lines: ${name}`, () => assert.equal(shape(items), expected));
}

test('lines: pending messages come last and are mine', () => {
  const pending = [{ key: 'p', text: 'hello', createdAt: '2024-05-01T12:01', phase: 'sending' }];
  assert.equal(shape([message('me', '01T12:00')], pending), '|Mm');
  assert.equal(lines({ items: [], pending }, 'me').at(-1).mine, true);
});

test('lines: keys are unique, also when clocks disagree about the day', () => {
  const items = [message('a', '02T00:01'), notice('01T23:59'), message('a', '02T00:02')];
  const keys = lines({ items, pending: [] }, 'me').map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
});
