// The demo page in a real browser: two people create, enter, talk, see who is there, and leave.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openPage, screenshot, withBrowser } from './browser.js';
import { restart, url } from './client.js';

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

// Person is what somebody does with the page, and what is to be seen of it.
class Person {
  constructor(page) {
    this.page = page;
  }

  // enter opens the page in a new tab, as somebody of this name.
  static async enter(context, name) {
    const person = new Person(await openPage(context, url));
    await person.fill('name-input', name);
    await person.click('start-button');
    await person.see('connection-status', 'Connected');
    return person;
  }

  the = (id) => this.page.getByTestId(id);
  click = (id) => this.the(id).click();
  fill = (id, text) => this.the(id).fill(text);
  see = (id, text) => this.the(id).filter({ hasText: text, visible: true }).first().waitFor();
  gone = (id, text) => this.the(id).filter({ hasText: text, visible: true }).first().waitFor({ state: 'detached' });
  entry = (name) => this.the('room-entry').filter({ hasText: name });

  async create(name, settings = {}) {
    await this.click('new-room-button');
    await this.fill('room-name-input', name);
    for (const [id, text] of Object.entries(settings)) await this.fill(id, text);
    await this.click('create-button');
    await this.see('room-title', name);
  }

  async say(text) {
    await this.fill('composer-input', text);
    await this.the('composer-input').press('Enter');
    await this.see('message-text', text);
  }

  // assertSound says that nothing went wrong in the page, and that it came from the server alone.
  assertSound() {
    assert.deepEqual(this.page.complaints, []);
    assert.deepEqual(this.page.foreign, []);
  }
}

test('two tabs chat', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const context = await browser.newContext(DESKTOP);
  const anna = await Person.enter(context, 'Anna');
  await screenshot(anna.page, 'desktop-empty');
  const ben = await Person.enter(context, 'Ben');

  await anna.create('Tea & <b>biscuits</b>', { 'room-description-input': 'Four o’clock, every day' });
  await ben.entry('Tea & <b>biscuits</b>').click();
  await ben.see('room-title', 'Tea & <b>biscuits</b>');
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
    assert.deepEqual(await person.the('message-text').allInnerTexts(), [
      'Hello, Ben! Is there any tea left?',
      '<script>alert("tea")</script> & a biscuit ☕',
      'The kettle is on.',
      'Lovely.',
    ]);
  }
  await screenshot(anna.page, 'desktop-talk');

  await ben.click('leave-button');
  await ben.see('no-room', 'Nothing open yet');
  await anna.gone('member', 'Ben');
  assert.equal(await anna.the('member').count(), 1);

  await ben.entry('Tea & <b>biscuits</b>').click(); // what was said is still there
  await ben.see('message-text', 'Lovely.');
  await anna.see('member', 'Ben');
  for (const person of [anna, ben]) person.assertSound();
}));

test('on a phone', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const cleo = await Person.enter(await browser.newContext(PHONE), 'Cleo');
  await screenshot(cleo.page, 'phone-empty');
  await cleo.create('Garden', { 'room-password-input': 'rose' });
  const dora = await Person.enter(await browser.newContext(PHONE), 'Dora');
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
    const [wide, shown] = await person.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= shown, `${wide} px wide on a screen of ${shown} px`);
    person.assertSound();
  }
}));

test('a reload and a restart of the server lose nothing', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const context = await browser.newContext(DESKTOP);
  const [anna, ben] = [await Person.enter(context, 'Anna'), await Person.enter(context, 'Ben')];
  await anna.click('new-room-button');
  await anna.the('room-persistent-input').check();
  await anna.fill('room-name-input', 'Diary');
  await anna.click('create-button');
  await anna.see('room-title', 'Diary');
  await ben.entry('Diary').click();
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
    assert.deepEqual(await person.the('message-text').allInnerTexts(), ['Before.', 'After.']);
    assert.equal(await person.the('member').count(), 2);
  }
}));
