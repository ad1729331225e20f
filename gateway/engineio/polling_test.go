package engineio

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestPollWaitsForAMessage(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		sid := d.open()
		get := d.goGet(sid)
		wantPending(t, get)
		if !d.session(sid).Send(textFrame("hello")) {
			t.Error("not sent")
		}
		wantNow(t, get, 200, "4hello")
	})
}

func TestPollTakesWhatIsQueued(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		sid := d.open()
		session := d.session(sid)
		session.Send(textFrame("a"))
		session.Send(NewFrame(Message{Data: []byte("b")}, Message{Data: []byte{1, 2, 3, 4}, Binary: true}))
		session.Send(NewFrame()) // nothing
		session.Send(textFrame("c"))
		d.get(sid).want(t, 200, "4a\x1e4b\x1ebAQIDBA==\x1e4c")
		wantPending(t, d.goGet(sid))
	})
}

// A response is bounded, but for a frame that is larger alone, and a frame is
// never divided.
func TestPollResponseIsBounded(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		sid := d.open()
		session := d.session(sid)
		half := strings.Repeat("h", pollBytesMax/2-100)
		huge := strings.Repeat("H", pollBytesMax+1)
		for _, text := range []string{"a", huge, half, half, "b"} {
			session.Send(textFrame(text))
		}
		for _, want := range []string{"4a", "4" + huge, "4" + half + "\x1e4" + half + "\x1e4b"} {
			d.get(sid).want(t, 200, want)
		}
	})
}

func TestSecondPollEndsTheSession(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		sid := d.open()
		first := d.goGet(sid)
		synctest.Wait()
		d.get(sid).want(t, 400, bodyBadRequest)
		wantNow(t, first, 200, "1")
		d.get(sid).want(t, 400, bodyUnknownSession)
		d.recorder(0).wantReason(t, ReasonTransportError)
	})
}

func TestAbortedPollEndsTheSession(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	sid := s.openPolling()
	ctx, cancel := context.WithCancel(context.Background())
	aborted := make(chan reply, 1)
	go func() { aborted <- s.doContext(ctx, "GET", pollingOf(sid), "") }()
	s.waitPoll(sid)
	cancel()
	<-aborted
	s.recorder(0).wantReason(t, ReasonTransportError)
	s.get(sid).want(t, 400, bodyUnknownSession)
}

// openPost begins a POST on a connection of its own and sends only the head
// and the beginning of the body.
func (s *testServer) openPost(sid, length, begin string) net.Conn {
	s.t.Helper()
	conn, err := s.dial(context.Background(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	io.WriteString(conn, "POST /?"+pollingOf(sid)+" HTTP/1.1\r\nHost: h\r\nContent-Length: "+length+"\r\n\r\n"+begin)
	session := s.session(sid)
	eventually(s.t, "the POST is being read", func() bool {
		session.mu.Lock()
		defer session.mu.Unlock()
		return session.polling.posting
	})
	return conn
}

func TestSecondPostEndsTheSession(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	sid := s.openPolling()
	conn := s.openPost(sid, "6", "4he")
	s.post(sid, "4hello").want(t, 400, bodyBadRequest)
	s.recorder(0).wantReason(t, ReasonTransportError)
	io.WriteString(conn, "llo")
	response, _ := io.ReadAll(io.LimitReader(conn, 12))
	if string(response) != "HTTP/1.1 400" {
		t.Errorf("the first POST got %q", response)
	}
	if texts := s.recorder(0).texts(); texts != nil {
		t.Errorf("received %q", texts)
	}
}

func TestBrokenOffPostEndsTheSession(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	sid := s.openPolling()
	s.openPost(sid, "100", "4half a mess").Close()
	s.recorder(0).wantReason(t, ReasonTransportError)
	if texts := s.recorder(0).texts(); texts != nil {
		t.Errorf("received %q", texts)
	}
}

// A POST whose body doesn't come is given up, heartbeat or not.
func TestSlowPostEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryServer(t, quietConfig())
		sid := s.openPolling()
		begin := time.Now()
		s.openPost(sid, "100", "4half a mess")
		waitFor(s.recorder(0), time.Hour)
		s.recorder(0).wantReason(t, ReasonTransportError)
		if took := time.Since(begin); took != bodyTimeout {
			t.Errorf("it took %v", took)
		}
	})
}

// waitFor lets a bubble's time pass until r is closed.
func waitFor(r *recorder, most time.Duration) {
	select {
	case <-r.closed:
	case <-time.After(most):
	}
}

