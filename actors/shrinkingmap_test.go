package actors

import (
	"runtime"
	"testing"
)

// TestShrinkingMap wants what is left of many entries to be all there, and to take
// what so few take.
func TestShrinkingMap(t *testing.T) {
	const most = 100_000
	var m shrinkingMap[int, int]
	before := liveBytes()
	for i := range most {
		m.put(i, -i)
	}
	full := liveBytes() - before
	for i := range most {
		if i%1000 != 0 {
			m.remove(i)
		}
	}
	m.remove(1) // is not there
	if left := liveBytes() - before; left > full/100 {
		t.Errorf("%d entries take %d bytes, %d took %d", len(m.entries), left, most, full)
	}
	if len(m.entries) != most/1000 {
		t.Errorf("%d entries are left", len(m.entries))
	}
	for i := range m.entries {
		if i%1000 != 0 || m.entries[i] != -i {
			t.Errorf("%d is %d", i, m.entries[i])
		}
	}
	for i := range most {
		m.remove(i)
	}
	if m.entries != nil {
		t.Error("an empty one keeps a map")
	}
	m.put(1, 2)
	if m.entries[1] != 2 || m.most != 1 {
		t.Errorf("one entry: %+v", m)
	}
}

// TestShrinkingMapCopies wants few copies: one that comes and goes at any size must not
// have the others copied each time.
func TestShrinkingMapCopies(t *testing.T) {
	for size := range 100 {
		var m shrinkingMap[int, int]
		for i := range size {
			m.put(i, i)
		}
		allocs := testing.AllocsPerRun(100, func() {
			m.put(-1, 0)
			m.remove(-1)
		})
		if size > 0 && allocs >= 1 {
			t.Errorf("with %d others: %v allocations", size, allocs)
		}
	}
}

func liveBytes() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}
