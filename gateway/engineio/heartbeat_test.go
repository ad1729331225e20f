package engineio

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// These tests call the handler directly, in a bubble with a clock of its own,
// so that a nanosecond makes the difference.

type direct struct {
	*testServer
	t *testing.T
}

func newDirect(t *testing.T, config Config) *direct {
	s := newServerOf(t, config)
	t.Cleanup(func() {
		for _, r := range s.recorders {
			r.session.abandon(ReasonForcedClose, nil)
		}
		s.Close(ReasonServerShutdown)
	})
	return &direct{s, t}
}

func (d *direct) serve(method, query, body string) reply {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest(method, "/?"+query, strings.NewReader(body)))
	return reply{status: w.Code, header: w.Header(), body: w.Body.String()}
}

func (d *direct) open() string {
	return readOpen(d.t, d.serve("GET", "EIO=4&transport=polling", "").body).SID
}

func (d *direct) get(sid string) reply { return d.serve("GET", pollingOf(sid), "") }

func (d *direct) post(sid, body string) reply { return d.serve("POST", pollingOf(sid), body) }

func (d *direct) goGet(sid string) <-chan reply {
	replies := make(chan reply, 1)
	go func() { replies <- d.get(sid) }()
	return replies
}

// wantPending lets everything run, and finds the poll still waiting.
func wantPending(t *testing.T, replies <-chan reply) {
	t.Helper()
	synctest.Wait()
	select {
	case got := <-replies:
		t.Fatalf("%v after the poll began it got %d %q", time.Now(), got.status, got.body)
	default:
	}
}

// wantNow lets everything run, and finds the poll answered.
func wantNow(t *testing.T, replies <-chan reply, status int, body string) {
	t.Helper()
	synctest.Wait()
	select {
	case got := <-replies:
		got.want(t, status, body)
	default:
		t.Fatalf("the poll is still waiting, want %d %q", status, body)
	}
}

const (
	interval = 300 * time.Millisecond
	timeout  = 200 * time.Millisecond
)

func inBubble(t *testing.T, name string, run func(*testing.T, *direct)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { run(t, newDirect(t, testConfig())) })
	})
}

func TestPingIsDueOneIntervalAfterTheOpen(t *testing.T) {
	inBubble(t, "waiting poll", func(t *testing.T, d *direct) {
		get := d.goGet(d.open())
		time.Sleep(interval - time.Nanosecond)
		wantPending(t, get)
		time.Sleep(time.Nanosecond)
		wantNow(t, get, 200, "2")
	})
	inBubble(t, "late poll", func(t *testing.T, d *direct) {
		sid := d.open()
		time.Sleep(interval + timeout - time.Nanosecond)
		d.get(sid).want(t, 200, "2")
	})
}

func TestPingIsDueOneIntervalAfterThePong(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		sid := d.open()
		d.get(sid).want(t, 200, "2")
		time.Sleep(70 * time.Millisecond)
		d.post(sid, "3").want(t, 200, "ok")
		get := d.goGet(sid)
		time.Sleep(interval - time.Nanosecond)
		wantPending(t, get)
		time.Sleep(time.Nanosecond)
		wantNow(t, get, 200, "2")
	})
}

func TestDeadline(t *testing.T) {
	for name, request := range map[string]func(*direct, string) reply{
		"GET":  func(d *direct, sid string) reply { return d.get(sid) },
		"POST": func(d *direct, sid string) reply { return d.post(sid, "3") },
	} {
		inBubble(t, name+" in time", func(t *testing.T, d *direct) {
			sid := d.open()
			time.Sleep(interval + timeout - time.Nanosecond)
			request(d, sid).wantStatus(t, 200)
		})
		inBubble(t, name+" too late", func(t *testing.T, d *direct) {
			sid := d.open()
			time.Sleep(interval + timeout)
			request(d, sid).want(t, 400, bodyUnknownSession)
			d.recorder(0).wantReason(t, ReasonPingTimeout)
		})
		inBubble(t, name+" too late, and the timer even later", func(t *testing.T, d *direct) {
			sid := d.open()
			stopAlarm(d.session(sid))
			time.Sleep(interval + timeout)
			request(d, sid).want(t, 400, bodyUnknownSession)
			d.recorder(0).wantReason(t, ReasonPingTimeout)
		})
	}
}

// stopAlarm has a session not be called, as on a machine that stalls, and reports
// whether it would have been.
func stopAlarm(s *Session) bool { return s.server.alarms.stop(s) }

