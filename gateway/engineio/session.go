package engineio

import (
	"net/netip"
	"sync"
	"time"
)

// A Session is one client, from its handshake to its close. Its methods are
// safe for concurrent use and none but Charge blocks.
type Session struct {
	// What a delivery looks at comes first: it is in no cache when there are
	// thousands of sessions, so it should be in few lines of one.

	mu sync.Mutex
	// guarded by mu
	state    state
	flushing bool // a flusher is writing to ws; nobody else may
	held     bool // the first frame in the outbox waits for a second, see Hold
	taken    bool // somebody has the receiver
	handing  bool // the receiver is at work on a message
	overdue  bool // the pong's deadline has passed meanwhile
	pinged   bool // a pong is awaited until due
	grace    bool // closed by the client's packet; one late poll gets a noop
	hungUp   bool // the client has sent its WebSocket close frame

	counted   bool  // guarded by the server's mu: its stats have the traffic
	alarmSlot int32 // guarded by the server's alarms' mu: its place among them, from 1; 0: tick isn't called

	// guarded by mu
	ws      *webSocket // nil: the transport is polling
	outbox  outbox
	traffic traffic // but for who reads it

	server *Server // static after construction

	// owned by whoever has taken it (takeReceiver): it hears one thing at a
	// time, whichever transport brings it, and its Closed last.
	receiver Receiver

	alarmAt time.Duration // guarded by the server's alarms' mu: when tick is called

	// guarded by mu
	given   *sync.Cond // when the receiver is given back; nil: nobody has waited yet
	reason  Reason     // why it is closing or closed
	cause   error      // what happened, for the log; nil: the reason says it all
	due     time.Time
	polling *longPolling // nil: it is on a WebSocket, and no POST is under way

	// static after construction
	sid       string // secret
	number    uint64 // stands for the session in the log
	handshake Handshake
	shared    *sharedPace // of the client's address; nil: none
}

// longPolling is what only a session has that is not on a WebSocket.
type longPolling struct {
	pace pace // of POSTs; owned by whoever has taken the receiver

	// guarded by the session's mu
	poll    *poll // the one that is pending
	posting bool  // a POST is being read
	probe   probe
}

// A Receiver is what the application does with one session. Its methods are
// called one at a time.
type Receiver interface {
	// Receive takes the client's next message, on the goroutine that reads
	// the transport. While it blocks nothing more is read: this is
	// back-pressure, for which the client's heartbeat waits. The data is the
	// receiver's to keep and to change.
	Receive(Message)
	// Closed is called once, after the last Receive has returned. The session
	// is over: whatever could be sent has been.
	Closed(Reason)
}

// A PongReceiver is a Receiver that wants to know of the client's pongs: it has
// then received all that was sent before the ping, so all that was sent before
// the last pong.
type PongReceiver interface {
	// Ponged is called like Receive, between its calls.
	Ponged()
}

// A Handshake is what the first request of a session said.
type Handshake struct {
	ClientAddr netip.Addr // see [ClientAddr]
	query      query
}

// Query returns the first value of a parameter of the request; empty: it has none.
func (h Handshake) Query(name string) string { return h.query.first(name) }

type state uint8

const (
	stateOpen    state = iota
	stateClosing       // orderly: what is queued goes out, nothing comes in
	stateClosed
)

// Handshake returns what the session's first request said.
func (s *Session) Handshake() Handshake { return s.handshake }

// Transport is "polling" or "websocket".
func (s *Session) Transport() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transport()
}

func (s *Session) transport() string {
	if s.ws != nil {
		return transportWebSocket
	}
	return transportPolling
}

// Send puts f into the session's outbox, or straight onto the wire where that
// is idle. It reports false if f was dropped because the session is closing or
// closed, or now is because its client reads too slowly. True does not mean
// that the client got it.
func (s *Session) Send(f *Frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateOpen {
		s.server.drops.closed.Add(1)
		return false
	}
	sent := s.send(f)
	if sent {
		s.chargeReply(f)
		s.traffic.sent(int(f.packets), int(f.dataBytes))
	}
	return sent
}

func (s *Session) send(f *Frame) bool {
	if s.idle() {
		return s.writeNow(f)
	}
	if s.outbox.full(f, s.server.config.OutboxBytesMax) || s.isTooMuch(f) {
		s.fail(ReasonSlowConsumer, nil)
		return false
	}
	s.enqueue(f)
	return true
}

// SendVolatile sends f only if it can go out at once. It reports false if f was
// dropped: the session isn't open, something else is waiting in the outbox, or
// the client isn't polling right now.
func (s *Session) SendVolatile(f *Frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateOpen {
		s.server.drops.closed.Add(1)
		return false
	}
	sent := s.sendVolatile(f)
	if sent {
		s.traffic.sent(int(f.packets), int(f.dataBytes))
	} else {
		s.server.drops.volatile.Add(1)
	}
	return sent
}

func (s *Session) sendVolatile(f *Frame) bool {
	switch {
	case s.idle():
		return s.tryWrite(f)
	case s.flushing || !s.outbox.empty() || s.ws == nil && s.polling.poll == nil:
		return false
	}
	s.enqueue(f)
	return true
}

// enqueue puts f into the outbox and sees to it that somebody empties it.
func (s *Session) enqueue(f *Frame) {
	before := s.outbox.own
	s.outbox.push(f)
	s.notice(before)
	switch {
	case s.held:
		if len(s.outbox.frames) > 1 {
			s.writeHeld()
		}
	case s.ws != nil:
		s.startFlush()
	case s.polling.poll != nil:
		s.polling.poll.signal()
	}
}

