package actors

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"time"

	"roomd/persistence"
)

// journal is the store's only writer. It commits in groups: what comes while
// one commit is under way goes into the next, together. So a lone write is
// committed at once, and under load one fsync serves many. A group is bounded by
// its changes, its bytes, and the time that its commit should take, since all
// that comes meanwhile waits for it; it never waits to become larger. Its methods
// may be called from several goroutines.
type journal struct {
	// static after construction
	node    *Node
	stopped sync.WaitGroup

	pace commitPace // owned by the journal's goroutine

	mu     sync.Mutex
	wake   *sync.Cond    // something is in the queue, or the journal is closed
	over   chan struct{} // guarded by mu; closed when the commit that is under way is over; nil: none is
	queue  []*write      // guarded by mu; bounded by the actors, each of which waits for its own
	closed bool          // guarded by mu
}

// write is what is stored together, or not at all.
type write struct {
	changes []persistence.Change
	bytes   int
	done    func(error) // called once, on the journal's goroutine; it doesn't block
}

// weight is what a write costs a commit, in bytes.
func (w *write) weight() int { return w.bytes + len(w.changes)*journalChangeBytes }

func startJournal(n *Node) *journal {
	j := &journal{node: n}
	j.wake = sync.NewCond(&j.mu)
	j.stopped.Go(j.run)
	return j
}

// commit stores the changes, all or none, and returns when they are on disk, and
// all that was given before. After an error of the disk they may be there or
// not.
func (j *journal) commit(changes ...persistence.Change) error {
	outcome := make(chan error, 1)
	j.give(changes, func(err error) { outcome <- err })
	return <-outcome
}

// give is commit that doesn't wait: done is called when it would return.
func (j *journal) give(changes []persistence.Change, done func(error)) {
	j.noteAccounts(changes)
	w := &write{changes: changes, bytes: changesBytes(changes), done: done}
	if !j.add(w) {
		done(errJournalClosed)
	}
}

// noteAccounts has accounts read the store from now on if there may be something for
// one: before it is there, so that none that comes behind can miss it.
func (j *journal) noteAccounts(changes []persistence.Change) {
	if j.node.accountsStored.Load() {
		return
	}
	for _, c := range changes {
		if !c.Delete && isOfAccount(c.Key) {
			j.node.accountsStored.Store(true)
			return
		}
	}
}

var errJournalClosed = errors.New("actors: the journal is closed")

func (j *journal) add(w *write) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return false
	}
	j.queue = append(j.queue, w)
	j.wake.Signal()
	return true
}

// close commits what is in the queue, and ends.
func (j *journal) close() { j.closeWithin(math.MaxInt64) }

// closeWithin is close that waits for so long at most. What is not on disk then
// nobody was told of, but for the last moments of relaxed rooms.
func (j *journal) closeWithin(timeout time.Duration) error {
	j.mu.Lock()
	j.closed = true
	j.wake.Signal()
	j.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if within(ctx, j.stopped.Wait) {
		return nil
	}
	return fmt.Errorf("%w after %s: one commit is under way, %d writes wait", ErrNotFlushed, timeout, j.depth())
}

// ErrNotFlushed: a node has ended, and what it was to store is not all on disk.
var ErrNotFlushed = errors.New("actors: the journal is not on disk")

// depth is how many writes wait.
func (j *journal) depth() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.queue)
}

// awaitCommit waits until the commit that is under way is over, if one is, and so
// long at most.
func (j *journal) awaitCommit(timeout time.Duration) {
	j.mu.Lock()
	over := j.over
	j.mu.Unlock()
	if over == nil {
		return
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-over:
	case <-timer.C:
	}
}

func (j *journal) run() {
	for group := j.next(); len(group) > 0; group = j.next() {
		j.commitGroup(group)
	}
}

// next waits for the next group; none: the journal is closed.
func (j *journal) next() []*write {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.over != nil {
		close(j.over)
		j.over = nil
	}
	for len(j.queue) == 0 && !j.closed {
		j.wake.Wait()
	}
	n, changes, bytes, weight, weightMax := 0, 0, 0, 0, j.pace.weightMax()
	for n < len(j.queue) {
		w := j.queue[n]
		changes, bytes, weight = changes+len(w.changes), bytes+w.bytes, weight+w.weight()
		if n > 0 && (changes > journalChangesMax || bytes > journalBytesMax || weight > weightMax) {
			break
		}
		n++
	}
	group := j.queue[:n:n]
	j.queue = j.queue[n:]
	if len(j.queue) == 0 {
		j.queue = nil // what is in the group is kept by nothing else
	}
	if len(group) > 0 {
		j.over = make(chan struct{})
	}
	return group
}

// commitGroup commits a group, less the writes that the store finds wrong: one
// write's mistake must not cost the others theirs.
func (j *journal) commitGroup(group []*write) {
	for len(group) > 0 {
		err := j.store(group)
		var wrong *persistence.ChangeError
		if !errors.As(err, &wrong) {
			for _, w := range group {
				w.done(err)
			}
			return
		}
		i := writeOf(group, wrong.Index)
		group[i].done(err)
		group = append(group[:i:i], group[i+1:]...)
	}
}

// store commits a group. A store that panics is one that fails.
func (j *journal) store(group []*write) (err error) {
	began := time.Now()
	defer func() {
		if reason := recover(); reason != nil {
			j.node.panics.Add(1)
			j.node.log.Error("panic", "in", "store", "reason", reason, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in store: %v", reason)
		}
		j.noteCommit(group, time.Since(began), err)
	}()
	if len(group) == 1 {
		return j.node.config.Store.Commit(group[0].changes...)
	}
	var changes []persistence.Change
	for _, w := range group {
		changes = append(changes, w.changes...)
	}
	return j.node.config.Store.Commit(changes...)
}

func (j *journal) noteCommit(group []*write, took time.Duration, err error) {
	weight, bytes := 0, 0
	for _, w := range group {
		weight += w.weight()
		bytes += w.bytes
	}
	if err == nil {
		j.pace.note(weight, took, len(group) == 1)
	}
	if told := j.node.config.Committed; told != nil {
		told(Commit{Writes: len(group), Bytes: bytes, Took: took, Err: err})
	}
}

// writeOf returns which write of a group has the change of this index.
func writeOf(group []*write, change int) int {
	for i, w := range group {
		if change -= len(w.changes); change < 0 {
			return i
		}
	}
	return len(group) - 1
}

func changesBytes(changes []persistence.Change) int {
	n := 0
	for _, c := range changes {
		n += len(c.Snapshot) + len(c.Summary)
		for _, r := range c.Records {
			n += len(r.Data)
		}
		for _, m := range c.Messages {
			n += len(m.Data)
		}
	}
	return n
}
