package persistence

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"go.etcd.io/bbolt"
)

// Bolt is a [Store] in one bbolt file. [Open] makes one.
type Bolt struct {
	// static after construction
	file       storeFile
	generation string

	// writing is held by the one commit, recovery or end that there is at a time.
	writing   sync.Mutex
	committed int // guarded by writing; id of the last transaction that is known to be on disk

	// gate is held for reading while a transaction begins, for writing while one is written and synced. Without it
	// a read could see a commit that isn't on disk yet: bbolt shows it before its last sync. Taken after writing.
	gate sync.RWMutex
	db   *bbolt.DB // guarded by gate; nil while recovery has none

	// health is guarded by itself, and never waits for the disk.
	health health
}

var _ Store = (*Bolt)(nil)

// Load implements [Store].
func (b *Bolt) Load(key string) (s Stored, err error) {
	err = b.view(func(tx *bbolt.Tx) error {
		h, _, err := readKey(tx, key)
		if err != nil {
			return err
		}
		s.Owner, s.SnapshotNumber = h.owner, h.snapshotNumber
		if s.Snapshot, err = readSnapshot(tx, h); err != nil {
			return fmt.Errorf("key %q: snapshot: %w", key, err)
		}
		if s.Records, err = readRecords(tx, h); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		return nil
	})
	if err != nil {
		return Stored{}, err
	}
	return s, nil
}

// readKey returns a key's head and its summary, the latter only for the time of the transaction.
func readKey(tx *bbolt.Tx, key string) (head, []byte, error) {
	value := tx.Bucket(bucketKeys).Get([]byte(key))
	if value == nil {
		return head{}, nil, fmt.Errorf("key %.64q: %w", key, ErrNotFound)
	}
	h, summary, err := decodeKey([]byte(key), value)
	if err != nil {
		return head{}, nil, fmt.Errorf("key %q: %w", key, err)
	}
	return h, summary, nil
}

// decodeKey returns the two parts of a value of the keys bucket.
func decodeKey(key, value []byte) (head, []byte, error) {
	data, err := unseal(key, value)
	if err != nil {
		return head{}, nil, err
	}
	return decodeHead(data)
}

// readSnapshot returns a copy of a key's snapshot, nil if it has none.
func readSnapshot(tx *bbolt.Tx, h head) ([]byte, error) {
	if !h.hasSnapshot {
		return nil, nil
	}
	key := encodeLife(h.life)
	value := tx.Bucket(bucketSnapshots).Get(key)
	if value == nil {
		return nil, fmt.Errorf("is missing: %w", ErrCorrupt)
	}
	data, err := unseal(key, value)
	if err != nil {
		return nil, err
	}
	return copyOf(data), nil
}

// readRecords returns copies of a key's records, all of them: a missing one is ErrCorrupt.
func readRecords(tx *bbolt.Tx, h head) ([]Record, error) {
	var records []Record
	c := tx.Bucket(bucketRecords).Cursor()
	number := h.snapshotNumber
	for k, v := c.Seek(entryKey{h.life, number + 1}.encode()); number < h.lastNumber; k, v = c.Next() {
		number++
		if !bytes.Equal(k, entryKey{h.life, number}.encode()) {
			return nil, fmt.Errorf("record %d is missing: %w", number, ErrCorrupt)
		}
		data, err := unseal(k, v)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", number, err)
		}
		records = append(records, Record{Number: number, Data: copyOf(data)})
	}
	return records, nil
}

