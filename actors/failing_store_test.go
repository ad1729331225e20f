package actors

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// commitFailures are the ways in which a commit can fail without being made.
var commitFailures = map[string]struct {
	commit func(persistence.Change) error
	panics uint64 // a failure
}{
	"error": {fails, 0},
	"panic": {panics, 1},
}

// TestCommitFails wants a message that could not be stored answered with
// "unavailable" and told to nobody, whoever was inside still inside, and the
// room to go on once it can be read again.
func TestCommitFails(t *testing.T) {
	for name, failure := range commitFailures {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.announce(3 * failure.panics)
				a, b, c := w.connect("a"), w.connect("b"), w.connect("c")
				a.must("r", create(room.Settings{Persistent: true}))
				b.must("r", room.Join{})
				a.must("r", send("stored"))
				begin := time.Now()
				w.store.set(func(s *testStore) { s.before = failure.commit })
				a.refused("r", send("not stored"), room.CodeUnavailable)
				c.refused("r", room.Join{}, room.CodeUnavailable)
				b.refused("r", room.Leave{}, room.CodeUnavailable) // so it stays
				a.must("r", emit("not to be stored"))
				a.must("other", room.Join{})
				w.store.heal()
				if sent := a.must("r", send("stored again")).(room.SendReply); sent.Seq != 2 {
					t.Errorf("went on with %d", sent.Seq)
				}
				c.refused("r", send("from outside"), room.CodeNotInRoom)
				joined := b.must("r", room.Join{}).(room.JoinReply)
				if len(joined.Messages) != 2 || joined.Room.UserCount != 2 || joined.Room.MemberCount != 2 {
					t.Errorf("got %+v", joined)
				}
				wantTexts(t, b, "r", "stored", "stored again")
				if waited := time.Since(begin); waited != 0 {
					t.Errorf("waited %v", waited)
				}
				if why := a.reasons() + b.reasons(); why != "" {
					t.Errorf("closed: %s", why)
				}
			})
		})
	}
}

func wantTexts(t *testing.T, c *client, roomID string, want ...string) {
	t.Helper()
	got := c.texts(roomID)
	if len(got) != len(want) {
		t.Fatalf("%s saw %q, want %q", c.id, got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s saw %q, want %q", c.id, got, want)
		}
	}
}

// TestLoadFails wants "unavailable" while a room can't be read, and the room
// as soon as it can.
func TestLoadFails(t *testing.T) {
	loads := map[string]struct {
		load   func(string) error
		panics uint64 // twice a command: when the room starts, and when it is asked
	}{
		"error": {func(string) error { return errTest }, 0},
		"panic": {func(string) error { panic("store is broken") }, 4},
	}
	for name, failure := range loads {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.announce(failure.panics)
				before := w.actors()
				a := w.connect("a")
				synctest.Wait() // until its account has been read
				w.store.set(func(s *testStore) { s.load = failure.load })
				a.refused("r", room.Join{}, room.CodeUnavailable)
				synctest.Wait() // until the room has ended again
				a.refused("r", create(room.Settings{Persistent: true}), room.CodeUnavailable)
				if left := w.actors() - before; left != 2 { // a's connection and account
					t.Errorf("%d actors are left, want 2", left)
				}
				w.store.heal()
				a.must("r", create(room.Settings{Persistent: true}))
				a.must("r", send("hello"))
			})
		})
	}
}

// TestCommitFailsButIsMade makes a commit that then fails: its outcome is not
// known. It turns out to be on disk, so those inside have missed it.
func TestCommitFailsButIsMade(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(0)
		a, b, elsewhere := w.connect("a"), w.connect("b"), w.connect("c")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		elsewhere.must("other", room.Join{})
		w.store.set(func(s *testStore) { s.after = fails })
		a.refused("r", send("stored all the same"), room.CodeUnavailable)
		w.store.heal()
		if sent := b.must("r", send("second")).(room.SendReply); sent.Seq != 2 {
			t.Errorf("got %d", sent.Seq)
		}
		if a.reasons() != string(WhyRoomFailed) || b.reasons() != string(WhyRoomFailed) || elsewhere.reasons() != "" {
			t.Errorf("closed: a %q, b %q, c %q", a.reasons(), b.reasons(), elsewhere.reasons())
		}
		a.connection.Close()
		b.connection.Close()
		synctest.Wait()
		joined := elsewhere.must("r", room.Join{}).(room.JoinReply)
		if len(joined.Messages) != 2 || joined.Room.UserCount != 1 {
			t.Errorf("got %+v", joined)
		}
	})
}

