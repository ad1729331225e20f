package engineio

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type countingReader struct{ n int }

func (r *countingReader) Read(p []byte) (int, error) {
	r.n += len(p)
	return len(p), nil
}

func newRequest(method, query string, body io.Reader) (*httptest.ResponseRecorder, *http.Request) {
	return httptest.NewRecorder(), httptest.NewRequest(method, "/?"+query, body)
}

func TestClientClosesWhilePolling(t *testing.T) {
	inBubble(t, "pending poll", func(t *testing.T, d *direct) {
		sid := d.open()
		get := d.goGet(sid)
		synctest.Wait()
		d.post(sid, "1").want(t, 200, "ok")
		wantNow(t, get, 200, "6")
		d.get(sid).want(t, 400, bodyUnknownSession)
		d.recorder(0).wantReason(t, ReasonTransportClose)
	})
	inBubble(t, "late poll", func(t *testing.T, d *direct) {
		sid := d.open()
		d.post(sid, "1").want(t, 200, "ok")
		synctest.Wait()
		d.recorder(0).wantReason(t, ReasonTransportClose)
		if n := d.SessionCount(); n != 0 {
			t.Errorf("%d sessions", n)
		}
		d.post(sid, "4x").want(t, 400, bodyUnknownSession)
		time.Sleep(graceTimeout - time.Nanosecond)
		d.get(sid).want(t, 200, "6")
		d.get(sid).want(t, 400, bodyUnknownSession)
	})
	inBubble(t, "too late poll", func(t *testing.T, d *direct) {
		sid := d.open()
		d.post(sid, "1").want(t, 200, "ok")
		time.Sleep(graceTimeout)
		synctest.Wait()
		if len(d.sessions) != 0 {
			t.Error("the sid is still known")
		}
		d.get(sid).want(t, 400, bodyUnknownSession)
	})
}

func TestServerClosesWhilePolling(t *testing.T) {
	reason := Reason{"token expired", 4001}
	inBubble(t, "pending poll", func(t *testing.T, d *direct) {
		sid := d.open()
		get := d.goGet(sid)
		synctest.Wait()
		d.session(sid).Close(reason)
		wantNow(t, get, 200, "1")
		d.recorder(0).wantReason(t, reason)
		d.get(sid).want(t, 400, bodyUnknownSession)
	})
	inBubble(t, "pending poll and a message", func(t *testing.T, d *direct) {
		sid := d.open()
		get := d.goGet(sid)
		synctest.Wait()
		d.session(sid).Send(textFrame("bye"))
		d.session(sid).Close(reason)
		synctest.Wait()
		(<-get).want(t, 200, "4bye")
		d.get(sid).want(t, 200, "1") // in a poll of its own
		d.recorder(0).wantReason(t, reason)
	})
	inBubble(t, "next poll", func(t *testing.T, d *direct) {
		sid := d.open()
		session := d.session(sid)
		session.Send(textFrame("a"))
		session.Send(textFrame("b"))
		session.Close(reason)
		session.Close(ReasonForcedClose) // the first counts
		d.post(sid, "4too late").want(t, 200, "ok")
		time.Sleep(closeTimeout - time.Nanosecond)
		d.get(sid).want(t, 200, "4a\x1e4b")
		d.get(sid).want(t, 200, "1")
		d.get(sid).want(t, 400, bodyUnknownSession)
		d.recorder(0).wantReason(t, reason)
		if texts := d.recorder(0).texts(); texts != nil {
			t.Errorf("received %q after the close", texts)
		}
	})
	inBubble(t, "no poll", func(t *testing.T, d *direct) {
		sid := d.open()
		d.session(sid).Close(reason)
		time.Sleep(closeTimeout)
		synctest.Wait()
		d.recorder(0).wantReason(t, reason)
		d.get(sid).want(t, 400, bodyUnknownSession)
	})
	inBubble(t, "more than one response takes", func(t *testing.T, d *direct) {
		sid := d.open()
		large := strings.Repeat("x", pollBytesMax)
		d.session(sid).Send(textFrame(large))
		d.session(sid).Send(textFrame("b"))
		d.session(sid).Close(reason)
		d.get(sid).want(t, 200, "4"+large)
		d.get(sid).want(t, 200, "4b")
		d.get(sid).want(t, 200, "1")
		d.recorder(0).wantReason(t, reason)
	})
}

