package main

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"roomd/gateway/engineio"
)

// upgradeServer is an engine's server behind an HTTP server.
type upgradeServer struct{ address string }

// serveUpgrades serves with or without a listener for upgrades.
func serveUpgrades(t *testing.T, handler http.Handler, own bool) *upgradeServer {
	t.Helper()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &upgradeServer{address: plain.Addr().String()}
	listener := plain
	if own {
		listener = listenForUpgrades(plain, handler, socketPath, slog.New(slog.DiscardHandler))
	}
	server := &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		<-served
	})
	return s
}

// silence is a receiver that does nothing.
type silence struct{}

func (silence) Receive(engineio.Message) {}
func (silence) Closed(engineio.Reason)   {}

// newUpgradeHandler is what the tests ask.
func newUpgradeHandler(t *testing.T) http.Handler {
	engine := engineio.NewServer(engineio.Config{
		Logger: slog.New(slog.DiscardHandler), AllowedOrigins: []string{"http://good.test"}, PacketsPerSecondMax: 100,
	}, func(*engineio.Session) engineio.Receiver { return silence{} })
	t.Cleanup(func() { engine.Close(engineio.ReasonServerShutdown) })
	mux := http.NewServeMux()
	mux.Handle(socketPath, engine)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "a page for "+r.Host) })
	return mux
}

const (
	askForSocket = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a.test\r\n"
	askToUpgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
	askByKey     = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)

