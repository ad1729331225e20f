package actors

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// memberships returns what is stored of who is in which room: "user room".
func (w *world) memberships() []string {
	w.t.Helper()
	all := []string{}
	for _, key := range w.keys(membershipsPrefix) {
		userID, roomID := memberOf(key)
		all = append(all, userID+" "+roomID)
	}
	return all
}

// keys returns the stored keys that begin like this.
func (w *world) keys(prefix string) []string {
	w.t.Helper()
	var keys []string
	err := w.store.Keys(prefix, func(key string, _ []byte) error {
		keys = append(keys, key)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

func wantMemberships(t *testing.T, w *world, want ...string) {
	t.Helper()
	synctest.Wait()
	if got := w.memberships(); !reflect.DeepEqual(got, append([]string{}, want...)) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestMemberships wants them stored as the room has them, after each command.
func TestMemberships(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a, b, c := w.connect("a"), w.connect("b"), w.connect("c")
		a.must("ephemeral", create(room.Settings{}))
		b.must("ephemeral", room.Join{})
		wantMemberships(t, w)
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		c.must("r", room.Join{})
		a.must("s", create(room.Settings{Persistent: true}))
		wantMemberships(t, w, "a r", "a s", "b r", "c r")
		b.must("r", room.Leave{})
		wantMemberships(t, w, "a r", "a s", "c r")
		a.must("r", room.Kick{UserID: "c"})
		wantMemberships(t, w, "a r", "a s")
		b.must("r", room.Join{})
		a.must("r", room.Ban{UserID: "b"})
		wantMemberships(t, w, "a r", "a s")
		w = restart(w)
		a = w.connect("a")
		synctest.Wait()
		if got := a.mine(); !reflect.DeepEqual(got, []string{"s", "r"}) && !reflect.DeepEqual(got, []string{"r", "s"}) {
			t.Errorf("a is in %q", got)
		}
		a.must("r", room.Delete{}) // nobody is inside
		wantMemberships(t, w, "a s")
		if got := a.mine(); !reflect.DeepEqual(got, []string{"s"}) {
			t.Errorf("a is in %q", got)
		}
	})
}

// TestMembershipsOneCommit wants a membership in the same commit as what the
// room stores of it, so that a crash leaves both or neither.
func TestMembershipsOneCommit(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		for _, command := range []room.Command{room.Join{}, room.Leave{}, room.Join{}} {
			b.must("r", command)
		}
		a.must("r", room.Kick{UserID: "b"})
		b.must("r", room.Join{})
		a.must("r", room.Delete{})
		synctest.Wait()
		changes := w.store.committed()
		members := 0
		for i, c := range changes {
			if strings.HasPrefix(c.Key, membershipsPrefix) {
				members++
				if before := changes[i-1].Key; before != roomKey("r") && !strings.HasPrefix(before, membershipsPrefix) {
					t.Errorf("%q was committed behind %q", c.Key, before)
				}
			}
		}
		if commits := w.store.attempts; members != 8 || commits > len(changes)-members {
			t.Errorf("%d memberships in %d changes and %d commits", members, len(changes), commits)
		}
	})
}

// TestMembershipsWhileStoreFails wants memberships, the room, and the users' own
// lists to agree whatever became of a commit.
func TestMembershipsWhileStoreFails(t *testing.T) {
	for name, set := range map[string]func(*testStore){
		"not made":       func(s *testStore) { s.before = fails },
		"made, but said": func(s *testStore) { s.after = fails },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.announce(0)
				a, b, c, d := w.connect("a"), w.connect("b"), w.connect("c"), w.connect("d")
				a.must("r", create(room.Settings{Persistent: true}))
				b.must("r", room.Join{})
				c.must("r", room.Join{})
				synctest.Wait()
				w.store.set(set)
				b.refused("r", room.Leave{}, room.CodeUnavailable)
				a.refused("r", room.Kick{UserID: "c"}, room.CodeUnavailable)
				d.refused("r", room.Join{}, room.CodeUnavailable)
				w.store.heal()
				a.ask("r", room.GetModeration{}) // reads the room again
				synctest.Wait()
				want := []string{"a r", "b r", "c r"}
				if name != "not made" {
					want = []string{"a r", "d r"}
				}
				wantMemberships(t, w, want...)
				for _, c := range []*client{a, b, c, d} {
					member := slices.Contains(want, c.user.ID+" r")
					if in := slices.Contains(c.mine(), "r"); in != member {
						t.Errorf("%s has the room among its own: %v", c.id, in)
					}
				}
			})
		})
	}
}