func TestServerClosesWebSocket(t *testing.T) {
	reason := Reason{"token expired", 4001}
	run := func(t *testing.T, s *testServer) {
		c, opened := s.openWebSocket()
		session := s.session(opened.SID)
		large := strings.Repeat("x", 600_000)
		session.Send(textFrame(large))
		session.Send(textFrame("bye"))
		session.Close(reason)
		if session.Send(textFrame("too late")) {
			t.Error("sent after the close")
		}
		c.want("4" + large)
		c.want("4bye")
		c.wantClose(reason.CloseCode)
		s.recorder(0).wantReason(t, reason)
	}
	t.Run("tcp", func(t *testing.T) { run(t, newTCPServer(t, quietConfig())) })
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { run(t, newMemoryServer(t, quietConfig())) })
	})
}

// A client that doesn't answer a close frame is hung up on, whoever closed and
// why.
func TestCloseFrameThatIsNotAnswered(t *testing.T) {
	for name, end := range map[string]func(*Session){
		"orderly": func(s *Session) { s.Close(ReasonForcedClose) },
		"at once": func(s *Session) { s.abandon(ReasonForcedClose, nil) },
	} {
		inMemory(t, name, func(t *testing.T, s *testServer) {
			c, opened := s.openWebSocket()
			session := s.session(opened.SID)
			end(session)
			if f, err := c.read(); err != nil || f.Header.OpCode != 8 {
				t.Fatalf("%v, %v", f.Header, err)
			}
			begin := time.Now()
			c.wantEnd()
			if took := time.Since(begin); took != goodbyeTimeout {
				t.Errorf("it took %v", took)
			}
			if stopAlarm(session) {
				t.Error("its timer was still running")
			}
		})
	}
}

// The reason of an orderly close stands, however the session then ends.
func TestReasonOfACloseStands(t *testing.T) {
	inBubble(t, "polling", func(t *testing.T, d *direct) {
		sid := d.open()
		d.session(sid).Close(ReasonForcedClose)
		d.post(sid, "1").want(t, 200, "ok")
		d.recorder(0).wantReason(t, ReasonForcedClose)
	})
	inMemory(t, "websocket", func(t *testing.T, s *testServer) {
		c, opened := s.openWebSocket()
		s.session(opened.SID).Send(textFrame("never read"))
		s.session(opened.SID).Close(ReasonForcedClose)
		c.conn.Close()
		s.recorder(0).wantReason(t, ReasonForcedClose)
	})
}

// A session may end before it has a receiver; that is told all the same.
func TestSessionThatEndsWhileItOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{closed: make(chan struct{})}
		server := NewServer(quietConfig(), func(s *Session) Receiver {
			s.Close(ReasonForcedClose)
			time.Sleep(time.Minute)
			return r
		})
		w, request := newRequest("GET", "EIO=4&transport=polling", nil)
		server.ServeHTTP(w, request)
		r.wantReason(t, ReasonForcedClose)
		server.Close(ReasonServerShutdown)
	})
}

// A client that doesn't read can't hold up the close for long.
func TestCloseOfWebSocketThatIsNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryServer(t, quietConfig())
		_, opened := s.openWebSocket()
		session := s.session(opened.SID)
		session.Send(textFrame("never read"))
		session.Close(ReasonForcedClose)
		time.Sleep(closeTimeout - time.Nanosecond)
		synctest.Wait()
		if n := s.SessionCount(); n != 1 {
			t.Errorf("%d sessions before the time is up", n)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		s.recorder(0).wantReason(t, ReasonForcedClose)
	})
}

func TestClientClosesWebSocket(t *testing.T) {
	run := func(t *testing.T, s *testServer) {
		c, _ := s.openWebSocket()
		c.send("4a")
		c.want("4a")
		c.raw(clientFrame(8, true, "\x0f\xa0bye")) // 4000
		begin := time.Now()
		f, err := c.read()
		if err != nil || f.Header.OpCode != 8 || string(f.Payload) != "\x0f\xa0bye" {
			t.Fatalf("answered with %v %q, %v", f.Header, f.Payload, err)
		}
		c.wantEnd()
		if s.bubble && time.Since(begin) != 0 {
			t.Errorf("the server took %v to hang up", time.Since(begin))
		}
		s.recorder(0).wantReason(t, ReasonTransportClose)
	}
	t.Run("tcp", func(t *testing.T) { run(t, newTCPServer(t, quietConfig())) })
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { run(t, newMemoryServer(t, quietConfig())) })
	})
	t.Run("without a word", func(t *testing.T) {
		s := newTCPServer(t, quietConfig())
		c, _ := s.openWebSocket()
		c.conn.Close()
		s.recorder(0).wantReason(t, ReasonTransportClose)
	})
}