// Charge counts what the receiver is about to do for a message as so many packets
// more of the client's address, and waits until it may have them. It is for what
// costs far more than to read it, and is called in Receive.
func (s *Session) Charge(packets int) { s.shared.pay(packets) }

// Owe counts deliveries that the client has caused as packets of its address. It
// doesn't wait: those of the address do who send next, see owedMax.
func (s *Session) Owe(deliveries int) {
	if packets := deliveries / deliveriesPerPacket; packets > 0 {
		s.shared.owe(packets)
	}
}

// Close ends the session in an orderly way: nothing more is received, what is
// queued goes out, in bounded time, then the close. It returns at once;
// Receiver.Closed tells when it is done. Only the first close counts.
func (s *Session) Close(reason Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.close(reason, closeTimeout)
}

func (s *Session) close(reason Reason, timeout time.Duration) {
	if s.state != stateOpen {
		return
	}
	s.state, s.reason = stateClosing, reason
	s.schedule(time.Now().Add(timeout))
	if !s.isProbed() {
		s.dropProbe()
	}
	switch {
	case s.ws != nil:
		s.sendLast(closeFrame(reason))
	case s.polling.poll != nil:
		s.polling.poll.signal()
	}
}

// fail ends the session at once. What is queued is lost; the client is told
// why if it can be.
func (s *Session) fail(reason Reason, cause error) {
	switch s.state {
	case stateClosing: // the client has been told, or can't be
		s.lose(reason, cause)
	case stateOpen:
		s.end(reason, cause)
		if s.ws != nil {
			s.setGoodbyeDeadline()
			s.sendLast(closeFrame(reason))
		}
	}
}

// abandon is fail for those who don't hold mu.
func (s *Session) abandon(reason Reason, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail(reason, cause)
}

// lose ends the session at once when there is nobody left to tell.
func (s *Session) lose(reason Reason, cause error) {
	if s.state == stateClosed {
		return
	}
	s.end(reason, cause)
	if s.ws != nil {
		s.abort()
	}
}

// end is the only way to stateClosed. A session that was closing ends with the
// reason for that, whatever ended it. The WebSocket is the caller's business.
func (s *Session) end(reason Reason, cause error) {
	if s.state == stateOpen {
		s.reason = reason
	}
	s.state, s.cause, s.held = stateClosed, cause, false
	s.server.alarms.stop(s)
	unsent, before := len(s.outbox.frames), s.outbox.own
	s.outbox.drop()
	s.notice(before)
	s.dropProbe()
	s.settlePoll(answerClose)
	s.server.remove(s, s.ws == nil, unsent-len(s.outbox.frames))
	go s.tellClosed()
}

// tellClosed has its own goroutine, because a session may end on any, under
// its lock, and while its receiver is at work.
func (s *Session) tellClosed() {
	defer s.server.running.Done()
	s.mu.Lock()
	reason, cause, transport := s.reason, s.cause, s.transport()
	s.mu.Unlock()
	s.server.logClose(s.number, transport, reason, cause)
	s.takeReceiver()
	defer s.giveReceiver()
	if s.receiver != nil { // it is, if making it panicked
		s.receiver.Closed(reason)
	}
}

// takeReceiver waits until nobody else has the receiver.
func (s *Session) takeReceiver() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.taken {
		if s.given == nil {
			s.given = sync.NewCond(&s.mu)
		}
		s.given.Wait()
	}
	s.taken = true
}

func (s *Session) giveReceiver() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = false
	if s.given != nil {
		s.given.Signal()
	}
}

// receive handles one packet from the client. The caller has the receiver.
func (s *Session) receive(p packet) error {
	switch p.kind {
	case packetMessage:
		s.hand(Message{Data: p.data, Binary: p.binary})
	case packetPong:
		s.takePong()
	case packetPing:
		return errClientPing
	case packetClose:
		s.closeByClient()
	}
	// As in the reference, the other types mean nothing on an open transport
	// and are passed over.
	return nil
}

var errClientPing = &violation{ReasonParseError, "ping from a client"}

// hand gives the receiver a message. However long it takes, the client's pong
// may be waiting behind it, so no deadline passes meanwhile.
func (s *Session) hand(m Message) {
	s.mu.Lock()
	s.handing = s.state == stateOpen
	open := s.handing
	if open {
		s.traffic.received(len(m.Data))
	}
	s.mu.Unlock()
	if open {
		defer s.handed()
		s.receiver.Receive(m)
	}
}

// handed lets a deadline that has passed meanwhile begin anew.
func (s *Session) handed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handing = false
	if s.overdue && s.state == stateOpen {
		s.schedule(time.Now().Add(s.server.config.PingTimeout))
	}
	s.overdue = false
}

// closeByClient obeys a close packet. A pending poll gets a noop, which is how
// the reference lets go of it; with none pending the next one does, for it may
// have been sent first.
func (s *Session) closeByClient() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == stateClosed {
		return
	}
	if s.ws != nil {
		s.fail(ReasonTransportClose, nil)
		return
	}
	s.grace = !s.settlePoll(answerNoop)
	s.end(ReasonTransportClose, nil)
	if s.grace {
		s.schedule(time.Now().Add(graceTimeout))
	}
}