// TestMembershipsOfLargeRoom wants those of a room with more members than one
// commit takes removed with it.
func TestMembershipsOfLargeRoom(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		const members = 2*relationsPerCommit + 10
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		a.must("other", create(room.Settings{Persistent: true}))
		for i := range members {
			from := room.User{ID: fmt.Sprint("user ", i)}
			w.region.route(&request{room: "r", connection: "gone", from: from, command: room.Join{}})
			w.region.route(&request{room: "r", connection: "gone", from: from, command: room.Disconnect{}})
		}
		synctest.Wait()
		if n := len(w.memberships()); n != members+2 {
			t.Fatalf("%d memberships", n)
		}
		most := 0
		w.store.set(func(s *testStore) { s.attempts, s.commits = 0, nil })
		a.must("r", room.Delete{})
		synctest.Wait()
		wantMemberships(t, w, "a other")
		for _, c := range w.store.committed() {
			if strings.HasPrefix(c.Key, membershipsPrefix) {
				most++
			}
		}
		if w.store.attempts != 4 || // the last one is the room's snapshot
			most != members+1 {
			t.Errorf("%d commits of %d memberships", w.store.attempts, most)
		}
	})
}

// TestUserRoomsMax wants a user kept to his limit whatever the connection, and
// what is left to be free again.
func TestUserRoomsMax(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		var tabs []*client
		for range userRoomsMax/connectionRoomsMax + 1 {
			tabs = append(tabs, w.connect("a"))
		}
		for i := range userRoomsMax {
			tabs[i/connectionRoomsMax].must(fmt.Sprint("r", i), room.Join{})
		}
		synctest.Wait()
		last := tabs[len(tabs)-1]
		last.refused("one more", room.Join{}, room.CodeTooLarge)
		last.refused("one more", create(room.Settings{}), room.CodeTooLarge)
		last.must("r0", room.Join{}) // is among his rooms already
		tabs[0].must("r1", room.Leave{})
		synctest.Wait()
		last.must("one more", room.Join{})
		tabs[1].connection.Close() // these are ephemeral
		synctest.Wait()
		last.must("another", room.Join{})
		w.connect("b").must("b's own", room.Join{})
	})
}

// TestMembershipsPanic has the store panic in the second commit of a large
// room's end: it is gone all the same.
func TestMembershipsPanic(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		for i := range relationsPerCommit + 10 {
			from := room.User{ID: fmt.Sprint("user ", i)}
			w.region.route(&request{room: "r", connection: "gone", from: from, command: room.Join{}})
			w.region.route(&request{room: "r", connection: "gone", from: from, command: room.Disconnect{}})
		}
		synctest.Wait()
		w.announce(1)
		w.store.set(func(s *testStore) {
			s.before = func(c persistence.Change) error {
				if strings.HasPrefix(c.Key, membershipsPrefix) {
					panic("store is broken")
				}
				return nil
			}
		})
		a.must("r", room.Delete{})
		b.refused("r", room.Join{}, room.CodeRoomNotFound)
		w.store.heal()
		if n := len(w.memberships()); n != 11 {
			t.Errorf("%d memberships", n)
		}
		time.Sleep(newsInterval)
		if got := a.mine(); len(got) != 0 {
			t.Errorf("a is in %q", got)
		}
	})
}
