package persistencetest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"roomd/persistence"
)

// testSizeLimits: the largest goes in, a byte more doesn't.
func testSizeLimits(t *testing.T, s persistence.Store) {
	for i, c := range []struct {
		name   string
		max    int
		change func(key string, size int) persistence.Change
	}{
		{"key", persistence.KeyBytesMax, func(_ string, size int) persistence.Change {
			return persistence.Change{Key: strings.Repeat("r", size)}
		}},
		{"record", persistence.RecordBytesMax, func(key string, size int) persistence.Change {
			return persistence.Change{Key: key, Records: []persistence.Record{{Number: 1, Data: make([]byte, size)}}}
		}},
		{"message", persistence.MessageBytesMax, func(key string, size int) persistence.Change {
			return persistence.Change{Key: key, Messages: []persistence.Message{{Seq: 1, Data: make([]byte, size)}}}
		}},
		{"snapshot", persistence.SnapshotBytesMax, func(key string, size int) persistence.Change {
			return persistence.Change{Key: key, Snapshot: make([]byte, size)}
		}},
		{"summary", persistence.SummaryBytesMax, func(key string, size int) persistence.Change {
			return persistence.Change{Key: key, Summary: make([]byte, size)}
		}},
	} {
		key := fmt.Sprint("key ", i)
		refuse(t, s, persistence.ErrTooLarge, c.change(key, c.max+1))
		if err := s.Commit(c.change(key, c.max)); err != nil {
			t.Errorf("%s of %d bytes: %v", c.name, c.max, err)
		}
	}
	for i, limit := range []int{persistence.RecordBytesMax, persistence.MessageBytesMax, persistence.SnapshotBytesMax} {
		key := fmt.Sprint("key ", i+1)
		stored, n := load(t, s, key), 0
		for _, r := range stored.Records {
			n += len(r.Data)
		}
		for _, m := range messages(t, s, key, persistence.Query{}) {
			n += len(m.Data)
		}
		if n += len(stored.Snapshot); n != limit {
			t.Errorf("%s: read %d bytes, want %d", key, n, limit)
		}
	}
}

func testCommitLimits(t *testing.T, s persistence.Store) {
	changes := make([]persistence.Change, persistence.CommitChangesMax+1)
	for i := range changes {
		changes[i].Key = "r"
	}
	refuse(t, s, persistence.ErrTooLarge, changes...)
	commit(t, s, changes[1:]...)

	one := make([]persistence.Message, persistence.CommitEntriesMax+1)
	for i := range one {
		one[i].Seq = 1
	}
	refuse(t, s, persistence.ErrTooLarge, persistence.Change{Key: "r", Messages: one})
	refuse(t, s, persistence.ErrTooLarge, persistence.Change{Key: "r", Messages: one[1:]},
		persistence.Change{Key: "r", Records: records(1, "a")})
	commit(t, s, persistence.Change{Key: "r", Messages: one[1:]})

	full, data := []persistence.Message{}, make([]byte, persistence.MessageBytesMax)
	for i := range persistence.CommitBytesMax / persistence.MessageBytesMax {
		full = append(full, persistence.Message{Seq: uint64(i + 1), Data: data})
	}
	refuse(t, s, persistence.ErrTooLarge, persistence.Change{Key: "r", Messages: full, Summary: []byte("1")})
	commit(t, s, persistence.Change{Key: "r", Messages: full})
}

func testRecordsKeptLimit(t *testing.T, s persistence.Store) {
	const most = persistence.RecordsKeptMax
	commit(t, s, persistence.Change{Key: "r", Records: records(1, make([]string, most)...)})
	refuse(t, s, persistence.ErrTooLarge, persistence.Change{Key: "r", Records: records(most+1, "more")})
	commit(t, s, persistence.Change{Key: "r", Records: records(most+1, "more"), Snapshot: []byte("s"), SnapshotNumber: 1})
	refuse(t, s, persistence.ErrTooLarge, persistence.Change{Key: "r", Records: records(most+2, "more")})
	if got := len(load(t, s, "r").Records); got != most {
		t.Errorf("%d records, want %d", got, most)
	}
}

