package bench

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestScheduleDue(t *testing.T) {
	tests := []struct {
		rate     float64
		duration time.Duration
		count    int
		last     time.Duration // after begin
	}{
		{10, 10 * time.Second, 100, 9900 * time.Millisecond},
		{1, time.Second, 1, 0},
		{0.5, 10 * time.Second, 5, 8 * time.Second},
		{3, time.Hour, 10800, time.Hour - time.Second/3}, // no error adds up
		{0.1, time.Second, 0, 0},
		{100, 0, 0, 0},
		{1.1, 10 * time.Second, 11, 9090909090},
	}
	for _, test := range tests {
		s := schedule{begin: time.Minute, rate: test.rate, duration: test.duration}
		if got := s.count(); got != test.count {
			t.Errorf("%v/s for %v: %d messages, want %d", test.rate, test.duration, got, test.count)
			continue
		}
		if test.count == 0 {
			continue
		}
		if got := s.due(0); got != time.Minute {
			t.Errorf("%v/s: first due at %v, want at the begin", test.rate, got)
		}
		got := s.due(test.count-1) - time.Minute
		if diff := got - test.last; diff < -time.Microsecond || diff > time.Microsecond {
			t.Errorf("%v/s for %v: last due after %v, want %v", test.rate, test.duration, got, test.last)
		}
	}
}

func TestScheduleRunsOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		s := schedule{begin: c.now(), rate: 4, duration: 2 * time.Second}
		calls := 0
		err := s.run(t.Context(), c, func(index int, due time.Duration) {
			if index != calls || due != s.due(index) || c.now() != due {
				t.Errorf("call %d: index %d due %v at %v", calls, index, due, c.now())
			}
			calls++
		})
		if err != nil || calls != 8 {
			t.Errorf("%d calls, %v; want 8", calls, err)
		}
	})
}

// A send that hangs must not push the later messages' due times: that would
// leave out the very latencies that are of interest.
func TestScheduleDoesNotOmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		s := schedule{begin: c.now(), rate: 10, duration: 2 * time.Second}
		var lags []time.Duration
		err := s.run(t.Context(), c, func(index int, due time.Duration) {
			lags = append(lags, c.now()-due)
			if index == 5 {
				time.Sleep(time.Second)
			}
		})
		if err != nil || len(lags) != 20 {
			t.Fatalf("%d calls, %v; want 20", len(lags), err)
		}
		for index, lag := range lags {
			want := time.Duration(0)
			if index > 5 && index < 15 {
				want = time.Duration(15-index) * 100 * time.Millisecond
			}
			if lag != want {
				t.Errorf("message %d: %v late, want %v", index, lag, want)
			}
		}
		if c.now() != s.due(19) {
			t.Errorf("ended at %v, want to have caught up", c.now())
		}
	})
}

func TestScheduleStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, late := range map[string]bool{"waiting": false, "behind": true} {
			ctx, cancel := context.WithCancel(t.Context())
			c := newClock()
			s := schedule{begin: c.now(), rate: 1, duration: time.Hour}
			calls := 0
			err := s.run(ctx, c, func(int, time.Duration) {
				if late {
					time.Sleep(time.Minute)
				}
				if calls++; calls == 3 {
					cancel()
				}
			})
			if !errors.Is(err, context.Canceled) || calls != 3 {
				t.Errorf("%s: %d calls, %v; want to end at the third", name, calls, err)
			}
		}
	})
}

func TestAwaitCount(t *testing.T) {
	tests := []struct {
		name string
		look func(now time.Duration) (int64, bool)
		want time.Duration
	}{
		{"done at once", func(time.Duration) (int64, bool) { return 0, true }, 0},
		{"done later", func(now time.Duration) (int64, bool) { return int64(now), now >= 30*time.Second }, 30 * time.Second},
		{"stands still", func(now time.Duration) (int64, bool) { return min(int64(now), int64(3*time.Second)), false }, 8 * time.Second},
		{"never ends", func(now time.Duration) (int64, bool) { return int64(now), false }, time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClock()
				err := awaitCount(t.Context(), c, 5*time.Second, time.Minute, func() (int64, bool) { return test.look(c.now()) })
				if err != nil || c.now() != test.want {
					t.Errorf("ended after %v, %v; want %v", c.now(), err, test.want)
				}
			})
		})
	}
}
