package persistence_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"roomd/persistence"
	"roomd/persistence/persistencetest"
)

// openBolt opens the store of a folder, which the caller closes.
func openBolt(t testing.TB, folder string) *persistence.Bolt {
	t.Helper()
	s, err := persistence.Open(folder)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

func closeStore(t testing.TB, s persistence.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

func commit(t testing.TB, s persistence.Store, changes ...persistence.Change) {
	t.Helper()
	if err := s.Commit(changes...); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// messages returns some with the seqs from first to last.
func messages(first, last int) []persistence.Message {
	var ms []persistence.Message
	for seq := first; seq <= last; seq++ {
		ms = append(ms, persistence.Message{Seq: uint64(seq), Data: fmt.Append(nil, seq)})
	}
	return ms
}

func TestBolt(t *testing.T) {
	folders := map[persistence.Store]string{}
	open := func(t testing.TB, folder string) persistence.Store {
		s := openBolt(t, folder)
		folders[s] = folder
		return s
	}
	persistencetest.Run(t, persistencetest.Stores{
		Open: func(t testing.TB) persistence.Store { return open(t, t.TempDir()) },
		Reopen: func(t testing.TB, s persistence.Store) persistence.Store {
			closeStore(t, s)
			return open(t, folders[s])
		},
	})
}

// entries counts the keys of a bucket.
func entries(t testing.TB, s *persistence.Bolt, bucket string) int {
	t.Helper()
	n := 0
	err := s.DB().View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucket)).ForEach(func(_, _ []byte) error { n++; return nil })
	})
	if err != nil {
		t.Fatalf("count of %s: %v", bucket, err)
	}
	return n
}

// TestSweepInSteps: what is out of sight leaves the file by and by, at most so much a commit, and in the end all of it.
func TestSweepInSteps(t *testing.T) {
	s := openBolt(t, t.TempDir())
	defer closeStore(t, s)
	const many = 10 * persistence.SweepEntriesMin
	numbered := make([]persistence.Record, many)
	for i := range numbered {
		numbered[i].Number = uint64(i + 1)
	}
	commit(t, s,
		persistence.Change{Key: "trimmed", Messages: messages(1, many)},
		persistence.Change{Key: "snapshotted", Records: numbered},
		persistence.Change{Key: "deleted", Records: numbered[:many/2], Messages: messages(1, many/2), Snapshot: []byte("s")},
		persistence.Change{Key: "kept", Records: numbered[:7], Messages: messages(1, 7)})
	count := func() int { return entries(t, s, "messages") + entries(t, s, "records") }
	all := count()
	if all != 3*many+14 {
		t.Fatalf("%d entries, want %d", all, 3*many+14)
	}
	commit(t, s,
		persistence.Change{Key: "trimmed", TrimMessagesBefore: many - 2},
		persistence.Change{Key: "snapshotted", Snapshot: []byte("s"), SnapshotNumber: many - 4},
		persistence.Change{Key: "deleted", Delete: true})
	left := count()
	if gone := all - left; gone < 1 || gone > persistence.SweepEntriesMin {
		t.Fatalf("the first commit removed %d entries", gone)
	}
	for range 100 {
		const added = 3
		commit(t, s, persistence.Change{Key: "kept", Messages: messages(1, added)})
		gone := left - count()
		left -= gone
		if gone > persistence.SweepEntriesMin+persistence.SweepPerEntry*added {
			t.Fatalf("a commit removed %d entries", gone)
		}
	}
	if want := 3 + 4 + 14; left != want {
		t.Errorf("%d entries are left, want %d", left, want)
	}
	if n := entries(t, s, "leftovers"); n != 0 {
		t.Errorf("%d leftovers, want none", n)
	}
	if n := entries(t, s, "snapshots"); n != 1 {
		t.Errorf("%d snapshots, want 1", n)
	}
}

