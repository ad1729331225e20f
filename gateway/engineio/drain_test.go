package engineio

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestDrainPace(t *testing.T) {
	for _, c := range []struct {
		pace     DrainPace
		sessions int
		want     time.Duration
	}{
		{DrainPace{}, 100, 0},
		{DrainPace{PerSecond: 10}, 100, 0}, // no time
		{DrainPace{TimeMax: time.Second}, 100, time.Second},
		{DrainPace{TimeMax: -1}, 100, 0},
		{DrainPace{10, time.Minute}, 0, 0},
		{DrainPace{10, time.Minute}, 100, 10 * time.Second},
		{DrainPace{10, 10 * time.Second}, 100, 10 * time.Second},
		{DrainPace{10, 10 * time.Second}, 101, 10 * time.Second},
		{DrainPace{1, time.Hour}, 1, time.Second},
	} {
		if got := c.pace.duration(c.sessions); got != c.want {
			t.Errorf("%+v: %d sessions take %v, want %v", c.pace, c.sessions, got, c.want)
		}
	}
}

// endings notes when sessions with a poll are told to close.
type endings struct {
	wait  sync.WaitGroup
	mu    sync.Mutex
	times []time.Duration // guarded by mu: since begin
}

// openPolled opens sessions that each have a poll, and lets them wait.
func (d *direct) openPolled(n int) *endings {
	e := &endings{}
	begin := time.Now()
	for range n {
		get := d.goGet(d.open())
		e.wait.Go(func() {
			got := <-get
			e.mu.Lock()
			defer e.mu.Unlock()
			e.times = append(e.times, time.Since(begin))
			got.want(d.t, 200, "1")
		})
	}
	synctest.Wait()
	return e
}

// Each session is closed at a moment of its own part of the time, and not at
// the same one of each.
func TestDrainIsPaced(t *testing.T) {
	const n, part = 50, 20 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		d := newDirect(t, quietConfig())
		e := d.openPolled(n)
		if left := d.Drain(t.Context(), ReasonServerShutdown, DrainPace{50, time.Hour}); left != 0 {
			t.Errorf("%d left", left)
		}
		e.wait.Wait()
		slices.Sort(e.times)
		moments := map[time.Duration]bool{}
		for i, at := range e.times {
			if at < time.Duration(i)*part || at >= time.Duration(i+1)*part {
				t.Errorf("session %d was closed at %v, want within [%v, %v)", i, at, time.Duration(i)*part, time.Duration(i+1)*part)
			}
			moments[at%part] = true
		}
		if len(e.times) != n || len(moments) < n/2 {
			t.Errorf("%d sessions, at %d different moments of their parts", len(e.times), len(moments))
		}
	})
}

func TestDrainTakesNoLongerThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDirect(t, quietConfig())
		e := d.openPolled(100)
		begin := time.Now()
		d.Drain(t.Context(), ReasonServerShutdown, DrainPace{1, time.Second})
		if took := time.Since(begin); took < 990*time.Millisecond || took >= time.Second {
			t.Errorf("took %v", took)
		}
		e.wait.Wait()
	})
}

// A drain that is cut short closes the rest at once, and says how many that were.
func TestDrainIsCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDirect(t, quietConfig())
		e := d.openPolled(10)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if left := d.Drain(ctx, ReasonServerShutdown, DrainPace{1, time.Hour}); left != 5 {
			t.Errorf("%d left", left)
		}
		synctest.Wait()
		if n := d.SessionCount(); n != 0 {
			t.Errorf("%d sessions", n)
		}
		e.wait.Wait()
		slices.Sort(e.times)
		if e.times[4] >= 5*time.Second {
			t.Errorf("closed at %v", e.times[4])
		}
		for _, at := range e.times[5:] {
			if at != 5*time.Second {
				t.Errorf("closed at %v", at)
			}
		}
	})
}

// While a server drains, new sessions are refused, and those there are go on.
func TestSessionsWhileDraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryServer(t, quietConfig())
		sids := []string{s.openPolling(), s.openPolling()}
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			s.Drain(t.Context(), ReasonServerShutdown, DrainPace{PerSecond: 1, TimeMax: time.Hour})
		}()
		synctest.Wait()
		refused := s.do("GET", "EIO=4&transport=polling", "")
		refused.want(t, 503, "Server shutting down")
		if after := refused.header.Get("Retry-After"); after != "1" {
			t.Errorf("retry after %q", after)
		}
		s.do("GET", "EIO=4&transport=websocket", "", "Connection", "upgrade", "Upgrade", "websocket").wantStatus(t, 503)
		open := 0
		for _, sid := range sids {
			if got := s.post(sid, "4a"); got.status == 200 {
				open++
			}
		}
		if open != 2 {
			t.Errorf("%d sessions could still say something", open)
		}
		s.Server.mu.Lock()
		if n := len(s.places.byAddress); s.places.all != 2 || n > 1 {
			t.Errorf("%d places taken", s.places.all)
		}
		s.Server.mu.Unlock()
		<-drained
	})
}

// A session that is closing already has no more time for it than the others: an
// orderly close would have five seconds.
func TestCloseHurriesThoseThatClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDirect(t, quietConfig())
		session := d.session(d.open())
		session.Close(ReasonForcedClose)
		begin := time.Now()
		d.Close(ReasonServerShutdown)
		if took := time.Since(begin); took != shutdownTimeout {
			t.Errorf("took %v", took)
		}
		d.recorder(0).wantReason(t, ReasonForcedClose)
	})
	synctest.Test(t, func(t *testing.T) { // but not more than it had
		d := newDirect(t, quietConfig())
		session := d.session(d.open())
		session.Close(ReasonForcedClose)
		time.Sleep(closeTimeout - shutdownTimeout/2)
		begin := time.Now()
		d.Close(ReasonServerShutdown)
		if took := time.Since(begin); took != shutdownTimeout/2 {
			t.Errorf("took %v", took)
		}
	})
}
