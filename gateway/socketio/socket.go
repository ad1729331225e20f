package socketio

import (
	"crypto/rand"
	"encoding/base64"
	"runtime/debug"
	"sync"

	"roomd/gateway/engineio"
)

// A Socket is one client in one namespace. Its methods may be called from any goroutine, also while
// its receiver is being called, and none of them waits for the client.
type Socket struct {
	// mu also orders what is sent: nothing of this socket gets into the outbox behind its end, where
	// a next socket of the same namespace may be. It is taken before the locks of the session and the server.
	mu       sync.Mutex
	again    bool    // static: the client had sent a CONNECT before, whatever came of it
	replied  bool    // guarded by mu: CONNECT's reply is queued
	admitted bool    // guarded by mu: so it is, and the application has the socket
	busy     bool    // guarded by mu: the reader is inside a call of the application
	ended    *Reason // guarded by mu: nil until the socket ends

	// static after construction
	session   *engineio.Session // of the client
	client    *client
	id        string // but for Recover
	pid       string // empty: CONNECT's reply has none. Set while Connect decides
	namespace string

	// receiver is set while busy, by admit, and static then. It is nil if the application refused
	// the socket.
	receiver Receiver

	acks acks // guarded by mu
}

// newSocket returns a socket that the reader is busy with, until admit or retire.
func newSocket(c *client, namespace string) *Socket {
	return &Socket{client: c, session: c.session, id: newSocketID(), namespace: namespace, again: c.asked, busy: true}
}

// newSocketID returns 20 random characters, all safe in a URL.
func newSocketID() string {
	var id [socketIDBytes]byte
	rand.Read(id[:]) // never fails
	var text [2 * socketIDBytes]byte
	return string(base64.RawURLEncoding.AppendEncode(text[:0], id[:]))
}

// ID is the socket's public id, which the client learns with CONNECT's reply.
func (s *Socket) ID() string { return s.id }

// Namespace is the namespace as the client names it, such as "/" or "/admin". A client is taken at
// its word: "/admin?x=1" is another namespace than "/admin".
func (s *Socket) Namespace() string { return s.namespace }

// Again tells whether the client has sent a CONNECT before on this transport, to any namespace and
// whatever came of it. Nothing bounds how often it does: an application for which that costs
// something has to.
func (s *Socket) Again() bool { return s.again }

// Session is the number of the socket's session, which stands for it in the log.
func (s *Socket) Session() uint64 { return s.session.Number() }

// Handshake is what the session's first request said.
func (s *Socket) Handshake() engineio.Handshake { return s.session.Handshake() }

// Charge counts what the application is about to do for the client's packet as so many packets more,
// and waits until its address may have them: see [engineio.Session.Charge].
func (s *Socket) Charge(packets int) { s.session.Charge(packets) }

// Owe counts deliveries that the client has caused, without waiting: see [engineio.Session.Owe].
func (s *Socket) Owe(deliveries int) { s.session.Owe(deliveries) }

// Send queues a frame of the socket's namespace, made by [EncodeEvent] or [EncodeAck]. It never
// blocks. False means that the frame was dropped because the socket or its transport has ended.
func (s *Socket) Send(f *engineio.Frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended == nil && s.session.Send(f)
}

// SendVolatile is Send, but drops the frame, too, if it can't go out at once.
func (s *Socket) SendVolatile(f *engineio.Frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended == nil && s.session.SendVolatile(f)
}

// Hold has the next frame wait for the one behind it, so that the two go out together, or for
// Release, which must follow soon.
func (s *Socket) Hold() { s.session.Hold() }

// Release ends a Hold.
func (s *Socket) Release() { s.session.Release() }

// Disconnect ends this socket with DISCONNECT, which tells a stock client not to come back by
// itself, and leaves the transport open. The receiver is told from inside Disconnect, or if it is
// being called at that moment, after that call.
func (s *Socket) Disconnect() { s.end(ReasonServerDisconnect) }

// CloseTransport closes the client's transport with all its sockets, in the background. What was
// queued before goes out first; no further event of this client is handled.
func (s *Socket) CloseTransport(reason Reason) { s.session.Close(reason) }

