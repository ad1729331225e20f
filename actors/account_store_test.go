package actors

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/persistence"
)

// failAccounts makes the store fail on accounts only.
func (s *testStore) failAccounts(load func(string) error, commit func(persistence.Change) error) {
	s.set(func(s *testStore) {
		s.load = func(key string) error {
			if load != nil && strings.HasPrefix(key, userPrefix) {
				return load(key)
			}
			return nil
		}
		s.before = func(c persistence.Change) error {
			if commit != nil && strings.HasPrefix(c.Key, userPrefix) {
				return commit(c)
			}
			return nil
		}
	})
}

// accountFailures are the ways in which the store can fail on accounts.
var accountFailures = map[string]struct {
	load   func(string) error
	commit func(persistence.Change) error
}{
	"load":            {func(string) error { return errTest }, fails},
	"load panics":     {func(string) error { panic("store is broken") }, panics},
	"commit":          {nil, fails},
	"commit panics":   {nil, panics},
	"load and commit": {func(string) error { return errTest }, panics},
}

// TestAccountStoreFails wants connections to work while accounts can't be
// stored, and what was said meanwhile to users without their asking to take
// effect once they can be.
func TestAccountStoreFails(t *testing.T) {
	for name, failure := range accountFailures {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				a, watched := w.connect("a"), w.connect("watched")
				watched.mustUser(user.AddContact{UserID: "nobody"})
				a.mustUser(user.AddContact{UserID: "watched"})
				a.must("r", create(room.Settings{Persistent: true, Private: true}))
				synctest.Wait()
				w.store.failAccounts(failure.load, failure.commit)
				b := w.connect("b")
				a.refusedUser(user.AddContact{UserID: "c"}, room.CodeUnavailable)
				a.must("r", room.Invite{UserID: "b"})
				synctest.Wait() // what is stored together fails together
				a.must("r", send("hello"))
				b.must("other", room.Join{})
				if got := len(b.welcome()); got != 0 {
					t.Errorf("%d rooms", got)
				}
				watched.connection.Close()
				w.connect("watched").must("other", room.Join{})
				wantNotes(t, b)
				w.announce(w.Panics())
				w.store.heal()
				time.Sleep(2 * storeRetryInterval)
				wantNotes(t, b, "a invites to r")
				wantInvitations(t, b, "r")
				b.must("r", room.Join{})
				wantInvitations(t, b)
				a.mustUser(user.AddContact{UserID: "b"})
				notes := a.notes()
				if notes[len(notes)-1] != "B comes" {
					t.Errorf("a was told %q", notes)
				}
				checkContacts(t, w, a, []string{"watched", "b"})
				w.announce(w.Panics())
			})
		})
	}
}

// TestAccountCommitFailsButIsMade wants what the store has to count in the end.
func TestAccountCommitFailsButIsMade(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(0)
		a, b := w.connect("a"), w.connect("b")
		synctest.Wait()
		w.store.set(func(s *testStore) { s.after = fails })
		a.refusedUser(user.AddContact{UserID: "b"}, room.CodeUnavailable)
		w.store.heal()
		a.mustUser(user.ListInvitations{})
		wantNotes(t, a, "B comes")
		b.connection.Close()
		wantNotes(t, a, "B comes", "B goes")
	})
}

// TestLateInvitations wants a connection that came while its account could not
// be read told what it would have been told.
func TestLateInvitations(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		a.must("r", room.Invite{UserID: "b"})
		w = restart(w)
		w.announce(0)
		w.store.failAccounts(func(string) error { return errTest }, nil)
		b := w.connect("b")
		wantNotes(t, b)
		b.refusedUser(user.ListInvitations{}, room.CodeUnavailable)
		w.store.heal()
		wantInvitations(t, b, "r")
		wantNotes(t, b, "a invites to r")
		b.mustUser(user.Block{UserID: "z"})
		wantNotes(t, b, "a invites to r")
	})
}

// TestNobodyIsStored wants no look at the store for a user as long as it has nothing
// of any, and one for each as soon as it may have: by what the node stores, or from
// before.
func TestNobodyIsStored(t *testing.T) {
	for name, store := range map[string]func(a *client){
		"account":    func(a *client) { a.mustUser(user.Block{UserID: "z"}) },
		"membership": func(a *client) { a.must("r", create(room.Settings{Persistent: true})) },
	} {
		t.Run(name, func(t *testing.T) {
			onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
				var looks atomic.Int64
				count := func(string) error { looks.Add(1); return nil }
				w.store.failAccounts(count, nil)
				a := w.connect("a")
				a.must("e", create(room.Settings{}))
				synctest.Wait()
				if n := looks.Load(); n > 0 {
					t.Errorf("%d looks at a store that has nothing", n)
				}
				store(a)
				looks.Store(0)
				w.connect("b")
				synctest.Wait()
				if looks.Load() == 0 {
					t.Error("no look at a store that has something")
				}
				w = restart(w)
				looks.Store(0)
				w.store.failAccounts(count, nil)
				w.connect("c")
				synctest.Wait()
				if looks.Load() == 0 {
					t.Error("no look at a store that had something before")
				}
			})
		})
	}
}