// TestUpgradesAreServedAsByTheHTTPServer sends the same bytes to a server with the
// listener and one without, and wants the same answers.
func TestUpgradesAreServedAsByTheHTTPServer(t *testing.T) {
	ordinary := askForSocket + askToUpgrade + askByKey + "\r\n"
	last := strings.Replace(ordinary, "Upgrade\r\n", "Upgrade, close\r\n", 1)
	filler := "X-Filler: " + strings.Repeat("x", firstBytesMax) + "\r\n"
	tests := []struct {
		name, says string
		want       string // what the answer begins with
		own        bool   // it is not the HTTP server's
	}{
		{"a WebSocket", ordinary, "HTTP/1.1 101", true},
		{"with an origin", askForSocket + "Origin: http://good.test\r\n" + askToUpgrade + askByKey + "\r\n", "HTTP/1.1 101", true},
		{"from elsewhere", askForSocket + "Origin: http://bad.test\r\n" + askToUpgrade + askByKey + "\r\n", "HTTP/1.1 400", true},
		{"names in lower case", askForSocket + "connection: keep-alive, upgrade\r\nupgrade: WebSocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", "HTTP/1.1 101", true},
		{"no key", askForSocket + askToUpgrade + "Sec-WebSocket-Version: 13\r\n\r\n", "HTTP/1.1 400", true},
		{"an old version", askForSocket + askToUpgrade + "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", "HTTP/1.1 426", true},
		{"no connection header", askForSocket + "Connection: close\r\nUpgrade: websocket\r\n" + askByKey + "\r\n", "HTTP/1.1 400", false},
		{"a protocol that is no more", strings.Replace(ordinary, "EIO=4", "EIO=3", 1), "HTTP/1.1 400", true},
		{"an unknown session", strings.Replace(ordinary, "EIO=4", "EIO=4&sid=x", 1), "HTTP/1.1 400", true},
		{"an unknown transport", strings.Replace(ordinary, "websocket HTTP", "pigeon HTTP", 1), "HTTP/1.1 400", true},
		{"something behind", ordinary + "\x81\x80\x00\x00\x00\x00", "HTTP/1.1 101", true},
		{"another path", strings.Replace(last, "/socket.io/", "/", 1), "HTTP/1.1 200", false},
		{"a path to be cleaned", strings.Replace(last, "/socket.io/", "/x/../socket.io/", 1), "HTTP/1.1 307", false},
		{"the whole URL", strings.Replace(ordinary, "GET ", "GET http://b.test", 1), "HTTP/1.1 101", false},
		{"polling", strings.Replace(askForSocket, "websocket", "polling", 1) + "Connection: close\r\n\r\n", "HTTP/1.1 200", false},
		{"a page", "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n", "HTTP/1.1 200", false},
		{"two pages", "GET / HTTP/1.1\r\nHost: a.test\r\n\r\nGET /2 HTTP/1.1\r\nHost: b.test\r\nConnection: close\r\n\r\n", "HTTP/1.1 200", false},
		{"another method", strings.Replace(ordinary, "GET", "POST", 1), "HTTP/1.1 400", false},
		{"with a body", strings.Replace(ordinary, "Host:", "Content-Length: 2\r\nHost:", 1) + "ab", "HTTP/1.1 101", false},
		{"HTTP/1.0", strings.Replace(ordinary, "HTTP/1.1", "HTTP/1.0", 1), "HTTP/1.1 505", false},
		{"HTTP/3", strings.Replace(ordinary, "HTTP/1.1", "HTTP/3.0", 1), "HTTP/1.1 505", false},
		{"no host", strings.Replace(ordinary, "Host: a.test\r\n", "", 1), "HTTP/1.1 400", false},
		{"two hosts", strings.Replace(ordinary, "Host:", "Host: b.test\r\nHost:", 1), "HTTP/1.1 400", false},
		{"a host that is none", strings.Replace(ordinary, "a.test", "a test", 1), "HTTP/1.1 400", false},
		{"an expectation", strings.Replace(ordinary, "Host:", "Expect: better\r\nHost:", 1), "HTTP/1.1 417", false},
		{"a control character", strings.Replace(ordinary, "Host:", "X: \x01\r\nHost:", 1), "HTTP/1.1 400", false},
		{"one behind a bare line feed", strings.Replace(ordinary, "HTTP/1.1\r\n", "HTTP/1.1\nX: \x7f\r\n", 1), "HTTP/1.1 400", false},
		{"a path of other letters", strings.Replace(ordinary, "EIO=4", "EIO=4&x=\xe4", 1), "HTTP/1.1 101", false},
		{"a name with a blank", strings.Replace(ordinary, "Host:", "X Y: 1\r\nHost:", 1), "HTTP/1.1 400", false},
		{"a line that is none", strings.Replace(ordinary, "Host:", "nothing\r\nHost:", 1), "HTTP/1.1 400", false},
		{"more than is read at first", strings.Replace(ordinary, "Host:", filler+"Host:", 1), "HTTP/1.1 101", false},
		{"no HTTP", "hello\r\n\r\n", "HTTP/1.1 400", false},
	}
	handler := newUpgradeHandler(t)
	with, without := serveUpgrades(t, handler, true), serveUpgrades(t, handler, false)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, want := with.ask(t, test.says), without.ask(t, test.says)
			if got != want {
				t.Errorf("answered with\n%s\nwithout the listener with\n%s", got, want)
			}
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("answered with %.60q, want %q", got, test.want)
			}
			said := []byte(test.says[:min(len(test.says), firstBytesMax)])
			g := greetings.Get().(*greeting)
			defer g.release()
			if r := g.readUpgrade(nil, said); (r != nil && r.URL.Path == socketPath) != test.own {
				t.Errorf("served by the listener itself: %t", !test.own)
			}
		})
	}
}

var (
	changing  = regexp.MustCompile(`(?m)^(Date: .*\r\n)|"sid":"[^"]*"`)
	socketEnd = []byte(`"maxPayload":1000000}`)
)

// ask says something and returns what is answered: up to the open packet, or to
// the end. What differs each time is left out, and the order of headers.
func (s *upgradeServer) ask(t *testing.T, says string) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patienceOfClients))
	io.WriteString(conn, says)
	var answer []byte
	for block := make([]byte, 4<<10); !bytes.Contains(answer, socketEnd); {
		n, err := conn.Read(block)
		answer = append(answer, block[:n]...)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v, behind %q", err, answer)
		}
	}
	if end := bytes.Index(answer, socketEnd); end >= 0 {
		answer = answer[:end]
	}
	return sortedHead(changing.ReplaceAllString(string(answer), ""))
}

// sortedHead sorts the lines of a response's head.
func sortedHead(answer string) string {
	head, rest, _ := strings.Cut(answer, "\r\n\r\n")
	status, fields, _ := strings.Cut(head, "\r\n")
	lines := strings.Split(fields, "\r\n")
	slices.Sort(lines)
	return status + "\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n" + rest
}

