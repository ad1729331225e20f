// A WebSocket whose other end is the test.
export class FakeSocket {
  static OPEN = 1;
  static made = [];

  readyState = FakeSocket.OPEN;
  sent = []; // frames from the client that the test hasn't taken yet

  constructor(url) {
    this.url = String(url);
    FakeSocket.made.push(this);
  }

  static get last() { return FakeSocket.made.at(-1); }

  send(frame) { this.sent.push(frame); }
  close() { this.readyState = 3; }
  take() { return this.sent.splice(0); }

  // say is the server's frame, or frames; drop is the end of the connection.
  say(...frames) { for (const data of frames) this.onmessage({ data }); }
  drop() { this.readyState = 3; this.onclose({}); }

  // open is the handshake up to the server's CONNECT.
  open() {
    this.say('0{"sid":"secret","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
    this.say('40{"sid":"public"}');
  }
}

globalThis.WebSocket = FakeSocket;
globalThis.location = { origin: 'http://test.example:3000' };
globalThis.document = { hidden: false };

// settle lets promises that are ready have their say.
export const settle = () => new Promise((resolve) => { setImmediate(resolve); });
