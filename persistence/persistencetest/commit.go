package persistencetest

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"roomd/persistence"
)

func testRoundTrip(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{
		Key: "r", Owner: 7, Records: records(1, "a", "b", "c"),
		Snapshot: []byte("after 2"), SnapshotNumber: 2,
		Messages: messagesUpTo(2), Summary: []byte("summary"),
	})
	want := persistence.Stored{Owner: 7, Snapshot: []byte("after 2"), SnapshotNumber: 2, Records: records(3, "c")}
	if got := load(t, s, "r"); !reflect.DeepEqual(got, want) {
		t.Errorf("Load: %+v, want %+v", got, want)
	}
	if got := messages(t, s, "r", persistence.Query{}); !reflect.DeepEqual(got, messagesUpTo(2)) {
		t.Errorf("Messages: %+v", got)
	}
	if got := list(t, s); !reflect.DeepEqual(got, map[string]string{"r": "summary"}) {
		t.Errorf("Keys: %v", got)
	}
}

// testEmptyValues: empty isn't absent.
func testEmptyValues(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "r", Records: []persistence.Record{{Number: 1}},
		Messages: []persistence.Message{{Seq: 1}}})
	if got := load(t, s, "r"); got.Snapshot != nil || len(got.Records) != 1 || len(got.Records[0].Data) != 0 {
		t.Errorf("Load: %+v, want no snapshot and one empty record", got)
	}
	if got := messages(t, s, "r", persistence.Query{}); len(got) != 1 || len(got[0].Data) != 0 {
		t.Errorf("Messages: %+v, want one empty one", got)
	}
	commit(t, s, persistence.Change{Key: "r", Snapshot: []byte{}, SnapshotNumber: 1})
	if got := load(t, s, "r"); got.Snapshot == nil || len(got.Snapshot)+len(got.Records) != 0 {
		t.Errorf("Load: %+v, want an empty snapshot and no record", got)
	}
}

func testNotFound(t *testing.T, s persistence.Store) {
	for _, key := range []string{"r", "", strings.Repeat("x", 100_000)} {
		if _, err := s.Load(key); !errors.Is(err, persistence.ErrNotFound) {
			t.Errorf("Load: %v, want ErrNotFound", err)
		}
		if _, err := s.Messages(key, persistence.Query{}); !errors.Is(err, persistence.ErrNotFound) {
			t.Errorf("Messages: %v, want ErrNotFound", err)
		}
	}
}

func testRecordOrder(t *testing.T, s persistence.Store) {
	refuse(t, s, persistence.ErrOutOfOrder, persistence.Change{Key: "r", Records: records(2, "b")})
	refuse(t, s, persistence.ErrOutOfOrder, persistence.Change{Key: "r", Records: records(0, "z")})
	commit(t, s, persistence.Change{Key: "r", Records: records(1, "a", "b")})
	for _, first := range []uint64{0, 1, 2, 4, math.MaxUint64} {
		refuse(t, s, persistence.ErrOutOfOrder, persistence.Change{Key: "r", Records: records(first, "x")})
	}
	refuse(t, s, persistence.ErrOutOfOrder,
		persistence.Change{Key: "r", Records: append(records(3, "c"), records(5, "e")...)})
	commit(t, s, persistence.Change{Key: "r", Records: records(3, "c")})
	if got := load(t, s, "r").Records; !reflect.DeepEqual(got, records(1, "a", "b", "c")) {
		t.Errorf("records: %+v", got)
	}
}

func testSnapshot(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "r", Records: records(1, "a", "b", "c", "d")})
	commit(t, s, persistence.Change{Key: "r", Snapshot: []byte("3"), SnapshotNumber: 3})
	refuse(t, s, persistence.ErrOutOfOrder, persistence.Change{Key: "r", Snapshot: []byte("2"), SnapshotNumber: 2})
	commit(t, s, persistence.Change{Key: "r", Snapshot: []byte("3, again"), SnapshotNumber: 3})
	want := persistence.Stored{Snapshot: []byte("3, again"), SnapshotNumber: 3, Records: records(4, "d")}
	if got := load(t, s, "r"); !reflect.DeepEqual(got, want) {
		t.Errorf("Load: %+v, want %+v", got, want)
	}
	// A number without a snapshot means nothing.
	commit(t, s, persistence.Change{Key: "r", SnapshotNumber: 4})
	if got := load(t, s, "r"); !reflect.DeepEqual(got, want) {
		t.Errorf("Load: %+v, want %+v", got, want)
	}
}

