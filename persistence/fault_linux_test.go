package persistence_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"roomd/persistence"
	"roomd/persistence/persistencetest"
)

// fault is a way in which a commit fails.
type fault struct {
	name   string
	commit func(d *disk, rng *rand.Rand, tx *bbolt.Tx) error
}

var faults = []fault{
	{"nothing was written", func(*disk, *rand.Rand, *bbolt.Tx) error { return errDisk }},
	{"all was written, the last sync failed", func(_ *disk, _ *rand.Rand, tx *bbolt.Tx) error {
		if err := tx.Commit(); err != nil {
			return err
		}
		return errDisk
	}},
	{"no space", func(d *disk, _ *rand.Rand, tx *bbolt.Tx) error { return d.commitTo("/dev/full", os.O_RDWR, tx) }},
	{"writes are lost, the sync fails", func(d *disk, _ *rand.Rand, tx *bbolt.Tx) error { return d.commitTo("/dev/null", os.O_RDWR, tx) }},
	{"read-only", func(d *disk, _ *rand.Rand, tx *bbolt.Tx) error { return d.commitTo(d.file.Name(), os.O_RDONLY, tx) }},
	{"file is gone", func(d *disk, _ *rand.Rand, tx *bbolt.Tx) error {
		if err := d.file.Close(); err != nil {
			return err
		}
		return tx.Commit()
	}},
	{"a part was written", func(d *disk, rng *rand.Rand, tx *bbolt.Tx) error { return d.commitPart(rng, tx) }},
	{"slow", func(_ *disk, _ *rand.Rand, tx *bbolt.Tx) error {
		time.Sleep(time.Minute)
		return tx.Commit()
	}},
}

// commitTo commits while the file's descriptor stands for another file.
func (d *disk) commitTo(path string, flag int, tx *bbolt.Tx) error {
	other, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	defer other.Close()
	if err := syscall.Dup3(int(other.Fd()), int(d.file.Fd()), syscall.O_CLOEXEC); err != nil {
		return err
	}
	return tx.Commit()
}

// commitPart commits, but some pages are as they were, the one that makes it valid among them.
func (d *disk) commitPart(rng *rand.Rand, tx *bbolt.Tx) error {
	path := d.file.Name()
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	after, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	pages, meta := image(before).changed(after)
	for _, n := range append(pages, meta) {
		if n != meta && rng.IntN(2) == 0 {
			continue
		}
		if _, err := d.file.WriteAt(image(before).page(n), int64(n)*pageBytes); err != nil {
			return err
		}
	}
	return errDisk
}

// TestFaults has a disk fail in all ways that there are, under random commits. After each failure all that was
// acknowledged is there, once and in order, and nothing that wasn't is there by half.
func TestFaults(t *testing.T) {
	persistencetest.EachSeed(t, func(t *testing.T, rng *rand.Rand) {
		folder := t.TempDir()
		synctest.Test(t, func(t *testing.T) { runFaults(t, rng, folder) })
		if _, err := persistence.Check(folder); err != nil {
			t.Error(err)
		}
	})
}

// runFaults runs in a bubble, where what recovery waits takes no time.
func runFaults(t *testing.T, rng *rand.Rand, folder string) {
	d, m := &disk{}, persistencetest.NewModel()
	s := d.openStore(t, folder)
	generation := s.Generation()
	for range 30 {
		if rng.IntN(3) > 0 {
			_ = m.Step(t, s, rng)
			continue
		}
		f := faults[rng.IntN(len(faults))]
		d.commit = func(tx *bbolt.Tx) error { return f.commit(d, rng, tx) }
		m = commitUnder(t, s, m, rng, f.name, d)
		d.commit = nil // if the change was refused nothing came so far
		m.Compare(t, s, rng)
		if s.Generation() != generation {
			t.Fatalf("%s: another generation", f.name)
		}
	}
	m.Compare(t, s, rng)
	closeStore(t, s)
	again := openBolt(t, folder)
	defer closeStore(t, again)
	m.Compare(t, again, rng)
}

