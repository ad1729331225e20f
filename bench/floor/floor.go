// Package floor is the measuring stick beside every figure of package bench:
// a server that speaks just enough Socket.IO to be measured by the same
// client as a real one, and spends nothing on anything else.
//
// It accepts WebSockets at /socket.io/ and knows four commands, joinRoom,
// createRoom (the same), sendMessage and emitToRoom with an attachment,
// answered in the shape of roomd's contract. For each message one goroutine loops over the members and does one plain write
// a member of the same ready-made bytes.
//
// It promises one order for all members and an event of roomd's size. It does
// not promise anything else a server owes: no queue, no limit on a slow
// reader (one that doesn't read stops the room), no polling, no heartbeat
// deadline, no users, no history, no end of a room. It must never be used as a server.
package floor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// Server is a running floor. Its methods are safe for concurrent use.
type Server struct {
	// Static after construction.
	listener net.Listener
	news     bool // those inside are told who joins
	stopped  chan struct{}

	running sync.WaitGroup
	rooms   rooms

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // guarded by mu
	closed bool                  // guarded by mu
}

// Listen starts a floor on a TCP address such as "127.0.0.1:0". With news it
// tells those inside of a room who joins, as roomd does: one plain write each.
// That is for where joins are measured; rooms of thousands take too long to fill.
func Listen(address string, news bool) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("floor: %w", err)
	}
	s := &Server{
		listener: listener,
		news:     news,
		stopped:  make(chan struct{}),
		conns:    make(map[net.Conn]struct{}),
	}
	s.running.Go(s.acceptAll)
	s.running.Go(s.pingAll)
	return s, nil
}

// Address is the one the server listens on, as host:port.
func (s *Server) Address() string {
	return s.listener.Addr().String()
}

// Close ends every connection and returns when all goroutines have ended.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.stopped)
	s.listener.Close()
	for conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// Run serves on address until ctx ends. It tells ready the bound address.
func Run(ctx context.Context, address string, news bool, ready func(address string)) error {
	s, err := Listen(address, news)
	if err != nil {
		return err
	}
	defer s.Close()
	ready(s.Address())
	<-ctx.Done()
	return nil
}

func (s *Server) acceptAll() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Most likely out of files: the next connection may end first.
			select {
			case <-time.After(acceptPause):
				continue
			case <-s.stopped:
				return
			}
		}
		if !s.track(conn) {
			conn.Close()
			continue
		}
		s.running.Go(func() { s.upgrade(conn) })
	}
}

// track remembers a connection so that Close can end it; false when the
// server is full or closed.
func (s *Server) track(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.conns) >= connectionsMax {
		return false
	}
	s.conns[conn] = struct{}{}
	return true
}

func (s *Server) forget(conn net.Conn) {
	s.mu.Lock()
	delete(s.conns, conn)
	s.mu.Unlock()
	conn.Close()
}

// upgrader refuses every path but the one Socket.IO clients use.
var upgrader = ws.Upgrader{
	OnRequest: func(uri []byte) error {
		if strings.HasPrefix(string(uri), "/socket.io/?") {
			return nil
		}
		return ws.RejectConnectionError(ws.RejectionStatus(404), ws.RejectionReason("not found"))
	},
}

// upgrade does the WebSocket handshake and leaves the connection to a
// goroutine of its own: the handshake's deep stack would otherwise stay with
// each connection for life and show in the floor's memory.
func (s *Server) upgrade(conn net.Conn) {
	conn.SetDeadline(time.Now().Add(handshakeTimeout))
	if _, err := upgrader.Upgrade(conn); err != nil {
		s.forget(conn)
		return
	}
	conn.SetDeadline(time.Time{})
	s.running.Go(func() {
		defer s.forget(conn)
		(&peer{conn: conn, rooms: &s.rooms, news: s.news}).run()
	})
}

// pingAll is the heartbeat of all connections: one loop of plain writes too.
func (s *Server) pingAll() {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-s.stopped:
			return
		case <-ticker.C:
		}
		for _, conn := range s.snapshot() {
			conn.Write(pingFrame) // a dead connection ends in its reader
		}
	}
}

func (s *Server) snapshot() []net.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	conns := make([]net.Conn, 0, len(s.conns))
	for conn := range s.conns {
		conns = append(conns, conn)
	}
	return conns
}
