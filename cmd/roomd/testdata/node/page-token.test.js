// The demo page where the server wants to be shown a token.

import test from 'node:test';
import { openPage, screenshot, withBrowser } from './browser.js';
import { url } from './client.js';
import { DESKTOP, Person } from './person.js';

test('a token is asked for, and says who one is', { timeout: 90_000 }, () => withBrowser(async (browser) => {
  const anna = new Person(await openPage(await browser.newContext(DESKTOP), url));
  await anna.fill('name-input', 'Somebody');
  await anna.click('start-button');
  await anna.see('refusal', 'Authentication required');
  await screenshot(anna.page, 'desktop-token');
  await anna.fill('token-input', 'no-token');
  await anna.click('start-button');
  await anna.see('refusal', 'not a token');
  await anna.fill('token-input', `${process.env.TOKEN.slice(0, -8)}AAAAAAAA`);
  await anna.click('start-button');
  await anna.see('refusal', 'Invalid token');
  await anna.fill('token-input', process.env.TOKEN);
  await anna.click('start-button');
  await anna.see('my-name', 'Anna');
  await anna.create('Vault', { 'room-persistent-input': true });
  await anna.page.reload(); // the tab keeps it
  await anna.see('room-title', 'Vault');
  await anna.see('member', 'creator');
  anna.assertSound();
}));