// TestNothingOutOfSightIsPut: what a change drops itself, and edits of what was trimmed, never reach the file: no
// leftover would name them.
func TestNothingOutOfSightIsPut(t *testing.T) {
	s := openBolt(t, t.TempDir())
	defer closeStore(t, s)
	records := []persistence.Record{{Number: 1}, {Number: 2}, {Number: 3}}
	commit(t, s, persistence.Change{Key: "r", Records: records, Snapshot: []byte("s"), SnapshotNumber: 2})
	if n := entries(t, s, "records"); n != 1 {
		t.Errorf("%d records in the file, want 1", n)
	}
	commit(t, s, persistence.Change{Key: "r", Messages: messages(1, 9), TrimMessagesBefore: 8})
	commit(t, s, persistence.Change{Key: "r", Messages: messages(3, 8)})
	if n := entries(t, s, "messages"); n != 2 {
		t.Errorf("%d messages in the file, want 2", n)
	}
}

// TestSweepKeepsUp: a key whose history has a length is trimmed as fast as it grows.
func TestSweepKeepsUp(t *testing.T) {
	s := openBolt(t, t.TempDir())
	defer closeStore(t, s)
	const step, kept = 4 * persistence.SweepEntriesMin, 10
	for i := range 10 {
		commit(t, s, persistence.Change{Key: "r", Messages: messages(i*step+1, (i+1)*step),
			TrimMessagesBefore: uint64(i*step + 1 - min(i, 1)*kept)})
		if n := entries(t, s, "messages"); n > 2*step {
			t.Fatalf("after %d commits %d messages are in the file", i+1, n)
		}
	}
}

// TestLongReadDoesNotStallGrowth: with a small map, this commit would wait for the read to end.
func TestLongReadDoesNotStallGrowth(t *testing.T) {
	s := openBolt(t, t.TempDir())
	defer closeStore(t, s)
	tx, err := s.DB().Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	done := make(chan error)
	go func() {
		done <- s.Commit(persistence.Change{Key: "r", Snapshot: make([]byte, persistence.SnapshotBytesMax)})
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Commit: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Commit waits for a read")
	}
}

// TestMissing: a record that is gone, at the beginning, in the middle or at the end, is noticed, and so is a snapshot.
func TestMissing(t *testing.T) {
	s := openBolt(t, t.TempDir())
	defer closeStore(t, s)
	for i, c := range []struct {
		bucket string
		back   int // from its last key
	}{{"records", 0}, {"records", 1}, {"records", 2}, {"snapshots", 0}} {
		key := fmt.Sprint(i)
		commit(t, s, persistence.Change{Key: key, Snapshot: []byte("s")},
			persistence.Change{Key: key, Records: []persistence.Record{{Number: 1}, {Number: 2}, {Number: 3}}})
		if _, err := s.Load(key); err != nil {
			t.Fatal(err)
		}
		err := s.DB().Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte(c.bucket))
			cursor := b.Cursor()
			k, _ := cursor.Last()
			for range c.back {
				k, _ = cursor.Prev()
			}
			return b.Delete(k)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Load(key); !errors.Is(err, persistence.ErrCorrupt) {
			t.Errorf("%s, %d from the last, is gone: %v, want ErrCorrupt", c.bucket, c.back, err)
		}
	}
}

// TestKeysReadsItsPrefixAlone: what is filed before and after the keys of a prefix isn't looked at.
func TestKeysReadsItsPrefixAlone(t *testing.T) {
	s := openBolt(t, t.TempDir())
	defer closeStore(t, s)
	for _, key := range []string{"a/1", "b/1", "b/2", "c/1"} {
		commit(t, s, persistence.Change{Key: key, Summary: []byte(key)})
	}
	err := s.DB().Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("keys"))
		return errors.Join(b.Put([]byte("a/1"), []byte("damaged")), b.Put([]byte("c/1"), []byte("damaged")))
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := s.Keys("b/", func(string, []byte) error { n++; return nil }); err != nil || n != 2 {
		t.Errorf("Keys: %v after %d keys, want 2", err, n)
	}
	if err := s.Keys("", func(string, []byte) error { return nil }); !errors.Is(err, persistence.ErrCorrupt) {
		t.Errorf("Keys: %v, want ErrCorrupt", err)
	}
}
