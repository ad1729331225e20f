package persistence

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"go.etcd.io/bbolt"
)

// createFile makes a new store's file. It comes to its place as a whole: one that a power cut left half made would be
// refused from then on, as damaged.
func createFile(path string) error {
	made, err := tempFile(path)
	if err != nil {
		return err
	}
	defer os.Remove(made)
	db, err := bbolt.Open(made, 0o600, &bbolt.Options{Timeout: lockTimeout})
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	err = publish(made, path)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster; opening it will tell whether it has it still
	}
	return err
}

// tempFile makes an empty file beside another, for its owner only.
func tempFile(path string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// publish gives a file that is on disk its name, durably, unless there is one of that name: then it is fs.ErrExist.
func publish(made, path string) error {
	err := os.Link(made, path)
	if err != nil && !errors.Is(err, fs.ErrExist) { // a file system without links; renaming would replace
		if _, there := os.Lstat(path); !errors.Is(there, fs.ErrNotExist) {
			return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
		}
		err = os.Rename(made, path)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// makeFolder creates a folder and its parents, durably.
func makeFolder(folder string) error {
	parent := filepath.Dir(folder)
	err := os.Mkdir(folder, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFolder(parent); err != nil {
			return err
		}
		err = os.Mkdir(folder, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil // if it is no folder, opening the file in it will say so
	}
	if err != nil {
		return err
	}
	return syncFolder(parent)
}

// syncFolder makes a new entry of a folder durable: a file's own sync doesn't.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil // it can't, and needn't
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	err = f.Sync()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
