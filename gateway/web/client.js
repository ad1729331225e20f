// A small Socket.IO client in one file: Engine.IO protocol 4 and Socket.IO protocol 5, over a
// WebSocket, in one namespace. It is what this page runs on, and it is meant to be read:
// everything that a client of roomd has to do on the wire is below.
//
// The conversation, as a browser's network inspector shows it (< from the server, > from us):
//
//   the WebSocket opens: ws://host/socket.io/?EIO=4&transport=websocket
//   < 0{"sid":"…","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
//   > 40{"userId":"u1","username":"Ann"}     CONNECT, with what `auth` gives
//   < 40{"sid":"…"}                          connected; or a refusal, CONNECT_ERROR:
//   < 44{"message":"Invalid token","data":{"code":"invalid_token"}}
//   > 42["leaveRoom","r1"]                   EVENT: a name and its arguments
//   > 420["joinRoom","r2"]                   EVENT that wants an answer; 0 is the ack id
//   < 430[{"success":true,"roomId":"r2"}]    ACK with that id
//   < 42["newMessage",{"text":"hello"}]      EVENT
//   < 2                                      ping, every pingInterval
//   > 3                                      pong
//   > 41                                     DISCONNECT, ours; the server's looks the same
//
// The first character of a frame is Engine.IO's packet type; when that is 4, a message, the
// second one is Socket.IO's.
//
// In another namespace than the default one, its name and a comma stand before the content of each
// packet: 42/admin,["deleteRoom","r1"].
//
// What it leaves to the official client: long-polling, several namespaces, sending binary data,
// connection state recovery, and keeping what is emitted while there is no connection.

const OPEN = '0', CLOSE = '1', PING = '2', PONG = '3', MESSAGE = '4';
const CONNECT = '0', DISCONNECT = '1', EVENT = '2', ACK = '3', CONNECT_ERROR = '4',
  BINARY_EVENT = '5', BINARY_ACK = '6';

const DEFAULTS = {
  namespace: '/',
  auth: {}, // an object, or a function that gives one at each attempt
  reconnectDelayMin: 500, // ms, before the second attempt; doubled from one to the next
  reconnectDelayMax: 10_000, // ms
  connectTimeout: 20_000, // ms, from opening the WebSocket to the server's CONNECT
  ackTimeout: 10_000, // ms, that emitWithAck waits for its answer
};

const ACKS_PENDING_MAX = 256; // answers awaited at a time: beyond it something is wrong
const ATTACHMENTS_MAX = 10; // binary frames of one packet, as in the reference implementation
const RECONNECT_DOUBLINGS_MAX = 16; // keeps 2 ** attempts a sensible number

// These are told by the client itself, so a server can't forge them.
const OWN_EVENTS = new Set(['connect', 'disconnect', 'connect_error', 'retry']);

// Client is one connection that is kept up. Besides the server's events it tells its own:
//
//   connect        ()        the server accepted us
//   disconnect     (reason)  the connection is lost or closed; reasons are Socket.IO's
//   connect_error  (error)   an attempt failed; with error.refused the server said no, error.data
//                            is its explanation, and no further attempt is made
//   retry          (delay)   the next attempt is in so many milliseconds
export class Client {
  connected = false; // between `connect` and `disconnect`
  id = ''; // the public socket id while connected

  #url;
  #options;
  #place; // what stands before a packet's content to say in which namespace it is
  #handlers = new Map(); // event name → array of functions
  #acks = new Map(); // ack id → {resolve, reject, timer}
  #ackNext = 0;
  #socket = null; // the WebSocket of the attempt or connection under way
  #attempts = 0; // since the last success
  #retryTimer = 0;
  #watchdog = 0; // ends a connection from which nothing comes
  #silenceMax = 0; // ms, pingInterval + pingTimeout of the handshake
  #partial = null; // a binary packet {packet, attachments} whose frames are still coming

  // url is the server's origin, say location.origin. Nothing happens before connect().
  constructor(url, options = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.#place = this.#options.namespace === '/' ? '' : `${this.#options.namespace},`;
    this.#url = new URL('/socket.io/?EIO=4&transport=websocket', url);
    this.#url.protocol = this.#url.protocol.replace('http', 'ws');
  }

