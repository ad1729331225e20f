// What a server must still know after a crash. Everybody is connected again, and nobody does anything.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { Lists } from './crash-lists.js';
import { seenPerson, seenRoom } from './crash-model.js';

const PAGE = 100;
const REPEATED = 250; // records: among so many of the newest a clientId counts still, with some to spare

const ASKING = 20_000; // ms that an account may take to find that an invitation has ended
const UNSEEN = ['inviteToRoom', 'declineInvitation']; // in public rooms, where nobody needs an invitation
const sorted = (values) => [...values].sort();

// check finds out what became of all that was under way, and compares everything with what is known.
export async function check(crew, load) {
  const lists = new Lists(crew);
  await lists.search();
  const quiet = await lists.quiet(); // all at rest: by what is in the file lists find them
  for (const user of crew.users) await checkPerson(user, quiet(user));
  await Promise.all(crew.rooms.map(async (room) => {
    await checkState(room);
    await comeBack(room);
    await retry(room, load);
    await checkMessages(room);
  }));
  lists.check();
  await lists.search(); // by now all are in memory
  lists.check();
  await lists.checkActivity();
  await Promise.all(crew.users.map((user) => checkInvitations(user, crew.rooms)));
}

async function checkPerson(user, quiet) {
  const { rooms } = await user.must('listRooms', { mine: true, limit: 100 });
  const { contacts, blocked } = await user.must('listContacts');
  user.mine = rooms.map(({ id }) => id);
  const own = user.mine.filter((id) => id.startsWith('own '));
  const found = { contacts: contacts.map(({ userId }) => userId), blocked, rooms: own, quiet };
  user.kept.settle(seenPerson(found), seenPerson);
}

// checkInvitations compares what waits for a user. An invitation that has ended may be there until its room was asked.
async function checkInvitations(user, rooms) {
  const wanted = sorted(rooms.filter((room) => room.kept.state.invited.has(user.id)).map(({ id }) => id));
  for (const deadline = Date.now() + ASKING; ;) {
    const { invitations } = await user.must('listInvitations');
    const found = sorted(invitations.map(({ roomId }) => roomId));
    if (isDeepStrictEqual(found, wanted)) return;
    assert.ok(Date.now() < deadline, `${user.id} is invited to ${found}, but should be to ${wanted}`);
  }
}

// checkState compares members, what they have not read, roles, bans, mutes, invitations and settings.
async function checkState(room) {
  const { unanswered } = room.kept;
  room.inside.clear();
  const { room: info } = await room.goOn();
  const { unread, expected } = await membersOf(room);
  const { moderators, banned, muted } = await room.creator.must('getModeration', room.id);
  const { name, description, isPrivate, maxUsers, hasPassword, memberCount } = info;
  room.kept.settle({
    settings: { name, description, isPrivate, maxUsers, hasPassword, memberCount },
    unread,
    listedBy: sorted(room.users.filter(({ mine }) => mine.includes(room.id)).map(({ id }) => id)),
    expected: isPrivate ? expected : null,
    moderators,
    banned: sorted(banned.map(({ userId, reason }) => [userId, reason])),
    muted: muted.map(({ userId }) => userId),
  }, seenRoom(room.log));
  if (!isPrivate && unanswered && UNSEEN.includes(unanswered.event)) await repeat(room, unanswered);
}

// repeat makes sure of what can't be seen in a public room.
async function repeat(room, command) {
  await room.users.find(({ id }) => id === command.by).must(command.event, command.arg);
  room.kept.acknowledged(command);
}

// membersOf gives what each member has not read, which a mark that is not moved says. Others are refused, and those
// whom the room expects by an invitation not as strangers: expected are these, and more in a public room.
async function membersOf(room) {
  const unread = {};
  const expected = [];
  for (const user of room.users) {
    const { success, unreadCount, code } = await user.ask('markRead', { roomId: room.id, seq: 0 });
    if (success) unread[user.id] = unreadCount;
    else if (code === 'not_a_member') expected.push(user.id);
    else assert.equal(code, 'room_private', `${room.id}: ${user.id}`);
    const told = user.welcome.find(({ id }) => id === room.id);
    if (told && success) assert.equal(told.unreadCount, unreadCount, `${room.id}: ${user.id} was welcomed`);
  }
  return { unread, expected: sorted(expected) };
}

// comeBack has all members go in again, and makes known how far those have read whose joining was cut off.
async function comeBack(room) {
  const { members } = room.kept.state;
  for (const user of room.others.filter(({ id }) => members.has(id))) {
    const { reply } = await room.enter(user);
    assert.equal(reply?.success, true, `${room.id}: ${user.id} comes back: ${JSON.stringify(reply)}`);
    if (members.get(user.id) !== null) continue;
    const { unreadCount } = await user.must('markRead', { roomId: room.id, seq: room.log.last });
    assert.equal(unreadCount, 0);
    members.set(user.id, room.log.last);
  }
}

// retry sends again what was not acknowledged, and some of what was: with a clientId that is safe.
async function retry(room, load) {
  const mayAgain = ({ user, arg }) => arg.clientId && room.has(user) && !room.kept.state.muted.has(user.id);
  for (const saying of room.unanswered.splice(0).filter(mayAgain)) {
    await load.say(room, saying.user, saying);
    assert.ok(room.sent.get(saying.text).reply?.success, `${room.id}: ${JSON.stringify(saying.arg)} once more`);
  }
  const recent = ({ reply }) => reply?.success && reply.seq > room.log.last - REPEATED && load.random.chance(0.1);
  for (const { user, arg, reply } of [...room.sent.values()].filter(mayAgain).filter(recent)) {
    assert.deepEqual(await user.must('sendMessage', arg), reply, `${room.id}: ${JSON.stringify(arg)} once more`);
  }
}

// checkMessages reads all that there is.
async function checkMessages(room) {
  const history = [];
  for (let more = true; more;) {
    const after = history.at(-1)?.seq ?? 0;
    const { messages, hasMore } = await room.creator.must('getHistory', { roomId: room.id, after, limit: PAGE });
    history.push(...messages);
    more = hasMore;
  }
  const seen = history.map(({ seq, id, userId, text, editedAt, deletedAt }) => (
    { seq, id, by: userId, text, edited: Boolean(editedAt), deleted: Boolean(deletedAt) }
  ));
  assert.deepEqual(seen, room.log.messages(), `${room.id}: history`);
  checkSent(room);
}

// checkSent compares the records with what was sent: each at most once, in the order of its sender, and none that was
// refused.
function checkSent(room) {
  const seen = new Set();
  const newest = new Map(); // by sender, the number in the text
  for (const { seq, by, text } of room.log.inOrder()) {
    if (text === undefined || text === '') continue;
    const what = `${room.id}: "${text}", number ${seq}`;
    const { reply } = room.sent.get(text) ?? assert.fail(`${what} was never sent`);
    assert.ok(!seen.has(text), `${what} is there twice`);
    assert.equal(reply?.success ?? true, true, `${what} was refused`);
    const number = Number(text.split(' ')[1]);
    assert.ok(number > (newest.get(by) ?? 0), `${what} comes after "${by} ${newest.get(by)}"`);
    seen.add(text);
    newest.set(by, number);
  }
  for (const [text, { reply }] of room.sent) {
    if (reply?.success) assert.ok(seen.has(text), `${room.id}: "${text}" was acknowledged`);
  }
}