// OfferRecovery gives the client the private id of a session that it may come back to, with CONNECT's
// reply. It may be called while Application.Connect decides, and then only.
func (s *Socket) OfferRecovery(pid string) { s.pid = pid }

// Recover makes this the socket of a session that the client has come back to, by the ids that it
// knows, and queues what the client has missed and CONNECT's reply at once; what is sent from then on
// comes behind. It may be called while Application.Connect decides, which must then admit the socket.
//
// The two go in one piece: the stock client keeps what comes before CONNECT's reply until that comes,
// also from a transport that is lost in between, and would then show it twice.
func (s *Socket) Recover(id, pid string, missed []*engineio.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.id, s.pid = id, pid
	s.reply(missed...)
}

// reply sends CONNECT's reply behind what comes before it, once. The caller holds mu.
func (s *Socket) reply(before ...*engineio.Frame) {
	if s.replied {
		return
	}
	s.replied = true
	f := encodeConnect(s.namespace, s.id, s.pid)
	if len(before) > 0 {
		f = engineio.JoinFrames(append(before[:len(before):len(before)], f)).ForOne()
	}
	s.session.Send(f)
}

// admit sends CONNECT's reply and introduces the receiver.
func (s *Socket) admit(receiver Receiver) {
	s.receiver = receiver
	s.mu.Lock()
	if s.ended == nil {
		s.client.server.count(s.namespace, 1)
	}
	s.reply()
	s.admitted = true
	if s.ended != nil { // by Disconnect, while the application was deciding
		s.session.Send(encodeDisconnect(s.namespace))
	}
	s.mu.Unlock()

	defer s.leave()
	receiver.Connected()
}

// retire ends a socket that the application refused.
func (s *Socket) retire() {
	s.end(ReasonServerDisconnect)
	s.leave()
}

// event hands the receiver an event.
func (s *Socket) event(e Event) {
	if s.enter() {
		defer s.leave()
		s.receiver.Event(e)
	}
}

// ponged tells a receiver that wants to know it.
func (s *Socket) ponged() {
	if p, wanted := s.receiver.(PongReceiver); wanted && s.enter() {
		defer s.leave()
		p.Ponged()
	}
}

// enter begins a call of the application by the reader. False means that the socket has ended.
func (s *Socket) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = s.ended == nil
	return s.busy
}

// leave ends a call of the application by the reader. Deferred, it recovers from a panic of the
// application. If the socket has ended in the meantime, the receiver is told now.
func (s *Socket) leave() {
	if v := recover(); v != nil {
		s.panicked(v)
	}
	s.mu.Lock()
	s.busy = false
	ended := s.ended
	s.mu.Unlock()
	if ended != nil {
		s.tell(*ended)
	}
}

// end ends the socket for that reason, unless it has ended. The receiver is told here, or by leave
// if the reader is inside a call of the application.
func (s *Socket) end(reason Reason) {
	s.mu.Lock()
	first := s.ended == nil
	if first {
		s.ended = &reason
		if s.admitted {
			s.client.server.count(s.namespace, -1)
		}
	}
	if first && s.admitted && reason == ReasonServerDisconnect {
		s.session.Send(encodeDisconnect(s.namespace))
	}
	busy := s.busy
	s.mu.Unlock()
	if first && !busy {
		s.tell(reason)
	}
}

func (s *Socket) hasEnded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended != nil
}

// tell tells all who wait that the socket has ended. It is called once.
func (s *Socket) tell(reason Reason) {
	s.failAcks()
	if s.receiver == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			s.panicked(v)
		}
	}()
	s.receiver.Disconnected(reason)
}

// panicked closes the client after a panic of the application.
func (s *Socket) panicked(v any) {
	s.logPanic(v)
	s.session.Close(ReasonInternalError)
}

// logPanic logs a panic with its stack, which stands until the deferred function that recovered returns.
func (s *Socket) logPanic(v any) {
	s.client.server.panics.Add(1)
	s.client.server.log.Error("the application panicked",
		"session", s.Session(), "namespace", s.namespace, "connection", s.id, "panic", v, "stack", string(debug.Stack()))
}
