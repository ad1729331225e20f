package actors

import (
	"strings"
	"testing"
	"testing/synctest"

	"roomd/actors/room"
	"roomd/persistence"
)

// TestDirectRoomID wants one id a pair, another for every other pair, on the
// same store always, and on another store another.
func TestDirectRoomID(t *testing.T) {
	var first string
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		id := w.DirectRoomID("a", "b")
		if id == first {
			t.Error("two stores have the same")
		}
		first = id
		ids := map[string]bool{}
		for _, pair := range [][2]string{{"a", "b"}, {"a", "c"}, {"ab", "c"}, {"a", "bc"}, {"", "abc"}} {
			one, other := w.DirectRoomID(pair[0], pair[1]), w.DirectRoomID(pair[1], pair[0])
			if one != other || ids[one] || room.ValidateID("roomId", one) != nil {
				t.Errorf("%q: %q and %q", pair, one, other)
			}
			ids[one] = true
		}
		if again := restart(w).DirectRoomID("b", "a"); again != id {
			t.Errorf("%q after a restart, %q before", again, id)
		}
	})
}

// TestDirectSecret wants a node not to start on a secret that it can't have
// written, or can't write: ids would not be found again.
func TestDirectSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		damaged := persistence.NewMemory()
		if err := damaged.Commit(persistence.Change{Key: directSecretKey, Snapshot: []byte("short")}); err != nil {
			t.Fatal(err)
		}
		unwritable := &testStore{Store: persistence.NewMemory(), before: fails}
		for _, store := range []persistence.Store{damaged, unwritable} {
			if _, err := Start(Config{Store: store, Encoder: &testEncoder{}, Logger: testLogger(&logBuffer{})}); err == nil {
				t.Error("started")
			}
		}
	})
}

// TestOpenDirect has two users open their room at once, from several
// connections: there is one, with both inside, that nobody else comes into.
func TestOpenDirect(t *testing.T) {
	for range 10 {
		inBubble(t, func(t *testing.T, w *world) {
			id := w.DirectRoomID("a", "b")
			for range 3 {
				w.connect("a").do(id, room.Open{Peer: "b"})
				w.connect("b").do(id, room.Open{Peer: "a"})
			}
			synctest.Wait()
			created := 0
			for _, c := range w.clients {
				opened, ok := c.replies()[0].reply.(room.RoomReply)
				if !ok || opened.Room.ID != id || !opened.Room.Private || !opened.Room.Persistent {
					t.Errorf("%s got %+v", c.id, c.replies()[0].reply)
				}
				c.must(id, send("hello"))
			}
			for _, change := range w.store.committed() {
				if change.Key == roomKey(id) && strings.Contains(string(change.Snapshot), "peer") {
					created++
				}
			}
			if created != 1 {
				t.Errorf("created %d times", created)
			}
			if n := w.subscribers(id); n != 6 {
				t.Errorf("%d subscribers", n)
			}
			c := w.connect("c")
			c.refused(id, room.Join{}, room.CodeRoomPrivate)
			c.refused(id, room.Open{Peer: "a"}, room.CodeRoomPrivate)
			wantMemberships(t, w, "a "+id, "b "+id)
		})
	}
}

// TestOpenDirectCalls wants the other one called, who may be away, and called
// back when he has left.
func TestOpenDirectCalls(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		id := w.DirectRoomID("a", "b")
		a := w.connect("a")
		a.must(id, room.Open{Peer: "b"})
		b := w.connect("b")
		wantNotes(t, b, "a invites to "+id)
		b.must(id, room.Open{Peer: "a"})
		b.must(id, room.Leave{})
		wantInvitations(t, b)
		a.must(id, room.Leave{})
		a.must(id, room.Open{Peer: "b"})
		wantNotes(t, b, "a invites to "+id, "a invites to "+id)
	})
}