func TestPosts(t *testing.T) {
	const max = 1000
	exact := "4" + strings.Repeat("x", max-1)
	for _, c := range []struct {
		name, contentType, body string
		status                  int
		response                string
		received                int
		reason                  Reason // zero: the session lives
	}{
		{"text", "text/plain;charset=UTF-8", "4a\x1e4b", 200, "ok", 2, Reason{}},
		{"no type", "", "4a", 200, "ok", 1, Reason{}},
		{"types that mean nothing", "", "0\x1e5\x1e6\x1e4a", 200, "ok", 1, Reason{}},
		{"octets", "application/octet-stream", "4a", 400, bodyBadRequest, 0, ReasonTransportError},
		{"octets with a parameter", "Application/Octet-Stream ; x=y", "4a", 400, bodyBadRequest, 0, ReasonTransportError},
		{"as large as may be", "", exact, 200, "ok", 1, Reason{}},
		{"too large", "", exact + "x", 413, "", 0, Reason{}},
		{"far too large", "", strings.Repeat(exact, 100), 413, "", 0, Reason{}},
		{"empty", "", "", 400, bodyBadRequest, 0, ReasonParseError},
		{"garbage", "", "abc", 400, bodyBadRequest, 0, ReasonParseError},
		{"garbage after a message", "", "4a\x1eabc\x1e4b", 400, bodyBadRequest, 1, ReasonParseError},
		{"separator at the end", "", "4a\x1e", 400, bodyBadRequest, 1, ReasonParseError},
		{"not base64", "", "b!!", 400, bodyBadRequest, 0, ReasonParseError},
		{"not UTF-8", "", "4\xff", 400, bodyBadRequest, 0, ReasonInvalidUTF8},
		{"a ping", "", "4a\x1e2", 400, bodyBadRequest, 1, ReasonParseError},
		{"messages after a close", "", "4a\x1e1\x1e4b", 200, "ok", 1, ReasonTransportClose},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := quietConfig()
			config.PayloadBytesMax = max
			s := newTCPServer(t, config)
			sid := s.openPolling()
			s.do("POST", pollingOf(sid), c.body, "Content-Type", c.contentType).want(t, c.status, c.response)
			if got := s.recorder(0).texts(); len(got) != c.received {
				t.Errorf("received %.100q", got)
			}
			if c.reason != (Reason{}) {
				s.recorder(0).wantReason(t, c.reason)
				return
			}
			s.post(sid, "4still there").want(t, 200, "ok")
		})
	}
}

// A body whose length isn't announced is not read beyond the limit, either.
func TestChunkedPostTooLarge(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		sid := d.open()
		d.Server.config.PayloadBytesMax = 10
		read := &countingReader{}
		w, r := newRequest("POST", pollingOf(sid), read)
		r.ContentLength = -1
		d.ServeHTTP(w, r)
		if w.Code != 413 || read.n > 1000 {
			t.Errorf("%d after %d bytes", w.Code, read.n)
		}
		d.post(sid, "4x").want(t, 200, "ok")
	})
}

// While a receiver blocks, the POST is not answered and nothing more is read.
func TestReceiverHoldsThePostBack(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		sid := d.open()
		release := make(chan struct{})
		d.recorder(0).receive = func(Message) { <-release }
		posted := make(chan reply, 1)
		go func() { posted <- d.post(sid, "4a\x1e4b") }()
		wantPending(t, posted)
		if got := d.recorder(0).texts(); len(got) != 1 {
			t.Errorf("received %q", got)
		}
		close(release)
		wantNow(t, posted, 200, "ok")
	})
}

// What a poll has taken and could not bring home is lost, and so the session.
func TestLostResponseEndsTheSession(t *testing.T) {
	inBubble(t, "its client has gone away", func(t *testing.T, d *direct) {
		sid := d.open()
		d.session(sid).Send(textFrame("lost"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w, r := newRequest("GET", pollingOf(sid), nil)
		d.ServeHTTP(w, r.WithContext(ctx))
		d.recorder(0).wantReason(t, ReasonTransportError)
	})
	inBubble(t, "its connection is broken", func(t *testing.T, d *direct) {
		sid := d.open()
		d.session(sid).Send(textFrame("lost"))
		w, r := newRequest("GET", pollingOf(sid), nil)
		d.ServeHTTP(brokenWriter{w}, r)
		d.recorder(0).wantReason(t, ReasonTransportError)
	})
	inMemory(t, "its client doesn't read", func(t *testing.T, s *testServer) {
		sid := s.openPolling()
		s.session(sid).Send(textFrame("lost"))
		conn, err := s.dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "GET /?"+pollingOf(sid)+" HTTP/1.1\r\nHost: h\r\n\r\n")
		begin := time.Now()
		waitFor(s.recorder(0), time.Hour)
		s.recorder(0).wantReason(t, ReasonTransportError)
		if took := time.Since(begin); took != responseTimeout {
			t.Errorf("it took %v", took)
		}
	})
}

// A brokenWriter fails like a connection that is reset.
type brokenWriter struct{ http.ResponseWriter }

func (brokenWriter) Write([]byte) (int, error) { return 0, syscall.ECONNRESET }

// A body that is announced as too large is refused before it comes.
func TestPostAnnouncedTooLarge(t *testing.T) {
	inMemory(t, "", func(t *testing.T, s *testServer) {
		sid := s.openPolling()
		conn, err := s.dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "POST /?"+pollingOf(sid)+" HTTP/1.1\r\nHost: h\r\nContent-Length: 1000001\r\n\r\n")
		if got, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 413") {
			t.Errorf("got %q, %v", got, err)
		}
		s.post(sid, "4still there").want(t, 200, "ok")
	})
}

func TestSendVolatileOnPolling(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		sid := d.open()
		session := d.session(sid)
		if session.SendVolatile(textFrame("nobody polls")) {
			t.Error("sent without a poll")
		}
		get := d.goGet(sid)
		synctest.Wait()
		session.mu.Lock() // as if both came before the poll's handler woke
		sent, again := session.sendVolatile(textFrame("a")), session.sendVolatile(textFrame("b"))
		session.mu.Unlock()
		if !sent || again {
			t.Errorf("sent %v, then %v", sent, again)
		}
		wantNow(t, get, 200, "4a")
		session.Send(textFrame("c"))
		if session.SendVolatile(textFrame("d")) {
			t.Error("sent behind another")
		}
		d.get(sid).want(t, 200, "4c")
		session.Close(ReasonForcedClose)
		if session.SendVolatile(textFrame("e")) || session.Send(textFrame("f")) {
			t.Error("sent after the close")
		}
	})
}
