package engineio

import (
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// A bystander is a client that should notice nothing.
type bystander struct {
	socket *socket
	sid    string
}

func (s *testServer) bystander() *bystander {
	s.t.Helper()
	socket, _ := s.openWebSocket()
	return &bystander{socket, s.openPolling()}
}

func (b *bystander) wantUnharmed(t *testing.T, s *testServer) {
	t.Helper()
	b.socket.send("4unharmed")
	b.socket.want("4unharmed")
	s.post(b.sid, "4unharmed").want(t, 200, "ok")
	s.get(b.sid).want(t, 200, "4unharmed")
}

// What is wrong on a WebSocket ends its session with its reason, and costs no
// other client anything.
func TestHostileWebSockets(t *testing.T) {
	const max = 10_000
	fragment := func(n int) []byte {
		return append(clientFrame(2, false, strings.Repeat("x", n)), clientFrame(0, false, strings.Repeat("y", n))...)
	}
	config := quietConfig()
	config.PayloadBytesMax = max
	s := newTCPServer(t, config)
	b := s.bystander()
	for i, c := range []struct {
		name   string
		bytes  []byte
		reason Reason
		code   int
	}{
		{"unmasked", []byte{0x81, 2, '4', 'x'}, ReasonParseError, 1002},
		{"reserved bit 1", []byte{0xc1, 0x81, 0, 0, 0, 0, '4'}, ReasonParseError, 1002},
		{"reserved bit 2", []byte{0xa1, 0x81, 0, 0, 0, 0, '4'}, ReasonParseError, 1002},
		{"reserved bit 3", []byte{0x91, 0x81, 0, 0, 0, 0, '4'}, ReasonParseError, 1002},
		{"reserved opcode", clientFrame(5, true, "4"), ReasonParseError, 1002},
		{"long ping", clientFrame(9, true, strings.Repeat("p", 126)), ReasonParseError, 1002},
		{"continuation of nothing", clientFrame(0, true, "4"), ReasonParseError, 1002},
		{"bad close frame", clientFrame(8, true, "\x03"), ReasonParseError, 1002},
		{"bad close code", clientFrame(8, true, "\x03\xed"), ReasonParseError, 1002},
		{"garbage", []byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), ReasonParseError, 1002},
		{"empty packet", clientFrame(1, true, ""), ReasonParseError, 1002},
		{"unknown packet", clientFrame(1, true, "7"), ReasonParseError, 1002},
		{"payload of packets", clientFrame(1, true, "b\x1e4a"), ReasonParseError, 1002},
		{"not UTF-8", clientFrame(1, true, "4\xff\xfe"), ReasonInvalidUTF8, 1007},
		{"close frame not UTF-8", clientFrame(8, true, "\x03\xe8\xff"), ReasonInvalidUTF8, 1007},
		{"too large", clientFrame(2, true, strings.Repeat("x", max+1)), ReasonPayloadTooLarge, 1009},
		{"announced too large", []byte{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, ReasonPayloadTooLarge, 1009},
		{"too large in fragments", fragment(max/2 + 1), ReasonPayloadTooLarge, 1009},
	} {
		t.Run(c.name, func(t *testing.T) {
			socket, _ := s.openWebSocket()
			r := s.recorder(2 + i)
			socket.raw(c.bytes)
			socket.wantClose(c.code)
			r.wantReason(t, c.reason)
			if c.reason.CloseCode != c.code {
				t.Errorf("%v has code %d", c.reason, c.reason.CloseCode)
			}
			b.wantUnharmed(t, s)
		})
	}
	if n := s.SessionCount(); n != 2 {
		t.Errorf("%d sessions are left", n)
	}
}

// A message of exactly the limit passes, whole and in fragments.
func TestLargestMessage(t *testing.T) {
	config := quietConfig()
	config.PayloadBytesMax = 100_000
	s := newTCPServer(t, config)
	socket, _ := s.openWebSocket()
	text := "4" + strings.Repeat("x", 99_999)
	socket.send(text)
	socket.want(text)
	socket.raw(clientFrame(1, false, text[:50_000]))
	socket.raw(clientFrame(9, true, "")) // a ping between, as the rules allow
	socket.raw(clientFrame(0, true, text[50_000:]))
	if f, err := socket.read(); err != nil || f.Header.OpCode != 10 {
		t.Errorf("%v, %v, want a pong", f.Header, err)
	}
	socket.want(text)
}

// A client that sends all of a message that is too large is still told why it
// is hung up on.
func TestTooLargeMessageSentToTheEnd(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	socket, _ := s.openWebSocket()
	frame := clientFrame(2, true, strings.Repeat("x", 8<<20))
	sent := make(chan error, 1)
	go func() {
		_, err := socket.conn.Write(frame)
		sent <- errors.Join(err, socket.conn.(*net.TCPConn).CloseWrite())
	}()
	f, err := socket.read()
	if code, _ := ws.ParseCloseFrameData(f.Payload); err != nil || int(code) != ReasonPayloadTooLarge.CloseCode {
		t.Errorf("%v %q, %v", f.Header, f.Payload, err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(io.Discard, socket.reader); err != nil { // a reset
		t.Error(err)
	}
}

// What isn't HTTP never gets as far as a session.
func TestGarbageToThePort(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	b := s.bystander()
	// A port with little patience, which others on a busy machine could need.
	h := httptest.NewUnstartedServer(s.Server)
	h.Config.ReadHeaderTimeout = 50 * time.Millisecond
	h.Start()
	defer h.Close()
	noise := make([]byte, 10_000)
	rand.Read(noise)
	for name, bytes := range map[string]string{
		"noise":             string(noise),
		"half a request":    "GET /?EIO=4&transport=polling HTTP/1.1\r\nHost:",
		"half a handshake":  "GET /?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgr",
		"a WebSocket frame": "\x81\x85\x00\x00\x00\x004hell",
		"silence":           "",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", h.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, bytes)
			conn.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
				t.Errorf("it was not hung up on: %v", err)
			}
			b.wantUnharmed(t, s)
		})
	}
	if n := s.SessionCount(); n != 2 {
		t.Errorf("%d sessions", n)
	}
}

