// The stock client's bundle in a real browser, on a page of another origin: it connects by polling,
// upgrades, and talks.

import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { openPage, withBrowser } from './browser.js';

const url = process.env.SERVER_URL;

// page is what a newcomer would write.
const page = (bundle) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Bundle</title>
${bundle}
<script type="module">
  const { io } = window.io ? window : await import('${url}/socket.io/socket.io.esm.min.js');
  const socket = io('${url}', { auth: { userId: new URL(location).searchParams.get('user') } });
  window.socket = socket;
  window.transports = [];
  window.heard = [];
  socket.io.on('open', () => {
    transports.push(socket.io.engine.transport.name);
    socket.io.engine.on('upgrade', ({ name }) => transports.push(name));
  });
  socket.on('newMessage', ({ userId, text }) => heard.push(userId + ': ' + text));
  socket.on('bytes', (data) => heard.push('bytes ' + new Uint8Array(data.buffer)));
</script>`;

const bundles = {
  'socket.io.js': `<script src="${url}/socket.io/socket.io.js"></script>`,
  'socket.io.min.js': `<script src="${url}/socket.io/socket.io.min.js"></script>`,
  'socket.io.esm.min.js': '',
};

async function serve(html) {
  const server = http.createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(html));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

const ask = (page, event, argument) =>
  page.evaluate(([e, a]) => window.socket.timeout(20_000).emitWithAck(e, a), [event, argument]);

for (const [name, bundle] of Object.entries(bundles)) {
  test(name, { timeout: 90_000 }, () => withBrowser(async (browser) => {
    const site = await serve(page(bundle));
    try {
      const context = await browser.newContext();
      const open = (user) => openPage(context, `${site.address}/?user=${user}`);
      const [anna, ben] = [await open('anna'), await open('ben')];
      for (const person of [anna, ben]) {
        await person.waitForFunction(() => window.transports?.includes('websocket'));
        assert.deepEqual(await person.evaluate(() => window.transports), ['polling', 'websocket']);
        assert.equal((await ask(person, 'joinRoom', name)).success, true);
      }
      await ask(anna, 'sendMessage', { roomId: name, text: 'hello' });
      await ask(ben, 'sendMessage', { roomId: name, text: 'hello yourself' });
      await ben.evaluate((roomId) => window.socket.emit('emitToRoom', {
        roomId, event: 'bytes', data: { buffer: new Uint8Array([1, 2, 255]).buffer }, includeSelf: true,
      }), name);
      const expected = ['anna: hello', 'ben: hello yourself', 'bytes 1,2,255'];
      for (const person of [anna, ben]) {
        await person.waitForFunction((n) => window.heard.length === n, expected.length);
        assert.deepEqual(await person.evaluate(() => window.heard), expected);
        assert.deepEqual(person.complaints, []);
      }
    } finally {
      site.close();
    }
  }));
}
