package main

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// An upgradeListener is where the HTTP server gets its connections. It looks at
// what each of them says first: a request for a WebSocket, in the form that all
// clients send, it has served by the handler itself. Everything else, and what is
// unusual in any way, goes on to the HTTP server, with all that was read. That
// server would make two buffers of 4 KiB for a connection that it soon gives away,
// two contexts, and a goroutine that has to be stopped again.
//
// Its methods may be called concurrently.
type upgradeListener struct {
	net.Listener

	// static after construction
	handler http.Handler
	path    string // of requests for a WebSocket
	timeout time.Duration
	log     *slog.Logger
	others  chan accepted
	done    chan struct{} // closed with the listener

	mu     sync.Mutex
	closed bool                  // guarded by mu
	silent map[net.Conn]struct{} // guarded by mu: they have said nothing yet; nil when there are none after many, since a map doesn't shrink
	most   int                   // guarded by mu: of silent at a time, since it was nil
}

// accepted is what the HTTP server gets from Accept.
type accepted struct {
	conn net.Conn
	err  error
}

// A tcpConn is what engineio and the HTTP server want of a connection.
type tcpConn interface {
	net.Conn
	syscall.Conn
	CloseWrite() error
}

// listenForUpgrades returns a listener that has handler serve requests for a
// WebSocket at that path. Closing it closes the listener below.
func listenForUpgrades(below net.Listener, handler http.Handler, path string, log *slog.Logger) *upgradeListener {
	l := &upgradeListener{
		Listener: below, handler: handler, path: path, timeout: headerTimeout, log: log,
		others: make(chan accepted), done: make(chan struct{}),
	}
	go l.acceptAll()
	return l
}

// Accept returns the next connection for the HTTP server.
func (l *upgradeListener) Accept() (net.Conn, error) {
	select {
	case next := <-l.others:
		return next.conn, next.err
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close closes the listener, and the connections that have said nothing.
func (l *upgradeListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return net.ErrClosed
	}
	l.closed = true
	close(l.done)
	for conn := range l.silent {
		conn.Close()
	}
	return l.Listener.Close()
}

func (l *upgradeListener) acceptAll() {
	for {
		conn, err := l.Listener.Accept()
		switch tcp, ok := conn.(tcpConn); {
		case errors.Is(err, net.ErrClosed):
			l.Close()
			return
		case err != nil || !ok:
			l.hand(accepted{conn, err}) // the HTTP server waits after an error, and so does this
		default:
			go l.greet(tcp)
		}
	}
}

// hand gives something to the HTTP server.
func (l *upgradeListener) hand(a accepted) {
	select {
	case l.others <- a:
	case <-l.done:
		if a.conn != nil {
			a.conn.Close()
		}
	}
}

// expect notes a connection that has said nothing, unless the listener is closed.
func (l *upgradeListener) expect(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	if l.silent == nil {
		l.silent = make(map[net.Conn]struct{})
	}
	l.silent[conn] = struct{}{}
	l.most = max(l.most, len(l.silent))
	return true
}

func (l *upgradeListener) heard(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if delete(l.silent, conn); len(l.silent) == 0 && l.most > silentKeptMax {
		l.silent, l.most = nil, 0
	}
}

// greet reads what a connection says first, and decides who serves it.
func (l *upgradeListener) greet(conn tcpConn) {
	g := greetings.Get().(*greeting)
	defer g.release()
	headersBy := time.Now().Add(l.timeout)
	said := l.listen(conn, g.said[:], headersBy)
	if len(said) == 0 {
		conn.Close()
		return
	}
	growStack() // not before: one that says nothing keeps what it has
	if r := g.readUpgrade(conn, said); r != nil && r.URL.Path == l.path {
		r.RemoteAddr = addressText(conn.RemoteAddr())
		l.serve(g.respond(conn), r)
		return
	}
	l.hand(accepted{conn: &begunConn{tcpConn: conn, said: bytes.Clone(said), headersBy: headersBy}})
}

// addressText is an address as a request has it.
func addressText(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return address.String()
	}
	from := tcp.AddrPort()
	return netip.AddrPortFrom(from.Addr().Unmap(), from.Port()).String() // in one piece
}

// listen reads what a connection says first; nothing: it says nothing until then, or
// the listener is closed.
func (l *upgradeListener) listen(conn net.Conn, into []byte, until time.Time) []byte {
	if !l.expect(conn) {
		return nil
	}
	conn.SetReadDeadline(until) // who serves it sets its own
	n, _ := conn.Read(into)
	l.heard(conn)
	return into[:n]
}

// serve has the handler serve a request, as the HTTP server would.
func (l *upgradeListener) serve(w *upgradeResponse, r *http.Request) {
	defer func() {
		reason := recover()
		if reason == nil {
			return
		}
		if reason != http.ErrAbortHandler {
			l.log.Error("panic", "in", "handshake", "reason", reason, "stack", string(debug.Stack()))
		}
		if !w.hijacked { // else it is its session's, whose writes go by the descriptor's number
			w.conn.Close()
		}
	}()
	l.handler.ServeHTTP(w, r)
	if !w.hijacked {
		w.refuse(r)
	}
}

// socketPath is where clients ask for WebSockets.
const socketPath = "/socket.io/"

// growStack makes the stack of a goroutine that has done little yet as large as serving
// a handshake takes, at once: step by step, each time copying the calls so far, costs more.
//
//go:noinline
func growStack() byte {
	var frame [6 << 10]byte
	return frame[growStackAt]
}

var growStackAt = 0 // a variable, so that the frame isn't optimized away
