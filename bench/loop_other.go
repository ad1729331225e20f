//go:build !linux

package bench

import (
	"net"
	"sync"
	"time"
)

// loop reads all connections of a run, elsewhere than on Linux: a goroutine
// for each, one of which is at work at a time. It counts as well as the one on
// Linux does, and costs more.
type loop struct {
	background

	// Static after construction.
	clock clock

	reading sync.WaitGroup

	mu      sync.Mutex // held while a connection is fed
	streams map[*stream]struct{}
	ended   bool
}

func newLoop(c clock) (*loop, error) {
	return &loop{background: newBackground(), clock: c, streams: make(map[*stream]struct{})}, nil
}

// add takes over a stream's connection, from its first unread byte on. It is
// safe for concurrent use.
func (l *loop) add(netConn net.Conn, s *stream) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		netConn.Close()
		return net.ErrClosed
	}
	s.sock = socket{netConn}
	l.streams[s] = struct{}{}
	l.reading.Go(func() { l.read(netConn, s) })
	return nil
}

// close ends the loop and all its connections; nobody is told.
func (l *loop) close() {
	l.mu.Lock()
	l.ended = true
	for s := range l.streams {
		s.close(net.ErrClosed)
	}
	l.mu.Unlock()
	l.stopDialing()
	l.reading.Wait()
}

func (l *loop) read(netConn net.Conn, s *stream) {
	buffer := make([]byte, 4<<10)
	for {
		n, err := netConn.Read(buffer)
		at := l.clock.now()
		l.mu.Lock()
		if l.ended {
			l.mu.Unlock()
			return
		}
		if err == nil {
			err = s.feed(buffer[:n], at)
		}
		if err != nil {
			delete(l.streams, s)
			s.end(err)
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
	}
}

// socket is a connection as its stream writes it.
type socket struct{ conn net.Conn }

// write waits for a short while only.
func (s socket) write(data []byte) error {
	s.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, err := s.conn.Write(data)
	return err
}

func (s socket) shutdown() { s.conn.Close() }

func (s socket) close() { s.conn.Close() }
