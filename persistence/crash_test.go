package persistence_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"roomd/persistence"
	"roomd/persistence/persistencetest"
)

// image is the content of a store's file.
type image []byte

// pageBytes is the unit in which a power cut may or may not have written a file.
const pageBytes = 4096

// imageOf returns the part in use of an open store's file.
func imageOf(t testing.TB, folder string, s *persistence.Bolt) image {
	t.Helper()
	var size int64
	if err := s.DB().View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(folder, persistence.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	data := make(image, size)
	if _, err := io.ReadFull(f, data); err != nil {
		t.Fatal(err)
	}
	return data
}

// folder returns a new folder with the file in it.
func (i image) folder(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, persistence.FileName), i, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// page returns a page, of zeros beyond the end.
func (i image) page(n int) []byte {
	p := make([]byte, pageBytes)
	if from := n * pageBytes; from < len(i) {
		copy(p, i[from:])
	}
	return p
}

// with returns the file with some of its pages as they are in another.
func (i image) with(other image, pages []int) image {
	data := append(make([]byte, 0, len(other)), i...)
	for _, n := range pages {
		if end := (n + 1) * pageBytes; len(data) < end {
			data = append(data, make([]byte, end-len(data))...)
		}
		copy(data[n*pageBytes:], other.page(n))
	}
	return data
}

// changed returns the pages that differ: those with data, and the one (0 or 1) that makes a commit valid.
func (i image) changed(other image) (data []int, meta int) {
	for n := range (max(len(i), len(other)) + pageBytes - 1) / pageBytes {
		switch {
		case bytes.Equal(i.page(n), other.page(n)):
		case n < 2:
			meta = n
		default:
			data = append(data, n)
		}
	}
	return data, meta
}

// diff opens the file and returns how it differs from what the model says.
func (i image) diff(t testing.TB, m *persistencetest.Model) error {
	t.Helper()
	folder := i.folder(t)
	s := openBolt(t, folder)
	defer closeStore(t, s)
	var errs []error
	err := s.DB().View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			errs = append(errs, err)
		}
		return nil
	})
	if err := errors.Join(append(errs, err)...); err != nil {
		t.Errorf("structure of the file: %v", err)
	}
	copied := imageOf(t, folder, s).folder(t)
	if _, err := persistence.Check(copied); err != nil {
		t.Errorf("check of the file: %v", err)
	}
	return m.Diff(s, rand.New(rand.NewPCG(0, 0)))
}

// TestCrash cuts a store off between and within commits, and opens what is left: after a commit all of it is
// there; within one, with any part of its pages written, all that was before; and with the last
// page torn, one of both.
func TestCrash(t *testing.T) {
	persistencetest.EachSeed(t, func(t *testing.T, rng *rand.Rand) {
		folder, m := t.TempDir(), persistencetest.NewModel()
		s := openBolt(t, folder)
		defer closeStore(t, s)
		before, file := m.Clone(), imageOf(t, folder, s)
		for range 15 {
			if m.Step(t, s, rng) != nil {
				continue
			}
			now := imageOf(t, folder, s)
			if err := now.diff(t, m); err != nil {
				t.Fatalf("after a commit: %v", err)
			}
			checkCut(t, rng, file, now, before, m)
			before, file = m.Clone(), now
		}
	})
}

// checkCut opens files as a power cut within a commit could leave them.
func checkCut(t *testing.T, rng *rand.Rand, before, after image, old, now *persistencetest.Model) {
	t.Helper()
	data, meta := before.changed(after)
	rng.Shuffle(len(data), func(i, j int) { data[i], data[j] = data[j], data[i] })
	if err := before.with(after, data[:rng.IntN(len(data)+1)]).diff(t, old); err != nil {
		t.Fatalf("with a part of the pages: %v", err)
	}
	torn := before.with(after, data)
	cut := meta*pageBytes + rng.IntN(100) // the meta page's content is shorter than that
	copy(torn[meta*pageBytes:cut], after[meta*pageBytes:cut])
	if err := torn.diff(t, old); err != nil && torn.diff(t, now) != nil {
		t.Fatalf("with a torn last page it is neither the old state nor the new: %v", err)
	}
}

