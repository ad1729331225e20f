// The demo page: which rooms there are, and who may enter them.

import assert from 'node:assert/strict';
import test from 'node:test';
import { screenshot, withBrowser } from './browser.js';
import { Person, PHONE } from './person.js';

test('a private room with a password', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben] = [await Person.enter(browser, 'Anna'), await Person.enter(browser, 'Ben')];
  await anna.create('Cellar', { 'room-private-input': true, 'room-password-input': 'port', 'room-seats-input': '5' });
  await anna.create('Hall');
  await ben.see('room-entry', 'Hall');
  assert.equal(await ben.entry('Cellar').count(), 0, 'a private room is not listed');

  await ben.click('join-by-link-button');
  await ben.fill('line-input', await anna.entry('Cellar').getAttribute('data-room-id'));
  await ben.click('line-button');
  for (const password of ['sherry', 'port']) {
    await ben.the('password-dialog').waitFor();
    await ben.fill('password-input', password);
    await ben.click('password-button');
  }
  await ben.see('room-title', 'Cellar');
  await anna.open('Cellar');
  await anna.see('member', 'Ben');
  for (const person of [anna, ben]) person.assertSound();
}));

test('invitations are accepted and declined', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben] = [await Person.enter(browser, 'Anna'), await Person.enter(browser, 'Ben')];
  for (const name of ['Attic', 'Boiler room', 'Closet']) {
    await anna.create(name, { 'room-private-input': true, 'room-persistent-input': true });
    await anna.invite(ben);
    await ben.invitation(name).waitFor();
  }
  await screenshot(ben.page, 'desktop-invitations');
  await ben.invitation('Attic').getByTestId('decline-button').click();
  await ben.invitation('Attic').waitFor({ state: 'detached' });
  await ben.invitation('Boiler room').getByTestId('accept-button').click();
  await ben.see('room-title', 'Boiler room');
  assert.equal(await ben.the('invitation').count(), 1);
  await ben.say('Warm in here.');

  await ben.page.reload(); // what waits is told at each connection
  await ben.invitation('Closet').waitFor();
  assert.equal(await ben.the('invitation').count(), 1);
  await ben.see('message-text', 'Warm in here.');
  for (const person of [anna, ben]) person.assertSound();
}));

test('public rooms are searched and paged', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben] = [await Person.enter(browser, 'Anna'), await Person.enter(browser, 'Ben')];
  await anna.page.evaluate(async () => {
    const { ask } = await import('/server.js');
    for (let i = 10; i < 45; i++) await ask('createRoom', { name: `Number ${i}` });
    await ask('createRoom', { name: 'Tulip garden', description: 'Spring' });
  });
  await ben.page.reload();
  await ben.click('more-rooms-button');
  await ben.the('more-rooms-button').waitFor({ state: 'hidden' });
  assert.ok(await ben.the('room-entry').count() >= 36);
  await ben.fill('search-input', 'tul');
  await ben.entry('Number').first().waitFor({ state: 'detached' });
  assert.equal(await ben.the('room-entry').count(), 1);
  await screenshot(ben.page, 'desktop-search');
  await ben.fill('search-input', 'no such');
  await ben.see('no-rooms', 'No public room');
  await ben.fill('search-input', 'gar');
  await ben.open('Tulip garden');
  for (const person of [anna, ben]) person.assertSound();
}));

test('two talk directly, and one blocks the other', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben] = [await Person.enter(browser, 'Anna'), await Person.enter(browser, 'Ben')];
  await anna.create('Market');
  await ben.open('Market');
  await ben.see('member', 'Anna');
  await anna.personAction('Ben', 'contact');
  await anna.see('contact', 'Online');
  await anna.personAction('Ben', 'direct');
  await anna.see('room-title', 'Ben');
  await anna.say('Psst.');
  await ben.invitation('Anna').getByTestId('accept-button').click();
  await ben.see('room-title', 'Anna');
  await ben.see('message-text', 'Psst.');
  await ben.say('Yes?');
  await anna.see('message-text', 'Yes?');
  await screenshot(anna.page, 'desktop-direct');

  const cleo = await Person.enter(browser, 'Cleo');
  await cleo.open('Market');
  await cleo.see('member', 'Anna');
  await cleo.personAction('Anna', 'block');
  await cleo.see('toast', 'can no longer invite you');
  await anna.open('Market');
  await anna.personAction('Cleo', 'direct'); // what comes of it says nothing of the block
  await anna.create('Later'); // when that is told, an invitation would have been
  await cleo.see('room-entry', 'Later');
  assert.equal(await cleo.the('invitation').count(), 0);

  await ben.page.close();
  for (const person of [anna, cleo]) person.assertSound();
}));

test('the creator changes and deletes a room', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const [anna, ben] = [await Person.enter(browser, 'Anna'), await Person.enter(browser, 'Ben')];
  await anna.create('Shop', { 'room-description-input': 'Bread' });
  await ben.entry('Shop').click();
  await ben.see('room-line', 'Bread');
  await anna.change({ 'room-name-input': 'Bakery', 'room-description-input': 'Bread & cake', 'room-password-input': 'rye' });
  await ben.see('room-title', 'Bakery');
  await ben.see('room-line', 'Bread & cake');
  await ben.leave();
  await ben.entry('Bakery').click();
  await ben.fill('password-input', 'rye');
  await ben.click('password-button');
  await ben.see('room-title', 'Bakery');
  await anna.change({ 'room-without-password-input': true, 'room-private-input': true });
  const cleo = await Person.enter(browser, 'Cleo');
  assert.equal(await cleo.entry('Bakery').count(), 0);

  await anna.roomAction('delete');
  await screenshot(anna.page, 'desktop-delete');
  await anna.click('confirm-button');
  for (const person of [anna, ben]) await person.see('no-room', 'Nothing open yet');
  await ben.see('toast', 'Bakery was deleted');
  for (const person of [anna, ben, cleo]) person.assertSound();
}));

test('invitations and contacts on a phone', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const anna = await Person.enter(browser, 'Anna');
  const dora = await Person.enter(browser, 'Dora', { ...PHONE, colorScheme: 'dark' });
  await anna.create('Lane', { 'room-private-input': true });
  await anna.invite(dora);
  await dora.invitation('Lane').waitFor();
  await dora.click('add-contact-button');
  await dora.fill('line-input', await anna.id());
  await dora.click('line-button');
  await dora.see('contact', 'Anna');
  await screenshot(dora.page, 'phone-dark-list');
  await dora.invitation('Lane').getByTestId('accept-button').tap();
  await dora.see('room-title', 'Lane');
  await anna.page.close();
  await dora.assertFits();
  dora.assertSound();
}));
