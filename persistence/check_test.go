package persistence_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"roomd/persistence"
)

// sound returns the file of a store with something in each bucket.
func sound(t *testing.T) image {
	t.Helper()
	folder := t.TempDir()
	s := openBolt(t, folder)
	records := []persistence.Record{{Number: 1, Data: []byte("a")}, {Number: 2, Data: []byte("b")}}
	commit(t, s,
		persistence.Change{Key: "a/1", Records: records, Messages: messages(1, 300), Summary: []byte("s")},
		persistence.Change{Key: "a/2", Snapshot: []byte("s"), Messages: messages(1, 1000)},
		persistence.Change{Key: "b/1", Messages: messages(1, 2000)})
	commit(t, s, persistence.Change{Key: "b/1", Delete: true}, persistence.Change{Key: "a/1", TrimMessagesBefore: 10})
	commit(t, s)
	file := imageOf(t, folder, s)
	closeStore(t, s)
	if _, err := persistence.Check(file.folder(t)); err != nil {
		t.Fatalf("Check: %v", err)
	}
	return file
}

// TestCheckFindsMissing: an entry that is gone without a trace in any bucket, as when a page lists one too few.
func TestCheckFindsMissing(t *testing.T) {
	file := sound(t)
	for _, name := range []string{"keys", "snapshots", "records", "messages", "leftovers"} {
		for _, last := range []bool{false, true} {
			damaged := editedWith(t, file, func(tx *bbolt.Tx) error {
				b := tx.Bucket([]byte(name))
				k, _ := b.Cursor().First()
				if last {
					k, _ = b.Cursor().Last()
				}
				return b.Delete(k)
			})
			var damage *persistence.DamageError
			if _, err := persistence.Check(damaged.folder(t)); !errors.As(err, &damage) || !errors.Is(err, persistence.ErrCorrupt) {
				t.Errorf("%s, last: %t: %v, want a DamageError", name, last, err)
			}
		}
	}
}

// TestCheckFindsStray: an entry that belongs to nobody, or where there is no place for it.
func TestCheckFindsStray(t *testing.T) {
	file := sound(t)
	for name, edit := range map[string]func(*bbolt.Tx) error{
		"another key's": func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte("keys"))
			return b.Put([]byte("a/3"), b.Get([]byte("a/1")))
		},
		"no key's":      func(tx *bbolt.Tx) error { return tx.Bucket([]byte("messages")).Put(make([]byte, 16), []byte("x")) },
		"of no length":  func(tx *bbolt.Tx) error { return tx.Bucket([]byte("records")).Put([]byte("x"), []byte("x")) },
		"no generation": func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("generation"), []byte("x")) },
		"no totals":     func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("totals")) },
		"no bucket":     func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("records")) },
	} {
		if _, err := persistence.Check(editedWith(t, file, edit).folder(t)); !errors.Is(err, persistence.ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
	}
}

// TestCheckFindsPages: a page that is blank, or in the place of another, is found if it is in use.
func TestCheckFindsPages(t *testing.T) {
	file := sound(t)
	pages, found := len(file)/pageBytes, 0
	for n := 2; n < pages; n++ {
		for _, other := range [][]byte{make([]byte, pageBytes), file.page(2 + (n-1)%(pages-2))} {
			damaged := append(image{}, file...)
			copy(damaged[n*pageBytes:], other)
			if _, err := persistence.Check(damaged.folder(t)); err != nil {
				found++
			} else if stats, err := persistence.ReadStats(damaged.folder(t)); err != nil || stats.Kinds[0].Messages != 1291 {
				t.Errorf("page %d: Check found nothing, but: %v, %+v", n, err, stats)
			}
		}
	}
	if found < pages/4 || found > 2*pages {
		t.Errorf("%d of %d damaged pages were found", found, 2*pages)
	}
}

// TestCheckBounds: of many problems the first are told, and of many kinds of keys the first apart.
func TestCheckBounds(t *testing.T) {
	folder := t.TempDir()
	s := openBolt(t, folder)
	for i := range persistence.KindsMax + 10 {
		commit(t, s, persistence.Change{Key: fmt.Sprintf("%03d/x", i), Summary: []byte("summary")})
	}
	file := imageOf(t, folder, s)
	closeStore(t, s)
	stats, err := persistence.ReadStats(folder)
	if err != nil || len(stats.Kinds) != persistence.KindsMax || stats.Kinds[persistence.KindsMax-1].Keys != 11 {
		t.Errorf("%d kinds, %v, want %d", len(stats.Kinds), err, persistence.KindsMax)
	}
	damaged := image(strings.ReplaceAll(string(file), "summary", "SUMMARY"))
	var damage *persistence.DamageError
	_, err = persistence.Check(damaged.folder(t))
	if !errors.As(err, &damage) || len(damage.Problems) != persistence.ProblemsMax || !damage.More || strings.Contains(err.Error(), "\n") {
		t.Errorf("Check: %v", err)
	}
}

// TestCheckOfNewFile: one that was created and never written to is empty, not damaged.
func TestCheckOfNewFile(t *testing.T) {
	made := madeWith(t, func(*bbolt.Tx) error { return nil })
	if stats, err := persistence.Check(made.folder(t)); err != nil || len(stats.Kinds) != 0 {
		t.Errorf("Check: %v, %+v", err, stats)
	}
}
