// What a crew does to a server until it is gone.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { refusal } from './crash-model.js';

// Load goes on until stop is called, and is done when all that was under way has its outcome, or will have none.
export class Load {
  commands = 0; // that were acknowledged
  messages = 0; // of them: messages, edits and deletions
  unanswered = 0; // commands that a crash cut off
  #going = true;
  #texts = 0;

  constructor(crew) {
    Object.assign(this, { crew, random: crew.random });
  }

  begin() {
    this.#going = true;
    const works = this.crew.users.map((user) => this.#live(user));
    for (const room of this.crew.rooms) {
      works.push(this.#direct(room));
      for (let i = 0; i < (room.hot ? 3 : 1); i++) works.push(this.#speak(room));
    }
    this.done = Promise.all(works);
    this.done.catch(() => {}); // is looked at by who stops it
  }

  // stop is told before the server is.
  stop() {
    this.#going = false;
  }

  // #may says whether a user goes on, after a while.
  async #may(user, busy) {
    await pause(busy ? 0 : this.random.below(40));
    return this.#going && user.socket.connected;
  }

  // #outcome counts a reply. Only a server that is ending may not know.
  #outcome(reply, what) {
    if (reply?.code === 'unavailable') {
      assert.ok(!this.#going, `${what}: ${JSON.stringify(reply)}`);
      reply = null;
    }
    if (reply) this.commands++;
    else this.unanswered++;
    return reply;
  }

  // #live has a user do what concerns nobody else.
  async #live(user) {
    const strangers = ['ann', 'bob', 'cyd', 'dan'];
    for (let i = 0; await this.#may(user); i++) {
      const { rooms } = user.kept.state;
      const kind = this.random.oneOf(['addContact', 'removeContact', 'blockUser', 'unblockUser', 'createRoom', 'deleteRoom']);
      let arg = this.random.oneOf(strangers);
      if (kind === 'createRoom') arg = { roomId: `own ${user.id} ${++this.#texts}`, persistent: true, isPrivate: true };
      if (kind === 'deleteRoom') arg = [...rooms][0];
      if (arg === undefined || kind === 'createRoom' && rooms.size > 5) continue;
      const reply = this.#outcome(await user.ask(kind, arg), kind);
      const command = { event: kind, arg };
      if (!reply) return void (user.kept.unanswered = command);
      assert.ok(reply.success, `${user.id}: ${kind} ${JSON.stringify(reply)}`);
      user.kept.acknowledged(command);
    }
  }

  // #direct changes a room, one thing after the other: who is in it, and what it is.
  async #direct(room) {
    for (;;) {
      const user = this.random.oneOf(room.others);
      const by = this.#choose(room, user);
      if (!await this.#may(by.user, room.hot)) return;
      const command = by.event === 'joinRoom' ? await this.#join(room, by.user) : await this.#change(room, by);
      if (command === 'unanswered') return;
    }
  }

  async #join(room, user) {
    const known = room.kept.state.settings.password;
    const password = this.random.chance(0.3) ? known : undefined;
    const code = refusal(room.kept.state, user.id, password);
    const command = await room.enter(user, password);
    const reply = this.#outcome(command.reply, 'joinRoom');
    if (!reply) {
      room.kept.unanswered = { event: command.event, by: user.id };
      return 'unanswered';
    }
    assert.equal(reply.code, code, `${room.id}: ${user.id} joins, ${JSON.stringify(reply)}`);
    if (reply.success) room.kept.acknowledged(command);
    return 'done';
  }

