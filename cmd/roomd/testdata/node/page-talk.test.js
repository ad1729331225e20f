// The demo page: what is said in rooms, what of it is unread, and what was said long ago.

import assert from 'node:assert/strict';
import test from 'node:test';
import { screenshot, withBrowser } from './browser.js';
import { connect } from './client.js';
import { Person, PHONE } from './person.js';

test('presence and reading of one in two tabs', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben] = [await Person.enter(browser, 'Anna'), await Person.enter(browser, 'Ben')];
  await anna.create('Office', { 'room-persistent-input': true });
  await ben.open('Office');
  await anna.see('member', 'Ben');
  const other = await ben.again(); // enters his rooms by itself
  await other.see('room-entry', 'Office');
  await anna.create('Canteen');
  await ben.page.evaluate(async () => (await import('/actions.js')).visit(''));
  await anna.open('Office');
  await anna.say('First.');
  await anna.say('Second.');
  for (const tab of [ben, other]) await tab.badge('Office', '2');
  await screenshot(ben.page, 'desktop-unread');
  await other.open('Office');
  await other.see('message-text', 'Second.');
  for (const tab of [ben, other]) await tab.badge('Office', '');
  assert.equal(await anna.the('member').count(), 2, 'one is shown once');

  await other.page.close();
  await ben.open('Office');
  await ben.say('Still here.');
  await anna.see('message-text', 'Still here.');
  assert.equal(await anna.the('member').count(), 2, 'and stays as long as one tab is there');
  assert.equal(await anna.the('notice').filter({ hasText: 'Ben left' }).count(), 0);
  await ben.leave();
  await anna.gone('member', 'Ben');
  for (const person of [anna, ben]) person.assertSound();
}));

test('the history comes on scrolling, without a jump, and only so much is kept', { timeout: 90_000 }, (t) => withBrowser(async (browser) => {
  const anna = await Person.enter(browser, 'Anna');
  await anna.create('Archive', { 'room-persistent-input': true });
  const writer = await connect('writer');
  t.after(() => writer.socket.disconnect());
  const roomId = await anna.entry('Archive').getAttribute('data-room-id');
  await writer.must('joinRoom', roomId);
  // One connection's commands to a room take effect in its order, so none has to wait for the last.
  await Promise.all(Array.from({ length: 700 }, (_, i) => writer.must('sendMessage', { roomId, text: `Line ${i + 1}` })));
  await anna.see('message-text', 'Line 700');
  await anna.page.reload();
  await anna.see('message-text', 'Line 700');
  const first = async () => Number((await anna.the('message-text').first().innerText()).slice(5));
  assert.ok(await first() > 500, 'not all is fetched at first');

  const scroller = anna.page.locator('#log-scroller');
  // top scrolls up and gives where the message is on the screen that was the first before.
  const top = async () => {
    const before = await first();
    await scroller.evaluate((node) => { node.scrollTop = 300; });
    const row = anna.the('message').filter({ hasText: new RegExp(`Line ${before}$`) });
    const { y } = await row.boundingBox();
    await anna.page.waitForFunction((n) => {
      const text = document.querySelector('[data-testid=message-text]').innerText;
      return Number(text.slice(5)) < n;
    }, before);
    return [y, (await row.boundingBox()).y];
  };
  const [before, after] = await top();
  assert.ok(Math.abs(before - after) < 30, `a message moved from ${before} to ${after}`);
  await screenshot(anna.page, 'desktop-history');
  while (await first() > 1) await top();
  assert.ok(await anna.the('message').count() <= 500, 'the document is bounded');
  assert.equal(await anna.the('message').filter({ hasText: 'Line 700' }).count(), 0);

  await writer.must('sendMessage', { roomId, text: 'Line 701' });
  await anna.click('news-button');
  await anna.see('message-text', 'Line 701');
  await writer.must('sendMessage', { roomId, text: 'Line 702' });
  await anna.see('message-text', 'Line 702');
  anna.assertSound();
}));

test('typing is seen, and ends', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben] = [await Person.enter(browser, 'Anna'), await Person.enter(browser, 'Ben')];
  await anna.create('Studio');
  await ben.open('Studio');
  await ben.see('member', 'Anna');
  await anna.the('composer-input').pressSequentially('Well');
  await ben.see('typing', 'Anna is typing…');
  await anna.the('composer-input').press('Enter');
  await ben.see('message-text', 'Well');
  await ben.page.waitForFunction(() => document.querySelector('#typing').textContent === '');
  await anna.the('composer-input').pressSequentially('and');
  await ben.see('typing', 'Anna is typing…');
  await ben.page.waitForFunction(() => document.querySelector('#typing').textContent === '', null, { timeout: 10_000 });
  for (const person of [anna, ben]) person.assertSound();
}));

test('one’s own messages are edited and deleted', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben] = [await Person.enter(browser, 'Anna'), await Person.enter(browser, 'Ben')];
  await anna.create('Desk', { 'room-persistent-input': true });
  await ben.open('Desk');
  await ben.see('member', 'Anna');
  for (const text of ['Helo', 'Oops', 'Bye']) await anna.say(text);
  await anna.messageAction('Helo', 'edit');
  await anna.fill('edit-input', 'Hello');
  await anna.click('edit-button');
  await anna.messageAction('Oops', 'delete-message');
  await anna.click('confirm-button');
  const expected = ['Hello', 'This message was deleted', 'Bye'];
  for (const person of [anna, ben]) {
    await person.see('message-text', 'Hello');
    await person.see('edited', 'edited');
    await person.see('message-text', 'This message was deleted');
    assert.deepEqual(await person.texts(), expected);
  }
  await screenshot(ben.page, 'desktop-edited');
  await ben.page.reload();
  await ben.see('message-text', 'Bye');
  assert.deepEqual(await ben.texts(), expected);
  for (const person of [anna, ben]) person.assertSound();
}));

test('a talk on a phone', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const anna = await Person.enter(browser, 'Anna');
  const dora = await Person.enter(browser, 'Dora', PHONE);
  await anna.create('Beach');
  await dora.entry('Beach').tap();
  await anna.say('The tide is out.');
  await dora.see('message-text', 'The tide is out.');
  await dora.say('See you there');
  await dora.messageAction('See you there', 'edit');
  await screenshot(dora.page, 'phone-edit');
  await dora.fill('edit-input', 'See you there at nine!');
  await dora.click('edit-button');
  await anna.see('message-text', 'at nine');
  await anna.the('composer-input').pressSequentially('OK');
  await dora.see('typing', 'Anna is typing…');
  await screenshot(dora.page, 'phone-typing');
  await dora.click('people-button');
  await dora.the('member').filter({ hasText: 'Anna' }).getByRole('button').tap();
  await screenshot(dora.page, 'phone-person');
  await dora.click('sheet-close');
  await dora.assertFits();
  for (const person of [anna, dora]) person.assertSound();
}));
