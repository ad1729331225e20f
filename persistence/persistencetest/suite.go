// Package persistencetest is the suite that every [persistence.Store] passes: what the interface says, case by
// case, and random commits compared with a dumb [Model].
//
// Its flag -seeds sets how many random runs a test makes. A run is named by its seed, and the seed alone
// reproduces it.
package persistencetest

import (
	"errors"
	"testing"

	"roomd/persistence"
)

// Stores opens the stores under test.
type Stores struct {
	// Open returns a new, empty store. The suite closes it.
	Open func(testing.TB) persistence.Store
	// Reopen closes a store and opens it again. Nil: this kind doesn't outlive closing.
	Reopen func(testing.TB, persistence.Store) persistence.Store
}

// Run runs the whole suite.
func Run(t *testing.T, stores Stores) {
	for _, c := range []struct {
		name string
		test func(*testing.T, persistence.Store)
	}{
		{"RoundTrip", testRoundTrip},
		{"EmptyValues", testEmptyValues},
		{"NotFound", testNotFound},
		{"RecordOrder", testRecordOrder},
		{"Snapshot", testSnapshot},
		{"SnapshotAhead", testSnapshotAhead},
		{"StaleOwner", testStaleOwner},
		{"AllOrNothing", testAllOrNothing},
		{"SameKeyTwice", testSameKeyTwice},
		{"EmptyCommit", testEmptyCommit},
		{"Delete", testDelete},
		{"Invalid", testInvalid},
		{"KeysApart", testKeysApart},
		{"Edit", testEdit},
		{"Paging", testPaging},
		{"PageLimits", testPageLimits},
		{"Trim", testTrim},
		{"TrimKeepsWhatIsToCome", testTrimKeepsWhatIsToCome},
		{"Keys", testKeys},
		{"KeysCallback", testKeysCallback},
		{"KeysPrefix", testKeysPrefix},
		{"KeysPages", testKeysPages},
		{"KeysFrom", testKeysFrom},
		{"Summaries", testSummaries},
		{"SummaryAlone", testSummaryAlone},
		{"SizeLimits", testSizeLimits},
		{"CommitLimits", testCommitLimits},
		{"RecordsKeptLimit", testRecordsKeptLimit},
		{"LargeValues", testLargeValues},
		{"OwnershipOfBytes", testOwnershipOfBytes},
		{"ConcurrentUse", testConcurrentUse},
		{"Closed", testClosed},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t, stores)) })
	}
	t.Run("Generation", func(t *testing.T) { testGeneration(t, stores) })
	t.Run("Random", func(t *testing.T) { testRandom(t, stores) })
}

func open(t testing.TB, stores Stores) persistence.Store {
	s := stores.Open(t)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// commit makes changes that must succeed.
func commit(t testing.TB, s persistence.Store, changes ...persistence.Change) {
	t.Helper()
	if err := s.Commit(changes...); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

// refuse makes changes that must fail with want.
func refuse(t testing.TB, s persistence.Store, want error, changes ...persistence.Change) {
	t.Helper()
	if err := s.Commit(changes...); !errors.Is(err, want) {
		t.Fatalf("Commit: %v, want %v", err, want)
	}
}

// load returns what must be stored of a key.
func load(t testing.TB, s persistence.Store, key string) persistence.Stored {
	t.Helper()
	stored, err := s.Load(key)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return stored
}

// messages returns the page that a query must find.
func messages(t testing.TB, s persistence.Store, key string, q persistence.Query) []persistence.Message {
	t.Helper()
	page, err := s.Messages(key, q)
	if err != nil {
		t.Fatalf("Messages(%+v): %v", q, err)
	}
	return page
}

func seqs(page []persistence.Message) []uint64 {
	s := []uint64{}
	for _, m := range page {
		s = append(s, m.Seq)
	}
	return s
}

func records(first uint64, data ...string) []persistence.Record {
	var rs []persistence.Record
	for i, d := range data {
		rs = append(rs, persistence.Record{Number: first + uint64(i), Data: []byte(d)})
	}
	return rs
}

// messagesUpTo returns messages with the seqs 1 to last.
func messagesUpTo(last int) []persistence.Message {
	var ms []persistence.Message
	for i := range last {
		ms = append(ms, persistence.Message{Seq: uint64(i + 1), Data: []byte{byte(i)}})
	}
	return ms
}
