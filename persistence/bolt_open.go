package persistence

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	fileName  = "roomd.db"
	formatKey = "format"
	format    = 1 // of the files that this version writes, and the newest that it reads
)

var (
	bucketMeta      = []byte("meta")
	bucketRooms     = []byte("rooms")
	bucketSnapshots = []byte("snapshots")
	bucketRecords   = []byte("records")
	bucketMessages  = []byte("messages")
	bucketLeftovers = []byte("leftovers")

	dataBuckets = [][]byte{bucketRooms, bucketSnapshots, bucketRecords, bucketMessages, bucketLeftovers}
)

// Open opens the store in a data folder and creates what is missing of both: the folder for its owner only, in
// it the file roomd.db. The error is one line that names the folder: [ErrLocked] when it is in use, [ErrCorrupt],
// [ErrNewerFormat], or the operating system's.
func Open(folder string) (*Bolt, error) {
	b, err := open(folder, os.OpenFile)
	switch {
	case errors.Is(err, ErrLocked):
		return nil, fmt.Errorf("data folder %s is %w", folder, err)
	case err != nil:
		return nil, fmt.Errorf("data folder %s: %w", folder, err)
	}
	return b, nil
}

// openFileFunc is os.OpenFile, or a test's.
type openFileFunc func(path string, flag int, mode os.FileMode) (*os.File, error)

func open(folder string, openFile openFileFunc) (*Bolt, error) {
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	path := filepath.Join(folder, fileName)
	if err := inspect(path); err != nil {
		return nil, err
	}
	db, err := openDB(path, openFile, options())
	if err != nil {
		return nil, err
	}
	if err = describe(prepare(db)); err == nil {
		err = syncFolder(folder)
	}
	if err != nil {
		_ = db.Close() // the first error says it all
		return nil, err
	}
	return &Bolt{db: db}, nil
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

// options are those for serving.
func options() *bbolt.Options {
	o := &bbolt.Options{
		Timeout: lockTimeout,
		// The array type searches all free pages for each allocation; after a large deletion they are many.
		FreelistType: bbolt.FreelistMapType,
		// Without a stored freelist, opening would have to walk the whole file.
		NoFreelistSync: false,
		// Off would be faster and mean nothing.
		NoSync: false,
	}
	// Windows makes the file as large as the map, and a 32-bit process has no address space to spare.
	if runtime.GOOS != "windows" && strconv.IntSize == 64 {
		size := int64(initialMapBytes)
		o.InitialMmapSize = int(size)
	}
	return o
}

// inspect looks at a file, if there is one, without writing to it: bbolt would make a new store of an empty file,
// and change one of a format that this version doesn't know before anybody could look at it.
func inspect(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", fileName)
	case info.Size() == 0:
		return fmt.Errorf("%s is empty: %w", fileName, ErrCorrupt)
	}
	db, err := openDB(path, os.OpenFile, &bbolt.Options{ReadOnly: true, Timeout: lockTimeout})
	if err != nil {
		return err
	}
	err = guard(func() error {
		return db.View(func(tx *bbolt.Tx) error {
			if need := tx.Size(); info.Size() < need {
				return fmt.Errorf("%s has %d of %d bytes: %w", fileName, info.Size(), need, ErrCorrupt)
			}
			_, err := readFormat(tx)
			return err
		})
	})
	if cerr := db.Close(); err == nil {
		err = cerr
	}
	return err
}

// openDB opens the file with bbolt and makes one line with a name of what can go wrong.
func openDB(path string, openFile openFileFunc, o *bbolt.Options) (db *bbolt.DB, err error) {
	var file *os.File
	o.OpenFile = func(path string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := openFile(path, flag, mode)
		file = f
		return f, err
	}
	opened := false
	err = guard(func() error {
		var err error
		db, err = bbolt.Open(path, 0o600, o)
		opened = err == nil
		return err
	})
	if err != nil && !opened && file != nil {
		_ = file.Close() // bbolt has, unless it panicked: then the lock would stay
	}
	return db, describe(err)
}

// describe names an error of opening: what neither this package nor the operating system said is about the content.
func describe(err error) error {
	var system syscall.Errno
	switch {
	case err == nil, errors.Is(err, ErrCorrupt), errors.Is(err, ErrNewerFormat), errors.As(err, &system):
		return err
	case errors.Is(err, berrors.ErrTimeout):
		return ErrLocked
	}
	return fmt.Errorf("%s: %w: %w", fileName, ErrCorrupt, err)
}

// prepare makes a store of a file without buckets, which is one that was just created. For any other it commits nothing
// in particular: an earlier process may have seen a sync fail, and what this one reads, from the system's cache,
// must be on disk before it is relied on.
func prepare(db *bbolt.DB) error {
	return guard(func() error {
		return db.Update(func(tx *bbolt.Tx) error {
			stored, err := readFormat(tx)
			if err != nil {
				return err
			}
			if stored == 0 {
				return create(tx)
			}
			for _, name := range dataBuckets {
				if tx.Bucket(name) == nil {
					return fmt.Errorf("%s has no bucket %q: %w", fileName, name, ErrCorrupt)
				}
			}
			return nil
		})
	})
}

// readFormat returns the format of a store, 0 if the file has no buckets at all.
func readFormat(tx *bbolt.Tx) (int, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		if k, _ := tx.Cursor().First(); k != nil {
			return 0, fmt.Errorf("%s is not of this program: %w", fileName, ErrCorrupt)
		}
		return 0, nil
	}
	text := meta.Get([]byte(formatKey))
	stored, err := strconv.Atoi(string(text))
	if err != nil || stored < 1 {
		return 0, fmt.Errorf("%s has format %.16q: %w", fileName, text, ErrCorrupt)
	}
	if stored > format {
		return 0, fmt.Errorf("%s has format %d, this version reads up to %d: %w", fileName, stored, format, ErrNewerFormat)
	}
	return stored, nil
}

// create makes the buckets of a new store.
func create(tx *bbolt.Tx) error {
	for _, name := range dataBuckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta, err := tx.CreateBucket(bucketMeta)
	if err != nil {
		return err
	}
	return meta.Put([]byte(formatKey), []byte(strconv.Itoa(format)))
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
