// The demo page: keeping order in a room.

import assert from 'node:assert/strict';
import test from 'node:test';
import { screenshot, withBrowser } from './browser.js';
import { Person, PHONE } from './person.js';

// square gives a room of Anna's with Ben and Cleo in it.
async function square(browser, name) {
  const [anna, ben, cleo] = [
    await Person.enter(browser, 'Anna'), await Person.enter(browser, 'Ben'), await Person.enter(browser, 'Cleo'),
  ];
  await anna.create(name, { 'room-persistent-input': true });
  for (const person of [ben, cleo]) {
    await person.open(name);
  }
  await anna.see('member', 'Cleo');
  return [anna, ben, cleo];
}

test('kick and ban', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben, cleo] = await square(browser, 'Square');
  await anna.personAction('Ben', 'kick');
  await anna.fill('reason-input', 'Too <i>loud</i>');
  await screenshot(anna.page, 'desktop-kick');
  await anna.click('sanction-button');
  await ben.see('toast', 'You were removed from Square: Too <i>loud</i>');
  await ben.see('no-room', 'Nothing open yet');
  for (const person of [anna, cleo]) {
    await person.see('notice', 'Ben was removed by Anna: Too <i>loud</i>');
    await person.gone('member', 'Ben');
    assert.equal(await person.the('notice').filter({ hasText: 'Ben left' }).count(), 0);
  }
  await ben.open('Square'); // who was removed may come again

  await anna.personAction('Ben', 'ban');
  await anna.the('duration-input').selectOption('A day');
  await anna.click('sanction-button');
  await ben.see('toast', 'You were banned from Square until');
  await ben.entry('Square').click();
  await ben.see('toast', 'You can’t enter this room');
  await anna.roomAction('moderation');
  await screenshot(anna.page, 'desktop-moderation');
  await anna.the('banned').getByTestId('lift-button').click();
  await anna.the('banned').getByText('Nobody').waitFor();
  await anna.click('moderation-close');
  await ben.open('Square');
  for (const person of [anna, ben, cleo]) person.assertSound();
}));

test('mute, and a moderator', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben, cleo] = await square(browser, 'Forum');
  await cleo.say('Buy my lamps!');
  await ben.see('message-text', 'Buy my lamps!');
  await anna.personAction('Ben', 'role');
  await ben.see('member', 'moderator');
  await ben.messageAction('Buy my lamps!', 'delete-message');
  await ben.click('confirm-button');
  for (const person of [anna, ben, cleo]) await person.see('message-text', 'This message was deleted');

  await ben.personAction('Cleo', 'mute');
  await ben.click('sanction-button');
  await cleo.page.waitForFunction(() => document.querySelector('#composer-input').disabled);
  assert.match(await cleo.the('composer-input').getAttribute('placeholder'), /You are muted here until/);
  await anna.see('member', 'muted');
  await screenshot(cleo.page, 'desktop-muted');
  await anna.page.reload(); // and knows it still
  await anna.see('member', 'muted');
  await anna.personAction('Cleo', 'mute');
  await cleo.page.waitForFunction(() => !document.querySelector('#composer-input').disabled);
  await cleo.say('Sorry.');

  await ben.the('member').filter({ hasText: 'Anna' }).getByRole('button').click();
  assert.equal(await ben.the('action-kick').count(), 0, 'nobody moderates the creator');
  await ben.click('sheet-close');
  await anna.roomAction('moderation');
  await anna.the('moderators').getByTestId('lift-button').click();
  await anna.the('moderators').getByText('Nobody').waitFor();
  await ben.see('notice', 'Ben is no moderator any more');
  for (const person of [anna, ben, cleo]) person.assertSound();
}));

test('moderation on a phone', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const eva = await Person.enter(browser, 'Eva', { ...PHONE, colorScheme: 'dark' });
  const finn = await Person.enter(browser, 'Finn');
  await eva.create('Pier');
  await finn.open('Pier');
  await finn.say('Ahoy');
  await eva.see('message-text', 'Ahoy');
  await screenshot(eva.page, 'phone-dark-talk');
  await eva.click('people-button');
  await eva.the('member').filter({ hasText: 'Finn' }).getByRole('button').tap();
  await screenshot(eva.page, 'phone-dark-person');
  await eva.click('action-ban');
  await screenshot(eva.page, 'phone-dark-ban');
  await eva.click('sanction-button');
  await finn.see('toast', 'You were banned from Pier');
  await eva.click('people-close');
  await eva.roomAction('settings');
  await screenshot(eva.page, 'phone-dark-settings');
  await eva.assertFits();
  for (const person of [eva, finn]) person.assertSound();
}));
