package engineio

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds what a test waits for outside a bubble.
const patience = 10 * time.Second

// A testServer is a Server behind a real http.Server, on TCP or in memory.
// Each of its sessions has a recorder.
type testServer struct {
	*Server
	t      *testing.T
	url    string
	client *http.Client
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	bubble bool // time is synctest's
	silent bool // no echo

	mu        sync.Mutex
	recorders map[int]*recorder // by the order of handshakes
}

// A recorder is a Receiver that keeps what it is told, and echoes messages.
type recorder struct {
	session *Session
	echo    bool
	// receive, if set, is called for each message.
	receive func(Message)

	mu       sync.Mutex
	messages []Message
	reasons  []Reason
	closed   chan struct{}
}

func (r *recorder) Receive(m Message) {
	r.mu.Lock()
	r.messages = append(r.messages, m)
	r.mu.Unlock()
	if r.receive != nil {
		r.receive(m)
	}
	if r.echo {
		r.session.Send(NewFrame(m))
	}
}

func (r *recorder) Closed(reason Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reasons = append(r.reasons, reason)
	if len(r.reasons) == 1 {
		close(r.closed)
	}
}

func (r *recorder) texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var texts []string
	for _, m := range r.messages {
		texts = append(texts, string(m.Data))
	}
	return texts
}

// wantReason waits for the session's end.
func (r *recorder) wantReason(t *testing.T, want Reason) {
	t.Helper()
	select {
	case <-r.closed:
	case <-time.After(patience):
		t.Fatalf("the session did not end; want %q", want)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.reasons) != 1 || r.reasons[0] != want {
		t.Fatalf("closed with %q, want %q once", r.reasons, want)
	}
}

func testConfig() Config {
	return Config{
		PingInterval: 300 * time.Millisecond,
		PingTimeout:  200 * time.Millisecond,
		Logger:       slog.New(slog.DiscardHandler),
	}
}

// quietConfig has no ping during a test that isn't about pings.
func quietConfig() Config {
	return Config{PingInterval: time.Hour, Logger: slog.New(slog.DiscardHandler)}
}

func newServerOf(t *testing.T, config Config) *testServer {
	s := &testServer{t: t, recorders: map[int]*recorder{}}
	s.Server = NewServer(config, func(session *Session) Receiver {
		r := &recorder{session: session, echo: !s.silent, closed: make(chan struct{})}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.recorders[int(session.number)-1] = r
		return r
	})
	return s
}

// newTCPServer serves on 127.0.0.1, where sockets are written directly.
func newTCPServer(t *testing.T, config Config) *testServer {
	s := newServerOf(t, config)
	h := httptest.NewServer(s.Server)
	s.url, s.client, s.dial = h.URL, h.Client(), new(net.Dialer).DialContext
	t.Cleanup(func() { s.shutDown(h) })
	return s
}

// newMemoryServer serves on pipes, for use in a synctest bubble. Sockets are
// written by flushers.
func newMemoryServer(t *testing.T, config Config) *testServer {
	s := newServerOf(t, config)
	s.bubble = true
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	h := &http.Server{Handler: s.Server, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go h.Serve(l)
	s.url, s.dial = "http://memory", l.dial
	s.client = &http.Client{Transport: &http.Transport{DialContext: l.dial}}
	t.Cleanup(func() { s.shutDown(closer{h}) })
	return s
}

// closer drops the error of Close.
type closer struct{ io.Closer }

func (c closer) Close() { c.Closer.Close() }

// shutDown ends everything without waiting for clients.
func (s *testServer) shutDown(h interface{ Close() }) {
	s.mu.Lock()
	for _, r := range s.recorders {
		r.session.abandon(ReasonForcedClose, nil)
	}
	s.mu.Unlock()
	s.Close(ReasonServerShutdown)
	s.client.CloseIdleConnections()
	h.Close()
}

type pipeListener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

// recorder returns the recorder of the n-th session. Its client may have been
// told of the session first.
func (s *testServer) recorder(n int) *recorder {
	s.t.Helper()
	var r *recorder
	eventually(s.t, "the session has its receiver", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		r = s.recorders[n]
		return r != nil
	})
	return r
}

// A reply is a response that has been read.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

func (s *testServer) do(method, query, body string, header ...string) reply {
	return s.doContext(context.Background(), method, query, body, header...)
}

func (s *testServer) doContext(ctx context.Context, method, query, body string, header ...string) reply {
	r, err := http.NewRequestWithContext(ctx, method, s.url+"/engine.io/?"+query, strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	response, err := s.client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(content), err}
}

func (s *testServer) get(sid string) reply { return s.do("GET", pollingOf(sid), "") }

func (s *testServer) post(sid, body string) reply { return s.do("POST", pollingOf(sid), body) }

// goGet polls in the background.
func (s *testServer) goGet(sid string) <-chan reply {
	replies := make(chan reply, 1)
	go func() { replies <- s.get(sid) }()
	return replies
}

func pollingOf(sid string) string { return "EIO=4&transport=polling&sid=" + sid }

func (got reply) want(t *testing.T, status int, body string) {
	t.Helper()
	if got.err != nil || got.status != status || got.body != body {
		t.Fatalf("got %d %.200q (error %v), want %d %.200q", got.status, got.body, got.err, status, body)
	}
}

func (got reply) wantStatus(t *testing.T, status int) {
	t.Helper()
	if got.err != nil || got.status != status {
		t.Fatalf("got %d %.200q (error %v), want %d", got.status, got.body, got.err, status)
	}
}

const (
	bodyUnknownSession = `{"code":1,"message":"Session ID unknown"}`
	bodyBadRequest     = `{"code":3,"message":"Bad request"}`
)

type terms struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int      `json:"pingInterval"`
	PingTimeout  int      `json:"pingTimeout"`
	MaxPayload   int      `json:"maxPayload"`
}

// readOpen decodes an open packet, which has its five keys and no other.
func readOpen(t *testing.T, packet string) terms {
	t.Helper()
	if !strings.HasPrefix(packet, "0") {
		t.Fatalf("not an open packet: %q", packet)
	}
	var keys map[string]any
	var opened terms
	if err := errors.Join(json.Unmarshal([]byte(packet[1:]), &keys), json.Unmarshal([]byte(packet[1:]), &opened)); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 5 || len(opened.SID) != 20 {
		t.Fatalf("open packet %q", packet)
	}
	return opened
}

// openPolling begins a polling session and returns its sid.
func (s *testServer) openPolling() string {
	s.t.Helper()
	got := s.do("GET", "EIO=4&transport=polling", "")
	got.wantStatus(s.t, 200)
	return readOpen(s.t, got.body).SID
}

// session returns the session of a sid.
func (s *testServer) session(sid string) *Session {
	s.Server.mu.Lock()
	defer s.Server.mu.Unlock()
	return s.sessions[sid]
}

// waitPoll waits until a GET of the session is pending.
func (s *testServer) waitPoll(sid string) {
	s.t.Helper()
	session := s.session(sid)
	eventually(s.t, "a poll is pending", func() bool {
		session.mu.Lock()
		defer session.mu.Unlock()
		return session.polling.poll != nil
	})
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("in vain: %s", what)
		}
	}
}
