package engineio

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestAlarms sets alarms at random, earlier and later than they were, and stops
// some: each session is called when it is due, to the nanosecond, and no other.
func TestAlarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		server := NewServer(Config{}, nil)
		sessions := make([]*Session, 50)
		for i := range sessions {
			sessions[i] = &Session{server: server, state: stateOpen, polling: &longPolling{}}
		}
		want := map[*Session]time.Time{}
		for range 2000 {
			s := sessions[random.IntN(len(sessions))]
			_, set := want[s]
			if random.IntN(4) == 0 {
				if got := stopAlarm(s); got != set {
					t.Fatalf("stopped: %v, want %v", got, set)
				}
				delete(want, s)
			} else {
				due := time.Now().Add(time.Duration(1 + random.IntN(int(time.Second))))
				s.mu.Lock()
				s.pinged = false
				s.schedule(due)
				s.mu.Unlock()
				want[s] = due
			}
			time.Sleep(time.Duration(random.IntN(int(50 * time.Millisecond))))
			synctest.Wait()
			checkPinged(t, sessions, want)
		}
		for _, s := range sessions {
			stopAlarm(s)
		}
	})
}

// checkPinged wants those whose time has come to have sent a ping, which sets their
// alarm anew: that is stopped.
func checkPinged(t *testing.T, sessions []*Session, want map[*Session]time.Time) {
	t.Helper()
	for i, s := range sessions {
		due, set := want[s]
		came := set && !due.After(time.Now())
		s.mu.Lock()
		pinged := s.pinged
		s.pinged = false
		s.outbox = outbox{}
		s.mu.Unlock()
		if pinged != came {
			t.Fatalf("session %d: pinged %v, want %v", i, pinged, came)
		}
		if came {
			stopAlarm(s)
			delete(want, s)
		}
	}
}

// TestAlarmsAtOnce has all of many ring that are due at the same time.
func TestAlarmsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := NewServer(Config{}, nil)
		sessions := make([]*Session, 1000)
		for i := range sessions {
			sessions[i] = &Session{server: server, state: stateOpen, polling: &longPolling{}}
			sessions[i].schedule(time.Now().Add(time.Second))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if i := slices.IndexFunc(sessions, func(s *Session) bool { return !s.pinged }); i >= 0 {
			t.Errorf("session %d was not called", i)
		}
		for _, s := range sessions {
			stopAlarm(s)
		}
		if stopAlarm(sessions[0]) || len(server.alarms.queue) != 0 {
			t.Errorf("%d are set still", len(server.alarms.queue))
		}
	})
}
