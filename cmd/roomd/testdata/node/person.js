// Somebody at the demo page: what he does with it, and what is to be seen of it.

import assert from 'node:assert/strict';
import { openPage } from './browser.js';
import { url } from './client.js';

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

export class Person {
  constructor(page) {
    this.page = page;
  }

  // enter opens the page in a window, as somebody of this name. Each has a window of his own: what
  // lies behind another is drawn once a second only.
  static async enter(browser, name, screen = DESKTOP) {
    const person = new Person(await openPage(await browser.newContext(screen), url));
    await person.fill('name-input', name);
    await person.click('start-button');
    await person.see('connection-status', 'Connected');
    return person;
  }

  // again opens the page once more, as the same one.
  async again() {
    const kept = await this.page.evaluate(() => ({ ...sessionStorage }));
    const page = await openPage(await this.page.context().browser().newContext(DESKTOP), url);
    await page.evaluate((items) => Object.assign(sessionStorage, items), kept);
    await page.reload();
    const person = new Person(page);
    await person.see('connection-status', 'Connected');
    return person;
  }

  the = (id) => this.page.getByTestId(id);
  seen = (id, text) => this.the(id).filter({ hasText: text, visible: true }).first();
  click = (id) => this.the(id).filter({ visible: true }).first().click();
  fill = (id, text) => this.the(id).fill(text);
  see = (id, text) => this.seen(id, text).waitFor();
  gone = (id, text) => this.seen(id, text).waitFor({ state: 'detached' });
  entry = (name) => this.the('room-entry').filter({ hasText: name });
  invitation = (name) => this.the('invitation').filter({ hasText: name });

  // id is the user id, which the page keeps for its tab.
  id = () => this.page.evaluate(() => sessionStorage.getItem('roomd.userId'));

  // badge sees so many unread messages beside a room, none of them for ''.
  async badge(name, text) {
    const badge = this.entry(name).getByTestId('unread-badge');
    await badge.filter({ hasText: text === '' ? /^0$/ : new RegExp(`^${text}$`) }).waitFor({ state: text === '' ? 'hidden' : 'visible' });
  }

  // create makes a room by the dialog; settings are texts by field, or true for what is to be checked.
  async create(name, settings = {}) {
    await this.click('new-room-button');
    await this.fill('room-name-input', name);
    await this.#fillIn(settings);
    await this.click('room-submit-button');
    await this.see('room-title', name);
  }

  async #fillIn(settings) {
    for (const [id, value] of Object.entries(settings)) {
      if (value === true) await this.the(id).check();
      else await this.fill(id, value);
    }
  }

  async change(settings) {
    await this.roomAction('settings');
    await this.#fillIn(settings);
    await this.click('room-submit-button');
    await this.the('room-dialog').waitFor({ state: 'hidden' });
  }

  // open goes to a room of the list. What is written before the room is drawn would be the draft of
  // the room before.
  async open(name) {
    await this.entry(name).click();
    await this.see('room-title', name);
  }

  async say(text) {
    await this.fill('composer-input', text);
    await this.the('composer-input').press('Enter');
    await this.see('message-text', text);
  }

  // roomAction, personAction and messageAction choose something from the menu of the shown room, of
  // somebody in it, and of a message.
  async roomAction(action) {
    await this.click('room-menu-button');
    await this.click(`action-${action}`);
  }

  async personAction(name, action) {
    await this.the('member').filter({ hasText: name }).getByRole('button').click();
    await this.click(`action-${action}`);
  }

  async messageAction(text, action) {
    const message = this.the('message').filter({ hasText: text });
    await message.hover();
    await message.getByTestId('message-menu-button').click();
    await this.click(`action-${action}`);
  }

  async invite(person) {
    await this.click('invite-button');
    await this.fill('line-input', await person.id());
    await this.click('line-button');
    await this.the('line-dialog').waitFor({ state: 'hidden' });
  }

  async leave() {
    await this.roomAction('leave');
    await this.see('no-room', 'Nothing open yet');
  }

  texts = () => this.the('message-text').allInnerTexts();

  // assertSound says that nothing went wrong in the page, and that it came from the server alone.
  assertSound() {
    assert.deepEqual(this.page.complaints, []);
    assert.deepEqual(this.page.foreign, []);
  }

  // assertFits says that nothing stands out of the screen.
  async assertFits() {
    const [wide, shown] = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= shown, `${wide} px wide on a screen of ${shown} px`);
  }
}
