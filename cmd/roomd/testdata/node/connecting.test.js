// Who gets in, and as whom.

import assert from 'node:assert/strict';
import { Client, connect, refusal, scenario, within } from './client.js';
import { slowUpgrades } from './proxy.js';
import { covers } from './rows.js';

const ROOM = 'connecting';

// whoami gives the user that others see.
async function whoami(client) {
  const { users } = await client.must('joinRoom', ROOM);
  await client.must('leaveRoom', ROOM);
  return users.at(-1);
}

async function connectAs(options) {
  const client = new Client(options);
  await within('connect', new Promise((resolve) => client.socket.once('connect', resolve)));
  return client;
}

scenario('identity comes from auth', async () => {
  const client = await connectAs({
    auth: { userId: 'anna', username: 'Anna' }, query: { userId: 'other', username: 'Other' },
  });
  assert.deepEqual(await whoami(client), { id: 'anna', username: 'Anna' });
});

scenario('identity comes from the query where auth has none', async () => {
  const client = await connectAs({ query: { userId: 'anna', username: 'Anna' } });
  assert.deepEqual(await whoami(client), { id: 'anna', username: 'Anna' });
  const named = await connectAs({ query: { userId: 'anna' } });
  assert.deepEqual(await whoami(named), { id: 'anna', username: 'anna' });
});

scenario('without identity one is a guest', async () => {
  const [one, other] = [await whoami(await connectAs({})), await whoami(await connectAs({}))];
  assert.match(one.id, /^guest-./);
  assert.equal(one.username, one.id);
  assert.notEqual(one.id, other.id);
});

scenario('the socket id is not the secret of the transport', async () => {
  const client = await connectAs({});
  assert.ok(client.socket.id.length >= 20);
  assert.notEqual(client.socket.id, client.socket.io.engine.id);
});

const unusable = {
  'a number': 7,
  'an object': {},
  'control characters': 'a\u0007b',
  'too long': 'x'.repeat(129),
};
for (const [what, userId] of Object.entries(unusable)) {
  for (const transport of ['polling', 'websocket']) {
    scenario(`unusable userId: ${what}, ${transport}`, covers(
      'fine:an unusable userId is refused', 'connect_error:authentication_failed',
    ), async () => {
      const error = await refusal({ auth: { userId }, transports: [transport] });
      assert.equal(error.message, 'Authentication failed');
      assert.equal(error.data.code, 'authentication_failed');
    });
  }
}

scenario('unusable username', async () => {
  const error = await refusal({ auth: { userId: 'anna', username: 'x'.repeat(101) } });
  assert.equal(error.message, 'Authentication failed');
  assert.equal(error.data.code, 'authentication_failed');
});

scenario('unusable userId in the query', async () => {
  const error = await refusal({ query: { userId: 'x'.repeat(129) } });
  assert.equal(error.message, 'Authentication failed');
});

scenario('unknown namespace', covers('connect_error:invalid_namespace'), async () => {
  const error = await refusal({ auth: { userId: 'anna' } }, '/unknown');
  assert.equal(error.message, 'Invalid namespace');
  assert.equal(error.data, undefined);
});

scenario('an unknown namespace leaves the main one of the same connection alone', async () => {
  const anna = await connect('anna');
  const unknown = anna.socket.io.socket('/unknown');
  const refused = new Promise((resolve) => unknown.once('connect_error', resolve));
  unknown.connect();
  assert.equal((await within('connect_error', refused)).message, 'Invalid namespace');
  await anna.must('joinRoom', ROOM);
  assert.equal(anna.socket.connected, true);
});

scenario('a client that is told nothing upgrades all the same', async () => {
  const proxy = await slowUpgrades(100); // by then all has been told that there is
  try {
    const { engine } = (await connect('anna', { url: proxy.url })).socket.io;
    const upgraded = new Promise((resolve) => engine.once('upgrade', resolve));
    let pings = 0;
    engine.on('ping', () => { pings++; });
    proxy.letThrough();
    await within('upgrade', upgraded);
    assert.deepEqual([engine.transport.name, pings], ['websocket', 0]); // a ping would free the poll that waits
  } finally {
    proxy.close();
  }
});