// Messages implements [Store].
func (b *Bolt) Messages(key string, q Query) (messages []Message, err error) {
	err = b.view(func(tx *bbolt.Tx) error {
		h, _, err := readKey(tx, key)
		if err != nil {
			return err
		}
		if messages, err = readMessages(tx, h, q); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return messages, nil
}

// readMessages reads the page in the direction in which its end is open.
func readMessages(tx *bbolt.Tx, h head, q Query) ([]Message, error) {
	low, high, limit := q.bounds(h.messagesFrom)
	c := tx.Bucket(bucketMessages).Cursor()
	start, next := c.Seek, c.Next
	from := entryKey{h.life, low}
	if q.backwards() {
		start, next = func(key []byte) ([]byte, []byte) { return seekBefore(c, key) }, c.Prev
		from = entryKey{h.life, high}
	}
	p := page{limit: limit}
	for k, v := start(from.encode()); k != nil; k, v = next() {
		key, err := decodeEntryKey(k)
		if err != nil {
			return nil, err
		}
		if key.life != h.life || key.number < low {
			break
		}
		data, err := unseal(k, v)
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", key.number, err)
		}
		if !p.add(key.number, data) {
			break
		}
	}
	if q.backwards() {
		slices.Reverse(p.messages)
	}
	return p.messages, nil
}

// seekBefore moves the cursor to the last key lower than key.
func seekBefore(c *bbolt.Cursor, key []byte) (k, v []byte) {
	if k, _ := c.Seek(key); k == nil {
		return c.Last()
	}
	return c.Prev()
}

// Keys implements [Store].
func (b *Bolt) Keys(prefix string, fn func(key string, summary []byte) error) error {
	return listKeys(b, prefix, fn)
}

// KeysFrom implements [Store].
func (b *Bolt) KeysFrom(prefix, from string, limit int) (keys []Listed, err error) {
	err = b.view(func(tx *bbolt.Tx) error {
		keys, err = readKeys(tx, prefix, max(prefix, from), keysLimit(limit))
		return err
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// readKeys returns a page of the keys with a prefix, from `from` on.
func readKeys(tx *bbolt.Tx, prefix, from string, limit int) ([]Listed, error) {
	var keys []Listed
	c := tx.Bucket(bucketKeys).Cursor()
	for k, v := c.Seek([]byte(from)); k != nil && len(keys) < limit; k, v = c.Next() {
		key := string(k)
		if !strings.HasPrefix(key, prefix) {
			break
		}
		_, summary, err := decodeKey(k, v)
		if err != nil {
			return nil, fmt.Errorf("key %.64q: %w", key, err)
		}
		keys = append(keys, Listed{key, copyOf(summary)})
	}
	return keys, nil
}

// Any implements [Store].
func (b *Bolt) Any(prefixes ...string) (found bool, err error) {
	err = b.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketKeys).Cursor()
		for _, prefix := range prefixes {
			key, _ := c.Seek([]byte(prefix))
			found = found || key != nil && bytes.HasPrefix(key, []byte(prefix))
		}
		return nil
	})
	return found && err == nil, err
}

// Summaries implements [Store].
func (b *Bolt) Summaries(keys ...string) ([][]byte, error) {
	if err := checkSummaries(keys); err != nil {
		return nil, err
	}
	summaries := make([][]byte, len(keys))
	err := b.view(func(tx *bbolt.Tx) error {
		for i, key := range keys {
			_, summary, err := readKey(tx, key)
			switch {
			case err == nil:
				summaries[i] = copyOf(summary)
			case !errors.Is(err, ErrNotFound):
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return summaries, nil
}

// view runs fn in a read transaction. What fn sees is on disk. It must be short: while it runs, pages
// can't be used again. Nothing of tx may outlive it.
func (b *Bolt) view(fn func(*bbolt.Tx) error) error {
	tx, err := b.begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // can't fail for a transaction that is open
	return guard(func() error { return fn(tx) })
}

// begin begins a read transaction.
func (b *Bolt) begin() (*bbolt.Tx, error) {
	if err := b.health.refusal(); err != nil { // at once, however long the disk takes with what has the gate
		return nil, err
	}
	b.gate.RLock()
	defer b.gate.RUnlock()
	if err := b.health.refusal(); err != nil {
		return nil, err
	}
	return b.db.Begin(false)
}

// guard runs fn, which follows pointers of mapped pages: in a damaged file bbolt panics, and in
// one cut short under the map the processor faults. Both are errors of this file, not the process's end.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, p)
		}
	}()
	return fn()
}

// Generation implements [Store].
func (b *Bolt) Generation() string { return b.generation }

// Close implements [Store]. First it commits nothing in particular: then both of the file's two pages that can make a
// commit valid stand for the last state, and damage to either loses nothing. If that fails nothing is lost either.
func (b *Bolt) Close() error {
	b.health.stopRecovery()
	_ = b.Commit()
	b.writing.Lock()
	defer b.writing.Unlock()
	if !b.health.close() {
		return nil
	}
	b.gate.Lock()
	defer b.gate.Unlock()
	if b.db == nil {
		return nil
	}
	if err := b.db.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}
