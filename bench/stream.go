package bench

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

var errServerStalled = errors.New("the server has stopped reading")

// stream is one socket of the load client, after its handshake. write is safe
// for concurrent use; all that comes in is handled by the loop, one stream at a
// time.
type stream struct {
	// Static after construction.
	reader reader

	// Owned by the loop.
	partial []byte // the begin of a unit whose end has not come

	mu     sync.Mutex
	sock   socket // guarded by mu: not to be used once closed
	closed bool   // guarded by mu
	err    error  // guarded by mu: why it ended or is about to
}

// reader gets what a stream receives, on the loop's goroutine. It must not
// keep data, nor block.
type reader interface {
	// next handles the first whole unit of data, a frame or a response, and
	// returns its size: 0 if more bytes are needed. An error ends the stream.
	next(data []byte, at time.Duration) (size int, err error)
	// ended is told once that the stream ended.
	ended(err error)
}

// write sends data or ends the stream: a client that measures has no queue for
// its sockets, so a server that has left megabytes unread has failed.
func (s *stream) write(data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	if err := s.sock.write(data); err != nil {
		s.err = fmt.Errorf("write: %w", err)
		s.sock.shutdown() // the loop sees the end and tells the reader
	}
	return s.err
}

// leave ends the stream from this side; the loop sees it and closes.
func (s *stream) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = net.ErrClosed
		s.sock.shutdown()
	}
}

// end closes the stream, on the loop's goroutine, and tells the reader.
func (s *stream) end(err error) {
	s.reader.ended(s.close(err))
}

// close returns why the stream ended: for this reason or an earlier one.
func (s *stream) close(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	// Once only: the descriptor may be another stream's by now.
	if !s.closed {
		s.closed = true
		s.sock.close()
	}
	return s.err
}

// feed handles what one read brought. Only the begin of an incomplete unit is
// copied: an idle stream holds no buffer.
func (s *stream) feed(data []byte, at time.Duration) error {
	if len(s.partial) > 0 {
		s.partial = append(s.partial, data...)
		data = s.partial
	}
	for {
		size, err := s.reader.next(data, at)
		if err != nil {
			return err
		}
		if size == 0 {
			break
		}
		data = data[size:]
	}
	if len(data) == 0 {
		s.partial = nil
	} else {
		s.partial = append(s.partial[:0], data...)
	}
	return nil
}
