// A chat application's front end: tokens, callbacks, private rooms and invitations, several devices, contacts. Its server
// takes tokens only, and does not make rooms by joining them.

import assert from 'node:assert/strict';
import { assertTime, Client, mark, refusal, scenario, within } from './client.js';
import { about, assertSent, came } from './seed.js';
import { mint } from './token.js';

// signIn gives a device of a user, once it has its list of rooms.
async function signIn(name) {
  const client = new Client({ auth: { token: mint({ sub: `id-${name}`, name }) } });
  await within(`${name} connects`, new Promise((resolve, reject) => {
    client.socket.once('connect', resolve);
    client.socket.once('connect_error', reject);
  }));
  await client.next('roomsList');
  return client;
}

const user = (name) => ({ id: `id-${name}`, username: name });

// What the server of before did by default, the front end says: rooms are kept, and private unless said otherwise.
const make = (client, { isPublic = false, ...data }) =>
  client.must('createRoom', { ...data, isPublic, persistent: true });

scenario('who has no usable token is not let in', async () => {
  const wrong = [
    [{}, 'Authentication required'],
    [{ userId: 'id-anna' }, 'Authentication required'],
    [{ token: '' }, 'Authentication required'],
    [{ token: 'made up' }, 'Invalid token'],
    [{ token: mint({ sub: 'id-anna' }, 'x'.repeat(32)) }, 'Invalid token'],
    [{ token: mint({ sub: 'id-anna', exp: 1 }) }, 'Invalid token'],
    [{ token: mint({ sub: 'x'.repeat(129) }) }, 'Authentication failed'],
  ];
  for (const [auth, message] of wrong) {
    assert.equal((await refusal({ auth, query: { userId: 'id-anna' } })).message, message, JSON.stringify(auth));
  }
});

scenario('at first comes the list of the own and the public rooms', async () => {
  const anna = await signIn('anna');
  const secret = await make(anna, { name: 'Secret' });
  const open = await make(anna, { name: 'Open', isPublic: true });
  await anna.must('sendMessage', { roomId: open.roomId, text: 'hello' });
  const [again, ben] = [await signIn('anna'), await signIn('ben')];
  const [mine] = again.all('roomsList');
  const { lastActivity, ...first } = mine.find(({ id }) => id === secret.roomId);
  assertTime(lastActivity);
  assert.deepEqual(first, { id: secret.roomId, name: 'Secret', isPublic: false, memberCount: 1, unreadCount: 0 });
  assertSent(mine.find(({ id }) => id === open.roomId), { name: 'Open', isPublic: true, memberCount: 1 });
  const [theirs] = ben.all('roomsList');
  assert.ok(theirs.some(({ id }) => id === open.roomId) && !theirs.some(({ id }) => id === secret.roomId));
});

scenario('a public room is told to the others, a private one to nobody', async () => {
  const [anna, ben] = [await signIn('anna'), await signIn('ben')];
  const secret = await make(anna, { name: 'Secret' });
  assertSent(secret, { success: true });
  const open = await make(anna, { name: 'Open', isPublic: true });
  const { createdAt, ...news } = await came(ben, 'newPublicRoom', ({ id }) => id === open.roomId);
  assertTime(createdAt);
  assert.deepEqual(news, { id: open.roomId, name: 'Open', creator: 'anna', memberCount: 1 });
  assert.ok(!ben.all('newPublicRoom').some(({ id }) => id === secret.roomId));
  assert.ok(!anna.all('newPublicRoom').some(({ id }) => id === open.roomId));
});

scenario('joining gives the newest messages, and the others the user', async () => {
  const [anna, ben] = [await signIn('anna'), await signIn('ben')];
  const { roomId } = await make(anna, { name: 'Open', isPublic: true });
  for (let i = 1; i <= 60; i++) await anna.must('sendMessage', { roomId, text: `${i}` });
  const { success, messages } = await ben.ask('joinRoom', roomId);
  assert.deepEqual([success, messages.length, messages[0].text, messages.at(-1).text], [true, 50, '11', '60']);
  assertSent(messages[0].sender, { username: 'anna' });
  assertSent(await anna.next('userJoined'), { roomId, user: user('ben') });
  assert.equal((await ben.ask('joinRoom', 'nowhere')).success, false);
});

scenario('a private room is for the invited', async () => {
  const [anna, ben, cleo] = [await signIn('anna'), await signIn('ben'), await signIn('cleo')];
  const { roomId } = await make(anna, { name: 'Secret' });
  assertSent(await ben.ask('joinRoom', roomId), { success: false, error: 'This room is private' });
  assert.deepEqual(await anna.ask('inviteToRoom', { roomId, userId: 'id-ben' }), { success: true });
  const invitation = await ben.next('roomInvitation', about(roomId));
  assert.deepEqual(invitation, { roomId, roomName: 'Secret', invitedBy: user('anna') });
  assertSent(await ben.ask('joinRoom', roomId), { success: true, messages: [] });
  assertSent(await cleo.ask('joinRoom', roomId), { success: false, error: 'This room is private' });
});