// commitUnder makes a random commit that may fail, waits until the store is well again, and returns what it must hold.
func commitUnder(t *testing.T, s *persistence.Bolt, m *persistencetest.Model, rng *rand.Rand, name string, d *disk) *persistencetest.Model {
	t.Helper()
	changes, with := m.RandomChanges(rng), m.Clone()
	refusal := with.Commit(changes)
	err := s.Commit(changes...)
	switch {
	case err == nil && refusal == nil:
		return with
	case refusal != nil && errors.Is(err, refusal):
		return m
	case refusal != nil || !errors.Is(err, persistence.ErrFailed):
		t.Fatalf("%s: Commit: %v, want ErrFailed or %v", name, err, refusal)
	}
	attempts := rng.IntN(4) // that the disk goes on failing
	d.open = func() error {
		if attempts--; attempts >= 0 {
			return errDisk
		}
		return nil
	}
	if rng.IntN(2) == 0 {
		d.commit = func(*bbolt.Tx) error { return errDisk } // of the first that opens again
	}
	assertRefuses(t, s)
	waitUntilWell(t, s)
	if err := m.Diff(s, rng); err == nil {
		return m
	}
	with.Compare(t, s, rng) // the outcome was unknown
	return with
}

// assertRefuses says that a store which has failed says so at once.
func assertRefuses(t *testing.T, s *persistence.Bolt) {
	t.Helper()
	began := time.Now()
	_, loadErr := s.Load("r")
	_, messagesErr := s.Messages("r", persistence.Query{})
	for what, err := range map[string]error{
		"Commit": s.Commit(persistence.Change{Key: "other"}), "Load": loadErr, "Messages": messagesErr,
		"Keys": s.Keys("", func(string, []byte) error { return nil }), "Health": s.Health(),
	} {
		if !errors.Is(err, persistence.ErrFailed) {
			t.Errorf("%s: %v, want ErrFailed", what, err)
		}
	}
	if waited := time.Since(began); waited != 0 {
		t.Errorf("refusing took %s", waited)
	}
}

// waitUntilWell lets the store recover by itself.
func waitUntilWell(t *testing.T, s *persistence.Bolt) {
	t.Helper()
	for began := time.Now(); s.Health() != nil; time.Sleep(persistence.RecoverDelayMin) {
		if time.Since(began) > time.Hour {
			t.Fatalf("no recovery: %v", s.Health())
		}
	}
}

// TestRecoveryDelays: attempts come at growing delays, up to a limit, until the disk works; a commit then does too.
func TestRecoveryDelays(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		s := d.openStore(t, folder)
		defer closeStore(t, s)
		commit(t, s, persistence.Change{Key: "r", Messages: messages(1, 3)})
		d.commit = func(*bbolt.Tx) error { return errDisk }
		failed, delay := time.Now(), persistence.RecoverDelayMin
		attempts := 0
		d.open = func() error {
			if waited := time.Since(failed); waited != delay {
				t.Errorf("attempt %d after %s, want %s", attempts, waited, delay)
			}
			failed, delay = time.Now(), min(2*delay, persistence.RecoverDelayMax)
			if attempts++; attempts < 12 {
				return errDisk
			}
			return nil
		}
		err := s.Commit(persistence.Change{Key: "r", Messages: messages(4, 4)})
		if !errors.Is(err, persistence.ErrFailed) || !errors.Is(err, syscall.EIO) {
			t.Errorf("Commit: %v, want ErrFailed and its cause", err)
		}
		time.Sleep(time.Second)
		if err := s.Health(); !errors.Is(err, persistence.ErrFailed) || !errors.Is(err, syscall.EIO) {
			t.Errorf("Health: %v, want ErrFailed and its cause", err)
		}
		time.Sleep(time.Hour)
		if err := s.Health(); err != nil || attempts != 12 {
			t.Errorf("Health: %v after %d attempts", err, attempts)
		}
		commit(t, s, persistence.Change{Key: "r", Messages: messages(4, 4)})
	})
}

