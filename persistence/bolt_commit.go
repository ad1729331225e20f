package persistence

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// Commit implements [Store].
func (b *Bolt) Commit(changes ...Change) error {
	if err := check(changes); err != nil {
		return err
	}
	if err := b.health.refusal(); err != nil { // at once, while recovery may take its time
		return err
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	if err := b.health.refusal(); err != nil {
		return err
	}
	tx, err := b.db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = guard(tx.Rollback) }() // does nothing after a commit
	if err := guard(func() error { return write(tx, changes) }); err != nil {
		return err
	}
	return b.commit(tx)
}

// commit writes a transaction and syncs it; writing is held. After a failure the store has to recover, see ErrFailed.
func (b *Bolt) commit(tx *bbolt.Tx) error {
	id := tx.ID()
	b.gate.Lock()
	defer b.gate.Unlock()
	defer b.health.atDisk()()
	if err := guard(func() error { return b.file.commit(tx) }); err != nil {
		return b.health.fail(err, b.tryRecovery)
	}
	b.committed = id
	return nil
}

// writer puts the changes of one commit into its transaction.
type writer struct {
	tx      *bbolt.Tx
	keys    map[string]*writtenKey // those changed so far
	order   []*writtenKey          // the same, in the order of their first change
	values  []byte                 // sealed values, one allocation for the commit; never grows beyond its capacity
	entries int                    // records and messages put
	totals  totals                 // of the store, as the changes so far leave it
}

// writtenKey is a key as the changes so far leave it. It is put once, at the end.
type writtenKey struct {
	key     []byte
	stored  bool // false: it isn't there, or no more
	head    head
	summary []byte
}

// write makes all changes of a commit in its transaction.
func write(tx *bbolt.Tx, changes []Change) error {
	before, err := readTotals(tx)
	if err != nil {
		return err
	}
	w := newWriter(tx, changes, before)
	if err := w.write(changes); err != nil {
		return err
	}
	if w.totals == before {
		return nil
	}
	return putTotals(tx, w.totals)
}

func newWriter(tx *bbolt.Tx, changes []Change, t totals) *writer {
	size := 0
	for i := range changes {
		c := &changes[i]
		size += c.dataBytes() + sumBytes*(len(c.Records)+len(c.Messages)+1)
	}
	return &writer{tx: tx, keys: make(map[string]*writtenKey, len(changes)), values: make([]byte, 0, size), totals: t}
}

// write makes all changes, then puts the keys' heads and removes some leftovers.
func (w *writer) write(changes []Change) error {
	for i := range changes {
		if err := w.change(&changes[i]); err != nil {
			return &ChangeError{Index: i, Key: changes[i].Key, Err: err}
		}
	}
	for _, k := range w.order {
		if !k.stored {
			continue
		}
		value := make([]byte, 0, headBytes+len(k.summary)+sumBytes)
		value = append(k.head.appendTo(value), k.summary...)
		value = appendSum(value, k.key)
		if err := w.tx.Bucket(bucketKeys).Put(k.key, value); err != nil {
			return err
		}
	}
	return w.sweep(sweepEntriesMin + sweepPerEntry*w.entries)
}

// change makes one change.
func (w *writer) change(c *Change) error {
	k, err := w.key(c.Key)
	if err != nil {
		return err
	}
	if c.Delete {
		return w.delete(k, c.Owner)
	}
	before := k.head
	if k.head, err = before.after(c); err != nil {
		return err
	}
	if !k.stored {
		if err := w.begin(k); err != nil {
			return err
		}
	}
	if c.Summary != nil {
		k.summary = c.Summary // the caller's until the commit is over
	}
	if err := w.putSnapshot(before, k.head, c); err != nil {
		return err
	}
	if err := w.putRecords(k.head, c.Records); err != nil {
		return err
	}
	if err := w.putMessages(before, k.head, c.Messages); err != nil {
		return err
	}
	return w.leave(before, k.head)
}

// key returns a key as the changes so far leave it.
func (w *writer) key(key string) (*writtenKey, error) {
	if k := w.keys[key]; k != nil {
		return k, nil
	}
	k := &writtenKey{key: []byte(key)}
	if value := w.tx.Bucket(bucketKeys).Get(k.key); value != nil {
		var err error
		if k.head, k.summary, err = decodeKey(k.key, value); err != nil {
			return nil, err
		}
		k.stored = true
	}
	w.keys[key] = k
	w.order = append(w.order, k)
	return k, nil
}

