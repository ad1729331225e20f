package actors

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomd/persistence"
)

// groupStore notes the size of each commit, and commits only when it is let.
type groupStore struct {
	persistence.Store
	let chan struct{} // one value a commit

	mu     sync.Mutex
	groups []int
	fail   func(changes []persistence.Change) error
}

func (s *groupStore) Commit(changes ...persistence.Change) error {
	<-s.let
	s.mu.Lock()
	s.groups = append(s.groups, len(changes))
	fail := s.fail
	s.mu.Unlock()
	if fail != nil {
		if err := fail(changes); err != nil {
			return err
		}
	}
	return s.Store.Commit(changes...)
}

func (s *groupStore) sizes() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprint(s.groups)
}

// withJournal runs a test in a bubble, on a store in memory.
func withJournal(t *testing.T, test func(t *testing.T, j *journal, s *groupStore)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &groupStore{Store: persistence.NewMemory(), let: make(chan struct{}, 1000)}
		j := startJournal(&Node{config: Config{Store: s}, log: testLogger(&logBuffer{})})
		test(t, j, s)
		j.close()
	})
}

// TestJournalAwaitCommit has readers wait for the commit that is under way, and for
// no more: where one commit follows the other they would never go on.
func TestJournalAwaitCommit(t *testing.T) {
	withJournal(t, func(t *testing.T, j *journal, s *groupStore) {
		begin := time.Now()
		j.awaitCommit(time.Minute) // none is under way
		first := j.later(entryOf("r", 1))
		second := j.later(entryOf("r", 2))
		waited := make(chan struct{})
		go func() {
			j.awaitCommit(time.Minute)
			close(waited)
		}()
		synctest.Wait()
		select {
		case <-waited:
			t.Error("didn't wait for the commit")
		default:
		}
		s.let <- struct{}{}
		<-first
		<-waited // though the second is under way
		if took := time.Since(begin); took != 0 {
			t.Errorf("waited %v", took)
		}
		s.let <- struct{}{}
		<-second
	})
}

// entry is the one entry of a key with this seq.
func entryOf(key string, seq uint64) persistence.Change {
	return persistence.Change{Key: key, Owner: ownerEpoch, Messages: []persistence.Message{{Seq: seq, Data: []byte("x")}}}
}

// later commits in the background, and returns where the outcome will be.
func (j *journal) later(changes ...persistence.Change) <-chan error {
	outcome := make(chan error, 1)
	go func() { outcome <- j.commit(changes...) }()
	synctest.Wait()
	return outcome
}

// TestJournalGathers wants a lone write committed at once, and what comes
// meanwhile in one commit.
func TestJournalGathers(t *testing.T) {
	withJournal(t, func(t *testing.T, j *journal, s *groupStore) {
		outcomes := []<-chan error{j.later(entryOf("r", 1))}
		for i := range 9 {
			outcomes = append(outcomes, j.later(entryOf("r", uint64(i+2)), entryOf(fmt.Sprint("other ", i), 1)))
		}
		s.let <- struct{}{}
		s.let <- struct{}{}
		for i, outcome := range outcomes {
			if err := <-outcome; err != nil {
				t.Errorf("write %d: %v", i, err)
			}
		}
		if got := s.sizes(); got != "[1 18]" {
			t.Errorf("commits of %s changes", got)
		}
		if stored, _ := s.Messages("r", persistence.Query{Before: persistence.Newest}); len(stored) != 10 {
			t.Errorf("%d entries", len(stored))
		}
	})
}

// TestJournalBounds wants no commit larger than the bounds, but for a write
// that is by itself.
func TestJournalBounds(t *testing.T) {
	withJournal(t, func(t *testing.T, j *journal, s *groupStore) {
		first := j.later(entryOf("first", 1))
		large := persistence.Change{Key: "large", Owner: ownerEpoch, Snapshot: make([]byte, journalBytesMax+1)}
		var many []persistence.Change
		for i := range journalChangesMax {
			many = append(many, entryOf(fmt.Sprint(i), 1))
		}
		outcomes := []<-chan error{
			first, j.later(large), j.later(entryOf("a", 1)), j.later(many...), j.later(entryOf("b", 1)), j.later(entryOf("c", 1)),
		}
		for range 5 {
			s.let <- struct{}{}
		}
		for i, outcome := range outcomes {
			if err := <-outcome; err != nil {
				t.Errorf("write %d: %v", i, err)
			}
		}
		if got, want := s.sizes(), fmt.Sprint([]int{1, 1, 1, journalChangesMax, 2}); got != want {
			t.Errorf("commits of %s changes, want %s", got, want)
		}
	})
}

// slowStore is a store of which each commit takes time, and each change in it.
type slowStore struct {
	persistence.Store
	commit, change time.Duration
	groups         []int // owned by the journal's goroutine while it runs
}

func (s *slowStore) Commit(changes ...persistence.Change) error {
	time.Sleep(s.commit + time.Duration(len(changes))*s.change)
	s.groups = append(s.groups, len(changes))
	return s.Store.Commit(changes...)
}

