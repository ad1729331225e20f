package actors

import (
	"errors"
	"maps"
	"sync"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
	"roomd/persistence"
)

var errTest = errors.New("the test's own failure")

// testStore is a store that fails, panics or hangs when it is told to, and
// remembers what was committed.
type testStore struct {
	persistence.Store

	mu       sync.Mutex
	load     func(key string) error         // what Load comes to; nil: what it should
	list     error                          // what lists come to; nil: what they should
	before   func(persistence.Change) error // of a commit; nil: what it should
	after    func(persistence.Change) error // of a commit that has been made
	hang     chan struct{}                  // commits wait until it is closed; nil: they don't
	commits  []persistence.Change
	attempts int
}

// set changes how the store behaves.
func (s *testStore) set(change func(*testStore)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// heal makes the store behave again.
func (s *testStore) heal() {
	s.set(func(s *testStore) { s.load, s.list, s.before, s.after = nil, nil, nil, nil })
}

// block makes commits wait until release is called.
func (s *testStore) block() (release func()) {
	gate := make(chan struct{})
	s.set(func(s *testStore) { s.hang = gate })
	return func() {
		s.set(func(s *testStore) { s.hang = nil })
		close(gate)
	}
}

// holdSnapshots makes snapshots wait until release is called; other commits
// don't.
func (s *testStore) holdSnapshots() (release func()) {
	gate := make(chan struct{})
	s.set(func(s *testStore) {
		s.before = func(c persistence.Change) error {
			if c.Snapshot != nil {
				<-gate
			}
			return nil
		}
	})
	return func() {
		s.heal()
		close(gate)
	}
}

func fails(persistence.Change) error  { return errTest }
func panics(persistence.Change) error { panic("store is broken") }

func (s *testStore) Load(key string) (persistence.Stored, error) {
	if err := s.read(key); err != nil {
		return persistence.Stored{}, err
	}
	return s.Store.Load(key)
}

func (s *testStore) Any(prefixes ...string) (bool, error) {
	if err := s.read(prefixes[0]); err != nil {
		return false, err
	}
	return s.Store.Any(prefixes...)
}

// read fails or panics as the test wants it.
func (s *testStore) read(key string) error {
	s.mu.Lock()
	load := s.load
	s.mu.Unlock()
	if load == nil {
		return nil
	}
	return load(key)
}

func (s *testStore) KeysFrom(prefix, from string, limit int) ([]persistence.Listed, error) {
	s.mu.Lock()
	err := s.list
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return s.Store.KeysFrom(prefix, from, limit)
}

func (s *testStore) Commit(changes ...persistence.Change) error {
	s.mu.Lock()
	before, after, hang := s.before, s.after, s.hang
	s.attempts++
	s.mu.Unlock()
	if hang != nil {
		<-hang
	}
	if before != nil {
		if err := before(changes[0]); err != nil {
			return err
		}
	}
	if err := s.Store.Commit(changes...); err != nil {
		return err
	}
	s.mu.Lock()
	s.commits = append(s.commits, changes...)
	s.mu.Unlock()
	if after != nil {
		return after(changes[0])
	}
	return nil
}

// committed returns the changes so far.
func (s *testStore) committed() []persistence.Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]persistence.Change(nil), s.commits...)
}

// Commands as tests give them.

func create(s room.Settings) room.Command {
	if s.Name == "" {
		s.Name = "a room"
	}
	return room.Create{Settings: s}
}

func send(text string) room.Command { return room.Send{Text: text} }

func emit(name string) room.Command { return room.Emit{Event: name, IncludeSelf: true} }

// spawn starts an actor that calls receive with every message.
func (w *world) spawn(receive func(message any)) *actor.PID {
	return w.system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) { receive(ctx.Message()) }))
}

// listingsIn returns the rooms of the stored directory.
func listingsIn(store persistence.Store) (listings []room.Listing, err error) {
	err = store.Keys(roomPrefix, func(_ string, summary []byte) error {
		l, err := decodeSummary(summary)
		if err == nil && l.ID != "" {
			listings = append(listings, l)
		}
		return err
	})
	return listings, err
}

// wantEntries wants lists to find each room of the store as its summary shows it,
// and no other.
func wantEntries(t testing.TB, store persistence.Store) {
	t.Helper()
	got, want := map[string]string{}, map[string]string{}
	for _, prefix := range []string{recentPrefix, wordPrefix} {
		if err := store.Keys(prefix, func(key string, summary []byte) error { got[key] = string(summary); return nil }); err != nil {
			t.Logf("lists are not compared: %v", err)
			return
		}
	}
	listings, err := listingsIn(store)
	if err != nil {
		t.Errorf("summaries: %v", err)
	}
	for _, l := range listings {
		for _, c := range entryChanges(room.Listing{}, l) {
			want[c.Key] = string(c.Summary)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("lists find rooms by %q, want %q", got, want)
	}
}
