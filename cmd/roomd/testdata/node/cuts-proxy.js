// A network that loses connections, in each of the ways in which one can be lost.

import net from 'node:net';
import { url as serverURL } from './client.js';

// CuttingProxy carries connections to the server until it is told to lose one.
export class CuttingProxy {
  #pairs = new Set(); // {near, far}: to the client, to the server
  #server;

  static async open() {
    const proxy = new CuttingProxy();
    await proxy.#listen();
    return proxy;
  }

  #listen() {
    const { hostname, port } = new URL(serverURL);
    this.#server = net.createServer((near) => {
      const pair = { near, far: net.connect(port, hostname) };
      this.#pairs.add(pair);
      this.#carry(pair, pair.near, pair.far);
      this.#carry(pair, pair.far, pair.near);
    });
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  #carry(pair, from, to) {
    from.setNoDelay(true);
    from.on('data', (chunk) => pair.deaf !== true && to.write(chunk));
    from.on('end', () => pair.deaf !== true && to.end());
    from.on('error', () => pair.deaf !== true && to.destroy());
    from.on('close', () => {
      if (pair.deaf === true) return;
      to.destroy();
      this.#pairs.delete(pair);
    });
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  // cut loses a connection in one of three ways: both ends learn of it, or only the client does and the server is left
  // with a half-open one, or only the server does.
  cut(random) {
    const pairs = [...this.#pairs].filter(({ deaf }) => deaf !== true);
    if (pairs.length === 0) return;
    const pair = random.oneOf(pairs);
    const how = random.oneOf(['both', 'both', 'client', 'client', 'server']);
    if (how === 'both') {
      pair.near.resetAndDestroy();
      pair.far.resetAndDestroy();
      return;
    }
    pair.deaf = true;
    (how === 'client' ? pair.near : pair.far).resetAndDestroy();
  }

  // deafen loses what the server says from now on, on the connections that there are.
  deafen() {
    for (const { near, far } of this.#pairs) {
      far.removeAllListeners('data');
      far.on('data', () => {});
      far.on('end', () => near.end());
    }
  }

  // cutAll loses all connections at both ends.
  cutAll() {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  close() {
    this.#server.close();
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }
}
