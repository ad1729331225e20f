package persistencetest

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"roomd/persistence"
)

var seeds = flag.Int("seeds", 20, "random runs of each test that makes them")

// commitsPerRun is the length of a random run.
const commitsPerRun = 120

// EachSeed runs a test once a seed, as a subtest that the seed names.
func EachSeed(t *testing.T, test func(t *testing.T, rng *rand.Rand)) {
	for seed := range *seeds {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			test(t, rand.New(rand.NewPCG(uint64(seed), 0)))
		})
	}
}

// testRandom makes random commits, some of them bad, and compares the store with the model after each few, and
// after closing and opening it where that is possible.
func testRandom(t *testing.T, stores Stores) {
	EachSeed(t, func(t *testing.T, rng *rand.Rand) {
		s, m := stores.Open(t), NewModel()
		defer func() { _ = s.Close() }()
		refused := 0
		for range commitsPerRun {
			if err := m.Step(t, s, rng); err != nil {
				refused++
			}
			if rng.IntN(10) == 0 {
				m.Compare(t, s, rng)
			}
			if stores.Reopen != nil && rng.IntN(20) == 0 {
				s = stores.Reopen(t, s)
				m.Compare(t, s, rng)
			}
		}
		m.Compare(t, s, rng)
		if refused == 0 || refused > commitsPerRun*2/3 {
			t.Errorf("%d of %d commits were refused: the test tests little", refused, commitsPerRun)
		}
	})
}

// Step makes one random commit with both, and fails the test if they don't agree on its outcome, which it returns.
func (m *Model) Step(t testing.TB, s persistence.Store, rng *rand.Rand) error {
	t.Helper()
	changes := m.RandomChanges(rng)
	want := m.Commit(changes)
	if got := s.Commit(changes...); !errors.Is(got, want) {
		t.Fatalf("Commit: %v, want %v", got, want)
	}
	return want
}

// someKeys are the keys of random commits: few, so that they're met again, and awkward.
var someKeys = []string{"a", "aa", "a\x01", "a\xff", "b", "\xff", strings.Repeat("x", persistence.KeyBytesMax)}

// randomPrefix is what some key of random commits, or none, begins with.
func randomPrefix(rng *rand.Rand) string {
	key := someKeys[rng.IntN(len(someKeys))] + "a"
	return key[:rng.IntN(len(key)+1)]
}

// RandomChanges returns the changes of one commit: mostly good ones, some with a mistake that the model names.
func (m *Model) RandomChanges(rng *rand.Rand) []persistence.Change {
	changes := make([]persistence.Change, rng.IntN(4))
	next := NewModel() // as the changes so far leave it, so that most go on well
	next.keys = maps.Clone(m.keys)
	for i := range changes {
		changes[i] = next.randomChange(rng)
		_ = next.Commit(changes[i : i+1]) // a mistake is one for the store, too
	}
	return changes
}

func (m *Model) randomChange(rng *rand.Rand) persistence.Change {
	key := someKeys[rng.IntN(len(someKeys))]
	r := m.keys[key]
	c := persistence.Change{Key: key, Owner: r.stored.Owner}
	switch rng.IntN(20) {
	case 0:
		c.Owner++
	case 1:
		c.Owner = rng.Uint64N(c.Owner + 1)
	case 2:
		c.Delete = true
		return c
	case 3:
		c.Key = []string{"", "a\x00"}[rng.IntN(2)]
	}
	first := r.stored.SnapshotNumber + uint64(len(r.stored.Records)) + 1
	if rng.IntN(40) == 0 {
		first += rng.Uint64N(3) - 1 // wraps round to one less, too
	}
	for i := range rng.Uint64N(5) {
		c.Records = append(c.Records, persistence.Record{Number: first + i, Data: randomData(rng)})
	}
	if rng.IntN(6) == 0 {
		c.Snapshot = append([]byte{}, randomData(rng)...)
		c.SnapshotNumber = r.stored.SnapshotNumber + rng.Uint64N(first-min(first, r.stored.SnapshotNumber)+4)
		if rng.IntN(20) == 0 {
			c.SnapshotNumber = rng.Uint64N(first + 1)
		}
	}
	for range rng.IntN(8) {
		c.Messages = append(c.Messages, persistence.Message{Seq: 1 + r.newest/2 + rng.Uint64N(r.newest/2+9), Data: randomData(rng)})
	}
	switch rng.IntN(12) {
	case 0:
		c.TrimMessagesBefore = rng.Uint64N(r.newest + 10)
	case 1:
		c.TrimMessagesBefore = math.MaxUint64
	}
	if rng.IntN(3) == 0 {
		c.Summary = append([]byte{}, randomData(rng)...)
	}
	return c
}

// randomData is mostly short, sometimes longer than a page.
func randomData(rng *rand.Rand) []byte {
	size := rng.IntN(60)
	if rng.IntN(30) == 0 {
		size = rng.IntN(10_000)
	}
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	return data
}
