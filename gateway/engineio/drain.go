package engineio

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// A DrainPace is how fast a server that ends closes its sessions, so that their
// clients don't all come to the next one at the same moment. Its zero value is
// all at once.
type DrainPace struct {
	PerSecond int           // sessions; not positive: no matter how many
	TimeMax   time.Duration // for all of them; not positive: none
}

// duration is how long the closing of so many sessions takes.
func (p DrainPace) duration(sessions int) time.Duration {
	if p.PerSecond <= 0 {
		return max(0, p.TimeMax)
	}
	atRate := time.Duration(float64(sessions) / float64(p.PerSecond) * float64(time.Second))
	return min(atRate, max(0, p.TimeMax))
}

// Drain refuses new sessions from now on and closes all there are in an orderly
// way, in random order: each at a random moment of its own equal part of the
// time that they take together. When the context ends it closes the rest at once.
// It returns when all have been told to close, and how many these were. Close
// follows, and waits for them.
func (s *Server) Drain(ctx context.Context, reason Reason, pace DrainPace) (left int) {
	sessions := s.refuseNew()
	rand.Shuffle(len(sessions), func(i, j int) { sessions[i], sessions[j] = sessions[j], sessions[i] })
	part := pace.duration(len(sessions)) / time.Duration(max(1, len(sessions)))
	begin := time.Now()
	for i, session := range sessions {
		at := begin.Add(time.Duration(i)*part + jitter(part))
		if left == 0 && !waitUntil(ctx, at) {
			left = len(sessions) - i
		}
		session.shut(reason)
	}
	return left
}

// refuseNew makes the server one that takes no new sessions, and returns those
// there are.
func (s *Server) refuseNew() []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	return slices.Collect(maps.Values(s.sessions))
}

// isDraining reports whether new sessions are refused.
func (s *Server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// jitter is a random part of d.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d)
}

// waitUntil waits, unless it is late already. It reports false if the context
// ended before.
func waitUntil(ctx context.Context, at time.Time) bool {
	wait := time.Until(at)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// shut closes the session because the server ends. One that is closing already
// gets no more time for it than the others.
func (s *Session) shut(reason Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if due := time.Now().Add(shutdownTimeout); s.state == stateClosing && due.Before(s.due) {
		s.schedule(due)
	}
	s.close(reason, shutdownTimeout)
}
