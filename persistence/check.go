package persistence

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// DamageError says what is wrong with a store's file. It is [ErrCorrupt].
type DamageError struct {
	Problems []string // the first of them, a line each, at most problemsMax
	More     bool     // there are others
}

func (e *DamageError) Error() string {
	more := ""
	switch {
	case e.More:
		more = fmt.Sprintf(" (and more than %d others)", len(e.Problems)-1)
	case len(e.Problems) > 1:
		more = fmt.Sprintf(" (and %d more)", len(e.Problems)-1)
	}
	return fmt.Sprintf("%v: %s%s", ErrCorrupt, e.Problems[0], more)
}

// Unwrap returns ErrCorrupt.
func (e *DamageError) Unwrap() error { return ErrCorrupt }

// problems gathers what is wrong.
type problems struct {
	found DamageError
}

func (p *problems) add(format string, args ...any) {
	if len(p.found.Problems) == problemsMax {
		p.found.More = true
		return
	}
	p.found.Problems = append(p.found.Problems, fmt.Sprintf(format, args...))
}

// err returns the DamageError, if there is anything wrong.
func (p *problems) err() error {
	if len(p.found.Problems) == 0 {
		return nil
	}
	return &p.found
}

// Check reads all of the store of a data folder that nobody has open for writing, changes nothing, and says what it
// holds. Any damage to what is in use is found, that of entries that are missing too: a [*DamageError]. Damage that
// makes the file unreadable is found before, and is an error as of [Open].
func Check(folder string) (Stats, error) {
	s, err := checkFile(filepath.Join(folder, fileName))
	if err != nil {
		return Stats{}, folderError(folder, err)
	}
	return s, nil
}

// checkFile is Check of a store's file, wherever it is.
func checkFile(path string) (s Stats, err error) {
	err = viewFile(path, func(tx *bbolt.Tx, file *os.File) error {
		s, err = checkTx(tx, file)
		return err
	})
	return s, err
}

// viewFile runs fn in a read transaction of a file that nobody has open for writing.
func viewFile(path string, fn func(*bbolt.Tx, *os.File) error) error {
	db, err := openReadOnly(path)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // it was only read
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := checkInPlace(file, path); err != nil {
		return err
	}
	return guard(func() error { return db.View(func(tx *bbolt.Tx) error { return fn(tx, file) }) })
}

// checkTx checks the state of a transaction, first its pages: what the entries are read with believes them.
func checkTx(tx *bbolt.Tx, file *os.File) (Stats, error) {
	var found problems
	pages, err := newPageCheck(tx, file, &found)
	if err != nil {
		return Stats{}, err
	}
	if err := pages.run(); err != nil {
		return Stats{}, err
	}
	if err := found.err(); err != nil {
		return Stats{}, err
	}
	s, err := readStats(tx, file, pages)
	if err != nil {
		return Stats{}, err
	}
	return s, found.err()
}

// life is a key as its entries know it.
type life struct {
	number   uint64
	kind     int // index of its Kind
	head     head
	leftover leftover // zero: nothing is left over
	deleted  bool     // there is no such key any more
	records  uint64   // in sight, found
	snapshot bool     // found
}

// survey reads every entry of a store.
type survey struct {
	tx    *bbolt.Tx
	found *problems
	kinds []Kind
	lives []life // ascending by number
	has   totals
	bytes int64 // of leftovers
}

// run reads all buckets and compares what is found with what the store says of itself.
func (s *survey) run(stored int) error {
	if err := s.readLives(); err != nil {
		return err
	}
	s.entries(bucketSnapshots, &s.has.snapshots, s.snapshot)
	s.entries(bucketRecords, &s.has.records, s.record)
	s.entries(bucketMessages, &s.has.messages, s.message)
	for i := range s.lives {
		l := &s.lives[i]
		if want := l.head.lastNumber - l.head.snapshotNumber; l.records != want {
			s.found.add("life %d has %d of %d records", l.number, l.records, want)
		}
		if l.snapshot != l.head.hasSnapshot {
			s.found.add("life %d has a snapshot: %t, should be %t", l.number, l.snapshot, l.head.hasSnapshot)
		}
	}
	if stored < formatTotals {
		return nil
	}
	says, err := readTotals(s.tx)
	if err != nil {
		s.found.add("%v", err)
	} else if says != s.has {
		s.found.add("there are %s", says.difference(s.has))
	}
	if _, err := readGeneration(s.tx); err != nil {
		s.found.add("%v", err)
	}
	return nil
}

