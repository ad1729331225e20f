// The stock Admin UI, as npm has it, on a page of another origin: it signs in to the administration with
// name and password, and shows its dashboard.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { extname, join, normalize } from 'node:path';
import { openPage, screenshot, withBrowser } from './browser.js';
import { connect, scenario, url } from './client.js';

const token = process.env.ADMIN_TOKEN;
const folder = 'node_modules/@socket.io/admin-ui/ui/dist';
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.png': 'image/png' };

// serve has a site of its own for the UI.
async function serve() {
  const server = http.createServer(async (request, response) => {
    const path = normalize(new URL(request.url, url).pathname).replace(/\/$/, '/index.html');
    const content = await readFile(join(folder, path)).catch(() => null);
    response.writeHead(content ? 200 : 404, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream' });
    response.end(content);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

// open opens the UI. It wants its fonts and icons from hosts that a test can't ask.
async function open(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 } });
  await context.route(/googleapis|jsdelivr/, (route) => route.fulfill({ contentType: 'text/css', body: '' }));
  return openPage(context, address);
}

async function signIn(page, password) {
  await page.getByLabel('Server URL').fill(url);
  await page.getByLabel('Username').fill('admin');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Connect' }).click();
}

const card = (page, title) => page.locator('.v-card').filter({ has: page.locator('.v-card__title', { hasText: title }) });
const row = (page, title, name, number) => card(page, title).getByRole('row')
  .filter({ has: page.getByText(name, { exact: true }) })
  .filter({ has: page.getByText(String(number), { exact: true }) });

scenario('the stock Admin UI shows its dashboard', async () => {
  const site = await serve();
  try {
    await withBrowser(async (browser) => {
      for (const user of ['anna', 'ben', 'cleo']) await connect(user, { transports: ['websocket'] });
      await connect('dora', { transports: ['polling'] });
      const page = await open(browser, site.address);

      await signIn(page, 'not the admin token');
      await page.getByText('Invalid credentials').waitFor();
      await screenshot(page, 'admin-ui-refused');

      await signIn(page, token);
      await page.getByText('Invalid credentials').waitFor({ state: 'hidden' });
      await row(page, 'Clients', 'WebSocket', 4).waitFor(); // the UI is one
      await row(page, 'Clients', 'HTTP long-polling', 1).waitFor();
  await row(page, 'Servers', 'Healthy', 1).waitFor();
      await row(page, 'Namespaces', '/admin', 1).waitFor();
      await row(page, 'Namespaces', '/', 4).waitFor();
      await page.locator('canvas').nth(3).waitFor(); // its histograms
      await connect('emma', { transports: ['websocket'] });
      await row(page, 'Clients', 'WebSocket', 5).waitFor();
      await screenshot(page, 'admin-ui-dashboard');

      await page.reload(); // its session lets it in again
      await row(page, 'Clients', 'WebSocket', 5).waitFor();
      await page.getByRole('link', { name: 'Servers' }).first().click();
      await page.getByText('Uptime').first().waitFor();
      await screenshot(page, 'admin-ui-servers');
      // A page that is left while it upgrades says so.
      const left = /WebSocket is closed before the connection is established/;
      assert.deepEqual(page.complaints.filter((complaint) => !left.test(complaint)), []);
    });
  } finally {
    site.close();
  }
});
