package persistence

import (
	"errors"
	"fmt"
)

// What a store refuses. None of these changed anything.
var (
	// ErrNotFound: nothing is stored of the key.
	ErrNotFound = errors.New("key is not stored")
	// ErrStale: the change's owner is lower than the stored one; the key has been taken over.
	ErrStale = errors.New("owner is stale")
	// ErrOutOfOrder: a record's or snapshot's number doesn't go on from what is stored.
	ErrOutOfOrder = errors.New("number is out of order")
	// ErrInvalid: the change contradicts itself or names what can't be.
	ErrInvalid = errors.New("change is invalid")
	// ErrTooLarge: over one of the limits of this package; the text names it.
	ErrTooLarge = errors.New("over the limit")
	// ErrClosed: the store has been closed.
	ErrClosed = errors.New("store is closed")
)

// What can be wrong with a data folder. Opening one that is locked, corrupt, older or newer leaves it as it is.
var (
	// ErrFailed: a commit failed with an error of the disk or the file system, now or earlier. That commit is on
	// disk as a whole or not at all, bbolt guarantees that and that nothing older is harmed; which of both is
	// unknown. The store then refuses everything at once, reads too, because what they'd return could vanish. By
	// itself it tries to open its file again until that works: what it then returns is on disk. See [Store.Health].
	ErrFailed = errors.New("store has failed")
	// ErrSlow: a commit has been waiting for the disk for long. It may succeed yet.
	ErrSlow = errors.New("disk is slow")
	// ErrLocked: another process, or another store of this one, has the data folder open.
	ErrLocked = errors.New("in use by another process")
	// ErrCorrupt: the file is damaged, or no store's.
	ErrCorrupt = errors.New("store is corrupt")
	// ErrOlderFormat: the file was written by an older version of this package, and this one no longer reads it.
	ErrOlderFormat = errors.New("store has an older format")
	// ErrNewerFormat: the file was written by a newer version of this package.
	ErrNewerFormat = errors.New("store has a newer format")
)

// ChangeError says which change of a commit was refused and why. Without it the others may go.
type ChangeError struct {
	Index int    // among the commit's changes
	Key   string // its key
	Err   error  // wraps ErrStale, ErrOutOfOrder, ErrInvalid, ErrTooLarge or ErrCorrupt
}

func (e *ChangeError) Error() string { return fmt.Sprintf("key %.64q: %v", e.Key, e.Err) }

// Unwrap returns why.
func (e *ChangeError) Unwrap() error { return e.Err }

func tooLarge(what string, is, max int) error {
	return fmt.Errorf("%s is %d, at most %d: %w", what, is, max, ErrTooLarge)
}