// TestRecoveryRefuses: what is found in the file's place is not taken for the store that was there.
func TestRecoveryRefuses(t *testing.T) {
	for name, replace := range map[string]func(t *testing.T, path string){
		"nothing": func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"empty":   func(t *testing.T, path string) { must(t, os.Remove(path)); must(t, os.WriteFile(path, nil, 0o600)) },
		"another store": func(t *testing.T, path string) {
			folder := t.TempDir()
			closeStore(t, openBolt(t, folder))
			must(t, os.Rename(filepath.Join(folder, persistence.FileName), path))
		},
		"an older state": func(t *testing.T, path string) { must(t, os.Rename(path+".old", path)) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, persistence.FileName)
			synctest.Test(t, func(t *testing.T) {
				d := &disk{}
				s := d.openStore(t, folder)
				must(t, os.WriteFile(path+".old", imageOf(t, folder, s), 0o600))
				for range 3 {
					commit(t, s, persistence.Change{Key: "r", Summary: []byte("s")})
				}
				sound := imageOf(t, folder, s)
				d.commit = func(*bbolt.Tx) error { return errDisk }
				if err := s.Commit(); !errors.Is(err, persistence.ErrFailed) {
					t.Fatalf("Commit: %v, want ErrFailed", err)
				}
				replace(t, path)
				time.Sleep(time.Minute)
				if err := s.Health(); !errors.Is(err, persistence.ErrFailed) {
					t.Errorf("Health: %v, want ErrFailed", err)
				}
				must(t, os.WriteFile(path, sound, 0o600)) // it is found again
				time.Sleep(time.Minute)
				if err := s.Health(); err != nil {
					t.Errorf("Health: %v", err)
				}
				closeStore(t, s)
			})
		})
	}
}

// TestCloseWhileFailed: an end amid recovery is one, and leaves nothing running.
func TestCloseWhileFailed(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		s := d.openStore(t, folder)
		d.commit = func(*bbolt.Tx) error { return errDisk }
		d.open = func() error { return errDisk }
		if err := s.Commit(); !errors.Is(err, persistence.ErrFailed) {
			t.Fatalf("Commit: %v, want ErrFailed", err)
		}
		time.Sleep(10 * time.Second)
		closeStore(t, s)
		closeStore(t, s)
		d.open = func() error { t.Error("opened after the end"); return errDisk }
		time.Sleep(time.Hour)
		if err := s.Health(); !errors.Is(err, persistence.ErrClosed) {
			t.Errorf("Health: %v, want ErrClosed", err)
		}
	})
	closeStore(t, openBolt(t, folder))
}

// TestSlowDisk: while a commit waits for the disk, the store's health says so.
func TestSlowDisk(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		s := d.openStore(t, folder)
		defer closeStore(t, s)
		d.commit = func(tx *bbolt.Tx) error {
			time.Sleep(2 * persistence.SlowTimeout)
			return tx.Commit()
		}
		done := make(chan error, 1)
		go func() { done <- s.Commit(persistence.Change{Key: "r"}) }()
		time.Sleep(persistence.SlowTimeout - time.Millisecond)
		if err := s.Health(); err != nil {
			t.Errorf("Health: %v", err)
		}
		time.Sleep(2 * time.Millisecond)
		if err := s.Health(); !errors.Is(err, persistence.ErrSlow) {
			t.Errorf("Health: %v, want ErrSlow", err)
		}
		if err := <-done; err != nil || s.Health() != nil {
			t.Errorf("Commit: %v; Health: %v", err, s.Health())
		}
	})
}

const fullDiskChild = "PERSISTENCE_FULL_DISK"

// TestFullDisk: a real limit of the system, for as long as it lasts.
func TestFullDisk(t *testing.T) {
	if os.Getenv(fullDiskChild) == "" { // the limit is the process's, so it has to be another than that of all tests
		child := exec.Command(os.Args[0], "-test.run=^TestFullDisk$")
		child.Env = append(os.Environ(), fullDiskChild+"=true")
		if output, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
		return
	}
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := openBolt(t, folder)
		defer closeStore(t, s)
		m := persistencetest.NewModel()
		good := persistence.Change{Key: "r", Messages: messages(1, 3)}
		commit(t, s, good)
		must(t, m.Commit([]persistence.Change{good}))
		var was syscall.Rlimit
		must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was))
		must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: was.Max}))
		err := s.Commit(persistence.Change{Key: "r", Messages: []persistence.Message{{Seq: 4, Data: make([]byte, 100_000)}}})
		time.Sleep(time.Minute)
		still := s.Health()
		must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was))
		if !errors.Is(err, persistence.ErrFailed) || !errors.Is(still, persistence.ErrFailed) || !errors.Is(still, syscall.EFBIG) {
			t.Fatalf("Commit: %v; Health: %v; want ErrFailed of EFBIG", err, still)
		}
		waitUntilWell(t, s)
		m.Compare(t, s, rand.New(rand.NewPCG(1, 1)))
		commit(t, s, persistence.Change{Key: "r", Messages: messages(4, 4)})
	})
}
