// What a crew does to a server until it is gone.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { refusal } from './crash-model.js';

// Why one may be refused to speak whom others kick, ban and mute meanwhile, or whose message they take back.
const MAY_BE_SILENCED = ['not_in_room', 'room_private', 'muted', 'message_not_found'];

// What a user does on his own account, beside making and deleting a few rooms, some of which he leaves at once: nobody
// has them brought to memory after a crash.
const OWN = ['addContact', 'removeContact', 'blockUser', 'unblockUser'];

// Load goes on until the server is gone.
export class Load {
  commands = 0; // that were acknowledged
  messages = 0; // of them: messages, edits and deletions
  unanswered = 0; // commands that a crash cut off
  #going = false; // the server is there
  #ending = false; // it is about to go
  #texts = 0;

  constructor(crew) {
    Object.assign(this, { crew, random: crew.random });
    for (const { id, socket } of crew.users) {
      socket.on('disconnect', (reason) => {
        this.#going = false;
        if (!this.#ending) this.early = `${id} was disconnected: ${reason}`;
      });
    }
  }

  begin() {
    this.#going = true;
    this.#ending = false;
    this.works = this.crew.users.map((user) => this.#live(user));
    for (const room of this.crew.rooms) {
      this.works.push(this.#direct(room));
      for (let i = 0; i < (room.hot ? 3 : 1); i++) this.works.push(this.#speak(room));
    }
    for (const work of this.works) work.catch(() => {}); // is looked at by done
  }

  // ending says that the server is about to be ended.
  ending() {
    this.#ending = true;
  }

  // done waits until all that was under way has its outcome, or will have none.
  async done() {
    await Promise.all(this.works);
    assert.equal(this.early, undefined);
  }

  // #may says whether a user goes on, after a while.
  async #may(user, busy) {
    await pause(busy ? 0 : this.random.below(40)); // ms
    return this.#going && user.socket.connected;
  }

  // #outcome counts a reply, and gives null where nobody knows. Only a server that is ending may not.
  #outcome(reply, what) {
    if (reply?.code === 'unavailable') {
      assert.ok(this.#ending, `${what}: ${JSON.stringify(reply)}`);
      reply = null;
    }
    if (reply) this.commands++;
    else this.unanswered++;
    return reply;
  }

  // #live has a user do what concerns nobody else.
  async #live(user) {
    while (await this.#may(user)) {
      const rooms = [...user.kept.state.rooms, ...user.kept.state.quiet];
      const event = this.random.oneOf([...OWN, rooms.length < 5 ? 'createRoom' : 'deleteRoom']);
      let arg = this.random.oneOf(['ann', 'bob', 'cyd', 'dan']);
      if (event === 'createRoom') arg = this.#ownRoom();
      if (event === 'deleteRoom') arg = this.random.oneOf(rooms);
      const reply = this.#outcome(await user.ask(event, arg), event);
      if (!reply) return void (user.kept.unanswered = { event, arg });
      assert.ok(reply.success, `${user.id}: ${event} ${JSON.stringify(reply)}`);
      user.kept.acknowledged({ event, arg });
      if (arg.isPrivate === false) await user.ask('leaveRoom', arg.roomId);
    }
  }

  #ownRoom() {
    const isPrivate = this.random.chance(0.5);
    const roomId = `${isPrivate ? 'own' : 'quiet'} ${++this.#texts}`;
    return { roomId, name: roomId, persistent: true, isPrivate };
  }

  // #direct changes a room, one thing after the other: who is in it, and what it is.
  async #direct(room) {
    for (let answered = true; answered;) {
      const chosen = this.#choose(room, this.random.oneOf(room.others));
      if (!await this.#may(chosen.user, room.hot)) return;
      answered = chosen.event === 'joinRoom' ? await this.#join(room, chosen.user) : await this.#change(room, chosen);
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
      return false;
    }
    assert.equal(reply.code, code, `${room.id}: ${user.id} joins, ${JSON.stringify(reply)}`);
    if (reply.success) room.kept.acknowledged(command);
    return true;
  }

  async #change(room, { event, user, arg }) {
    const command = { event, by: user.id, arg: { roomId: room.id, ...arg } };
    if (['leaveRoom', 'kickUser', 'banUser'].includes(event)) room.inside.delete(arg?.userId ?? user.id);
    const reply = this.#outcome(await user.ask(event, command.arg), event);
    if (!reply) {
      room.kept.unanswered = command;
      return false;
    }
    assert.ok(reply.success, `${room.id}: ${JSON.stringify(command)}: ${JSON.stringify(reply)}`);
    room.kept.acknowledged({ ...command, reply });
    return true;
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
      const seq = this.random.below(room.log.last + 1);
      choices.push(...Array(3).fill({ event: 'markRead', user, arg: { seq } }));
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
      const say = () => this.say(room, user, this.#saying(room, user));
      await Promise.all(Array.from({ length: 1 + this.random.below(4) }, say));
    }
  }

  // #saying gives a message, an edit or a deletion.
  #saying(room, user) {
    const text = `${user.id} ${++this.#texts}`;
    const said = room.log.records.get(1 + this.random.below(room.log.last));
    if (said?.kind === 'message' && said.by === user.id && this.random.chance(0.7)) {
      const about = { roomId: room.id, messageId: said.id };
      if (this.random.chance(0.2)) return { event: 'deleteMessage', arg: about };
      return { event: 'editMessage', text, arg: { ...about, text } };
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
      assert.ok(MAY_BE_SILENCED.includes(reply.code), `${room.id}: ${event}: ${JSON.stringify(reply)}`);
      return;
    }
    this.messages++;
    const { seq, messageId } = reply;
    const kinds = { sendMessage: 'message', editMessage: 'edit', deleteMessage: 'deletion' };
    room.log.saw({ seq, kind: kinds[event], id: messageId, by: user.id, ...(text && { text }) });
  }
}