// TestLostLastPage: the page that makes the last commit valid is unreadable, so that commit never was.
func TestLostLastPage(t *testing.T) {
	folder, m, rng := t.TempDir(), persistencetest.NewModel(), rand.New(rand.NewPCG(3, 3))
	s := openBolt(t, folder)
	defer closeStore(t, s)
	for range 10 {
		_ = m.Step(t, s, rng)
	}
	before, file := m.Clone(), imageOf(t, folder, s)
	last := persistence.Change{Key: "last", Summary: []byte("s")}
	commit(t, s, last)
	if err := m.Commit([]persistence.Change{last}); err != nil {
		t.Fatal(err)
	}
	now := imageOf(t, folder, s)
	if err := now.diff(t, m); err != nil {
		t.Fatalf("before the damage: %v", err)
	}
	_, meta := file.changed(now)
	for i := range 100 {
		now[meta*pageBytes+i] = 0xee
	}
	if err := now.diff(t, before); err != nil {
		t.Errorf("after the damage: %v", err)
	}
}

// TestLostPageOfClosedStore: after an orderly end it doesn't matter which of those two pages is lost.
func TestLostPageOfClosedStore(t *testing.T) {
	folder, m, rng := t.TempDir(), persistencetest.NewModel(), rand.New(rand.NewPCG(4, 4))
	s := openBolt(t, folder)
	for range 10 {
		_ = m.Step(t, s, rng)
	}
	closeStore(t, s)
	file, err := os.ReadFile(filepath.Join(folder, persistence.FileName))
	if err != nil {
		t.Fatal(err)
	}
	for meta := range 2 {
		damaged := append(image{}, file...)
		for i := range 100 {
			damaged[meta*pageBytes+i] = 0xee
		}
		if err := damaged.diff(t, m); err != nil {
			t.Errorf("without page %d: %v", meta, err)
		}
	}
}

// TestDamage changes single bytes of a file and reads all of it: what comes is right or an error. A
// key or message that is missing without one is possible (see the package's comment), but then the check finds it.
func TestDamage(t *testing.T) {
	folder, m, rng := t.TempDir(), persistencetest.NewModel(), rand.New(rand.NewPCG(5, 5))
	s := openBolt(t, folder)
	for range 100 {
		_ = m.Step(t, s, rng)
	}
	commit(t, s) // closing does the same: the last state stands on both pages that can make a commit valid
	file := imageOf(t, folder, s)
	closeStore(t, s)
	persistencetest.EachSeed(t, func(t *testing.T, rng *rand.Rand) {
		noticed, found := 0, 0
		for range 20 {
			damaged := append(image{}, file...)
			damaged[rng.IntN(len(file))] ^= 1 << rng.IntN(8)
			checked := checkDamaged(t, damaged, m)
			if checked != nil {
				found++
			}
			if err := readAll(t, damaged.folder(t), m); err != nil {
				noticed++
				if checked == nil {
					t.Errorf("reading says %v, and the check nothing", err)
				}
			}
		}
		t.Logf("of 20 reading noticed %d, the check %d; the others hit what is free or unused", noticed, found)
	})
}

// checkDamaged checks a damaged file. One in which nothing is found must hold all that was written.
func checkDamaged(t *testing.T, damaged image, m *persistencetest.Model) error {
	t.Helper()
	folder := damaged.folder(t)
	_, err := persistence.Check(folder)
	if err == nil {
		if diff := damaged.diff(t, m); diff != nil {
			t.Errorf("the check found nothing, but %v", diff)
		}
		return nil
	}
	fair := []error{persistence.ErrCorrupt, persistence.ErrOlderFormat, persistence.ErrNewerFormat}
	if !slices.ContainsFunc(fair, func(fair error) bool { return errors.Is(err, fair) }) || strings.Contains(err.Error(), "\n") {
		t.Errorf("check: %q, want ErrCorrupt in one line", err)
	}
	if data, err := os.ReadFile(filepath.Join(folder, persistence.FileName)); err != nil || !bytes.Equal(data, damaged) {
		t.Errorf("the check changed the file: %v", err)
	}
	return err
}

// readAll opens a damaged store and reads it, and fails the test if it gets what was never written.
func readAll(t *testing.T, folder string, m *persistencetest.Model) error {
	t.Helper()
	s, err := persistence.Open(folder)
	if err == nil {
		defer func() { _ = s.Close() }()
		err = m.Contains(s)
	}
	for _, fair := range []error{
		nil,
		persistence.ErrCorrupt,
		persistence.ErrOlderFormat, // the format's number was hit
		persistence.ErrNewerFormat, // the same
		syscall.EFBIG,              // the list of free pages was, and names one beyond all files
	} {
		if errors.Is(err, fair) {
			return err
		}
	}
	t.Fatalf("%v, want ErrCorrupt", err)
	return nil
}
