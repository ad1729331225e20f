// A network between client and server that can be made slow.

import net from 'node:net';
import { url as serverURL } from './client.js';

// slowUpgrades gives a proxy {url, letThrough(), close()} in front of the server. A connection that
// becomes a WebSocket is held until letThrough is called, so that nobody is upgraded before, and
// everything on it takes that many milliseconds longer; other connections pass as they are.
export async function slowUpgrades(delay) {
  const { hostname, port } = new URL(serverURL);
  const sockets = new Set();
  let letThrough;
  const open = new Promise((resolve) => { letThrough = resolve; });
  const proxy = net.createServer((near) => {
    const far = net.connect(port, hostname);
    let slow = false;
    const carry = (from, to) => (chunk) => {
      slow ||= from === near && /^Upgrade: websocket\r$/im.test(chunk.toString('latin1'));
      if (slow) open.then(() => setTimeout(() => to.write(chunk), delay));
      else to.write(chunk);
    };
    for (const [from, to] of [[near, far], [far, near]]) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', carry(from, to));
      from.on('end', () => {
        if (slow) open.then(() => setTimeout(() => to.end(), delay));
        else to.end();
      });
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    letThrough,
    close() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