  async #change(room, { event, user, arg }) {
    const command = { event, by: user.id, arg: { roomId: room.id, ...arg } };
    if (['leaveRoom', 'kickUser', 'banUser'].includes(event)) room.inside.delete(arg?.userId ?? user.id);
    const reply = this.#outcome(await user.ask(event, command.arg), event);
    if (!reply) {
      room.kept.unanswered = command;
      return 'unanswered';
    }
    assert.ok(reply.success, `${room.id}: ${JSON.stringify(command)}: ${JSON.stringify(reply)}`);
    room.kept.acknowledged({ ...command, reply });
    return 'done';
  }

  // #choose gives a command about this user that must succeed; a join alone may be refused.
  #choose(room, user) {
    const { state } = room.kept;
    const userId = user.id;
    const byCreator = (event, arg) => ({ event, user: room.creator, arg: { userId, ...arg } });
    const choices = [{ event: 'updateRoom', user: room.creator, arg: this.#settings() }];
    if (room.has(user)) {
      choices.push({ event: 'leaveRoom', user }, byCreator('kickUser'));
    } else {
      choices.push(...Array(4).fill({ event: 'joinRoom', user }));
      if (!state.banned.has(userId)) choices.push(byCreator('inviteToRoom'), byCreator('inviteToRoom'));
      if (state.invited.has(userId)) choices.push({ event: 'declineInvitation', user });
    }
    if (state.members.has(userId)) {
      const seq = this.random.below(room.log.last + 5);
      if (room.log.last > 0) choices.push(...Array(3).fill({ event: 'markRead', user, arg: { seq: Math.min(seq, room.log.last) } }));
      choices.push(byCreator('setRole', { role: this.random.oneOf(['moderator', 'member']) }));
    }
    choices.push(byCreator('banUser', { reason: `ban ${++this.#texts}` }), byCreator('muteUser'));
    if (state.banned.has(userId)) choices.push(...Array(4).fill(byCreator('unbanUser')));
    if (state.muted.has(userId)) choices.push(...Array(4).fill(byCreator('unmuteUser')));
    return this.random.oneOf(choices);
  }

  #settings() {
    const number = ++this.#texts;
    const settings = { name: `name ${number}`, description: `about ${number}`, isPrivate: this.random.chance(0.3) };
    if (this.random.chance(0.2)) settings.password = this.random.chance(0.5) ? `secret ${number}` : null;
    return { ...settings, maxUsers: this.random.oneOf([null, 50 + this.random.below(50)]) };
  }

  // #speak has those inside say things, several at once.
  async #speak(room) {
    while (await this.#may(room.creator, room.hot)) {
      const user = this.random.oneOf(room.users.filter(room.has));
      if (!user.socket.connected) return;
      const burst = Array.from({ length: 1 + this.random.below(4) }, () => this.say(room, user, this.#saying(room, user)));
      await Promise.all(burst);
    }
  }

  // #saying gives a message, an edit or a deletion.
  #saying(room, user) {
    const text = `${user.id} ${++this.#texts}`;
    const said = room.log.records.get(1 + this.random.below(room.log.last));
    if (said?.kind === 'message' && said.by === user.id && this.random.chance(0.7)) {
      const about = { roomId: room.id, messageId: said.id };
      return this.random.chance(0.2) ? { event: 'deleteMessage', arg: about } : { event: 'editMessage', text, arg: { ...about, text } };
    }
    const clientId = this.random.chance(0.7) ? { clientId: `client ${text}` } : {};
    return { event: 'sendMessage', text, arg: { roomId: room.id, text, ...clientId } };
  }

  // say emits at once, and notes what becomes of it.
  async say(room, user, saying) {
    const { event, text, arg } = saying;
    const noted = { ...saying, user };
    if (text) room.sent.set(text, noted);
    const reply = this.#outcome(await user.ask(event, arg), event);
    if (!reply) return void room.unanswered.push(noted);
    noted.reply = reply;
    if (!reply.success) {
      assert.ok(['not_in_room', 'muted', 'message_not_found'].includes(reply.code), `${event}: ${JSON.stringify(reply)}`);
      return;
    }
    this.messages++;
    const { seq, messageId } = reply;
    const kinds = { sendMessage: 'message', editMessage: 'edit', deleteMessage: 'deletion' };
    room.log.saw({ seq, kind: kinds[event], id: messageId, by: user.id, ...(text && { text }) });
  }
}
