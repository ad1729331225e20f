package persistence

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	fileName  = "roomd.db"
	formatKey = "format"
	format    = 4 // of the files that this version writes, and the newest that it reads
	formatMin = 2 // the oldest that it reads

	// formatTotals is the first with totals, and formats before it don't know of generations.
	formatTotals = 3
)

var (
	bucketMeta      = []byte("meta")
	bucketKeys      = []byte("keys")
	bucketSnapshots = []byte("snapshots")
	bucketRecords   = []byte("records")
	bucketMessages  = []byte("messages")
	bucketLeftovers = []byte("leftovers")

	dataBuckets = [][]byte{bucketKeys, bucketSnapshots, bucketRecords, bucketMessages, bucketLeftovers}

	generationKey = []byte("generation")
)

// Open opens the store in a data folder and creates what is missing of both: the folder for its owner only, in
// it the file roomd.db. A file of an older format that this version reads becomes one of its own. The error is one line
// that names the folder: [ErrLocked] when it is in use, [ErrCorrupt], [ErrOlderFormat], [ErrNewerFormat], or the
// operating system's.
func Open(folder string) (*Bolt, error) {
	return open(storeFile{folder: folder, openFile: os.OpenFile, commit: (*bbolt.Tx).Commit})
}

func open(f storeFile) (*Bolt, error) {
	o, err := f.openOrCreate()
	if err != nil {
		return nil, folderError(f.folder, err)
	}
	return &Bolt{file: f, generation: o.generation, committed: o.committed, db: o.db}, nil
}

// folderError says whose an error is, in one line.
func folderError(folder string, err error) error {
	if errors.Is(err, ErrLocked) {
		return fmt.Errorf("data folder %s is %w", folder, err)
	}
	return fmt.Errorf("data folder %s: %w", folder, err)
}

// storeFile is where a store's file is and how it is written.
type storeFile struct {
	folder   string
	openFile openFileFunc          // os.OpenFile, or a test's
	commit   func(*bbolt.Tx) error // (*bbolt.Tx).Commit, or a test's
}

type openFileFunc func(path string, flag int, mode os.FileMode) (*os.File, error)

// openedFile is a file that has been found sound.
type openedFile struct {
	db         *bbolt.DB
	generation string
	committed  int // id of the last transaction on disk
}

func (f storeFile) path() string { return filepath.Join(f.folder, fileName) }

func (f storeFile) openOrCreate() (openedFile, error) {
	if err := makeFolder(f.folder); err != nil {
		return openedFile{}, err
	}
	_, err := os.Stat(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		err = createFile(f.path())
	}
	if err != nil {
		return openedFile{}, err
	}
	return f.open(func(*bbolt.Tx) error { return nil })
}

// open opens the file, which must be there. Expect is asked before anything is written to it.
func (f storeFile) open(expect func(*bbolt.Tx) error) (openedFile, error) {
	if err := inspect(f.path()); err != nil {
		return openedFile{}, err
	}
	db, err := openDB(f.path(), f.openFile, options())
	if err != nil {
		return openedFile{}, err
	}
	o, err := f.prepare(db, expect)
	if err == nil {
		err = syncFolder(f.folder)
	}
	if err != nil {
		_ = db.Close() // the first error says it all
		return openedFile{}, describe(err)
	}
	return o, nil
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

// inspect looks at a file without writing to it: bbolt would make a new store of an empty file, and change one of a
// format that this version doesn't know before anybody could look at it.
func inspect(path string) error {
	db, err := openReadOnly(path)
	if err != nil {
		return err
	}
	return db.Close()
}

// openReadOnly opens a file that looks like a sound store of this version, beside others who only read it.
func openReadOnly(path string) (*bbolt.DB, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", filepath.Base(path))
	case info.Size() == 0:
		return nil, fmt.Errorf("%s is empty: %w", filepath.Base(path), ErrCorrupt)
	}
	db, err := openDB(path, os.OpenFile, &bbolt.Options{ReadOnly: true, Timeout: lockTimeout})
	if err != nil {
		return nil, err
	}
	err = guard(func() error {
		return db.View(func(tx *bbolt.Tx) error {
			if need := tx.Size(); info.Size() < need {
				return fmt.Errorf("%s has %d of %d bytes: %w", filepath.Base(path), info.Size(), need, ErrCorrupt)
			}
			_, err := readFormat(tx)
			return err
		})
	})
	if err != nil {
		_ = db.Close() // the first error says it all
		return nil, describe(err)
	}
	return db, nil
}