// readLives reads the keys and the leftovers.
func (s *survey) readLives() error {
	for _, name := range dataBuckets {
		if s.tx.Bucket(name) == nil {
			return fmt.Errorf("no bucket %q: %w", name, ErrCorrupt)
		}
	}
	s.entries(bucketKeys, &s.has.keys, func(k, v []byte) (int, error) {
		h, _, err := decodeKey(k, v)
		kind := s.kindOf(string(k))
		if err == nil {
			s.kinds[kind].Keys++
			s.lives = append(s.lives, life{number: h.life, kind: kind, head: h})
		}
		return kind, err
	})
	slices.SortFunc(s.lives, byNumber)
	given := s.tx.Bucket(bucketKeys).Sequence()
	for i := range s.lives {
		if n := s.lives[i].number; n == 0 || n > given || i > 0 && n == s.lives[i-1].number {
			s.found.add("life %d is there twice, or was never given", n)
		}
	}
	var deleted []life
	s.entries(bucketLeftovers, &s.has.leftovers, func(k, v []byte) (int, error) {
		number, left, err := readLeftover(k, v)
		if err != nil {
			return noKind, err
		}
		if l := s.life(number); l != nil {
			l.leftover = left
		} else {
			deleted = append(deleted, life{number: number, kind: noKind, leftover: left, deleted: true})
		}
		return noKind, nil
	})
	s.lives = append(s.lives, deleted...)
	slices.SortFunc(s.lives, byNumber)
	return nil
}

func byNumber(a, b life) int { return cmp.Compare(a.number, b.number) }

// life returns the one of a number, nil if there is none.
func (s *survey) life(number uint64) *life {
	i, ok := slices.BinarySearchFunc(s.lives, life{number: number}, byNumber)
	if !ok {
		return nil
	}
	return &s.lives[i]
}

// entries reads a bucket. Fn says which kind an entry's bytes count to.
func (s *survey) entries(bucket []byte, n *uint64, fn func(k, v []byte) (kind int, err error)) {
	c := s.tx.Bucket(bucket).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		*n++
		kind, err := fn(k, v)
		if err != nil {
			s.found.add("%s: %.64q: %s", bucket, k, strings.ReplaceAll(err.Error(), "\n", " "))
		}
		if kind == noKind {
			s.bytes += int64(len(k) + len(v))
		} else {
			s.kinds[kind].Bytes += int64(len(k) + len(v))
		}
	}
}

// entry returns the life that an entry is filed under.
func (s *survey) entry(number uint64, k, v []byte) (*life, error) {
	if _, err := unseal(k, v); err != nil {
		return nil, err
	}
	l := s.life(number)
	if l == nil {
		return nil, fmt.Errorf("life %d is nobody's: %w", number, ErrCorrupt)
	}
	return l, nil
}

func (s *survey) snapshot(k, v []byte) (int, error) {
	number, err := decodeLife(k)
	if err != nil {
		return noKind, err
	}
	l, err := s.entry(number, k, v)
	if err != nil {
		return noKind, err
	}
	l.snapshot = true
	return l.kind, nil
}

func (s *survey) record(k, v []byte) (int, error) {
	key, err := decodeEntryKey(k)
	if err != nil {
		return noKind, err
	}
	l, err := s.entry(key.life, k, v)
	switch {
	case err != nil:
		return noKind, err
	case !l.deleted && key.number > l.head.snapshotNumber && key.number <= l.head.lastNumber:
		l.records++
		s.kinds[l.kind].Records++
		return l.kind, nil
	case key.number <= l.leftover.recordsTo:
		return noKind, nil
	}
	return noKind, fmt.Errorf("record %d is out of place: %w", key.number, ErrCorrupt)
}

func (s *survey) message(k, v []byte) (int, error) {
	key, err := decodeEntryKey(k)
	if err != nil {
		return noKind, err
	}
	l, err := s.entry(key.life, k, v)
	switch {
	case err != nil:
		return noKind, err
	case !l.deleted && key.number >= l.head.messagesFrom && key.number <= l.head.newestSeq:
		s.kinds[l.kind].Messages++
		return l.kind, nil
	case key.number < l.leftover.messagesFrom:
		return noKind, nil
	}
	return noKind, fmt.Errorf("message %d is out of place: %w", key.number, ErrCorrupt)
}
