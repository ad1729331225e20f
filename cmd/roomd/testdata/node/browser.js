// The system's Chromium, driven from here.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

// withBrowser runs something with a browser that is closed afterwards.
export async function withBrowser(run) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
  try {
    await run(browser);
  } finally {
    await browser.close();
  }
}

// openPage opens an address in a new tab, and notes what the page complains of and what it fetches
// from elsewhere.
export async function openPage(context, address) {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.complaints = [];
  page.foreign = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('requestfailed', (request) => page.complaints.push(`${request.url()} ${request.failure()?.errorText}`));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(address).host) page.foreign.push(request.url());
  });
  await page.goto(address);
  return page;
}

// screenshot keeps a picture of a page, if there is a folder for them.
export async function screenshot(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
