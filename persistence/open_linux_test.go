package persistence_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"roomd/persistence"
)

// TestOpenUnwritable opens folders and a file without the right to write. Root has it everywhere, so for it the
// test borrows another user's rights; Linux has these for each thread.
func TestOpenUnwritable(t *testing.T) {
	readOnly := t.TempDir()
	stored := t.TempDir()
	closeStore(t, openBolt(t, stored))
	for path, mode := range map[string]fs.FileMode{
		readOnly: 0o555, stored: 0o755, filepath.Join(stored, persistence.FileName): 0o444, filepath.Dir(readOnly): 0o755,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, folder := range map[string]string{
		"new folder in a read-only one": filepath.Join(readOnly, "new"),
		"new file in a read-only one":   readOnly,
		"read-only file":                stored,
	} {
		if err := withoutRights(func() error { _, err := persistence.Open(folder); return err }); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v, want a permission error", name, err)
		}
	}
}

// withoutRights runs fn as a user that owns nothing, if it can.
func withoutRights(fn func() error) error {
	if os.Geteuid() != 0 {
		return fn()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const nobody = 65534
	if err := syscall.Setfsuid(nobody); err != nil {
		return err
	}
	defer func() {
		if err := syscall.Setfsuid(0); err != nil {
			panic(err) // the thread must not go on like this
		}
	}()
	return fn()
}
