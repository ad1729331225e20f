package actors

import (
	"testing"
	"time"
)

func TestFanOutPace(t *testing.T) {
	const µs, ms = time.Microsecond, time.Millisecond
	over := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct{ took, wait time.Duration }{
		{0, 0},
		{444 * µs, 0}, // what would be less than gatherTimeMin
		{445 * µs, 1001250},
		{8 * ms, 18 * ms},
		{22 * ms, 49500 * µs},
		{50 * ms * 4 / 9, 50*ms - 1},
		{50*ms*4/9 + 1, 50 * ms}, // gatherTimeMax
		{time.Minute, 50 * ms},
	} {
		var p fanOutPace
		p.note(over.Add(-time.Hour), over) // only the last one counts
		p.note(over.Add(-test.took), over)
		if got := p.due().Sub(over); got != test.wait {
			t.Errorf("after one that took %v: waits %v, want %v", test.took, got, test.wait)
		}
	}
	if due := new(fanOutPace).due(); !due.IsZero() {
		t.Errorf("the first one is due at %v", due)
	}
}
