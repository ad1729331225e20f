package bench

import (
	"context"
	"time"
)

// schedule says when the messages of one window are due: evenly spaced, or so
// many at one time, at a total rate that doesn't depend on how fast they are taken.
type schedule struct {
	begin    time.Duration // on the run's clock
	rate     float64       // messages a second
	duration time.Duration
	burst    int // messages due at one time; 0 is 1
}

// count is how many messages are due.
func (s schedule) count() int {
	return int(s.rate*s.duration.Seconds() + 1e-9)
}

// due is computed from the message's index, not from the one before, so that
// nothing adds up: neither rounding nor lateness.
func (s schedule) due(index int) time.Duration {
	return s.begin + time.Duration(float64(index-index%max(s.burst, 1))/s.rate*float64(time.Second))
}

// run calls send for each message when it is due, or at once when it is due
// already: a send that takes long makes the next ones late, and never fewer.
func (s schedule) run(ctx context.Context, c clock, send func(index int, due time.Duration)) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for index := range s.count() {
		due := s.due(index)
		if wait := due - c.now(); wait > 0 {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-timer.C:
			}
		} else if ctx.Err() != nil {
			return ctx.Err()
		}
		send(index, due)
	}
	return nil
}

// clock counts from the begin of a run; it is monotonic.
type clock struct{ begin time.Time }

func newClock() clock { return clock{begin: time.Now()} }

func (c clock) now() time.Duration { return time.Since(c.begin) }