// openDB opens a file that is there with bbolt, and makes one line with a name of what can go wrong.
func openDB(path string, openFile openFileFunc, o *bbolt.Options) (db *bbolt.DB, err error) {
	var file *os.File
	o.OpenFile = func(path string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := openFile(path, flag&^os.O_CREATE, mode)
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
	if err != nil {
		return nil, describe(err)
	}
	if err := checkInPlace(file, path); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// checkInPlace says whether a file that was waited for is still what its path names: meanwhile another process may have
// put another in its place, and all that is written to this one would be lost.
func checkInPlace(file *os.File, path string) error {
	locked, err := file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(locked, there) {
		return ErrLocked
	}
	return nil
}

// describe names an error of opening: what neither this package nor the operating system said is about the content.
func describe(err error) error {
	var system syscall.Errno
	switch {
	case err == nil, errors.As(err, &system):
		return err
	case slices.ContainsFunc([]error{ErrCorrupt, ErrOlderFormat, ErrNewerFormat, ErrLocked}, func(named error) bool { return errors.Is(err, named) }):
		return err
	case errors.Is(err, berrors.ErrTimeout):
		return ErrLocked
	}
	return fmt.Errorf("%s: %w: %w", fileName, ErrCorrupt, err)
}

// prepare completes what a file lacks to be a store of this version. If that is nothing, it commits nothing in
// particular: an earlier process, or this one, may have seen a sync fail, and what is read from the system's cache must
// be on disk before it is relied on.
func (f storeFile) prepare(db *bbolt.DB, expect func(*bbolt.Tx) error) (openedFile, error) {
	o := openedFile{db: db}
	err := guard(func() error {
		tx, err := db.Begin(true)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // does nothing after a commit
		o.committed = tx.ID()
		if err := expect(tx); err != nil {
			return err
		}
		if o.generation, err = complete(tx); err != nil {
			return err
		}
		return f.commit(tx)
	})
	return o, err
}

// complete makes a store of a file without buckets, which is one that was just created; one of this version of an
// older; and gives a store that has none its generation, which it returns.
func complete(tx *bbolt.Tx) (generation string, err error) {
	stored, err := readFormat(tx)
	if err != nil {
		return "", err
	}
	if stored == 0 {
		if err := createBuckets(tx); err != nil {
			return "", err
		}
	}
	for _, name := range dataBuckets {
		if tx.Bucket(name) == nil {
			return "", fmt.Errorf("%s has no bucket %q: %w", fileName, name, ErrCorrupt)
		}
	}
	if stored < formatTotals {
		if err := putTotals(tx, countTotals(tx)); err != nil {
			return "", err
		}
	}
	if _, err := readTotals(tx); err != nil {
		return "", fmt.Errorf("%s: %w", fileName, err)
	}
	if stored < format {
		if err := tx.Bucket(bucketMeta).Put([]byte(formatKey), []byte(strconv.Itoa(format))); err != nil {
			return "", err
		}
	}
	return completeGeneration(tx)
}

func createBuckets(tx *bbolt.Tx) error {
	for _, name := range append([][]byte{bucketMeta}, dataBuckets...) {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return nil
}

func completeGeneration(tx *bbolt.Tx) (string, error) {
	generation, err := readGeneration(tx)
	if err != nil || generation != "" {
		return generation, err
	}
	generation = newGeneration()
	return generation, tx.Bucket(bucketMeta).Put(generationKey, appendSealed(nil, generationKey, []byte(generation)))
}

// readGeneration returns a store's generation, or nothing: a backup has none, so whoever opens one gives it a new.
func readGeneration(tx *bbolt.Tx) (string, error) {
	value := tx.Bucket(bucketMeta).Get(generationKey)
	if value == nil {
		return "", nil
	}
	generation, err := unseal(generationKey, value)
	if err != nil {
		return "", fmt.Errorf("%s: generation: %w", fileName, err)
	}
	return string(generation), nil
}

func newGeneration() string { return rand.Text() }

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
	if stored < formatMin {
		return 0, fmt.Errorf("%s has format %d, this version reads from %d on: %w", fileName, stored, formatMin, ErrOlderFormat)
	}
	if stored > format {
		return 0, fmt.Errorf("%s has format %d, this version reads up to %d: %w", fileName, stored, format, ErrNewerFormat)
	}
	return stored, nil
}
