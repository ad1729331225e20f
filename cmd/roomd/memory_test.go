package main

import (
	"runtime"
	"runtime/debug"
	"testing"
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
