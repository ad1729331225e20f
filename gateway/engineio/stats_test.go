package engineio

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
)

func (s *testServer) wantStats(what string, want Stats) {
	s.t.Helper()
	defer func() {
		if got := s.Stats(); !got.equal(want) {
			s.t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}()
	eventually(s.t, what, func() bool { return s.Stats().equal(want) })
}

func (s Stats) equal(other Stats) bool { return fmt.Sprint(s) == fmt.Sprint(other) }

func TestStats(t *testing.T) {
	s := newTCPServer(t, quietConfig()) // sends back what it receives
	want := Stats{}
	s.wantStats("nothing yet", want)

	sid := s.openPolling()
	want.Opened, want.OpenedPolling, want.Sessions, want.PollingSessions = 1, 1, 1, 1
	s.wantStats("a polling session", want)
	s.post(sid, "4äb\x1ebAAEC").want(t, 200, "ok") // three bytes each
	s.get(sid).want(t, 200, "4äb\x1ebAAEC")
	want.PacketsIn, want.BytesIn, want.PacketsOut, want.BytesOut = 2, 6, 2, 6
	s.wantStats("its messages", want)

	w, _ := s.openWebSocket()
	want.Opened, want.Sessions = 2, 2
	s.wantStats("a WebSocket", want)
	w.send("4hello")
	w.want("4hello")
	want.PacketsIn, want.BytesIn, want.PacketsOut, want.BytesOut = 3, 11, 3, 11
	s.wantStats("its message", want)

	probe := s.openProbe(sid)
	probe.send("2probe")
	probe.want("3probe")
	s.wantStats("a probe isn't counted", want)
	probe.send("5")
	want.PollingSessions, want.Upgraded = 0, 1
	s.wantStats("an upgrade", want)
	s.session(sid).Send(NewFrame(Message{Data: []byte("one")}, Message{Data: []byte("more"), Binary: true}))
	want.PacketsOut, want.BytesOut = 5, 18
	s.wantStats("a frame of two messages", want)

	w.send("1")
	want.Sessions, want.Closed, want.ClosedFor = 1, 1, map[string]uint64{"transport close": 1}
	s.wantStats("what has ended stays counted", want)

	polling := s.openPolling()
	want.Opened, want.OpenedPolling, want.Sessions, want.PollingSessions = 3, 2, 2, 1
	s.wantStats("another polling session", want)
	s.post(polling, "4x\x1e1").want(t, 200, "ok") // and its grace
	want.Sessions, want.PollingSessions, want.Closed, want.ClosedFor = 1, 0, 2, map[string]uint64{"transport close": 2}
	want.PacketsIn, want.BytesIn, want.PacketsOut, want.BytesOut = 4, 12, 6, 19
	want.Dropped.Unsent = 1 // nobody came for the echo
	s.wantStats("it has ended by a close packet", want)

	late := s.get(polling)
	if late.status == 200 { // within the grace
		late.want(t, 200, "6")
		late = s.get(polling)
	}
	late.want(t, 400, bodyUnknownSession)
	s.do("GET", "EIO=3&transport=polling", "").wantStatus(t, 400)
	want.RefusedRequests = map[string]uint64{"session id unknown": 1, "unsupported protocol version": 1}
	s.wantStats("refusals", want)
}

func TestStatsOfHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryServer(t, testConfig())
		w, _ := s.openWebSocket()
		for range 3 {
			w.want("2")
			w.send("3")
		}
		synctest.Wait()
		if got := s.Stats(); got.PacketsOut != 3 || got.PacketsIn != 3 || got.BytesIn+got.BytesOut != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

// Whatever comes and goes meanwhile, nothing is counted twice or lost, and no
// sum goes down.
func TestStatsNeverGoDown(t *testing.T) {
	const clients, rounds, messages = 4, 10, 5
	s := newTCPServer(t, quietConfig())
	done := make(chan struct{})
	var watching, working sync.WaitGroup
	watching.Go(func() {
		for last := (Stats{}); ; {
			now := s.Stats()
			if now.Opened < last.Opened || now.Closed < last.Closed || now.PacketsIn < last.PacketsIn ||
				now.PacketsOut < last.PacketsOut || now.BytesIn < last.BytesIn || now.BytesOut < last.BytesOut ||
				uint64(now.Sessions) != now.Opened-now.Closed || now.PollingSessions > now.Sessions {
				t.Errorf("%+v after %+v", now, last)
			}
			last = now
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for range clients {
		working.Go(func() {
			for range rounds {
				sid := s.openPolling()
				for i := range messages {
					s.post(sid, fmt.Sprint("4", i))
					s.get(sid)
				}
				s.post(sid, "1")
			}
		})
	}
	working.Wait()
	close(done)
	watching.Wait()
	const all = clients * rounds
	want := Stats{Opened: all, OpenedPolling: all, Closed: all, ClosedFor: map[string]uint64{"transport close": all}, PacketsIn: all * messages, PacketsOut: all * messages, BytesIn: all * messages, BytesOut: all * messages}
	if got := s.Stats(); !got.equal(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What nobody gets is counted, by why.
func TestStatsOfDrops(t *testing.T) {
	inBubble(t, "", func(t *testing.T, d *direct) {
		sid := d.open()
		session := d.session(sid)
		session.SendVolatile(textFrame("no poll")) // dropped
		session.Send(textFrame("a"))
		session.Send(textFrame("bc"))
		session.SendVolatile(textFrame("others wait")) // dropped
		if got, want := d.Waiting(), (Waiting{Sessions: 1, Frames: 2, Bytes: 9, BytesMax: 9}); got != want {
			t.Errorf("%+v waits, want %+v", got, want)
		}
		session.abandon(ReasonForcedClose, nil)
		session.Send(textFrame("too late"))
		session.SendVolatile(textFrame("too late"))
		want := Drops{Volatile: 2, Closed: 2, Unsent: 2}
		if got := d.Stats().Dropped; got != want {
			t.Errorf("%+v dropped, want %+v", got, want)
		}
		if got := d.Waiting(); got != (Waiting{}) {
			t.Errorf("%+v waits", got)
		}
	})
}

// BenchmarkStats is what one look at the figures costs with 100,000 sessions.
func BenchmarkStats(b *testing.B) {
	const sessions = 100_000
	s := NewServer(quietConfig(), nil)
	for range sessions {
		s.add(&Session{sid: newSID()}, false)
	}
	for b.Loop() {
		if s.Stats().Sessions != sessions {
			b.Fatal("lost some")
		}
	}
}
