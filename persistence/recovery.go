package persistence

import (
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// health says whether a store can be used, and when to try again if it can't. It is safe for concurrent use, and what
// guards it is never held while the disk is waited for.
type health struct {
	mu     sync.Mutex
	closed bool
	failed error         // nil: it can be used
	cause  error         // what it failed of at first
	delay  time.Duration // before the next attempt to recover
	retry  *time.Timer   // makes that attempt; nil: it has never failed
	ending bool          // no more attempts
	since  time.Time     // when the commit under way went to the disk; zero: none is
}

// refusal returns what a call has to return without trying, if anything.
func (h *health) refusal() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return ErrClosed
	}
	return h.failed
}

// fail notes a failure of the disk and has recovery tried by and by.
func (h *health) fail(err error, try func()) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cause, h.failed = err, fmt.Errorf("%w: %w", ErrFailed, err)
	h.delay = recoverDelayMin
	if !h.ending {
		h.retry = time.AfterFunc(h.delay, try)
	}
	return h.failed
}

// recovered notes how an attempt to recover went; after a failure the next one comes later than it did.
func (h *health) recovered(err error, try func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.failed, h.cause = nil, nil
		return
	}
	h.failed = fmt.Errorf("%w: %w; and it could not be opened again: %w", ErrFailed, h.cause, err)
	h.delay = min(2*h.delay, recoverDelayMax)
	if !h.ending {
		h.retry = time.AfterFunc(h.delay, try)
	}
}

// stopRecovery lets no more attempts begin. One may still be under way, with writing held.
func (h *health) stopRecovery() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ending = true
	if h.retry != nil {
		h.retry.Stop()
	}
}

// stopped says whether no more attempts may begin.
func (h *health) stopped() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ending
}

// close notes the end, and says whether this was the first time.
func (h *health) close() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := !h.closed
	h.closed = true
	return first
}

// atDisk notes that a commit goes to the disk; what it returns, that it is back.
func (h *health) atDisk() (back func()) {
	set := func(at time.Time) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.since = at
	}
	set(time.Now())
	return func() { set(time.Time{}) }
}

// Health implements [Store].
func (b *Bolt) Health() error {
	if err := b.health.refusal(); err != nil {
		return err
	}
	return b.health.slow()
}

// slow returns ErrSlow while a commit takes too long.
func (h *health) slow() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.since.IsZero() {
		return nil
	}
	if waited := time.Since(h.since); waited >= slowTimeout {
		return fmt.Errorf("a commit has been waiting for the disk for %s: %w", waited.Truncate(time.Second), ErrSlow)
	}
	return nil
}

// tryRecovery closes a store that has failed, opens it again and goes on with what is on disk. It is the timer's, so a
// disk that takes long has nobody wait but itself.
//
// What it then finds is on disk, although an operating system forgets what it couldn't write and shows it all the same:
// pages are written and synced before a page that makes them valid is, so only that last page can be one of those.
// Opening writes the other one anew, with a sync before and one after.
func (b *Bolt) tryRecovery() {
	b.writing.Lock()
	defer b.writing.Unlock()
	if b.health.stopped() {
		return
	}
	b.health.recovered(b.reopen(), b.tryRecovery)
}

// reopen replaces the database; writing is held, and nothing can begin to read because the store has failed.
func (b *Bolt) reopen() error {
	b.gate.Lock()
	defer b.gate.Unlock()
	if b.db != nil {
		_ = b.db.Close() // waits for reads under way; what it can't do to a file that fails doesn't matter
		b.db = nil
	}
	opened, err := b.file.open(b.expect)
	if err != nil {
		return err
	}
	b.db, b.committed = opened.db, opened.committed
	return nil
}

// expect says whether a file, of which tx is the next transaction, is the one that the store had and has all that was on
// disk.
func (b *Bolt) expect(tx *bbolt.Tx) error {
	if tx.Bucket(bucketMeta) == nil {
		return fmt.Errorf("%s has lost all that it had: %w", fileName, ErrCorrupt)
	}
	generation, err := readGeneration(tx)
	switch {
	case err != nil:
		return err
	case generation != b.generation:
		return fmt.Errorf("%s is another store than before: %w", fileName, ErrCorrupt)
	case tx.ID() <= b.committed:
		return fmt.Errorf("%s has lost commits that were on disk: %w", fileName, ErrCorrupt)
	}
	return nil
}
