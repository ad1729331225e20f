package persistence_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"roomd/persistence"
	"roomd/persistence/persistencetest"
)

// filled returns a data folder whose closed store has random content, and what that is.
func filled(t testing.TB) (folder string, m *persistencetest.Model) {
	t.Helper()
	folder, m = t.TempDir(), persistencetest.NewModel()
	s := openBolt(t, folder)
	rng := rand.New(rand.NewPCG(7, 7))
	for range 60 {
		_ = m.Step(t, s, rng)
	}
	closeStore(t, s)
	return folder, m
}

// holds opens a folder's store, which must be as the model says, and returns its generation.
func holds(t testing.TB, folder string, m *persistencetest.Model) (generation string) {
	t.Helper()
	if _, err := persistence.Check(folder); err != nil {
		t.Error(err)
	}
	s := openBolt(t, folder)
	defer closeStore(t, s)
	m.Compare(t, s, rand.New(rand.NewPCG(1, 1)))
	return s.Generation()
}

// assertAlone says that a folder holds these files and no others: nothing half made is left.
func assertAlone(t testing.TB, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	var there []string
	for _, e := range entries {
		there = append(there, e.Name())
	}
	if err != nil || fmt.Sprint(there) != fmt.Sprint(names) {
		t.Errorf("the folder holds %q, %v, want %q", there, err, names)
	}
}

func TestBackupAndRestore(t *testing.T) {
	folder, m := filled(t)
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := persistence.Backup(folder, backup); err != nil {
		t.Fatal(err)
	}
	assertAlone(t, folder, persistence.FileName)
	assertAlone(t, filepath.Dir(backup), "backup")
	restored := filepath.Join(t.TempDir(), "new")
	stats, err := persistence.Restore(backup, restored)
	if err != nil || stats.Generation != "" {
		t.Fatalf("Restore: %v, generation %q", err, stats.Generation)
	}
	assertAlone(t, restored, persistence.FileName)
	generations := map[string]bool{holds(t, folder, m): true, holds(t, restored, m): true}

	// Restored again, or put in place by hand: each is another generation.
	again, byHand := t.TempDir(), t.TempDir()
	if _, err := persistence.Restore(backup, again); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(backup)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(byHand, persistence.FileName), data, 0o600))
	generations[holds(t, again, m)], generations[holds(t, byHand, m)] = true, true
	if len(generations) != 4 {
		t.Errorf("generations %v, want 4", generations)
	}
	generations[holds(t, folder, m)] = true
	if len(generations) != 4 {
		t.Error("the backed up store has changed its generation")
	}
}

// TestRestoreOfStoreFile: a copy of a store's own file is as good as a backup.
func TestRestoreOfStoreFile(t *testing.T) {
	folder, m := filled(t)
	restored := t.TempDir()
	if _, err := persistence.Restore(filepath.Join(folder, persistence.FileName), restored); err != nil {
		t.Fatal(err)
	}
	if holds(t, folder, m) == holds(t, restored, m) {
		t.Error("the restored store has the generation of its origin")
	}
}

// TestBackupOfRunningStore: each backup is a state that the store had, while it goes on.
func TestBackupOfRunningStore(t *testing.T) {
	folder := t.TempDir()
	s := openBolt(t, folder)
	defer closeStore(t, s)
	server, err := persistence.ServeBackups(s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(folder, persistence.SocketName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v, want 0600", info.Mode(), err)
	}
	write := func(n uint64) error { // two keys in step
		messages := []persistence.Message{{Seq: n, Data: make([]byte, 3000)}}
		return s.Commit(persistence.Change{Key: "a", Messages: messages}, persistence.Change{Key: "b", Messages: messages})
	}
	must(t, write(1))
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for n := uint64(2); ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := write(n); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 5 {
		backup := filepath.Join(t.TempDir(), "backup")
		stats, err := persistence.Backup(folder, backup)
		if err != nil {
			t.Fatal(err)
		}
		if n := stats.Kinds; len(n) != 1 || n[0].Keys != 2 || n[0].Messages%2 != 0 {
			t.Errorf("a backup with %+v", n)
		}
	}
	close(stop)
	writing.Wait()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	assertAlone(t, folder, persistence.FileName)
}

// TestStaleSocket: what a killed server left is neither taken for one nor in the way of the next.
func TestStaleSocket(t *testing.T) {
	folder, m := filled(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(folder, persistence.SocketName), Net: "unix"})
	must(t, err)
	l.SetUnlinkOnClose(false)
	must(t, l.Close())
	if _, err := persistence.Backup(folder, filepath.Join(t.TempDir(), "backup")); err != nil {
		t.Errorf("Backup: %v", err)
	}
	s := openBolt(t, folder)
	defer closeStore(t, s)
	server, err := persistence.ServeBackups(s, slog.New(slog.DiscardHandler))
	must(t, err)
	defer server.Close()
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := persistence.Backup(folder, backup); err != nil {
		t.Fatalf("Backup: %v", err)
	}
	restored := t.TempDir()
	if _, err := persistence.Restore(backup, restored); err != nil {
		t.Fatal(err)
	}
	holds(t, restored, m)
}

