// The administration page at /admin in a real browser, with rooms and people made by stock clients.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openPage, screenshot, withBrowser } from './browser.js';
import { connect, scenario, url, within } from './client.js';
import { DESKTOP, PHONE } from './person.js';

const token = process.env.ADMIN_TOKEN;

// Operator is somebody at the administration page.
class Operator {
  static async enter(browser, screen = DESKTOP) {
    const operator = new Operator();
    operator.page = await openPage(await browser.newContext(screen), `${url}/admin`);
    await operator.signIn(token);
    await operator.see('connection-status', 'Connected');
    return operator;
  }

  the = (id) => this.page.getByTestId(id);
  seen = (id, text) => this.the(id).filter({ hasText: text, visible: true }).first();
  see = (id, text) => this.seen(id, text).waitFor();
  gone = (id, text) => this.seen(id, text).waitFor({ state: 'detached' });
  total = (id, number) => this.see(id, new RegExp(`^${number}$`));
  row = (text) => this.page.getByRole('row').filter({ hasText: text });

  async signIn(text) {
    await this.the('admin-token-input').fill(text);
    await this.the('admin-sign-in').click();
  }

  async confirm(text) {
    await this.see('confirm-dialog', text);
    await this.the('confirm-button').click();
    await this.the('confirm-dialog').waitFor({ state: 'hidden' });
  }

  async assertFits() {
    const [wide, shown] = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= shown, `${wide} px wide on a screen of ${shown} px`);
  }

  // assertSound says that nothing went wrong in the page, and that it came from the server alone.
  assertSound() {
    assert.deepEqual(this.page.complaints, []);
    assert.deepEqual(this.page.foreign, []);
  }
}

const markup = '<img src=x onerror=alert(1)> & <b>tea</b>';

scenario('an operator sees what there is, and clears up', () => withBrowser(async (browser) => {
  const [anna, ben] = [await connect('anna'), await connect('ben', { transports: ['websocket'] })];
  await anna.must('createRoom', { roomId: 'tea', name: markup, maxUsers: 9 });
  await anna.must('createRoom', { roomId: 'cellar', name: 'Cellar', isPrivate: true, password: 'rose', persistent: true });
  await ben.must('joinRoom', 'tea');

  const operator = await Operator.enter(browser);
  await operator.total('total-rooms', 2);
  await operator.total('total-seats', 3);
  await operator.total('total-connections', 3);
  await operator.see('room-name', markup);
  await operator.row(markup).filter({ hasText: '2 of 9' }).waitFor();
  await operator.row('Cellar').filter({ hasText: 'persistent' }).filter({ hasText: 'private' }).filter({ hasText: 'password' }).waitFor();
  await operator.assertFits();
  await screenshot(operator.page, 'admin-desktop-rooms');

  await operator.the('admin-search').fill('cell');
  await operator.gone('room-name', markup);
  assert.equal(await operator.the('room-row').count(), 1);
  await operator.the('admin-search').fill('nothing like it');
  await operator.see('no-rooms', 'No room has a name like that.');
  await operator.the('admin-search').fill('');

  await operator.row(markup).getByTestId('users-button').click();
  await operator.see('inside-line', '2 people inside');
  await screenshot(operator.page, 'admin-desktop-inside');
  await operator.the('inside-row').filter({ hasText: 'ben' }).getByTestId('kick-button').click();
  await operator.confirm('Throw ben’s name out?'.replace('’', "'"));
  assert.equal((await ben.next('userKicked')).roomId, 'tea');
  await operator.see('inside-line', '1 person inside');
  await operator.the('inside-close').click();
  await operator.total('total-seats', 2);

  await operator.row(markup).getByTestId('delete-button').click();
  await screenshot(operator.page, 'admin-desktop-confirm');
  await operator.confirm(`Delete “${markup}”?`);
  assert.deepEqual(await anna.next('roomDeleted'), { roomId: 'tea', reason: 'Administrator action' });
  await operator.gone('room-name', markup);
  await operator.total('total-rooms', 1);

  await operator.the('users-tab').click();
  await operator.see('user-name', "anna's name");
  assert.equal(await operator.the('user-row').count(), 2);
  await screenshot(operator.page, 'admin-desktop-users');
  const lost = new Promise((resolve) => ben.socket.once('disconnect', resolve));
  await operator.row("ben's name").getByTestId('disconnect-button').click();
  await operator.confirm("Disconnect ben's name?");
  assert.equal(await within('disconnect', lost), 'transport close');
  await operator.see('toast', '1 connection was closed.');
  operator.assertSound();
}));

scenario('an operator on a phone, in the dark', () => withBrowser(async (browser) => {
  const cleo = await connect('cleo');
  for (let i = 1; i <= 4; i++) await cleo.must('createRoom', { name: `Room number ${i} with a name that takes more than a line` });
  const operator = await Operator.enter(browser, { ...PHONE, colorScheme: 'dark' });
  await operator.see('room-name', 'Room number 4');
  await operator.assertFits();
  await screenshot(operator.page, 'admin-phone-rooms');
  await operator.the('users-tab').tap();
  await operator.see('user-name', "cleo's name");
  await operator.assertFits();
  await screenshot(operator.page, 'admin-phone-users');
  operator.assertSound();
}));

scenario('pages of rooms', () => withBrowser(async (browser) => {
  const dora = await connect('dora');
  for (let i = 0; i < 60; i++) await dora.must('createRoom', { name: `Paged ${i}` });
  const operator = await Operator.enter(browser);
  // What is shown at first has pages, too: only behind an empty table is it certain which list they are of.
  await operator.the('admin-search').fill('no room at all');
  await operator.page.getByText('No room has a name like that.').waitFor();
  await operator.the('admin-search').fill('paged');
  await operator.the('rooms-table').getByRole('row').nth(49).waitFor();
  await operator.the('page-next').filter({ visible: true }).click();
  await operator.see('page-number', 'Page 2');
  await operator.the('rooms-table').getByRole('row').nth(10).waitFor({ state: 'detached' });
  assert.equal(await operator.the('room-row').count(), 10);
  await operator.the('page-back').filter({ visible: true }).click();
  await operator.the('rooms-table').getByRole('row').nth(49).waitFor();
  operator.assertSound();
}));

test('the token', { timeout: 60_000 }, () => withBrowser(async (browser) => {
  const operator = new Operator();
  operator.page = await openPage(await browser.newContext(DESKTOP), `${url}/admin`);
  await operator.signIn('something else altogether');
  await operator.see('admin-refusal', 'The server does not take this token.');
  await screenshot(operator.page, 'admin-desktop-refused');
  await operator.signIn(token);
  await operator.see('connection-status', 'Connected');
  await operator.page.reload(); // this tab keeps it
  await operator.see('connection-status', 'Connected');
  await operator.the('admin-sign-out').click();
  await operator.page.reload();
  await operator.the('admin-token-input').waitFor();
  assert.equal(await operator.page.evaluate(() => sessionStorage.length), 0);
  operator.assertSound();
}));