// testSnapshotAhead: a snapshot stands for the records up to it whether they were stored or not.
func testSnapshotAhead(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "r", Records: records(1, "a"), Snapshot: []byte("9"), SnapshotNumber: 9})
	refuse(t, s, persistence.ErrOutOfOrder, persistence.Change{Key: "r", Records: records(2, "b")})
	commit(t, s, persistence.Change{Key: "r", Records: records(10, "j")})
	want := persistence.Stored{Snapshot: []byte("9"), SnapshotNumber: 9, Records: records(10, "j")}
	if got := load(t, s, "r"); !reflect.DeepEqual(got, want) {
		t.Errorf("Load: %+v, want %+v", got, want)
	}
}

func testStaleOwner(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "r", Owner: 5, Records: records(1, "a")})
	commit(t, s, persistence.Change{Key: "r", Owner: 6}) // takes it over, nothing more
	for _, c := range []persistence.Change{
		{Key: "r", Owner: 5, Records: records(2, "b")},
		{Key: "r", Owner: 5, Messages: messagesUpTo(1)},
		{Key: "r", Owner: 5, Snapshot: []byte("1"), SnapshotNumber: 1},
		{Key: "r", Owner: 5, Delete: true},
		{Key: "r", Owner: 5},
		{Key: "r"},
	} {
		refuse(t, s, persistence.ErrStale, c)
	}
	commit(t, s, persistence.Change{Key: "r", Owner: 6, Records: records(2, "b")})
	want := persistence.Stored{Owner: 6, Records: records(1, "a", "b")}
	if got := load(t, s, "r"); !reflect.DeepEqual(got, want) {
		t.Errorf("Load: %+v, want %+v", got, want)
	}
}

// testAllOrNothing: one bad change, and nothing of the others is there.
func testAllOrNothing(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "kept", Records: records(1, "a"), Messages: messagesUpTo(1), Summary: []byte("s")})
	commit(t, s, persistence.Change{Key: "bad", Owner: 2})
	err := s.Commit(
		persistence.Change{Key: "new", Records: records(1, "x"), Summary: []byte("n")},
		persistence.Change{Key: "kept", Records: records(2, "b"), Summary: []byte("t"), TrimMessagesBefore: 2,
			Messages: []persistence.Message{{Seq: 1, Data: []byte("edited")}}},
		persistence.Change{Key: "kept", Delete: true},
		persistence.Change{Key: "bad", Owner: 1},
	)
	var ce *persistence.ChangeError
	if !errors.As(err, &ce) || ce.Index != 3 || ce.Key != "bad" || !errors.Is(err, persistence.ErrStale) {
		t.Fatalf("Commit: %v, want a ChangeError of change 3, ErrStale", err)
	}
	if _, err := s.Load("new"); !errors.Is(err, persistence.ErrNotFound) {
		t.Errorf("Load(new): %v, want ErrNotFound", err)
	}
	if got := load(t, s, "kept").Records; !reflect.DeepEqual(got, records(1, "a")) {
		t.Errorf("records: %+v", got)
	}
	if got := messages(t, s, "kept", persistence.Query{}); !reflect.DeepEqual(got, messagesUpTo(1)) {
		t.Errorf("Messages: %+v", got)
	}
	if got := list(t, s); !reflect.DeepEqual(got, map[string]string{"kept": "s", "bad": ""}) {
		t.Errorf("Keys: %v", got)
	}
}