// TestBackupOfDeepFolder: where no socket can be, a server says so, and a store that nobody has open is backed up all
// the same.
func TestBackupOfDeepFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	s := openBolt(t, folder)
	if _, err := persistence.ServeBackups(s, slog.New(slog.DiscardHandler)); !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Errorf("ServeBackups: %v", err)
	}
	closeStore(t, s)
	if _, err := persistence.Backup(folder, filepath.Join(t.TempDir(), "backup")); err != nil {
		t.Errorf("Backup: %v", err)
	}
}

// TestBackupThatStalls: a client that takes nothing doesn't keep the store from its end.
func TestBackupThatStalls(t *testing.T) {
	folder := t.TempDir()
	s := openBolt(t, folder)
	commit(t, s, persistence.Change{Key: "r", Snapshot: make([]byte, 8<<20)}) // more than a socket holds
	var log bytes.Buffer
	server, err := persistence.ServeBackups(s, slog.New(slog.NewTextHandler(&log, nil)))
	must(t, err)
	conn, err := net.Dial("unix", filepath.Join(folder, persistence.SocketName))
	must(t, err)
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 1)); err != nil { // it is being served
		t.Fatal(err)
	}
	began := time.Now()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	closeStore(t, s)
	if waited := time.Since(began); waited > 5*time.Second {
		t.Errorf("the end took %s", waited)
	}
	if !strings.Contains(log.String(), "backup failed") {
		t.Errorf("log: %s", log.String())
	}
}

// TestBackupOfFailedStore: the server says why, and nothing is left of the copy.
func TestBackupOfFailedStore(t *testing.T) {
	folder, to := t.TempDir(), t.TempDir()
	d := &disk{}
	s := d.openStore(t, folder)
	defer closeStore(t, s)
	server, err := persistence.ServeBackups(s, slog.New(slog.DiscardHandler))
	must(t, err)
	defer server.Close()
	d.commit = func(*bbolt.Tx) error { return errDisk }
	if err := s.Commit(); !errors.Is(err, persistence.ErrFailed) {
		t.Fatal(err)
	}
	_, err = persistence.Backup(folder, filepath.Join(to, "backup"))
	if err == nil || !strings.Contains(err.Error(), "refuses") || !strings.Contains(err.Error(), "failed") {
		t.Errorf("Backup: %v", err)
	}
	assertAlone(t, to)
}

// TestBackupRefuses: nothing is overwritten, nothing damaged is called a backup.
func TestBackupRefuses(t *testing.T) {
	folder, _ := filled(t)
	sound, err := os.ReadFile(filepath.Join(folder, persistence.FileName))
	must(t, err)
	taken := filepath.Join(t.TempDir(), "taken")
	must(t, os.WriteFile(taken, []byte("mine"), 0o600))
	if _, err := persistence.Backup(folder, taken); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Backup to a file that is there: %v", err)
	}
	if _, err := persistence.Restore(taken, folder); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Restore over a store: %v", err)
	}
	if data, err := os.ReadFile(taken); string(data) != "mine" {
		t.Errorf("the file is %q, %v", data, err)
	}
	newer := editedWith(t, sound, setFormat("5"))
	for name, c := range map[string]struct {
		image image
		want  error
	}{
		"text":  {image("not a store"), persistence.ErrCorrupt},
		"short": {sound[:4*pageBytes], persistence.ErrCorrupt},
		"newer": {newer, persistence.ErrNewerFormat},
		"an entry is gone": {editedWith(t, sound, func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket([]byte("messages")).Cursor().Last()
			return tx.Bucket([]byte("messages")).Delete(k)
		}), persistence.ErrCorrupt},
	} {
		from, to := c.image.folder(t), t.TempDir()
		if _, err := persistence.Backup(from, filepath.Join(to, "backup")); !errors.Is(err, c.want) {
			t.Errorf("%s: Backup: %v, want %v", name, err, c.want)
		}
		if _, err := persistence.Restore(filepath.Join(from, persistence.FileName), to); !errors.Is(err, c.want) {
			t.Errorf("%s: Restore: %v, want %v", name, err, c.want)
		}
		if _, _, err := persistence.Compact(from); !errors.Is(err, c.want) {
			t.Errorf("%s: Compact: %v, want %v", name, err, c.want)
		}
		assertAlone(t, to)
		assertAlone(t, from, persistence.FileName)
		if data, err := os.ReadFile(filepath.Join(from, persistence.FileName)); err != nil || !bytes.Equal(data, c.image) {
			t.Errorf("%s: the file was changed: %v", name, err)
		}
	}
}