// TestAccountFailsForLong wants no account left in memory by errands that wait
// for the store, once they have been done, and no more of them than the limit.
func TestAccountFailsForLong(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(0)
		w.connect("a").mustUser(user.Block{UserID: "z"}) // else nobody is looked for in the store
		before := w.actors()
		w.store.failAccounts(func(string) error { return errTest }, nil)
		for range heldErrandsMax + 10 {
			w.region.route(&errand{user: "b", command: user.EndInvitation{RoomID: "r"}})
		}
		if n := w.actors() - before; n != 1 {
			t.Errorf("%d accounts hold errands", n)
		}
		if lost := strings.Count(w.log.String(), "has lost an errand"); lost != 10 {
			t.Errorf("%d errands were lost", lost)
		}
		time.Sleep(3 * storeRetryInterval)
		w.store.heal()
		time.Sleep(storeRetryInterval)
		if left := w.actors() - before; left != 0 {
			t.Errorf("%d actors are left", left)
		}
	})
}

// TestRoomsWhileAccountFails: what waits for the store keeps its place among
// what doesn't.
func TestRoomsWhileAccountFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(0)
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Private: true}))
		a.must("r", room.Invite{UserID: "b"})
		synctest.Wait()
		w.store.failAccounts(nil, fails)
		for range 3 {
			b.must("r", room.Join{}) // ends the invitation, which can't be stored
			b.must("r", room.Leave{})
			b.must("q", room.Join{})
			a.must("r", room.Invite{UserID: "b"})
		}
		a.must("r", room.Kick{UserID: "b"})
		synctest.Wait()
		w.store.heal()
		time.Sleep(storeRetryInterval)
		synctest.Wait()
		if got := b.mine(); len(got) != 1 || got[0] != "q" {
			t.Errorf("b is in %q", got)
		}
		wantInvitations(t, b)
	})
}

// TestPanicInAccount wants an account that fails to go on, with what it knew of
// connections and contacts, and nothing of it left behind.
func TestPanicInAccount(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(3)
		before := w.actors()
		a, b := w.connect("a"), w.connect("b")
		a.mustUser(user.AddContact{UserID: "b"})
		synctest.Wait()
		directory := w.directory
		w.directory = nil // so that giving a query on panics
		w.region.route(&listWanted{connection: a.connection})
		synctest.Wait()
		w.directory = directory
		a.refusedUser(nil, room.CodeInternal) // a panic of the rules only
		b.connection.Close()
		wantNotes(t, a, "B comes", "B goes")
		wantNotes(t, w.connect("a"))

		broken := &client{t: t}
		c := newConnection(w.Node, a.user, "broken", broken) // without an actor
		w.connections.store(c.id, c)
		w.region.route(&errand{user: "a", command: user.Connect{Connection: c.id}})
		if why := broken.reasons(); why != string(WhyInternal) {
			t.Errorf("closed: %q", why)
		}
		w.connections.remove(c.id, c)
		w.region.route(&errand{user: "a", command: user.Disconnect{Connection: c.id}})
		for _, c := range w.clients {
			c.connection.Close()
		}
		if left := w.actors() - before; left != 0 {
			t.Errorf("%d actors are left", left)
		}
	})
}

// TestPanicInNoticeEncoder ends the connections that have missed a notice.
func TestPanicInNoticeEncoder(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(1)
		a, b := w.connect("a"), w.connect("b")
		a.mustUser(user.AddContact{UserID: "b"})
		synctest.Wait()
		w.encoder.breakFor(func(event any) bool { _, ok := event.(user.ContactOffline); return ok })
		b.connection.Close()
		if why := a.reasons(); why != string(WhyInternal) {
			t.Errorf("closed: %q", why)
		}
		w.encoder.breakFor(nil)
		a.mustUser(user.ListInvitations{})
	})
}

// TestAccountSnapshots wants an account to replay no more records than the
// limit.
func TestAccountSnapshots(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a := w.connect("a")
		for range recordsPerAccountSnapshot + 5 {
			a.mustUser(user.Block{UserID: "x"})
			a.mustUser(user.Unblock{UserID: "x"})
		}
		a.mustUser(user.AddContact{UserID: "b"})
		stored, err := w.store.Load(userKey("a"))
		if err != nil || len(stored.Records) > recordsPerAccountSnapshot || stored.Snapshot == nil {
			t.Errorf("%d records, %v", len(stored.Records), err)
		}
		w = restart(w)
		a, b := w.connect("a"), w.connect("b")
		synctest.Wait()
		wantNotes(t, a, "B comes")
		wantNotes(t, b)
	})
}