// Closed comes after the last Receive has returned, even if that takes long.
func TestClosedComesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryServer(t, quietConfig())
		c, opened := s.openWebSocket()
		release := make(chan struct{})
		r := s.recorder(0)
		r.receive = func(Message) { <-release }
		c.send("4a")
		synctest.Wait()
		s.session(opened.SID).abandon(ReasonForcedClose, nil)
		time.Sleep(time.Minute)
		select {
		case <-r.closed:
			t.Error("closed while receiving")
		default:
		}
		close(release)
		r.wantReason(t, ReasonForcedClose)
	})
}

func TestServerClose(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	polling, idle := s.openPolling(), s.openPolling()
	get := s.goGet(polling)
	s.waitPoll(polling)
	c, _ := s.openWebSocket()
	upgraded, _ := s.openUpgraded()
	probing := s.openPolling()
	probe := s.openProbe(probing)
	probe.send("2probe")
	probe.want("3probe")
	var told sync.WaitGroup
	for _, c := range []*socket{c, upgraded, probe} {
		told.Go(func() { c.wantClose(ReasonServerShutdown.CloseCode) })
	}
	begin := time.Now()
	s.Close(ReasonServerShutdown)
	if took := time.Since(begin); took > closeTimeout { // far more than those who answer need, on a busy machine too
		t.Errorf("it took %v", took)
	}
	for i := range 5 {
		s.recorder(i).wantReason(t, ReasonServerShutdown)
	}
	(<-get).want(t, 200, "1")
	told.Wait()
	if n := s.SessionCount(); n != 0 || len(s.sessions) != 0 {
		t.Errorf("%d sessions", n)
	}
	s.get(idle).want(t, 400, bodyUnknownSession)
	s.do("GET", "EIO=4&transport=polling", "").wantStatus(t, 503)
	if response, _ := s.upgradeResponse("EIO=4&transport=websocket"); response.StatusCode != 503 {
		t.Errorf("a WebSocket got %d", response.StatusCode)
	}
	s.Close(ReasonServerShutdown) // does no harm
}

// The log tells of each close once, and never the sid.
func TestLog(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	config := quietConfig()
	config.Logger = slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := newTCPServer(t, config)
	sid := s.openPolling()
	c, opened := s.openWebSocket()
	s.post(sid, "abc").wantStatus(t, 400)
	c.send("1")
	c.wantClose(1000)
	s.recorder(0).wantReason(t, ReasonParseError)
	s.recorder(1).wantReason(t, ReasonTransportClose)
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{
		`level=DEBUG msg="engineio: session closed" session=1 transport=polling reason="parse error" cause="parse error: unknown packet type"`,
		`level=DEBUG msg="engineio: session closed" session=2 transport=websocket reason="transport close"`,
	} {
		if strings.Count(log.String(), want) != 1 {
			t.Errorf("no %s in\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), sid) || strings.Contains(log.String(), opened.SID) {
		t.Errorf("a secret in\n%s", log.String())
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	io.Writer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Writer.Write(p)
}

func TestReasonsHaveSendableCodes(t *testing.T) {
	for _, r := range []Reason{ReasonTransportClose, ReasonTransportError, ReasonPingTimeout, ReasonParseError,
		ReasonInvalidUTF8, ReasonPayloadTooLarge, ReasonSlowConsumer, ReasonForcedClose, ReasonServerShutdown,
		reasonUpgradeRefused, reasonUpgradeTimeout, {Name: "of another package"}} {
		frame := closeFrame(r)
		if err := checkCloseBody(frame.wire[2:]); err != nil {
			t.Errorf("%v: %v", r, err)
		}
		if got := string(frame.wire[4:]); got != r.String() {
			t.Errorf("%v says %q", r, got)
		}
	}
}