// testLargeValues: sizes around those of pages, and values that shrink and grow.
func testLargeValues(t *testing.T, s persistence.Store) {
	var want []persistence.Message
	for i, size := range []int{4000, 4095, 4096, 4097, 8192, 65_536, 1_000_000, 3} {
		data := bytes.Repeat([]byte{byte(i + 1)}, size)
		want = append(want, persistence.Message{Seq: uint64(i + 1), Data: data})
		for _, snapshot := range [][]byte{data, data[:1], data[:size/2]} {
			commit(t, s, persistence.Change{Key: "r", Snapshot: snapshot, Messages: want[i:]})
			if got := load(t, s, "r").Snapshot; !bytes.Equal(got, snapshot) {
				t.Fatalf("snapshot of %d bytes: got %d others", len(snapshot), len(got))
			}
		}
	}
	if got := messages(t, s, "r", persistence.Query{}); !reflect.DeepEqual(got, want) {
		t.Error("messages are not as put")
	}
}

// testOwnershipOfBytes: neither what was passed nor what was returned is shared with the store.
func testOwnershipOfBytes(t *testing.T, s persistence.Store) {
	data := func() []byte { return []byte("original") }
	c := persistence.Change{Key: "r", Snapshot: data(), Summary: data(),
		Records: []persistence.Record{{Number: 1, Data: data()}}, Messages: []persistence.Message{{Seq: 1, Data: data()}}}
	filler := bytes.Repeat([]byte("filler"), 2000) // a store may treat the very small in ways of its own
	commit(t, s, c, persistence.Change{Key: "s", Snapshot: filler,
		Records: []persistence.Record{{Number: 1, Data: filler}}, Messages: []persistence.Message{{Seq: 1, Data: filler}}})
	scribble := func(b []byte) { copy(b, "scribble") }
	scribble(c.Snapshot)
	scribble(c.Summary)
	scribble(c.Records[0].Data)
	scribble(c.Messages[0].Data)
	c.Records[0].Number, c.Messages[0].Seq = 9, 9
	for range 2 {
		stored, page := load(t, s, "r"), messages(t, s, "r", persistence.Query{})
		var summary []byte
		err := s.Keys("", func(key string, s []byte) error {
			if key == "r" {
				summary = s
			}
			return nil
		})
		if err != nil {
			t.Fatalf("Keys: %v", err)
		}
		for i, got := range [][]byte{stored.Snapshot, stored.Records[0].Data, page[0].Data, summary} {
			if string(got) != "original" {
				t.Errorf("value %d is %q", i, got)
			}
			scribble(got)
			_ = append(got, "beyond"...)
		}
	}
}

// testConcurrentUse: writers with a key each and one in common, readers beside them. A reader never sees half a commit.
func testConcurrentUse(t *testing.T, s persistence.Store) {
	const writers, commits = 4, 50
	errs := make(chan error, 2*writers)
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	for w := range writers {
		writing.Go(func() {
			for i := range commits {
				n := uint64(i + 1)
				own := persistence.Change{Key: fmt.Sprint("key ", w), Records: records(n, fmt.Sprint(i)),
					Messages: []persistence.Message{{Seq: n}}, Summary: fmt.Append(nil, n)}
				shared := persistence.Change{Key: "shared", Messages: []persistence.Message{{Seq: uint64(w*commits) + n}}}
				if err := s.Commit(own, shared); err != nil {
					errs <- err
					return
				}
			}
		})
		reading.Go(func() {
			for {
				if err := readWhole(s, fmt.Sprint("key ", w)); err != nil {
					errs <- err
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	if got := len(messages(t, s, "shared", persistence.Query{})); got != writers*commits {
		t.Errorf("%d shared messages, want %d", got, writers*commits)
	}
}

// readWhole reads a key while it is written: what was there is there, and records come with their messages.
func readWhole(s persistence.Store, key string) error {
	stored, err := s.Load(key)
	if errors.Is(err, persistence.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for i, r := range stored.Records {
		if r.Number != uint64(i+1) || string(r.Data) != fmt.Sprint(i) {
			return fmt.Errorf("record %d of %s is %d, %q", i, key, r.Number, r.Data)
		}
	}
	page, err := s.Messages(key, persistence.Query{})
	if err != nil {
		return err
	}
	if len(page) < len(stored.Records) {
		return fmt.Errorf("%s: %d messages after %d records", key, len(page), len(stored.Records))
	}
	return s.Keys("", func(string, []byte) error { return nil })
}