// TestToolsWhileServing: what needs the file for itself says that another has it.
func TestToolsWhileServing(t *testing.T) {
	folder, to := t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) { // each waits for the lock a little
		s := openBolt(t, folder)
		defer closeStore(t, s)
		_, check := persistence.Check(folder)
		_, stats := persistence.ReadStats(folder)
		_, _, compact := persistence.Compact(folder)
		_, backup := persistence.Backup(folder, filepath.Join(to, "backup")) // no server for it
		_, restore := persistence.Restore(filepath.Join(folder, persistence.FileName), filepath.Join(to, "new"))
		for what, err := range map[string]error{"Check": check, "ReadStats": stats, "Compact": compact, "Backup": backup, "Restore": restore} {
			if !errors.Is(err, persistence.ErrLocked) {
				t.Errorf("%s: %v, want ErrLocked", what, err)
			}
		}
		commit(t, s, persistence.Change{Key: "r"})
	})
}

func TestCompact(t *testing.T) {
	folder := t.TempDir()
	s := openBolt(t, folder)
	m := persistencetest.NewModel()
	for _, c := range []persistence.Change{
		{Key: "large", Snapshot: make([]byte, 4<<20)}, {Key: "kept", Messages: messages(1, 100), Summary: []byte("s")},
		{Key: "large", Delete: true}, {Key: "kept", TrimMessagesBefore: 50},
	} {
		commit(t, s, c)
		must(t, m.Commit([]persistence.Change{c}))
	}
	generation := s.Generation()
	closeStore(t, s)
	before, after, err := persistence.Compact(folder)
	if err != nil || after.FileBytes > before.FileBytes/10 || after.FreeBytes > after.FileBytes/2 {
		t.Errorf("Compact: %v, %+v, then %+v", err, before, after)
	}
	assertAlone(t, folder, persistence.FileName)
	if got := holds(t, folder, m); got != generation {
		t.Errorf("generation %q, was %q", got, generation)
	}
}

// TestOpenWhileReplaced: a server that waited for the file of before would write what nobody ever reads.
func TestOpenWhileReplaced(t *testing.T) {
	folder, m := filled(t)
	path := filepath.Join(folder, persistence.FileName)
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		replaced := false
		d.open = func() error { // as Compact does between a server's opening and its lock
			if !replaced {
				replaced = true
				data, err := os.ReadFile(path)
				must(t, err)
				must(t, os.WriteFile(path+".new", data, 0o600))
			}
			return nil
		}
		openFile := func(path string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := d.openFile(path, flag, mode)
			must(t, os.Rename(path+".new", path))
			return f, err
		}
		if _, err := persistence.OpenWith(folder, openFile, d.commitTx); !errors.Is(err, persistence.ErrLocked) {
			t.Errorf("Open: %v, want ErrLocked", err)
		}
	})
	holds(t, folder, m)
}

func TestStats(t *testing.T) {
	folder := t.TempDir()
	s := openBolt(t, folder)
	commit(t, s,
		persistence.Change{Key: "a/1", Records: []persistence.Record{{Number: 1, Data: make([]byte, 1000)}}, Messages: messages(1, 3)},
		persistence.Change{Key: "a/2", Messages: messages(1, 10), Snapshot: []byte("s")},
		persistence.Change{Key: "b/1"}, persistence.Change{Key: "alone"})
	commit(t, s, persistence.Change{Key: "a/2", TrimMessagesBefore: 9})
	generation := s.Generation()
	closeStore(t, s)
	stats, err := persistence.ReadStats(folder)
	if err != nil {
		t.Fatal(err)
	}
	want := []persistence.Kind{{Prefix: "", Keys: 1}, {Prefix: "a/", Keys: 2, Records: 1, Messages: 5}, {Prefix: "b/", Keys: 1}}
	for i, k := range stats.Kinds {
		if k.Bytes < 50 || k.Prefix == "a/" && k.Bytes < 1000 {
			t.Errorf("%q has %d bytes", k.Prefix, k.Bytes)
		}
		stats.Kinds[i].Bytes = 0
	}
	if fmt.Sprint(stats.Kinds) != fmt.Sprint(want) {
		t.Errorf("kinds %+v, want %+v", stats.Kinds, want)
	}
	if stats.Format != 4 || stats.Generation != generation || stats.FileBytes < 8*pageBytes || stats.FreeBytes < 0 || stats.FreeBytes >= stats.FileBytes {
		t.Errorf("%+v", stats)
	}
}
