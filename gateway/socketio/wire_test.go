package socketio

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"roomd/gateway/engineio"
)

// patience bounds every wait of a test for something that has to happen.
const patience = 10 * time.Second

// A host is a server to be spoken to by raw clients: over TCP, or over pipes in memory, which a
// synctest bubble needs.
type host struct {
	t      *testing.T
	server *Server
	dial   func(context.Context) (net.Conn, error)
	http   *http.Client
	log    *logBuffer
}

// A logBuffer keeps what a server logs, for the test to look at or to show when it fails.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newHost(t *testing.T, config Config, application Application) *host {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, config, application, listener, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", listener.Addr().String())
	})
}

func newPipeHost(t *testing.T, config Config, application Application) *host {
	t.Helper()
	listener := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	return serve(t, config, application, listener, listener.dial)
}

func serve(t *testing.T, config Config, application Application, listener net.Listener, dial func(context.Context) (net.Conn, error)) *host {
	log := new(logBuffer)
	config.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h := &host{t: t, server: NewServer(config, application), dial: dial, log: log}
	h.http = &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}
	server := &http.Server{Handler: h.server}
	served := make(chan struct{})
	go func() { defer close(served); server.Serve(listener) }()
	t.Cleanup(func() {
		h.server.Close(engineio.ReasonServerShutdown)
		h.http.CloseIdleConnections()
		server.Close()
		<-served
		if t.Failed() {
			t.Logf("the server's log:\n%s", log)
		}
	})
	return h
}

// A pipeListener accepts connections that never leave the process.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// A message is an Engine.IO packet as a raw client sees it: text with its type, or an attachment.
type message struct {
	text   string
	data   []byte
	binary bool
}

var errClosed = errors.New("the server closed the transport")

// A transport is a raw client's side of an Engine.IO session.
type transport interface {
	send(message)
	receive() (message, error) // errClosed at the end
	close()
}

// A wsTransport speaks WebSocket by hand.
type wsTransport struct {
	t      *testing.T
	conn   net.Conn
	reader *bufio.Reader
}

// webSocket opens a WebSocket, or returns the status that refuses it.
func (h *host) webSocket(query string) (*wsTransport, int) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := h.dial(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	ws := &wsTransport{t: h.t, conn: conn, reader: bufio.NewReader(conn)}
	h.t.Cleanup(ws.close)
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "GET /socket.io/?%s HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", query)
	response, err := http.ReadResponse(ws.reader, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return ws, response.StatusCode
}

func (ws *wsTransport) close() { ws.conn.Close() }

func (ws *wsTransport) send(m message) {
	payload, opcode := []byte(m.text), byte(1)
	if m.binary {
		payload, opcode = m.data, 2
	}
	frame := []byte{0x80 | opcode}
	switch n := len(payload); {
	case n < 126:
		frame = append(frame, 0x80|byte(n))
	case n < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(n))
	}
	mask := [4]byte{1, 2, 3, 4}
	frame = append(frame, mask[:]...)
	for i, c := range payload {
		frame = append(frame, c^mask[i%4])
	}
	ws.conn.SetDeadline(time.Now().Add(patience))
	ws.conn.Write(frame) // if it fails, so will the next receive
}

func (ws *wsTransport) receive() (message, error) {
	ws.t.Helper()
	ws.conn.SetDeadline(time.Now().Add(patience))
	header := make([]byte, 2)
	if _, err := io.ReadFull(ws.reader, header); err != nil {
		return message{}, ws.ended(err)
	}
	length := uint64(header[1])
	if length >= 126 {
		extended := make([]byte, 8)
		from := 6
		if length == 127 {
			from = 0
		}
		if _, err := io.ReadFull(ws.reader, extended[from:]); err != nil {
			return message{}, ws.ended(err)
		}
		length = binary.BigEndian.Uint64(extended)
	}
	payload := make([]byte, length)
	if _, err := io.ReadFull(ws.reader, payload); err != nil {
		return message{}, ws.ended(err)
	}
	switch header[0] {
	case 0x81:
		return message{text: string(payload)}, nil
	case 0x82:
		return message{data: payload, binary: true}, nil
	case 0x88:
		return message{}, errClosed
	default:
		return message{}, fmt.Errorf("unexpected frame header %x", header)
	}
}

func (ws *wsTransport) ended(err error) error {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fmt.Errorf("nothing came: %w", err)
	}
	return errClosed
}

// A pollTransport speaks HTTP long-polling by hand.
type pollTransport struct {
	host   *host
	sid    string
	queued []string // packets that have come and wait for receive
}

// get polls; a status other than 200 comes without packets.
func (h *host) get(query string) (status int, body string) {
	h.t.Helper()
	return h.request(http.MethodGet, query, "")
}

func (h *host) post(query, body string) (status int, reply string) {
	h.t.Helper()
	return h.request(http.MethodPost, query, body)
}

func (h *host) request(method, query, body string) (int, string) {
	h.t.Helper()
	request, err := http.NewRequest(method, "http://test/socket.io/?"+query, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	response, err := h.http.Do(request)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	var reply bytes.Buffer
	if _, err := reply.ReadFrom(response.Body); err != nil {
		h.t.Fatal(err)
	}
	return response.StatusCode, reply.String()
}

func (p *pollTransport) query() string { return "EIO=4&transport=polling&sid=" + p.sid }

func (p *pollTransport) close() { p.host.post(p.query(), "1") }

func (p *pollTransport) send(m message) {
	body := m.text
	if m.binary {
		body = "b" + base64.StdEncoding.EncodeToString(m.data)
	}
	p.host.post(p.query(), body) // if it is refused, the next receive shows it
}

func (p *pollTransport) receive() (message, error) {
	for len(p.queued) == 0 {
		status, body := p.host.get(p.query())
		if status != http.StatusOK {
			return message{}, errClosed
		}
		p.queued = strings.Split(body, "\x1e")
	}
	next := p.queued[0]
	p.queued = p.queued[1:]
	if next == "1" {
		return message{}, errClosed
	}
	if encoded, ok := strings.CutPrefix(next, "b"); ok {
		data, err := base64.StdEncoding.DecodeString(encoded)
		return message{data: data, binary: true}, err
	}
	return message{text: next}, nil
}