// The deadline counts from when the ping was due, not from when a client that
// rarely polls got it, nor from when a late timer queued it for one.
func TestDeadlineCountsFromWhenThePingWasDue(t *testing.T) {
	inBubble(t, "late poll", func(t *testing.T, d *direct) {
		sid := d.open()
		time.Sleep(interval + 150*time.Millisecond)
		d.get(sid).want(t, 200, "2")
		time.Sleep(50 * time.Millisecond)
		d.post(sid, "3").want(t, 400, bodyUnknownSession)
	})
	inBubble(t, "late timer", func(t *testing.T, d *direct) {
		sid := d.open()
		session := d.session(sid)
		stopAlarm(session)
		time.Sleep(interval + 150*time.Millisecond)
		session.tick()
		d.get(sid).want(t, 200, "2")
		time.Sleep(50*time.Millisecond - time.Nanosecond)
		synctest.Wait()
		if n := d.SessionCount(); n != 1 {
			t.Errorf("%d sessions before the deadline", n)
		}
		time.Sleep(time.Nanosecond)
		d.post(sid, "3").want(t, 400, bodyUnknownSession)
	})
}

// A client that was there for the ping doesn't pay for a machine that stalled:
// it has the whole timeout to answer.
func TestLateTimerCostsNoListeningClient(t *testing.T) {
	late := interval + timeout + time.Second
	for name, answer := range map[string]struct {
		after time.Duration
		want  int
	}{"in time": {timeout - 1, 200}, "too late": {timeout, 400}} {
		inBubble(t, "waiting poll, pong "+name, func(t *testing.T, d *direct) {
			sid := d.open()
			session := d.session(sid)
			stopAlarm(session)
			get := d.goGet(sid)
			time.Sleep(late)
			d.post(sid, "3").want(t, 200, "ok") // nobody asked, and nobody minds
			session.tick()
			wantNow(t, get, 200, "2")
			time.Sleep(answer.after)
			d.post(sid, "3").wantStatus(t, answer.want)
		})
	}
	t.Run("WebSocket", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newMemoryServer(t, testConfig())
			socket, opened := s.openWebSocket()
			session := s.session(opened.SID)
			stopAlarm(session)
			time.Sleep(late)
			session.tick()
			socket.want("2")
			time.Sleep(timeout - 1)
			socket.send("3")
			socket.want("2")
		})
	})
}

// A client that is held back can't answer the ping that it has got: its pong
// waits behind the message. The deadline begins anew when that is received.
func TestHeldBackClientIsNotTimedOut(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		lives bool
	}{"pong in time": {timeout - 1, true}, "pong too late": {timeout, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newMemoryServer(t, testConfig())
				socket, opened := s.openWebSocket()
				s.recorder(0).receive = func(Message) { time.Sleep(3 * (interval + timeout)) }
				socket.send("4hello")
				socket.want("2")
				synctest.Wait()
				time.Sleep(3*(interval+timeout) - interval)
				if s.session(opened.SID) == nil {
					t.Fatal("closed while it was held back")
				}
				time.Sleep(c.after)
				socket.want("4hello")
				if c.lives {
					socket.send("3")
					socket.want("2")
				} else {
					s.recorder(0).wantReason(t, ReasonPingTimeout)
					socket.wantClose(ReasonPingTimeout.CloseCode)
				}
			})
		})
	}
}

func TestPendingPollIsToldOfThePingTimeout(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		sid := d.open()
		d.get(sid).want(t, 200, "2")
		get := d.goGet(sid)
		time.Sleep(timeout - time.Nanosecond)
		wantPending(t, get)
		time.Sleep(time.Nanosecond)
		wantNow(t, get, 200, "1")
		d.recorder(0).wantReason(t, ReasonPingTimeout)
	})
}