type closeFunc func()

func (f closeFunc) Close() error { f(); return nil }

// Payloads that are announced and never sent cost the server no memory, on a
// WebSocket or in a POST.
func TestAnnouncedPayloadsCostNoMemory(t *testing.T) {
	const count, announced = 200, 1_000_000
	s := newTCPServer(t, quietConfig())
	b := s.bystander()
	before := heapBytes()
	for range count {
		socket, _ := s.openWebSocket()
		socket.raw([]byte{0x82, 0xff, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40, 0, 0, 0, 0, 'x'})
		sid := s.openPolling()
		s.openPost(sid, "1000000", "4x")
	}
	b.wantUnharmed(t, s)
	if grown := int(heapBytes() - before); grown > count*announced/4 {
		t.Errorf("%d bytes for %d payloads that didn't come", grown, count)
	} else {
		t.Logf("%d bytes for each client, the test's own included", grown/count/2)
	}
}

func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A flood of pings, read or not, is answered without making anything grow.
func TestPingFlood(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	b := s.bystander()
	socket, opened := s.openWebSocket()
	session := s.session(opened.SID)
	session.ws.conn.(*net.TCPConn).SetWriteBuffer(4096)
	flood := strings.Repeat(string(clientFrame(9, true, strings.Repeat("p", 125))), 1000)
	for range 100 { // 13 MB of pongs, which nobody reads
		socket.raw([]byte(flood))
	}
	socket.send("4the end")
	r := s.recorder(2)
	eventually(t, "the flood is over", func() bool { return len(r.texts()) == 1 })
	session.mu.Lock()
	frames := len(session.outbox.frames)
	session.mu.Unlock()
	if frames > 2 { // the rest of one pong, and the echo
		t.Errorf("%d frames are waiting", frames)
	}
	b.wantUnharmed(t, s)
	for {
		f, err := socket.read()
		if err != nil {
			t.Fatal(err)
		}
		if string(f.Payload) == "4the end" {
			return
		}
	}
}

// A client that doesn't read is closed when its outbox is full, and nobody
// waits for it.
func TestSlowConsumer(t *testing.T) {
	config := quietConfig()
	config.OutboxBytesMax = 100_000
	frame := textFrame(strings.Repeat("x", 10_000))
	t.Run("websocket", func(t *testing.T) {
		s := newTCPServer(t, config)
		b := s.bystander()
		socket, opened := s.openWebSocket()
		wantSlowConsumer(t, s.session(opened.SID), frame, 100_000)
		s.recorder(2).wantReason(t, ReasonSlowConsumer)
		b.wantUnharmed(t, s)
		socket.wantEnd()
	})
	t.Run("polling", func(t *testing.T) {
		s := newTCPServer(t, config)
		b := s.bystander()
		sid := s.openPolling()
		wantSlowConsumer(t, s.session(sid), frame, 100_000)
		s.recorder(2).wantReason(t, ReasonSlowConsumer)
		s.get(sid).want(t, 400, bodyUnknownSession)
		b.wantUnharmed(t, s)
	})
	t.Run("many small frames", func(t *testing.T) {
		s := newTCPServer(t, quietConfig())
		sid := s.openPolling()
		session := s.session(sid)
		for range outboxFramesMax {
			if !session.Send(pingFrame) {
				t.Fatal("closed too early")
			}
		}
		if session.Send(pingFrame) {
			t.Error("one too many was taken")
		}
		s.recorder(0).wantReason(t, ReasonSlowConsumer)
	})
}

// wantSlowConsumer sends until the session is closed.
func wantSlowConsumer(t *testing.T, session *Session, frame *Frame, most int) {
	t.Helper()
	for sent := 0; session.Send(frame); sent += frame.Len() {
		session.mu.Lock()
		waiting := int(session.outbox.bytes)
		session.mu.Unlock()
		if waiting > most {
			t.Fatalf("%d bytes are waiting", waiting)
		}
		if sent > 100<<20 {
			t.Fatal("nothing stops it")
		}
	}
}

// net/http's own limits hold around the handler.
var _ http.Handler = (*Server)(nil)