  on(event, handler) {
    this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), handler]);
    return this;
  }

  // connect makes an attempt now, also when one was only due later. It does nothing while an
  // attempt or a connection is under way.
  connect() {
    if (this.#socket) return;
    clearTimeout(this.#retryTimer);
    const socket = new WebSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = () => socket === this.#socket && this.#end('transport close');
    this.#socket = socket;
    this.#watch(this.#options.connectTimeout, 'connect timeout');
  }

  // disconnect leaves for good: no further attempts until connect() is called.
  disconnect() {
    clearTimeout(this.#retryTimer);
    if (!this.#socket) return;
    if (this.connected) this.#send(MESSAGE + DISCONNECT + this.#place);
    this.#end('io client disconnect', { retry: false });
  }

  // emit sends an event if there is a connection, and says whether there was one.
  emit(event, ...args) {
    if (!this.connected) return false;
    this.#send(MESSAGE + EVENT + this.#place + JSON.stringify([event, ...args]));
    return true;
  }

  // emitWithAck sends an event and gives the server's answer. The promise is rejected with an
  // error whose code is `timeout` or `disconnected`: then nobody knows whether the server acted.
  emitWithAck(event, ...args) {
    if (!this.connected) return Promise.reject(failure('disconnected', 'not connected'));
    if (this.#acks.size >= ACKS_PENDING_MAX) {
      return Promise.reject(failure('too_many', 'too many answers are pending'));
    }
    const id = this.#ackNext++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#acks.delete(id);
        reject(failure('timeout', `no answer to ${event}`));
      }, this.#options.ackTimeout);
      this.#acks.set(id, { resolve, reject, timer });
      this.#send(MESSAGE + EVENT + this.#place + id + JSON.stringify([event, ...args]));
    });
  }

  #send(frame) {
    // A socket that is closing takes nothing more, and throws before it is open.
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  #receive(data) {
    let packet;
    try {
      packet = typeof data === 'string' ? this.#decodeText(data) : this.#decodeBinary(data);
    } catch {
      return this.#end('parse error');
    }
    if (packet) this.#handle(packet);
  }

  // Gives the packet that a text frame completes, or null when there is none to act on (yet).
  #decodeText(frame) {
    const content = frame.slice(1);
    switch (frame[0]) {
      case OPEN: return { type: 'open', data: JSON.parse(content) };
      case CLOSE: return { type: 'close' };
      case PING: return { type: 'ping' };
      case MESSAGE: break;
      default: return null; // a noop
    }
    if (this.#partial) throw new Error('a packet between the frames of another');
    const packet = decodePacket(content);
    if (packet.attachmentCount === 0) return finishPacket(packet, []);
    this.#partial = { packet, attachments: [] };
    return null;
  }

  // A binary frame is the next attachment of the packet whose header came before it.
  #decodeBinary(buffer) {
    const { packet, attachments } = this.#partial ?? {};
    if (!packet) throw new Error('a binary frame without its header');
    attachments.push(buffer);
    if (attachments.length < packet.attachmentCount) return null;
    this.#partial = null;
    return finishPacket(packet, attachments);
  }

  #handle({ type, namespace, id, data }) {
    if (namespace !== undefined && namespace !== this.#options.namespace) return; // we joined one only
    switch (type) {
      case 'open': return this.#greet(data);
      case 'close': return this.#end('transport close');
      case 'ping': return this.#pinged();
      case CONNECT: return this.#welcomed(data);
      case CONNECT_ERROR: return this.#refused(data);
      case DISCONNECT: return this.#end('io server disconnect', { retry: false });
      case EVENT: case BINARY_EVENT: return this.#heard(data, id);
      case ACK: case BINARY_ACK: return this.#answered(data, id);
    }
  }

  #greet({ pingInterval, pingTimeout }) {
    this.#silenceMax = pingInterval + pingTimeout;
    const { auth } = this.#options;
    const credentials = typeof auth === 'function' ? auth() : auth;
    this.#send(MESSAGE + CONNECT + this.#place + JSON.stringify(credentials));
  }

  #pinged() {
    this.#send(PONG);
    this.#watch(this.#silenceMax, 'ping timeout');
  }

  #welcomed({ sid }) {
    this.#watch(this.#silenceMax, 'ping timeout');
    this.#attempts = 0;
    this.id = sid;
    this.connected = true;
    this.#tell('connect');
  }

  #refused({ message, data }) {
    const error = Object.assign(new Error(message), { refused: true, data });
    this.#end('connect error', { retry: false, error });
  }

  #heard([event, ...args], id) {
    if (OWN_EVENTS.has(event)) return;
    // The server wants an answer: the handler gets a function for it as its last argument.
    if (id !== '') {
      args.push((...reply) => this.#send(MESSAGE + ACK + this.#place + id + JSON.stringify(reply)));
    }
    this.#tell(event, ...args);
  }

  #answered([reply], id) {
    const ack = this.#acks.get(Number(id));
    if (!ack) return; // its time was over
    this.#acks.delete(Number(id));
    clearTimeout(ack.timer);
    ack.resolve(reply);
  }

  // The server pings in every pingInterval; a connection that is silent for longer than that and
  // the pingTimeout is dead, though the WebSocket may not know it yet.
  #watch(silence, reason) {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#end(reason), silence);
  }

  // The one way out of an attempt or a connection.
  #end(reason, { retry = true, error = new Error(reason) } = {}) {
    const socket = this.#socket;
    const wasConnected = this.connected;
    this.#socket = null;
    this.connected = false;
    this.id = '';
    this.#partial = null;
    clearTimeout(this.#watchdog);
    socket.close();
    this.#failAcks();
    const delay = retry ? this.#retryLater() : 0;
    if (wasConnected) this.#tell('disconnect', reason);
    else if (reason !== 'io client disconnect') this.#tell('connect_error', error);
    if (retry && !this.#socket) this.#tell('retry', delay);
  }

  #failAcks() {
    for (const { reject, timer } of this.#acks.values()) {
      clearTimeout(timer);
      reject(failure('disconnected', 'the connection was lost'));
    }
    this.#acks.clear();
  }

  #retryLater() {
    const { reconnectDelayMin, reconnectDelayMax } = this.#options;
    const longest = Math.min(reconnectDelayMax, reconnectDelayMin * 2 ** this.#attempts);
    // The jitter keeps clients that lost the same server from coming back in step.
    const delay = longest * (0.5 + Math.random() / 2);
    this.#attempts = Math.min(this.#attempts + 1, RECONNECT_DOUBLINGS_MAX);
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.connect(), delay);
    return delay;
  }

  #tell(event, ...args) {
    for (const handler of this.#handlers.get(event) ?? []) handler(...args);
  }
}

// <type>[<attachments>-][/<namespace>,][<ack id>][<JSON>]
const PACKET = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*),?)?(\d*)([\s\S]*)$/;

function decodePacket(text) {
  const parts = PACKET.exec(text);
  if (!parts) throw new Error('not a Socket.IO packet');
  const [, type, count = '0', namespace = '/', id, json] = parts;
  const attachmentCount = Number(count);
  if (attachmentCount > ATTACHMENTS_MAX) throw new Error('too many attachments');
  return { type, attachmentCount, namespace, id, json };
}

// The JSON of a binary packet holds {"_placeholder":true,"num":0} where attachment 0 belongs.
function finishPacket({ type, namespace, id, json }, attachments) {
  const place = (_, value) => (value?._placeholder === true ? attachments[value.num] : value);
  const data = json === '' ? {} : JSON.parse(json, attachments.length > 0 ? place : undefined);
  const wantsArray = type !== CONNECT && type !== CONNECT_ERROR && type !== DISCONNECT;
  if (wantsArray && !Array.isArray(data)) throw new Error('not a list of arguments');
  return { type, namespace, id, data };
}

function failure(code, message) {
  return Object.assign(new Error(message), { code });
}
