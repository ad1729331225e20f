// Who gets in with which token, what it narrows, and its end. The server is not in development mode.

import assert from 'node:assert/strict';
import { connect, mark, refusal, scenario } from './client.js';
import { assertRefused, sample } from './refusals.js';
import { covers, refused } from './rows.js';
import { mint } from './token.js';

const seconds = () => Math.floor(Date.now() / 1000);
const signIn = (claims, options = {}) => connect(claims.sub, { auth: { token: mint(claims) }, ...options });

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded({ sub: 'anna' })}.`;
const anna = mint({ sub: 'anna' });
const foreign = mint({ sub: 'anna' }, 'another secret of some thirty bytes');
const tampered = anna.split('.').with(1, encoded({ sub: 'ben', exp: seconds() + 60 })).join('.');

const refusals = {
  'none': [{}, 'Authentication required', 'authentication_required'],
  'none, but an id': [{ userId: 'anna', username: 'Anna' }, 'Authentication required', 'authentication_required'],
  'an empty one': [{ token: '' }, 'Authentication required', 'authentication_required'],
  'a number': [{ token: 7 }, 'Invalid token', 'invalid_token'],
  'garbage': [{ token: 'garbage' }, 'Invalid token', 'invalid_token'],
  'expired': [{ token: mint({ sub: 'anna', exp: seconds() - 3600 }) }, 'Invalid token', 'invalid_token'],
  'not valid yet': [{ token: mint({ sub: 'anna', nbf: seconds() + 3600 }) }, 'Invalid token', 'invalid_token'],
  'of another key': [{ token: foreign }, 'Invalid token', 'invalid_token'],
  'unsigned': [{ token: unsigned }, 'Invalid token', 'invalid_token'],
  'tampered with': [{ token: tampered }, 'Invalid token', 'invalid_token'],
  "nobody's": [{ token: mint({ name: 'Anna' }) }, 'Invalid token', 'invalid_token'],
  'an unusable id': [{ token: mint({ sub: 'x'.repeat(129) }) }, 'Authentication failed', 'authentication_failed'],
  'an unusable name': [{ token: mint({ sub: 'anna', name: 'a\nb' }) }, 'Authentication failed', 'authentication_failed'],
};
for (const [what, [auth, message, code]] of Object.entries(refusals)) {
  scenario(`token: ${what}`, covers(`connect_error:${code}`), async () => {
    for (const transport of ['polling', 'websocket']) {
      const error = await refusal({ auth, transports: [transport], query: { userId: 'anna' } });
      assert.equal(error.message, message);
      assert.equal(error.data.code, code);
      assert.doesNotMatch(JSON.stringify(error.data), /eyJ|secret|signature/);
    }
  });
}

scenario('identity comes from the token', async () => {
  const ben = await signIn({ sub: 'ben' });
  const auth = { token: mint({ sub: 'anna', name: 'Änna <1>' }), userId: 'mallory', username: 'Mallory' };
  const client = await connect('anna', { auth, query: { userId: 'mallory' } });
  const { roomId } = await client.must('createRoom');
  await ben.must('joinRoom', roomId);
  const { users } = await client.must('joinRoom', roomId);
  assert.deepEqual(users, [{ id: 'anna', username: 'Änna <1>' }, { id: 'ben', username: 'ben' }]);
});

// The commands that a token can forbid, by the claim that does.
const creating = ['createRoom', 'openDirect'];
const joining = ['joinRoom', 'openDirect'];
const sending = ['sendMessage', 'chatMessage', 'editMessage', 'emitToRoom', 'gameAction'];
const FORBIDDEN = 'Your token does not allow this';

scenario('claims that narrow', covers(refused('forbidden', creating, joining, sending)), async () => {
  const all = await signIn({ sub: 'all' });
  await all.must('createRoom', { roomId: 'team-1', persistent: true });
  await all.must('createRoom', { roomId: 'other', persistent: true });
  for (const [claim, commands] of Object.entries({ create: creating, join: joining, send: sending })) {
    const narrow = await signIn({ sub: `narrow ${claim}`, rooms: { [claim]: ['team-*'] } });
    const none = await signIn({ sub: `none ${claim}`, rooms: { [claim]: [] } });
    for (const command of commands) {
      for (const roomId of ['other', 'nowhere']) { // whether it is there or not
        const arg = sample(command, { roomId, userId: 'all' });
        await assertRefused(narrow, 'forbidden', FORBIDDEN, command, arg);
        await assertRefused(none, 'forbidden', FORBIDDEN, command, arg);
      }
      if (command === 'openDirect') continue; // its room is none of a pattern
      const arg = sample(command, { roomId: 'team-1' });
      assert.notEqual((await narrow.ask(command, arg)).code, 'forbidden', command);
      await assertRefused(none, 'forbidden', FORBIDDEN, command, arg);
    }
  }
});

scenario('what narrows leaves all else alone', async () => {
  const all = await signIn({ sub: 'all' });
  const { roomId } = await all.must('createRoom');
  const listener = await signIn({ sub: 'listener', rooms: { send: [], create: [] } });
  await listener.must('joinRoom', roomId);
  await all.must('sendMessage', { roomId, text: 'x' });
  await listener.next('newMessage');
  await listener.must('getHistory', { roomId });
  await listener.must('markRead', { roomId, seq: 1 });
  await listener.must('leaveRoom', roomId);
  // Joining makes no rooms where creating is not allowed.
  await assertRefused(listener, 'room_not_found', 'Room does not exist', 'joinRoom', 'nowhere');
  await assertRefused(listener, 'forbidden', FORBIDDEN, 'createRoom');
});

for (const transport of ['polling', 'websocket']) {
  scenario(`a token's end closes the transport, ${transport}`, covers(
    "fine:a token's end closes the transport",
  ), async () => {
    const watcher = await signIn({ sub: 'watcher' });
    const { roomId } = await watcher.must('createRoom');
    const exp = seconds() + 4; // at least 3 s to come in
    const client = await signIn({ sub: 'anna', exp }, { transports: [transport], reconnection: false });
    await client.must('joinRoom', roomId);
    assert.equal(await client.lost(), 'transport close');
    const late = Date.now() - exp * 1000;
    assert.ok(late >= 0 && late < 10_000, `${late} ms after its end`);
    assert.deepEqual(await watcher.next('userLeft'), { roomId, userId: 'anna', username: 'anna', disconnected: true });
  });
}