// TestJournalPace wants commits divided where writes take the time, and not
// where each commit does. A disk that becomes slow is found out.
func TestJournalPace(t *testing.T) {
	for name, c := range map[string]struct {
		commit, change time.Duration
		sizeMin        int // of the largest commit at the end of the load
		sizeMax        int
	}{
		"fast":         {time.Millisecond, time.Microsecond, 500, 1000},
		"slow writes":  {time.Millisecond, 2 * time.Millisecond, 20, 30},
		"slow commits": {3 * time.Second, 0, 500, 1000},
		"both":         {time.Second, 10 * time.Millisecond, 4, 6},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &slowStore{Store: persistence.NewMemory(), commit: time.Millisecond}
				j := startJournal(&Node{config: Config{Store: s}, log: testLogger(&logBuffer{})})
				if err := j.commit(entryOf("first", 1)); err != nil {
					t.Fatal(err)
				}
				s.commit, s.change = c.commit, c.change
				var wg sync.WaitGroup
				for w := range 1000 {
					wg.Go(func() {
						for i := range 8 {
							if err := j.commit(entryOf(fmt.Sprint(w), uint64(i+1))); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Wait()
				j.close()
				late := s.groups[len(s.groups)-min(6, len(s.groups)/2) : len(s.groups)-1] // but for the last, which is a rest
				if largest := slices.Max(late); largest < c.sizeMin || largest > c.sizeMax {
					t.Errorf("commits of %v changes, the largest of the last ones wants %d to %d", s.groups, c.sizeMin, c.sizeMax)
				}
			})
		})
	}
}

// TestJournalIsolates wants a wrong write refused alone, and the others made.
func TestJournalIsolates(t *testing.T) {
	withJournal(t, func(t *testing.T, j *journal, s *groupStore) {
		first := j.later(entryOf("first", 1))
		a := j.later(entryOf("a", 1), entryOf("a", 2))
		gap := persistence.Change{Key: "b", Owner: ownerEpoch, Records: []persistence.Record{{Number: 7}}}
		wrong := j.later(entryOf("b", 1), gap)
		c := j.later(entryOf("c", 1))
		for range 3 {
			s.let <- struct{}{}
		}
		for name, outcome := range map[string]<-chan error{"first": first, "a": a, "c": c} {
			if err := <-outcome; err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := <-wrong; !errors.Is(err, persistence.ErrOutOfOrder) {
			t.Errorf("wrong: %v", err)
		}
		if _, err := s.Load("b"); !errors.Is(err, persistence.ErrNotFound) {
			t.Errorf("half of the wrong write is there: %v", err)
		}
	})
}

// TestJournalFails wants all of a group told that their outcome is unknown, and
// the journal to go on.
func TestJournalFails(t *testing.T) {
	for name, fail := range map[string]func([]persistence.Change) error{
		"error": func([]persistence.Change) error { return persistence.ErrFailed },
		"panic": func([]persistence.Change) error { panic("store is broken") },
	} {
		withJournal(t, func(t *testing.T, j *journal, s *groupStore) {
			first := j.later(entryOf("first", 1))
			a, b := j.later(entryOf("a", 1)), j.later(entryOf("b", 1))
			s.let <- struct{}{}
			if err := <-first; err != nil {
				t.Errorf("%s: first: %v", name, err)
			}
			s.mu.Lock()
			s.fail = fail
			s.mu.Unlock()
			s.let <- struct{}{}
			for _, outcome := range []<-chan error{a, b} {
				if err := <-outcome; err == nil {
					t.Errorf("%s: committed", name)
				}
			}
			s.mu.Lock()
			s.fail = nil
			s.mu.Unlock()
			s.let <- struct{}{}
			if err := <-j.later(entryOf("c", 1)); err != nil {
				t.Errorf("%s: afterwards: %v", name, err)
			}
		})
	}
}

// TestJournalClose wants what was given before committed, and nothing after.
func TestJournalClose(t *testing.T) {
	withJournal(t, func(t *testing.T, j *journal, s *groupStore) {
		a, b := j.later(entryOf("a", 1)), j.later(entryOf("b", 1))
		closed := make(chan struct{})
		go func() { j.close(); close(closed) }()
		synctest.Wait()
		if err := j.commit(entryOf("late", 1)); !errors.Is(err, errJournalClosed) {
			t.Errorf("after close: %v", err)
		}
		s.let <- struct{}{}
		s.let <- struct{}{}
		for _, outcome := range []<-chan error{a, b} {
			if err := <-outcome; err != nil {
				t.Error(err)
			}
		}
		<-closed
	})
}

// BenchmarkJournal commits messages of 200 bytes from several rooms at a time
// to a store on disk; "bare" hands as many to the store at once.
func BenchmarkJournal(b *testing.B) {
	for _, writers := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			store := openBench(b)
			j := startJournal(&Node{config: Config{Store: store}, log: testLogger(&logBuffer{})})
			defer j.close()
			var wg sync.WaitGroup
			b.ResetTimer()
			for w := range writers {
				wg.Go(func() {
					for i := w; i < b.N; i += writers {
						if err := j.commit(benchEntry(w, i)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
		})
		b.Run(fmt.Sprintf("bare=%d", writers), func(b *testing.B) {
			store := openBench(b)
			b.ResetTimer()
			for i := 0; i < b.N; i += writers {
				var changes []persistence.Change
				for w := range min(writers, b.N-i) {
					changes = append(changes, benchEntry(w, i+w))
				}
				if err := store.Commit(changes...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func openBench(b *testing.B) persistence.Store {
	b.Helper()
	store, err := persistence.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	return store
}

func benchEntry(room, n int) persistence.Change {
	return persistence.Change{
		Key: roomKey(fmt.Sprint(room)), Owner: ownerEpoch,
		Messages: []persistence.Message{{Seq: uint64(n + 1), Data: make([]byte, 200)}},
	}
}