// begin gives a key its life.
func (w *writer) begin(k *writtenKey) error {
	life, err := w.tx.Bucket(bucketKeys).NextSequence()
	if err != nil {
		return err
	}
	k.head.life, k.stored = life, true
	w.totals.keys++
	return nil
}

// delete takes a key out of sight and leaves its entries to sweep.
func (w *writer) delete(k *writtenKey, owner uint64) error {
	if err := k.head.admits(owner); err != nil || !k.stored {
		return err
	}
	life := k.head.life
	w.totals.keys--
	if k.head.hasSnapshot {
		w.totals.snapshots--
	}
	k.head, k.summary, k.stored = head{}, nil, false
	if err := w.tx.Bucket(bucketKeys).Delete(k.key); err != nil {
		return err
	}
	if err := w.tx.Bucket(bucketSnapshots).Delete(encodeLife(life)); err != nil {
		return err
	}
	return w.putLeftover(life, allOf)
}

func (w *writer) putSnapshot(before, now head, c *Change) error {
	if c.Snapshot == nil {
		return nil
	}
	if !before.hasSnapshot {
		w.totals.snapshots++
	}
	key := encodeLife(now.life)
	return w.tx.Bucket(bucketSnapshots).Put(key, w.seal(key, c.Snapshot))
}

// putRecords puts those of the change that its own snapshot doesn't drop.
func (w *writer) putRecords(now head, records []Record) error {
	b := w.tx.Bucket(bucketRecords)
	for i := range records {
		rec := &records[i]
		if rec.Number <= now.snapshotNumber {
			continue
		}
		w.totals.records++
		if err := w.putEntry(b, entryKey{now.life, rec.Number}.encode(), rec.Data); err != nil {
			return err
		}
	}
	return nil
}

// putMessages puts those of the change that no trim drops, its own included.
func (w *writer) putMessages(before, now head, messages []Message) error {
	b, newest := w.tx.Bucket(bucketMessages), before.newestSeq
	for i := range messages {
		msg := &messages[i]
		if msg.Seq < now.messagesFrom {
			continue
		}
		key := entryKey{now.life, msg.Seq}.encode()
		if msg.Seq > newest {
			newest = msg.Seq
			w.totals.messages++
		} else if b.Get(key) == nil { // not an edit
			w.totals.messages++
		}
		if err := w.putEntry(b, key, msg.Data); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) putEntry(b *bbolt.Bucket, key, data []byte) error {
	w.entries++
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
	key, leftovers := encodeLife(life), w.tx.Bucket(bucketLeftovers)
	if leftovers.Get(key) == nil {
		w.totals.leftovers++
	}
	return leftovers.Put(key, appendSealed(nil, key, l.encode()))
}

// sweep removes up to budget keys that are out of sight; the rest waits for the next commits.
func (w *writer) sweep(budget int) error {
	leftovers := w.tx.Bucket(bucketLeftovers)
	for budget > 0 {
		key, value := leftovers.Cursor().First()
		if key == nil {
			return nil
		}
		life, l, err := readLeftover(key, value)
		if err != nil {
			return err
		}
		if budget, err = w.sweepLife(life, l, budget); err != nil {
			return err
		}
		if budget > 0 { // nothing was left
			budget--
			w.totals.leftovers--
			if err := leftovers.Delete(key); err != nil {
				return err
			}
		}
	}
	return nil
}

// readLeftover returns what an entry of the leftovers bucket says.
func readLeftover(key, value []byte) (life uint64, l leftover, err error) {
	if life, err = decodeLife(key); err != nil {
		return 0, leftover{}, err
	}
	data, err := unseal(key, value)
	if err != nil {
		return 0, leftover{}, fmt.Errorf("leftover: %w", err)
	}
	l, err = decodeLeftover(data)
	return life, l, err
}

// sweepLife removes what a leftover names and returns what remains of the budget: 0 if more may be left.
func (w *writer) sweepLife(life uint64, l leftover, budget int) (int, error) {
	removed, err := removeUpTo(w.tx.Bucket(bucketRecords), entryKey{life, l.recordsTo}, budget)
	w.totals.records -= uint64(removed)
	budget -= removed
	if err != nil || budget == 0 || l.messagesFrom == 0 {
		return budget, err
	}
	removed, err = removeUpTo(w.tx.Bucket(bucketMessages), entryKey{life, l.messagesFrom - 1}, budget)
	w.totals.messages -= uint64(removed)
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
