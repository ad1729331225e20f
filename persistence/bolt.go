package persistence

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Bolt is a [Store] in one bbolt file. [Open] makes one.
type Bolt struct {
	// static after construction
	db *bbolt.DB

	// gate is held for reading while a transaction begins, for writing while one is written and synced. Without it
	// a read could see a commit that isn't on disk yet: bbolt shows it before its last sync.
	gate   sync.RWMutex
	failed error // guarded by gate; the first failure of the disk
}

var _ Store = (*Bolt)(nil)

// Load implements [Store].
func (b *Bolt) Load(room string) (s Stored, err error) {
	err = b.view(func(tx *bbolt.Tx) error {
		h, _, err := readRoom(tx, room)
		if err != nil {
			return err
		}
		s.Owner, s.SnapshotNumber = h.owner, h.snapshotNumber
		if s.Snapshot, err = readSnapshot(tx, h); err != nil {
			return fmt.Errorf("room %q: snapshot: %w", room, err)
		}
		if s.Records, err = readRecords(tx, h); err != nil {
			return fmt.Errorf("room %q: %w", room, err)
		}
		return nil
	})
	if err != nil {
		return Stored{}, err
	}
	return s, nil
}

// readRoom returns a room's head and its summary, the latter only for the time of the transaction.
func readRoom(tx *bbolt.Tx, room string) (head, []byte, error) {
	key := []byte(room)
	value := tx.Bucket(bucketRooms).Get(key)
	if value == nil {
		return head{}, nil, fmt.Errorf("room %.64q: %w", room, ErrNotFound)
	}
	h, summary, err := decodeRoom(key, value)
	if err != nil {
		return head{}, nil, fmt.Errorf("room %q: %w", room, err)
	}
	return h, summary, nil
}

// decodeRoom returns the two parts of a value of the rooms bucket.
func decodeRoom(key, value []byte) (head, []byte, error) {
	data, err := unseal(key, value)
	if err != nil {
		return head{}, nil, err
	}
	return decodeHead(data)
}

// readSnapshot returns a copy of a room's snapshot, nil if it has none.
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

// readRecords returns copies of a room's records, all of them: a missing one is ErrCorrupt.
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
func (b *Bolt) Messages(room string, q Query) (messages []Message, err error) {
	err = b.view(func(tx *bbolt.Tx) error {
		h, _, err := readRoom(tx, room)
		if err != nil {
			return err
		}
		if messages, err = readMessages(tx, h, q); err != nil {
			return fmt.Errorf("room %q: %w", room, err)
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

// listed is a room as Rooms passes it on.
type listed struct {
	room    string
	summary []byte
}

// Rooms implements [Store].
func (b *Bolt) Rooms(fn func(room string, summary []byte) error) error {
	for after := ""; ; {
		rooms, err := b.roomsAfter(after)
		if err != nil {
			return err
		}
		for _, r := range rooms {
			if err := fn(r.room, r.summary); err != nil {
				return err
			}
		}
		if len(rooms) < roomsPageMax {
			return nil
		}
		after = rooms[len(rooms)-1].room
	}
}

// roomsAfter returns a page of the rooms whose ids come after this one.
func (b *Bolt) roomsAfter(room string) (rooms []listed, err error) {
	err = b.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketRooms).Cursor()
		k, v := c.Seek([]byte(room))
		if string(k) == room {
			k, v = c.Next()
		}
		for ; k != nil && len(rooms) < roomsPageMax; k, v = c.Next() {
			_, summary, err := decodeRoom(k, v)
			if err != nil {
				return fmt.Errorf("room %.64q: %w", k, err)
			}
			rooms = append(rooms, listed{string(k), copyOf(summary)})
		}
		return nil
	})
	return rooms, err
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
	b.gate.RLock()
	defer b.gate.RUnlock()
	if b.failed != nil {
		return nil, b.failed
	}
	tx, err := b.db.Begin(false)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return nil, ErrClosed
	}
	return tx, err
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

// Close implements [Store]. First it commits nothing in particular: then both of the file's two pages that can make a
// commit valid stand for the last state, and damage to either loses nothing. If that fails nothing is lost either.
func (b *Bolt) Close() error {
	if err := b.Commit(); errors.Is(err, ErrClosed) {
		return nil
	}
	if err := b.db.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}
