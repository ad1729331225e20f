package persistence_test

import (
	"io/fs"
	"os"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"roomd/persistence"
)

// disk is what a store under test has its file on. It fails when it is told to, as the system's own calls do.
type disk struct {
	file   *os.File              // the store's, as last opened
	commit func(*bbolt.Tx) error // how the next commit goes; nil: well
	open   func() error          // how opening goes; nil: well
}

var errDisk = &fs.PathError{Op: "fsync", Path: "disk", Err: syscall.EIO}

func (d *disk) openStore(t testing.TB, folder string) *persistence.Bolt {
	t.Helper()
	s, err := persistence.OpenWith(folder, d.openFile, d.commitTx)
	if err != nil {
		t.Fatalf("OpenWith: %v", err)
	}
	return s
}

func (d *disk) openFile(path string, flag int, mode os.FileMode) (f *os.File, err error) {
	if d.open != nil {
		if err := d.open(); err != nil {
			return nil, err
		}
	}
	d.file, err = os.OpenFile(path, flag, mode)
	return d.file, err
}

func (d *disk) commitTx(tx *bbolt.Tx) error {
	if d.commit == nil {
		return tx.Commit()
	}
	commit := d.commit
	d.commit = nil
	return commit(tx)
}
