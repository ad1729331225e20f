// The administration page of a server that has no admin token.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openPage, screenshot, withBrowser } from './browser.js';
import { refusal, url } from './client.js';

test('nobody is let in, and the page says so', { timeout: 60_000 }, () => withBrowser(async (browser) => {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 800 } }), `${url}/admin`);
  await page.getByText('No admin token is configured').waitFor();
  assert.equal(await page.locator('input').count(), 0);
  await screenshot(page, 'admin-off');
  assert.deepEqual(page.complaints, []);
  for (const auth of [{ token: '' }, { token: 'guess' }, undefined]) {
    const error = await refusal({ auth }, '/admin');
    assert.deepEqual([error.message, error.data], ['Unauthorized', { code: 'unauthorized' }]);
  }
}));
