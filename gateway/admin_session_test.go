package gateway

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestRepeatedStops: stop waits for a call that is under way, and there is none
// after it.
func TestRepeatedStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, began := 0, time.Now()
		r := newRepeated(time.Second, func() {
			calls++
			time.Sleep(3 * time.Second) // longer than the interval
		})
		time.Sleep(6 * time.Second) // in the second call, from 5 s to 8 s
		r.stop()
		if took := time.Since(began); calls != 2 || took != 8*time.Second {
			t.Errorf("%d calls, stopped after %s", calls, took)
		}
		time.Sleep(time.Minute)
		if calls != 2 {
			t.Errorf("%d calls after the end", calls)
		}
	})
}

// TestRepeatedStopsWhenDue: the timer has fired, but stop was first.
func TestRepeatedStopsWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRepeated(time.Second, func() { t.Error("called after stop") })
		r.turn <- struct{}{}
		go r.stop()
		synctest.Wait() // for stop to be in the queue
		time.Sleep(2 * time.Second)
		r.release()
		synctest.Wait()
	})
}
