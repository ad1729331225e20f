package persistence

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestKeySet compares random insertions and removals, enough to split runs and to empty them, with a map.
func TestKeySet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var s keySet
	want := map[string]bool{}
	const keys = 4 * keySetChunkMax
	for _, mostly := range []int{0, 90, 10, 50, 0, 100} { // removals in 100 steps
		for range 3 * keys {
			key := fmt.Sprint(rng.IntN(keys))
			switch removes := rng.IntN(100) < mostly; {
			case removes && want[key]:
				s.remove(key)
				delete(want, key)
			case !removes && !want[key]:
				s.insert(key)
				want[key] = true
			}
		}
		sorted := slices.Sorted(maps.Keys(want))
		for _, from := range []string{"", "0", "5", "777", "9999999", "a"} {
			at, _ := slices.BinarySearch(sorted, from)
			if got := slices.Collect(s.from(from)); !slices.Equal(got, sorted[at:]) {
				t.Fatalf("%d keys from %q, want %d", len(got), from, len(sorted[at:]))
			}
		}
		for _, chunk := range s.chunks {
			if n := len(chunk); n == 0 || n > keySetChunkMax {
				t.Fatalf("a run of %d keys", n)
			}
		}
	}
	for key := range want {
		s.remove(key)
	}
	if len(s.chunks) != 0 {
		t.Errorf("%d runs of no keys", len(s.chunks))
	}
}