func TestOtherPacketsDontCount(t *testing.T) {
	inBubble(t, "messages", func(t *testing.T, d *direct) {
		sid := d.open()
		for range 4 {
			time.Sleep(100 * time.Millisecond)
			d.post(sid, "4x\x1e6").want(t, 200, "ok")
		}
		time.Sleep(100 * time.Millisecond)
		d.post(sid, "4x").want(t, 400, bodyUnknownSession)
	})
	inBubble(t, "pongs that weren't asked for", func(t *testing.T, d *direct) {
		sid := d.open()
		time.Sleep(interval - time.Nanosecond)
		d.post(sid, "3").want(t, 200, "ok")
		get := d.goGet(sid)
		time.Sleep(time.Nanosecond)
		wantNow(t, get, 200, "2")
		time.Sleep(timeout - time.Nanosecond)
		d.post(sid, "3\x1e3\x1e3").want(t, 200, "ok") // one was
		time.Sleep(interval + timeout - time.Nanosecond)
		synctest.Wait()
		if n := d.SessionCount(); n != 1 {
			t.Errorf("%d sessions before the deadline", n)
		}
		time.Sleep(time.Nanosecond)
		d.get(sid).want(t, 400, bodyUnknownSession)
	})
}

// On a WebSocket a pong is late by a nanosecond, too.
func TestWebSocketPongAtTheDeadline(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		lives bool
	}{{"in time", timeout - 1, true}, {"too late", timeout, false}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newMemoryServer(t, testConfig())
				socket, opened := s.openWebSocket()
				socket.want("2")
				time.Sleep(c.after)
				if !c.lives {
					s.recorder(0).wantReason(t, ReasonPingTimeout)
					socket.wantClose(ReasonPingTimeout.CloseCode)
					return
				}
				socket.send("3")
				socket.want("2")
				if s.session(opened.SID) == nil {
					t.Error("the session is gone")
				}
			})
		})
	}
}

// The pong itself is judged by the clock, not by the timer.
func TestWebSocketPongAfterTheDeadlineWithALateTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryServer(t, testConfig())
		socket, opened := s.openWebSocket()
		socket.want("2")
		stopAlarm(s.session(opened.SID))
		time.Sleep(timeout)
		begin := time.Now()
		socket.send("3")
		socket.wantClose(ReasonPingTimeout.CloseCode)
		if took := time.Since(begin); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

func TestClientPingIsAgainstTheProtocol(t *testing.T) {
	inBubble(t, "polling", func(t *testing.T, d *direct) {
		sid := d.open()
		d.post(sid, "2").want(t, 400, bodyBadRequest)
		d.get(sid).want(t, 400, bodyUnknownSession)
		d.recorder(0).wantReason(t, ReasonParseError)
	})
	t.Run("websocket", func(t *testing.T) {
		s := newTCPServer(t, quietConfig())
		c, _ := s.openWebSocket()
		c.send("2")
		c.wantClose(ReasonParseError.CloseCode)
		s.recorder(0).wantReason(t, ReasonParseError)
	})
}

// Sessions nobody comes back for are gone after an interval and a timeout, and
// leave nothing behind.
func TestAbandonedSessionsAreReclaimed(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		const count = 1000
		for i := range count {
			sid := d.open()
			d.session(sid).Send(textFrame(strings.Repeat("x", i)))
		}
		time.Sleep(interval + timeout - time.Nanosecond)
		synctest.Wait()
		if n := d.SessionCount(); n != count {
			t.Errorf("%d sessions before the deadline", n)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if n, known := d.SessionCount(), len(d.sessions); n != 0 || known != 0 {
			t.Errorf("%d sessions, %d sids after it", n, known)
		}
		for i := range count {
			r := d.recorder(i)
			r.wantReason(t, ReasonPingTimeout)
			if len(r.session.outbox.frames) != 0 {
				t.Fatal("its outbox is kept")
			}
		}
	})
}

// A slowReceiver takes its time with pongs.
type slowReceiver struct{ pongs time.Duration }

func (slowReceiver) Receive(Message) {}
func (slowReceiver) Closed(Reason)   {}
func (r slowReceiver) Ponged()       { time.Sleep(r.pongs) }

// TestPongIsHeardBeforeTheNextPing: however long the receiver takes to hear of a
// pong, no ping goes out meanwhile, and no deadline passes.
func TestPongIsHeardBeforeTheNextPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const takes = interval + timeout + time.Millisecond
		server := NewServer(testConfig(), func(*Session) Receiver { return slowReceiver{takes} })
		defer server.Close(ReasonServerShutdown)
		d := &direct{&testServer{Server: server, t: t}, t}
		sid := d.open()
		d.get(sid).want(t, 200, "2")
		go d.post(sid, "3")
		replies := d.goGet(sid)
		time.Sleep(takes + interval - 1)
		wantPending(t, replies)
		time.Sleep(time.Nanosecond)
		wantNow(t, replies, 200, "2")
	})
}