// What was said first is let go when it has been read: a connection lives long.
func TestBegunConnKeepsNothing(t *testing.T) {
	begun := &begunConn{said: []byte("GET / HTTP/1.1")}
	for _, want := range []string{"GET", " / HTTP/1.1"} {
		block := make([]byte, len(want))
		if n, err := begun.Read(block); err != nil || string(block[:n]) != want {
			t.Errorf("read %q, %v, want %q", block[:n], err, want)
		}
	}
	if begun.said != nil {
		t.Errorf("keeps %d bytes", cap(begun.said))
	}
}

// pipes are a listener for connections in memory.
type pipes struct {
	net.Listener
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.done)
	return nil
}

// pipeEnd is the server's end of one.
type pipeEnd struct{ net.Conn }

func (pipeEnd) SyscallConn() (syscall.RawConn, error) { return nil, errors.ErrUnsupported }
func (pipeEnd) CloseWrite() error                     { return nil }

// Who says nothing is let go in time, and with the listener.
func TestSilentConnectionsEnd(t *testing.T) {
	for _, test := range []struct {
		name string
		wait time.Duration
		left bool // the client's end is open after that
	}{
		{"before its time", headerTimeout - 1, true},
		{"in time", headerTimeout, false},
		{"with the listener", -1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				below := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
				l := listenForUpgrades(below, http.NotFoundHandler(), socketPath, slog.New(slog.DiscardHandler))
				client, server := net.Pipe()
				below.conns <- pipeEnd{server}
				synctest.Wait()
				if test.wait < 0 {
					l.Close()
				} else {
					time.Sleep(test.wait)
				}
				synctest.Wait()
				client.SetReadDeadline(time.Now().Add(-1))
				_, err := client.Read(make([]byte, 1))
				if left := err != io.EOF; left != test.left {
					t.Errorf("still open: %t (%v)", left, err)
				}
				l.Close()
				if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Accept: %v", err)
				}
			})
		})
	}
}

// A request's headers have their time once, from the first byte on, though two read
// them; and those of the next request have their own.
func TestHeaderTimeout(t *testing.T) {
	for _, test := range []struct {
		name string
		rest time.Duration // until the rest of the headers comes
		want string        // what the answer begins with; empty: none
	}{
		{"in time", headerTimeout - 1, "HTTP/1.1 404"},
		{"too late", headerTimeout, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := slog.New(slog.DiscardHandler)
				below := newPipeListener()
				server := newHTTPServer(http.NotFoundHandler(), log)
				go server.Serve(listenForUpgrades(below, server.Handler, socketPath, log))
				defer server.Close()
				client := below.dial()
				begin := time.Now()
				time.Sleep(headerTimeout - time.Second)
				io.WriteString(client, "GET / HTTP/1.1\r\n")
				synctest.Wait()
				time.Sleep(test.rest - time.Since(begin))
				synctest.Wait() // a deadline of this very moment comes first
				go io.WriteString(client, "Host: a.test\r\n\r\n")
				for _, next := range []time.Duration{0, headerTimeout} { // the second is another request
					time.Sleep(next)
					if next > 0 && test.want != "" {
						io.WriteString(client, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
					}
					answer := make([]byte, 1<<10)
					n, _ := client.Read(answer)
					if got := string(answer[:min(n, len("HTTP/1.1 404"))]); got != test.want {
						t.Errorf("answered with %q, want %q", got, test.want)
					}
				}
			})
		})
	}
}

// A handler that panics costs its own connection.
func TestHandshakeThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		below := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		oh := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oh") })
		l := listenForUpgrades(below, oh, socketPath, slog.New(slog.NewTextHandler(&log, nil)))
		client, server := net.Pipe()
		below.conns <- pipeEnd{server}
		io.WriteString(client, askForSocket+askToUpgrade+askByKey+"\r\n")
		if answer, err := io.ReadAll(client); len(answer) > 0 || err != nil {
			t.Errorf("answered with %q, %v", answer, err)
		}
		l.Close()
		synctest.Wait()
		if !strings.Contains(log.String(), "panic") || !strings.Contains(log.String(), "upgrades_test.go") {
			t.Errorf("logged %q", &log)
		}
	})
}
