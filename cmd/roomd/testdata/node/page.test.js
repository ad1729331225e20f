// The demo page in a real browser: two people create, enter, talk, see who is there, and leave.

import assert from 'node:assert/strict';
import test from 'node:test';
import { screenshot, withBrowser } from './browser.js';
import { restart } from './client.js';
import { Person, PHONE } from './person.js';

test('two tabs chat', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const anna = await Person.enter(browser, 'Anna');
  await screenshot(anna.page, 'desktop-empty');
  const ben = await Person.enter(browser, 'Ben');

  await anna.create('Tea & <b>biscuits</b>', { 'room-description-input': 'Four o’clock, every day' });
  await ben.open('Tea & <b>biscuits</b>');
  for (const person of [anna, ben]) {
    await person.see('member', 'Anna');
    await person.see('member', 'Ben');
    assert.equal(await person.the('member').count(), 2);
  }

  await anna.say('Hello, Ben! Is there any tea left?');
  await ben.see('message-text', 'Hello, Ben! Is there any tea left?');
  await ben.say('<script>alert("tea")</script> & a biscuit ☕');
  await anna.see('message-text', '<script>alert("tea")</script> & a biscuit ☕');
  await ben.say('The kettle is on.');
  await anna.see('message-text', 'The kettle is on.');
  await anna.say('Lovely.');
  await ben.see('message-text', 'Lovely.');
  for (const person of [anna, ben]) {
    assert.deepEqual(await person.texts(), [
      'Hello, Ben! Is there any tea left?',
      '<script>alert("tea")</script> & a biscuit ☕',
      'The kettle is on.',
      'Lovely.',
    ]);
  }
  await screenshot(anna.page, 'desktop-talk');

  await ben.leave();
  await anna.gone('member', 'Ben');
  assert.equal(await anna.the('member').count(), 1);

  await ben.open('Tea & <b>biscuits</b>'); // what was said is still there
  await ben.see('message-text', 'Lovely.');
  await anna.see('member', 'Ben');
  for (const person of [anna, ben]) person.assertSound();
}));

test('on a phone', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const cleo = await Person.enter(browser, 'Cleo', PHONE);
  await screenshot(cleo.page, 'phone-empty');
  await cleo.create('Garden', { 'room-password-input': 'rose' });
  const dora = await Person.enter(browser, 'Dora', PHONE);
  await screenshot(dora.page, 'phone-list');
  await dora.entry('Garden').tap();
  await dora.fill('password-input', 'tulip');
  await dora.click('password-button');
  await dora.page.getByText('That did not let you in').waitFor();
  await dora.fill('password-input', 'rose');
  await dora.click('password-button');
  await dora.see('room-title', 'Garden');
  await cleo.say('The roses are out.');
  await cleo.say('Come and see them before the rain does, they will not last until Sunday.');
  await dora.see('message-text', 'Sunday');
  await dora.say('On my way!');
  await cleo.see('message-text', 'On my way!');
  await screenshot(dora.page, 'phone-talk');
  await dora.click('people-button');
  await dora.see('member', 'Cleo');
  await screenshot(dora.page, 'phone-people');

  for (const person of [cleo, dora]) {
    await person.assertFits();
    person.assertSound();
  }
}));

test('a reload and a restart of the server lose nothing', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben] = [await Person.enter(browser, 'Anna'), await Person.enter(browser, 'Ben')];
  await anna.create('Diary', { 'room-persistent-input': true });
  await ben.open('Diary');
  await ben.say('Before.');
  await anna.see('message-text', 'Before.');

  await ben.page.reload();
  await ben.see('room-title', 'Diary');
  await ben.see('message-text', 'Before.');
  for (const person of [anna, ben]) person.assertSound();

  await restart('SIGTERM');
  await ben.say('After.'); // shown at once, sent when it can be
  await anna.see('message-text', 'After.');
  for (const person of [anna, ben]) {
    await person.see('connection-status', 'Connected');
    assert.deepEqual(await person.texts(), ['Before.', 'After.']);
    assert.equal(await person.the('member').count(), 2);
  }
}));
