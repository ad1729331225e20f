package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestGivingMemoryBack(t *testing.T) {
	const mib = 1 << 20
	looks := []struct {
		name string
		now  memoryUse // in MiB
		want bool
	}{
		{"the first look: how busy it is can't be told", memoryUse{100, 80, 160}, false},
		{"busy", memoryUse{110, 80, 160}, false},
		{"calm", memoryUse{111, 80, 160}, true},
		{"nothing has happened since", memoryUse{112, 80, 160}, false},
		{"next to nothing, and calm", memoryUse{113, 80, 160}, false},
		{"a storm", memoryUse{500, 90, 200}, false},
		{"calm after it", memoryUse{500, 90, 200}, true},
		{"a storm that left little", memoryUse{900, 90, 95}, false},
		{"calm after that", memoryUse{900, 90, 95}, false},
		{"a collection has been since", memoryUse{900, 40, 95}, true},
	}
	var g giving
	for _, l := range looks {
		now := memoryUse{l.now.allocated * mib, l.now.live * mib, l.now.held * mib}
		if got := g.due(now); got != l.want {
			t.Errorf("%s: %v", l.name, got)
		}
	}
}

// A small process is calm up to calmAllocationMin, a large one up to its share.
func TestCalm(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		live, allocated uint64
		want            bool
	}{
		{5 * mib, calmAllocationMin, true}, {5 * mib, calmAllocationMin + 1, false},
		{calmAllocation * 3 * mib, 3 * mib, true}, {calmAllocation * 3 * mib, 3*mib + 1, false},
	} {
		g := giving{last: memoryUse{allocated: 1 << 30, live: tt.live, held: 2 * tt.live}}
		if got := g.due(memoryUse{allocated: 1<<30 + tt.allocated, live: tt.live, held: 2*tt.live + 8*mib}); got != tt.want {
			t.Errorf("%d bytes allocated beside %d: %t", tt.allocated, tt.live, got)
		}
	}
}

// Every memoryInterval, not earlier, and not when it has ended.
func TestGiveMemoryBackForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		var forgotten atomic.Int32
		go giveMemoryBack(ctx, func(time.Time) { forgotten.Add(1) })
		want := func(after time.Duration, n int32) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got := forgotten.Load(); got != n {
				t.Errorf("%d times, want %d", got, n)
			}
		}
		want(memoryInterval-1, 0)
		want(time.Nanosecond, 1)
		want(memoryInterval-1, 1)
		want(time.Nanosecond, 2)
		end()
		want(2*memoryInterval, 2)
	})
}

// The figures are those that collections change.
func TestReadMemoryUse(t *testing.T) {
	before := readMemoryUse()
	garbage := make([]byte, 64<<20)
	with := readMemoryUse()
	runtime.KeepAlive(garbage)
	debug.FreeOSMemory()
	after := readMemoryUse()
	if with.allocated-before.allocated < 64<<20 || with.held < 64<<20 || after.live == 0 {
		t.Errorf("before %+v, with 64 MiB %+v", before, with)
	}
	if with.held-min(after.held, with.held) < 32<<20 {
		t.Errorf("held %d, and %d after it was given back", with.held, after.held)
	}
}
