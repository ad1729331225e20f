package engineio

import (
	"crypto/tls"
	"io"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/gobwas/ws"
)

// sendPair is a session on a TCP WebSocket, and its client's end.
func sendPair(t testing.TB, config Config) (*Session, net.Conn) {
	sessions := make(chan *Session, 1)
	server := NewServer(config, func(s *Session) Receiver {
		sessions <- s
		return &recorder{session: s, closed: make(chan struct{})}
	})
	h := httptest.NewServer(server)
	conn, ahead, _, err := ws.Dial(t.Context(), "ws"+strings.TrimPrefix(h.URL, "http")+"/?EIO=4&transport=websocket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		server.Close(ReasonServerShutdown)
		h.Close()
	})
	session := <-sessions
	if ahead == nil { // the open packet isn't here yet
		header, err := ws.ReadHeader(conn)
		if err == nil {
			_, err = io.CopyN(io.Discard, conn, header.Length)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return session, conn
}

// On an idle connection the caller itself writes, and allocates nothing.
func TestSendAllocatesNothing(t *testing.T) {
	session, conn := sendPair(t, quietConfig())
	frame := textFrame(strings.Repeat("x", 100))
	buffer := make([]byte, frame.Len())
	for name, send := range map[string]func(*Frame) bool{"Send": session.Send, "SendVolatile": session.SendVolatile} {
		allocated := testing.AllocsPerRun(200, func() {
			if !send(frame) {
				t.Fatal("dropped")
			}
			session.mu.Lock()
			if session.flushing {
				t.Error("it wasn't written at once")
			}
			session.mu.Unlock()
			io.ReadFull(conn, buffer)
		})
		if allocated != 0 {
			t.Errorf("%s: %v allocations", name, allocated)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	session, conn := sendPair(b, quietConfig())
	frame := textFrame(strings.Repeat("x", 100))
	buffer := make([]byte, frame.Len())
	b.ReportAllocs()
	for b.Loop() {
		if !session.Send(frame) {
			b.Fatal("dropped")
		}
		io.ReadFull(conn, buffer)
	}
}

// BenchmarkSendBusy sends faster than the client reads: frames are gathered.
func BenchmarkSendBusy(b *testing.B) {
	config := quietConfig()
	config.OutboxBytesMax = 1 << 30
	session, conn := sendPair(b, config)
	go io.Copy(io.Discard, conn)
	frame := textFrame(strings.Repeat("x", 100))
	b.ReportAllocs()
	for b.Loop() {
		for waiting := outboxFramesMax; waiting > outboxFramesMax/2; {
			session.mu.Lock()
			waiting = len(session.outbox.frames)
			session.mu.Unlock()
		}
		if !session.Send(frame) {
			b.Fatal("dropped")
		}
	}
}

// A frame that comes just when a flusher has found the outbox empty is not left
// behind.
func TestFlusherLooksAgain(t *testing.T) {
	var s Session
	s.flushing = true
	s.outbox.push(pingFrame)
	if s.endFlush(nil) || !s.flushing {
		t.Error("the flusher has left")
	}
}

// Many senders, frames of all sizes and a client that reads in fits and starts:
// every frame arrives whole, and each sender's in order.
func TestConcurrentSenders(t *testing.T) {
	const senders, count = 4, 300
	config := quietConfig()
	config.OutboxBytesMax = 1 << 30
	check := func(t *testing.T, s *testServer) {
		socket, opened := s.openWebSocket()
		session := s.session(opened.SID)
		var sending sync.WaitGroup
		for i := range senders {
			sending.Go(func() {
				for n := range count {
					size := rand.IntN(1 << rand.IntN(18))
					if n%3 == 0 {
						session.Hold()
					} else {
						session.Release() // its own, or another's
					}
					session.Send(NewFrame(
						Message{Data: []byte(strconv.Itoa(i) + " " + strconv.Itoa(n) + " " + strings.Repeat("x", size))},
						Message{Data: []byte(strconv.Itoa(size)), Binary: true}))
				}
			})
		}
		next := make([]int, senders)
		for range senders * count {
			parts := strings.Split(socket.text()[1:], " ")
			socket.wantBinary([]byte(strconv.Itoa(len(parts[2]))))
			sender, _ := strconv.Atoi(parts[0])
			if n, _ := strconv.Atoi(parts[1]); n != next[sender] {
				t.Fatalf("frame %d of sender %d, want %d", n, sender, next[sender])
			}
			next[sender]++
		}
		sending.Wait()
		session.Release()
		eventually(t, "nothing is left", func() bool {
			session.mu.Lock()
			defer session.mu.Unlock()
			return session.outbox.bytes == 0 && session.outbox.frames == nil
		})
	}
	t.Run("tcp", func(t *testing.T) { check(t, newTCPServer(t, config)) })
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { check(t, newMemoryServer(t, config)) })
	})
}

func TestSendVolatileOnWebSocket(t *testing.T) {
	config := quietConfig()
	config.OutboxBytesMax = 1 << 30
	session, conn := sendPair(t, config)
	if !session.SendVolatile(textFrame("a")) {
		t.Error("dropped on an idle connection")
	}
	const mebibytesMax = 100 // far more than any kernel takes of what isn't read
	large := textFrame(strings.Repeat("x", 1<<20))
	sent := 0
	for sent < mebibytesMax && session.SendVolatile(large) {
		sent++
	}
	if sent == mebibytesMax {
		t.Error("sent behind others")
	}
	conn.Close()
}

// Over TLS a connection can't be written without waiting; a flusher does it.
func TestTLS(t *testing.T) {
	s := newServerOf(t, quietConfig())
	h := httptest.NewTLSServer(s.Server)
	s.url, s.client = h.URL, h.Client()
	dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	s.dial = dialer.DialContext
	t.Cleanup(func() { s.shutDown(closer{closeFunc(h.Close)}) })
	s.url = strings.Replace(s.url, "https", "http", 1) // s.dial does the TLS
	socket, _ := s.openWebSocket()
	for _, text := range []string{"4hello", "4" + strings.Repeat("x", 300_000)} {
		socket.send(text)
		socket.want(text)
	}
	socket.send("1")
	socket.wantClose(1000)
}