scenario('only members invite', async () => {
  const [anna, ben] = [await signIn('anna'), await signIn('ben')];
  const { roomId } = await make(anna, { name: 'Open', isPublic: true });
  const refused = await ben.ask('inviteToRoom', { roomId, userId: 'id-cleo' });
  assertSent(refused, { success: false, error: 'You are not a member of this room' });
  assertSent(await anna.ask('inviteToRoom', { roomId: 'nowhere', userId: 'id-cleo' }), { success: false });
});

scenario('a message goes to every device of everybody inside', async () => {
  const [anna, ben, phone, cleo] = [await signIn('anna'), await signIn('ben'), await signIn('ben'), await signIn('cleo')];
  const { roomId } = await make(anna, { name: 'Open', isPublic: true });
  for (const device of [ben, phone]) await device.must('joinRoom', roomId);
  const attachments = [{ url: '/tea.png' }];
  const { success, messageId } = await anna.ask('sendMessage', { roomId, text: 'hello', attachments });
  assert.ok(success);
  for (const device of [anna, ben, phone]) {
    const message = await device.next('newMessage', about(roomId));
    assertSent(message, { id: messageId, roomId, sender: user('anna'), text: 'hello', attachments });
    assertTime(message.createdAt);
  }
  await anna.must('sendMessage', { roomId, text: 'plain' });
  assertSent(await ben.next('newMessage', about(roomId)), { text: 'plain', attachments: [] });
  const refused = await cleo.ask('sendMessage', { roomId, text: 'let me in' });
  assertSent(refused, { success: false, error: 'You are not in this room' });
});

scenario('leaving is told to the others, and ends membership with the last device', async () => {
  const [anna, ben, phone] = [await signIn('anna'), await signIn('ben'), await signIn('ben')];
  const { roomId } = await make(anna, { name: 'Open', isPublic: true });
  for (const device of [ben, phone]) await device.must('joinRoom', roomId);
  assert.deepEqual(await ben.ask('leaveRoom', roomId), { success: true });
  await phone.must('sendMessage', { roomId, text: 'still here' });
  await mark(roomId, anna, phone);
  assert.deepEqual(anna.all('userLeft').filter(about(roomId)), []);
  assert.deepEqual(await phone.ask('leaveRoom', roomId), { success: true });
  assertSent(await anna.next('userLeft', about(roomId)), { roomId, userId: 'id-ben', username: 'ben' });
  const refused = await ben.ask('inviteToRoom', { roomId, userId: 'id-cleo' });
  assertSent(refused, { success: false, error: 'You are not a member of this room' });
});

scenario('losing the last device is told to the others, membership stays', async () => {
  const [anna, ben, phone] = [await signIn('anna'), await signIn('ben'), await signIn('ben')];
  const { roomId } = await make(anna, { name: 'Secret' });
  await anna.must('inviteToRoom', { roomId, userId: 'id-ben' });
  for (const device of [ben, phone]) await device.must('joinRoom', roomId);
  ben.socket.disconnect();
  await phone.must('sendMessage', { roomId, text: 'still here' });
  await mark(roomId, anna, phone);
  assert.deepEqual(anna.all('userLeft').filter(about(roomId)), []);
  phone.socket.disconnect();
  const left = await anna.next('userLeft', about(roomId));
  assert.deepEqual(left, { roomId, userId: 'id-ben', username: 'ben', disconnected: true });
  const again = await signIn('ben');
  const { messages } = await again.must('joinRoom', roomId);
  assert.deepEqual(messages.map(({ text }) => text), ['still here']);
});

// The contacts of before stood in the application's own database; here each says once who they are.
scenario('contacts hear of the first and the last device', async () => {
  const erik = await signIn('erik');
  await erik.must('addContact', 'id-fay');
  const fay = await signIn('fay');
  assert.deepEqual(await erik.next('contactOnline'), { userId: 'id-fay', username: 'fay' });
  await fay.must('addContact', 'id-erik');
  assert.deepEqual(await fay.next('contactOnline'), { userId: 'id-erik', username: 'erik' });
  const phone = await signIn('fay');
  fay.socket.disconnect();
  await phone.must('listRooms');
  phone.socket.disconnect();
  assert.deepEqual(await erik.next('contactOffline'), { userId: 'id-fay', username: 'fay' });
  assert.deepEqual([erik.all('contactOnline').length, erik.all('contactOffline').length], [1, 1]);
});