// testSameKeyTwice: a later change of a commit goes on from an earlier one.
func testSameKeyTwice(t *testing.T, s persistence.Store) {
	commit(t, s,
		persistence.Change{Key: "r", Owner: 1, Records: records(1, "a", "b"), Messages: messagesUpTo(3)},
		persistence.Change{Key: "other", Records: records(1, "o")},
		persistence.Change{Key: "r", Owner: 2, Records: records(3, "c"), Snapshot: []byte("2"), SnapshotNumber: 2,
			TrimMessagesBefore: 3},
		persistence.Change{Key: "r", Owner: 2, Records: records(4, "d")},
	)
	want := persistence.Stored{Owner: 2, Snapshot: []byte("2"), SnapshotNumber: 2, Records: records(3, "c", "d")}
	if got := load(t, s, "r"); !reflect.DeepEqual(got, want) {
		t.Errorf("Load: %+v, want %+v", got, want)
	}
	if got := seqs(messages(t, s, "r", persistence.Query{})); !reflect.DeepEqual(got, []uint64{3}) {
		t.Errorf("messages: %v, want 3", got)
	}
	refuse(t, s, persistence.ErrStale, persistence.Change{Key: "x", Owner: 2}, persistence.Change{Key: "x", Owner: 1})
	refuse(t, s, persistence.ErrOutOfOrder,
		persistence.Change{Key: "x", Records: records(1, "a")}, persistence.Change{Key: "x", Records: records(1, "a")})
	if _, err := s.Load("x"); !errors.Is(err, persistence.ErrNotFound) {
		t.Errorf("Load: %v, want ErrNotFound", err)
	}
}

func testEmptyCommit(t *testing.T, s persistence.Store) {
	commit(t, s)
	if got := list(t, s); len(got) != 0 {
		t.Errorf("Keys: %v, want none", got)
	}
}

func testDelete(t *testing.T, s persistence.Store) {
	full := persistence.Change{Key: "r", Owner: 3, Records: records(1, "a", "b"), Snapshot: []byte("1"),
		SnapshotNumber: 1, Messages: messagesUpTo(3), Summary: []byte("s")}
	commit(t, s, persistence.Change{Key: "r", Delete: true}) // nothing there: no error
	commit(t, s, full)
	refuse(t, s, persistence.ErrStale, persistence.Change{Key: "r", Owner: 2, Delete: true})
	commit(t, s, persistence.Change{Key: "r", Owner: 3, Delete: true})
	if _, err := s.Load("r"); !errors.Is(err, persistence.ErrNotFound) {
		t.Errorf("Load: %v, want ErrNotFound", err)
	}
	if _, err := s.Messages("r", persistence.Query{}); !errors.Is(err, persistence.ErrNotFound) {
		t.Errorf("Messages: %v, want ErrNotFound", err)
	}
	if got := list(t, s); len(got) != 0 {
		t.Errorf("Keys: %v, want none", got)
	}

	// What is stored by the same key later meets nothing of what was.
	commit(t, s, persistence.Change{Key: "r", Owner: 1, Records: records(1, "new")})
	want := persistence.Stored{Owner: 1, Records: records(1, "new")}
	if got := load(t, s, "r"); !reflect.DeepEqual(got, want) {
		t.Errorf("Load: %+v, want %+v", got, want)
	}
	if got := messages(t, s, "r", persistence.Query{}); len(got) != 0 {
		t.Errorf("Messages: %v, want none", got)
	}

	// In one commit: begun, deleted, begun again.
	commit(t, s, persistence.Change{Key: "r", Owner: 9, Delete: true}, full,
		persistence.Change{Key: "r", Owner: 4, Delete: true}, persistence.Change{Key: "r", Summary: []byte("last")})
	if got := load(t, s, "r"); !reflect.DeepEqual(got, persistence.Stored{}) {
		t.Errorf("Load: %+v, want an empty one", got)
	}
	if got := list(t, s); !reflect.DeepEqual(got, map[string]string{"r": "last"}) {
		t.Errorf("Keys: %v", got)
	}
}

