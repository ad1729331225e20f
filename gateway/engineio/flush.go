package engineio

import (
	"net"
	"sync"
	"time"
)

// Sending on a WebSocket: a frame for an idle connection is written at once,
// by whoever sends it, with one write(2) that can't block. What the kernel
// doesn't take, and what is sent meanwhile, waits in the outbox for a flusher:
// a goroutine that lives while there is something to write, gathers small
// frames into one write, and is the only writer as long as it lives.

// idle reports whether a frame can be written at once.
func (s *Session) idle() bool {
	return s.ws != nil && s.ws.raw != nil && !s.flushing && !s.held && s.outbox.empty()
}

// writeNow writes f, at least its rest through the outbox. The session is idle.
// It reports false if the connection is lost.
func (s *Session) writeNow(f *Frame) bool {
	n, err := s.ws.write(f.wire)
	if err != nil && err != errWouldBlock {
		s.writeFailed(err)
		return false
	}
	return s.queueRest(f, n)
}

// tryWrite writes f unless nothing of it can be written. The session is idle.
func (s *Session) tryWrite(f *Frame) bool {
	n, err := s.ws.write(f.wire)
	switch {
	case err == errWouldBlock:
		return false
	case err != nil:
		s.writeFailed(err)
		return false
	}
	return s.queueRest(f, n)
}

// queueRest queues what of f the kernel has not taken.
func (s *Session) queueRest(f *Frame, n int) bool {
	if n == f.Len() {
		return true
	}
	tooMuch, before := s.isTooMuch(f), s.outbox.own
	s.outbox.push(f)
	s.outbox.advance(n)
	s.notice(before)
	s.startFlush()
	if tooMuch {
		s.fail(ReasonSlowConsumer, nil)
	}
	return !tooMuch
}

func (s *Session) writeFailed(err error) {
	s.lose(ReasonTransportError, err)
	s.abort()
}

// sendLast sends the close frame behind what is still to go out.
func (s *Session) sendLast(f *Frame) {
	s.held = false
	if !s.idle() {
		s.enqueue(f)
		return
	}
	if s.writeNow(f) && s.outbox.empty() {
		s.flushed()
	}
}

// flushed is called when the outbox has run empty: the last step of a close.
func (s *Session) flushed() {
	switch s.state {
	case stateClosing:
		s.end(s.reason, nil)
		s.setGoodbyeDeadline()
	case stateClosed:
		if s.hungUp { // both close frames are out
			s.abort()
		}
	}
}

// setGoodbyeDeadline gives the connection of a session that has ended the time
// to write its close frame and to read the client's.
func (s *Session) setGoodbyeDeadline() {
	s.ws.conn.SetDeadline(time.Now().Add(goodbyeTimeout))
	s.resume()
}

func (s *Session) startFlush() {
	if !s.flushing {
		s.flushing = true
		go s.flush(s.ws)
	}
}

// flush writes until the outbox is empty. It ends early only with the
// connection.
func (s *Session) flush(w *webSocket) {
	for {
		var err error
		if w.raw != nil {
			err = s.flushRaw(w)
		} else {
			err = s.flushBlocking(w.conn)
		}
		if s.endFlush(err) {
			return
		}
	}
}

// endFlush lets the flusher go, unless more has come in between.
func (s *Session) endFlush(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		// flushing stays set: nobody writes to this connection any more.
		s.writeFailed(err)
		return true
	}
	if !s.outbox.empty() {
		return false
	}
	s.flushing = false
	s.flushed()
	return true
}

// flushRaw writes until the outbox is empty, waiting for the kernel where it
// must. It holds no buffer while it waits.
func (s *Session) flushRaw(w *webSocket) error {
	var failed error
	err := w.raw.Write(func(fd uintptr) bool {
		failed = s.writeGathered(func(p []byte) (int, error) { return writeFD(fd, p) })
		return failed != errWouldBlock
	})
	if failed != nil && failed != errWouldBlock {
		return failed
	}
	return err
}

// flushBlocking does the same where each write waits by itself.
func (s *Session) flushBlocking(conn net.Conn) error {
	return s.writeGathered(conn.Write)
}

// writeGathered writes until the outbox is empty or write fails.
func (s *Session) writeGathered(write func([]byte) (int, error)) error {
	block := gatherBlocks.Get().(*gatherBlock)
	defer gatherBlocks.Put(block)
	for {
		chunk := s.gather(block)
		if len(chunk) == 0 {
			return nil
		}
		n, err := write(chunk)
		s.advance(n)
		if err != nil {
			return err
		}
	}
}

type gatherBlock [gatherBytesMax]byte

var gatherBlocks = sync.Pool{New: func() any { return new(gatherBlock) }}

func (s *Session) gather(block *gatherBlock) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outbox.gather(block[:])
}

func (s *Session) advance(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.outbox.own
	s.outbox.advance(n)
	s.notice(before)
}