scenario('refreshToken', covers('command:refreshToken', 'fine:a fresh token keeps the connection'), async () => {
  const exp = seconds() + 4;
  const [asked, told, ended] = await Promise.all(['asked', 'told', 'ended'].map(
    (sub) => signIn({ sub, exp }, { reconnection: false }),
  ));
  const { roomId } = await asked.must('createRoom');
  const later = seconds() + 60;
  const reply = await asked.ask('refreshToken', { token: mint({ sub: 'asked', exp: later }) });
  assert.deepEqual(reply, { success: true, expiresAt: new Date(later * 1000).toISOString() });
  told.tell('refreshToken', { token: mint({ sub: 'told', exp: later, rooms: { send: [] } }) });
  asked.tell('refreshToken', { token: mint({ sub: 'asked', exp: later }) });
  await told.must('joinRoom', roomId);
  await assertRefused(told, 'forbidden', FORBIDDEN, 'sendMessage', { roomId, text: 'x' }); // what it narrows counts

  await ended.lost();
  await mark(roomId, asked, told); // as told can't speak any more, asked does
  assert.ok(asked.socket.connected && told.socket.connected && Date.now() >= exp * 1000);
  assert.deepEqual(asked.all('error'), []);
});

scenario('refreshToken with a token that ends never, or sooner', async () => {
  const watcher = await signIn({ sub: 'watcher' });
  const client = await signIn({ sub: 'anna', exp: seconds() + 60 }, { reconnection: false });
  const forEver = await client.must('refreshToken', { token: mint({ sub: 'anna', exp: undefined }) });
  assert.equal(forEver.expiresAt, null);
  const exp = seconds() + 4;
  await client.must('refreshToken', { token: mint({ sub: 'anna', exp }) });
  assert.equal(await client.lost(), 'transport close');
  assert.ok(Date.now() >= exp * 1000 && watcher.socket.connected);
});

scenario('refreshToken: what is no token of the same user', covers(refused('forbidden', 'refreshToken')), async () => {
  const exp = seconds() + 5;
  const clients = await Promise.all(['anna', 'ben'].map((sub) => signIn({ sub, exp }, { reconnection: false })));
  const lost = clients.map((client) => client.lost());
  for (const client of clients) {
    for (const [token, said] of [
      ['garbage', 'Invalid token'],
      [mint({ sub: 'anna', exp: seconds() - 3600 }), 'Invalid token'],
      [unsigned, 'Invalid token'],
      [mint({ sub: 'cleo' }), "The token is another user's"],
    ]) {
      await assertRefused(client, 'forbidden', said, 'refreshToken', { token });
    }
    assert.ok(client.socket.connected);
  }
  assert.deepEqual(await Promise.all(lost), ['transport close', 'transport close'], 'at the end of the first token');
  assert.ok(Date.now() >= exp * 1000);
});