// TestEndFailsButIsMade does the same with the commit of a room's end: those
// inside are out of it, and the directory drops it.
func TestEndFailsButIsMade(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(0)
		a, b := w.connect("a"), w.connect("b")
		synctest.Wait()
		a.must("r", create(room.Settings{Persistent: true, AutoDelete: true}))
		b.must("r", room.Join{})
		w.store.set(func(s *testStore) { s.after = fails })
		a.refused("r", room.Leave{}, room.CodeUnavailable)
		w.store.heal()
		b.refused("r", send("hello"), room.CodeRoomNotFound)
		events := b.events("r")
		if _, removed := events[len(events)-1].(room.Removed); !removed {
			t.Errorf("got %+v", events)
		}
		directory := b.directory()
		if _, unlisted := directory[len(directory)-1].(room.RoomUnlisted); !unlisted {
			t.Errorf("got %+v", directory)
		}
		if n := w.subscribers("r"); n != 0 {
			t.Errorf("%d subscribers", n)
		}
	})
}

// TestDisconnectWhileStoreFails wants no ghost of those who go while nothing
// can be stored or read.
func TestDisconnectWhileStoreFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(0)
		before := w.actors()
		a, b, c := w.connect("a"), w.connect("b"), w.connect("c")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		c.must("r", room.Join{})
		w.store.set(func(s *testStore) {
			s.before = fails
			s.load = func(string) error { return errTest }
		})
		a.refused("r", send("hello"), room.CodeUnavailable)
		b.connection.Close()
		synctest.Wait()
		events := a.events("r")
		if left, ok := events[len(events)-1].(room.Left); !ok || left.User.ID != "b" || !left.Disconnected {
			t.Errorf("got %+v", events)
		}
		w.store.heal()
		if joined := a.must("r", room.Join{}).(room.JoinReply); joined.Room.UserCount != 2 || joined.Room.MemberCount != 3 {
			t.Errorf("got %+v", joined.Room)
		}
		w.store.set(func(s *testStore) { s.before = fails })
		a.refused("r", send("hello"), room.CodeUnavailable)
		a.connection.Close()
		c.connection.Close()
		if left := w.actors() - before; left != 0 {
			t.Errorf("%d actors are left", left)
		}
		w.store.heal()
		if n := w.inside("r"); n != 0 {
			t.Errorf("%d ghosts", n)
		}
	})
}

// TestSnapshotFails wants a room whose snapshot can't be stored to go on, and
// to end, with nothing lost.
func TestSnapshotFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(1)
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		a.must("r", send("hello"))
		for _, failure := range []func(persistence.Change) error{fails, panics} {
			w.store.set(func(s *testStore) {
				s.before = func(c persistence.Change) error {
					if c.Snapshot != nil {
						return failure(c)
					}
					return nil
				}
			})
			a.must("r", room.Leave{})
			joined := a.must("r", room.Join{}).(room.JoinReply)
			if len(joined.Messages) != 1 || joined.Room.MemberCount != 1 {
				t.Errorf("got %+v", joined)
			}
		}
		w.store.heal()
	})
}

// TestStartFails wants a node that can't read its rooms not to start, and to
// leave nothing behind.
func TestStartFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := persistence.NewMemory()
		if err := store.Commit(persistence.Change{Key: roomKey("r"), Owner: ownerEpoch, Summary: []byte("{")}); err != nil {
			t.Fatal(err)
		}
		config := Config{Store: store, Encoder: &testEncoder{}, Logger: testLogger(&logBuffer{})}
		if n, err := Start(config); err == nil || n != nil {
			t.Error("started on a damaged summary")
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Start(config); !errors.Is(err, persistence.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}
