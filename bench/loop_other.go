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
	// Static after construction.
	clock clock

	reading sync.WaitGroup

	mu    sync.Mutex // held while a connection is fed
	conns map[*conn]struct{}
	ended bool
}

func newLoop(c clock) (*loop, error) {
	return &loop{clock: c, conns: make(map[*conn]struct{})}, nil
}

// add takes over a connection, from its first unread byte on.
func (l *loop) add(netConn net.Conn, c *conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		netConn.Close()
		return net.ErrClosed
	}
	c.sock = socket{netConn}
	l.conns[c] = struct{}{}
	l.reading.Go(func() { l.read(netConn, c) })
	return nil
}

// close ends the loop and all its connections; nobody is told.
func (l *loop) close() {
	l.mu.Lock()
	l.ended = true
	for c := range l.conns {
		c.close(net.ErrClosed)
	}
	l.mu.Unlock()
	l.reading.Wait()
}

func (l *loop) read(netConn net.Conn, c *conn) {
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
			err = c.feed(buffer[:n], at)
		}
		if err != nil {
			delete(l.conns, c)
			c.end(err)
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
	}
}

// socket is a connection as its conn writes it.
type socket struct{ conn net.Conn }

// write waits for a short while only.
func (s socket) write(data []byte) error {
	s.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, err := s.conn.Write(data)
	return err
}

func (s socket) shutdown() { s.conn.Close() }

func (s socket) close() { s.conn.Close() }
