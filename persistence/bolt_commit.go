package persistence

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Commit implements [Store].
func (b *Bolt) Commit(changes ...Change) error {
	if err := check(changes); err != nil {
		return err
	}
	tx, err := b.beginWriting()
	if err != nil {
		return err
	}
	defer func() { _ = guard(tx.Rollback) }() // does nothing after a commit
	if err := guard(func() error { return newWriter(tx, changes).write(changes) }); err != nil {
		return err
	}
	return b.commit(tx)
}

// beginWriting waits for the commits before. It can't hold the gate meanwhile: they need it to end.
func (b *Bolt) beginWriting() (*bbolt.Tx, error) {
	tx, err := b.db.Begin(true)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return nil, ErrClosed
	}
	return tx, err
}

// commit writes a transaction and syncs it. After a failure the store is of no more use, see ErrFailed.
func (b *Bolt) commit(tx *bbolt.Tx) error {
	b.gate.Lock()
	defer b.gate.Unlock()
	if b.failed != nil { // tx may have read what the failed commit left
		return b.failed
	}
	if err := guard(tx.Commit); err != nil {
		b.failed = fmt.Errorf("%w: %w", ErrFailed, err)
		return b.failed
	}
	return nil
}

// writer puts the changes of one commit into its transaction.
type writer struct {
	tx      *bbolt.Tx
	rooms   map[string]*writtenRoom // those changed so far
	order   []*writtenRoom          // the same, in the order of their first change
	values  []byte                  // sealed values, one allocation for the commit; never grows beyond its capacity
	entries int                     // records and messages put
}

// writtenRoom is a room as the changes so far leave it. It is put once, at the end.
type writtenRoom struct {
	key     []byte
	stored  bool // false: it isn't there, or no more
	head    head
	summary []byte
}

func newWriter(tx *bbolt.Tx, changes []Change) *writer {
	size := 0
	for i := range changes {
		c := &changes[i]
		size += c.dataBytes() + sumBytes*(len(c.Records)+len(c.Messages)+1)
	}
	return &writer{tx: tx, rooms: make(map[string]*writtenRoom, len(changes)), values: make([]byte, 0, size)}
}

// write makes all changes, then puts the rooms' heads and removes some leftovers.
func (w *writer) write(changes []Change) error {
	for i := range changes {
		if err := w.change(&changes[i]); err != nil {
			return &ChangeError{Index: i, Room: changes[i].Room, Err: err}
		}
	}
	for _, r := range w.order {
		if !r.stored {
			continue
		}
		value := make([]byte, 0, headBytes+len(r.summary)+sumBytes)
		value = append(r.head.appendTo(value), r.summary...)
		value = appendSum(value, r.key)
		if err := w.tx.Bucket(bucketRooms).Put(r.key, value); err != nil {
			return err
		}
	}
	return sweep(w.tx, sweepKeysMin+sweepKeysPerEntry*w.entries)
}

// change makes one change.
func (w *writer) change(c *Change) error {
	r, err := w.room(c.Room)
	if err != nil {
		return err
	}
	if c.Delete {
		return w.delete(r, c.Owner)
	}
	before := r.head
	if r.head, err = before.after(c); err != nil {
		return err
	}
	if !r.stored {
		if err := w.begin(r); err != nil {
			return err
		}
	}
	if c.Summary != nil {
		r.summary = c.Summary // the caller's until the commit is over
	}
	if err := w.putSnapshot(r.head, c); err != nil {
		return err
	}
	if err := w.putEntries(r.head, c); err != nil {
		return err
	}
	return w.leave(before, r.head)
}

// room returns a room as the changes so far leave it.
func (w *writer) room(room string) (*writtenRoom, error) {
	if r := w.rooms[room]; r != nil {
		return r, nil
	}
	r := &writtenRoom{key: []byte(room)}
	if value := w.tx.Bucket(bucketRooms).Get(r.key); value != nil {
		var err error
		if r.head, r.summary, err = decodeRoom(r.key, value); err != nil {
			return nil, err
		}
		r.stored = true
	}
	w.rooms[room] = r
	w.order = append(w.order, r)
	return r, nil
}

// begin gives a room its life.
func (w *writer) begin(r *writtenRoom) error {
	life, err := w.tx.Bucket(bucketRooms).NextSequence()
	if err != nil {
		return err
	}
	r.head.life, r.stored = life, true
	return nil
}