func testInvalid(t *testing.T, s persistence.Store) {
	for name, c := range map[string]persistence.Change{
		"no key":                 {Records: records(1, "a")},
		"0x00 in the key":        {Key: "a\x00b"},
		"0x00 only":              {Key: "\x00"},
		"seq 0":                  {Key: "r", Messages: []persistence.Message{{Seq: 0}}},
		"seq Newest":             {Key: "r", Messages: []persistence.Message{{Seq: persistence.Newest}}},
		"highest snapshot":       {Key: "r", Snapshot: []byte("s"), SnapshotNumber: math.MaxUint64},
		"delete and records":     {Key: "r", Delete: true, Records: records(1, "a")},
		"delete and messages":    {Key: "r", Delete: true, Messages: messagesUpTo(1)},
		"delete and snapshot":    {Key: "r", Delete: true, Snapshot: []byte{}},
		"delete and summary":     {Key: "r", Delete: true, Summary: []byte{}},
		"delete and trimming to": {Key: "r", Delete: true, TrimMessagesBefore: 1},
	} {
		if err := s.Commit(persistence.Change{Key: "good"}, c); !errors.Is(err, persistence.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	if got := list(t, s); len(got) != 0 {
		t.Errorf("Keys: %v, want none", got)
	}
}

// testKeysApart: keys that are prefixes of one another, or of bytes that an encoding could trip over.
func testKeysApart(t *testing.T, s persistence.Store) {
	keys := []string{"a", "aa", "a\x01", "a\xff", "\xff", "ä", "a ", "a/b", string(bytes.Repeat([]byte{0xff}, persistence.KeyBytesMax))}
	for i, key := range keys {
		commit(t, s, persistence.Change{Key: key, Records: records(1, key), Messages: messagesUpTo(i + 1)})
	}
	for i, key := range keys {
		if got := load(t, s, key).Records; !reflect.DeepEqual(got, records(1, key)) {
			t.Errorf("%q: records %+v", key, got)
		}
		for _, q := range []persistence.Query{{}, {Before: persistence.Newest}} {
			if got := messages(t, s, key, q); !reflect.DeepEqual(got, messagesUpTo(i+1)) {
				t.Errorf("%q: %d messages, want %d", key, len(got), i+1)
			}
		}
	}
	commit(t, s, persistence.Change{Key: "a", Delete: true})
	for i, key := range keys[1:] {
		if got := messages(t, s, key, persistence.Query{}); len(got) != i+2 {
			t.Errorf("%q: %d messages, want %d", key, len(got), i+2)
		}
	}
}

func testClosed(t *testing.T, s persistence.Store) {
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	refuse(t, s, persistence.ErrClosed, persistence.Change{Key: "r"})
	if _, err := s.Load("r"); !errors.Is(err, persistence.ErrClosed) {
		t.Errorf("Load: %v, want ErrClosed", err)
	}
	if _, err := s.Messages("r", persistence.Query{}); !errors.Is(err, persistence.ErrClosed) {
		t.Errorf("Messages: %v, want ErrClosed", err)
	}
	if err := s.Keys("", func(string, []byte) error { return nil }); !errors.Is(err, persistence.ErrClosed) {
		t.Errorf("Keys: %v, want ErrClosed", err)
	}
	if _, err := s.Any(""); !errors.Is(err, persistence.ErrClosed) {
		t.Errorf("Any: %v, want ErrClosed", err)
	}
	if _, err := s.KeysFrom("", "", 1); !errors.Is(err, persistence.ErrClosed) {
		t.Errorf("KeysFrom: %v, want ErrClosed", err)
	}
	if _, err := s.Summaries("r"); !errors.Is(err, persistence.ErrClosed) {
		t.Errorf("Summaries: %v, want ErrClosed", err)
	}
	if err := s.Health(); !errors.Is(err, persistence.ErrClosed) {
		t.Errorf("Health: %v, want ErrClosed", err)
	}
}

// testGeneration: every store has its own, and keeps it.
func testGeneration(t *testing.T, stores Stores) {
	s, other := stores.Open(t), open(t, stores)
	defer func() { _ = s.Close() }()
	generation := s.Generation()
	if generation == "" || generation == other.Generation() {
		t.Errorf("generation %q, another store has %q", generation, other.Generation())
	}
	commit(t, s, persistence.Change{Key: "r"})
	if stores.Reopen != nil {
		s = stores.Reopen(t, s)
	}
	if s.Generation() != generation || s.Health() != nil {
		t.Errorf("generation %q, was %q; health: %v", s.Generation(), generation, s.Health())
	}
}
