package engineio

import (
	"strconv"
	"testing"
)

// TestSessionsOfAFlood wants the sessions that stay found, and no room kept for
// those that have gone.
func TestSessionsOfAFlood(t *testing.T) {
	s := NewServer(Config{}, nil)
	const flood = 1000
	for i := range flood {
		s.add(&Session{sid: strconv.Itoa(i)}, false)
	}
	for i := range flood {
		if i%100 != 0 {
			s.forget(&Session{sid: strconv.Itoa(i)})
		}
	}
	if len(s.sessions) != flood/100 || s.sessionsMost > flood/4 {
		t.Errorf("%d sessions are left, with room for %d", len(s.sessions), s.sessionsMost)
	}
	for i := range flood {
		if got := s.sessions[strconv.Itoa(i)]; (got != nil) != (i%100 == 0) {
			t.Errorf("session %d: %v", i, got)
		}
	}
}