// delete takes a room out of sight and leaves its entries to sweep.
func (w *writer) delete(r *writtenRoom, owner uint64) error {
	if err := r.head.admits(owner); err != nil || !r.stored {
		return err
	}
	life := r.head.life
	r.head, r.summary, r.stored = head{}, nil, false
	if err := w.tx.Bucket(bucketRooms).Delete(r.key); err != nil {
		return err
	}
	if err := w.tx.Bucket(bucketSnapshots).Delete(encodeLife(life)); err != nil {
		return err
	}
	return w.putLeftover(life, allOf)
}

func (w *writer) putSnapshot(h head, c *Change) error {
	if c.Snapshot == nil {
		return nil
	}
	key := encodeLife(h.life)
	return w.tx.Bucket(bucketSnapshots).Put(key, w.seal(key, c.Snapshot))
}

// putEntries puts the change's records and messages, but for those that its own snapshot or a trim drops.
func (w *writer) putEntries(h head, c *Change) error {
	records, messages := w.tx.Bucket(bucketRecords), w.tx.Bucket(bucketMessages)
	for i := range c.Records {
		if rec := &c.Records[i]; rec.Number > h.snapshotNumber {
			if err := w.putEntry(records, entryKey{h.life, rec.Number}, rec.Data); err != nil {
				return err
			}
		}
	}
	for i := range c.Messages {
		if msg := &c.Messages[i]; msg.Seq >= h.messagesFrom {
			if err := w.putEntry(messages, entryKey{h.life, msg.Seq}, msg.Data); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) putEntry(b *bbolt.Bucket, k entryKey, data []byte) error {
	w.entries++
	key := k.encode()
	return b.Put(key, w.seal(key, data))
}

// seal returns a sealed value that lives as long as the transaction.
func (w *writer) seal(key, data []byte) []byte {
	start := len(w.values)
	w.values = appendSealed(w.values, key, data)
	return w.values[start:len(w.values):len(w.values)]
}

// leave notes what a change took out of sight.
func (w *writer) leave(before, now head) error {
	dropsRecords := now.snapshotNumber > before.snapshotNumber && before.lastNumber > before.snapshotNumber
	dropsMessages := now.messagesFrom > before.messagesFrom && before.newestSeq >= before.messagesFrom
	if !dropsRecords && !dropsMessages {
		return nil
	}
	return w.putLeftover(now.life, leftover{recordsTo: now.snapshotNumber, messagesFrom: now.messagesFrom})
}

func (w *writer) putLeftover(life uint64, l leftover) error {
	key := encodeLife(life)
	return w.tx.Bucket(bucketLeftovers).Put(key, appendSealed(nil, key, l.encode()))
}

// sweep removes up to budget keys that are out of sight; the rest waits for the next commits.
func sweep(tx *bbolt.Tx, budget int) error {
	leftovers := tx.Bucket(bucketLeftovers)
	for budget > 0 {
		key, value := leftovers.Cursor().First()
		if key == nil {
			return nil
		}
		life, err := decodeLife(key)
		if err != nil {
			return err
		}
		data, err := unseal(key, value)
		if err != nil {
			return fmt.Errorf("leftover: %w", err)
		}
		l, err := decodeLeftover(data)
		if err != nil {
			return err
		}
		if budget, err = sweepLife(tx, life, l, budget); err != nil {
			return err
		}
		if budget > 0 { // nothing was left
			budget--
			if err := leftovers.Delete(key); err != nil {
				return err
			}
		}
	}
	return nil
}

// sweepLife removes what a leftover names and returns what remains of the budget: 0 if more may be left.
func sweepLife(tx *bbolt.Tx, life uint64, l leftover, budget int) (int, error) {
	removed, err := removeUpTo(tx.Bucket(bucketRecords), entryKey{life, l.recordsTo}, budget)
	budget -= removed
	if err != nil || budget == 0 || l.messagesFrom == 0 {
		return budget, err
	}
	removed, err = removeUpTo(tx.Bucket(bucketMessages), entryKey{life, l.messagesFrom - 1}, budget)
	return budget - removed, err
}

// removeUpTo removes keys of a life, the lowest first, up to and with last, but at most limit.
func removeUpTo(b *bbolt.Bucket, last entryKey, limit int) (int, error) {
	var keys []entryKey // gathered first: a cursor is lost when its bucket changes
	c := b.Cursor()
	for k, _ := c.Seek(encodeLife(last.life)); k != nil && len(keys) < limit; k, _ = c.Next() {
		key, err := decodeEntryKey(k)
		if err != nil {
			return 0, err
		}
		if key.life != last.life || key.number > last.number {
			break
		}
		keys = append(keys, key)
	}
	for _, key := range keys {
		if err := b.Delete(key.encode()); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}
