package engineio

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gobwas/ws"
)

// A webSocket is one WebSocket connection. One goroutine at a time reads it,
// none while it is parked, and only the reader closes it: others make it do so
// with a deadline. (A connection's Close waits for whoever is using its
// descriptor, so it must not be called under a lock that those might need.)
type webSocket struct {
	// static after construction
	conn net.Conn
	raw  syscall.RawConn // nil: only ordinary, blocking calls
	fd   int32           // of conn; it may be used by the reader, and to write by who finds it not closing

	// owned by the reader
	reading *reading // nil while it is parked
	config  *Config
	pace    pace
	watched bool // the poller knows the descriptor

	// parked: there is no reader, and who makes it false has to start one.
	parked atomic.Bool

	closing bool // guarded by the session's mu: the descriptor may be another connection's at any moment
}

// init takes over a connection after its handshake. ahead is what has been read
// of it already.
func (w *webSocket) init(conn net.Conn, ahead []byte, config *Config, pace pace) {
	w.conn, w.raw, w.config, w.pace = conn, rawConnOf(conn), config, pace
	if w.raw != nil && w.raw.Control(func(fd uintptr) { w.fd = int32(fd) }) != nil {
		w.raw = nil
	}
	w.read(ahead)
}

// reading is what it takes to read a connection. One that is parked has none:
// it would be a quarter of what an idle connection takes here.
type reading struct {
	source source
	frames frameReader
}

var readings = sync.Pool{New: func() any { return new(reading) }}

// read makes the caller the reader. ahead is what it has read already.
func (w *webSocket) read(ahead []byte) {
	w.reading = readings.Get().(*reading)
	w.reading.source.init(w.conn, w.raw, ahead)
	w.reading.frames = frameReader{source: &w.reading.source, messageBytesMax: w.config.PayloadBytesMax, pace: &w.pace}
}

// next returns the next message or control frame.
func (w *webSocket) next() (ws.OpCode, []byte, error) { return w.reading.frames.next() }

// write writes what the kernel takes of p right now. Only a raw connection can,
// and only under the session's mu. It goes past the runtime's own locks and
// deadlines of the connection, which release keeps for it: that are three cache
// lines less a delivery, and nobody can wait here.
func (w *webSocket) write(p []byte) (int, error) {
	if w.closing {
		return 0, net.ErrClosed
	}
	return writeFD(uintptr(w.fd), p)
}

// abort makes all reading and writing fail from now on, so that the reader
// closes the connection.
func (w *webSocket) abort() { w.conn.SetDeadline(longAgo) }

// abort makes the session's WebSocket end.
func (s *Session) abort() {
	s.ws.abort()
	s.resume()
}

var longAgo = time.Unix(1, 0)

// discard reads on until the deadline or the end. A connection that is closed
// with something unread resets, and takes the close frame with it. It keeps the
// client's pace: one that floods on is not read any faster for it.
func (w *webSocket) discard() {
	block := discards.Get().(*discardBlock)
	defer discards.Put(block)
	for {
		n, err := w.reading.source.Read(block[:])
		if err != nil {
			return
		}
		w.pace.step(packetCost(int64(n)))
	}
}

type discardBlock [discardBlockBytes]byte

var discards = sync.Pool{New: func() any { return new(discardBlock) }}

// serve reads the session's packets from w until it can be parked, or until
// the connection ends, and closes it.
func (s *Session) serve(w *webSocket) {
	for !s.park(w) {
		op, payload, err := w.next()
		if err != nil {
			s.readFailed(w, err)
			s.release(w)
			return
		}
		if err := s.receiveFrame(op, payload); err != nil {
			s.abandon(reasonOf(err), err) // and on to the client's close frame
		}
	}
}

// readFailed ends the session if nothing else has.
func (s *Session) readFailed(w *webSocket, err error) {
	var v *violation
	if errors.As(err, &v) {
		s.abandon(v.reason, v)
		w.discard()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lose(reasonOf(err), err)
}

// receiveFrame handles what one WebSocket message or control frame says.
func (s *Session) receiveFrame(op ws.OpCode, payload []byte) error {
	switch op {
	case ws.OpText:
		p, err := decodeText(payload)
		if err != nil {
			return err
		}
		return s.receiveOne(p)
	case ws.OpBinary:
		return s.receiveOne(packet{kind: packetMessage, binary: true, data: payload})
	case ws.OpPing:
		s.answerPing(payload)
	case ws.OpClose:
		if err := checkCloseBody(payload); err != nil {
			return err
		}
		s.hangUp(payload)
	}
	return nil
}

func (s *Session) receiveOne(p packet) error {
	s.takeReceiver()
	defer s.giveReceiver()
	return s.receive(p)
}

// answerPing answers a WebSocket ping, which is not the protocol's own. Where
// something else is waiting the pong is dropped, so that pings can't grow the
// outbox.
func (s *Session) answerPing(payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == stateOpen {
		s.sendVolatile(controlFrame(ws.OpPong, payload))
	}
}

// hangUp answers the client's close frame with the like. The connection ends
// when that is written; until then serve goes on reading.
func (s *Session) hangUp(body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hungUp = true
	if s.state == stateOpen {
		s.end(ReasonTransportClose, nil)
		s.setGoodbyeDeadline()
		s.sendLast(controlFrame(ws.OpClose, body))
		return
	}
	if s.state == stateClosing {
		s.end(ReasonTransportClose, nil)
	}
	s.abort()
}
