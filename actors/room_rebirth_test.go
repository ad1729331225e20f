package actors

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// crash makes a room's actor panic, outside of its rules and its store.
func (w *world) crash(roomID string) { w.send(w.pidOf(roomID), crashing(roomID)) }

// crashing is a request that does, unless it is refused.
func crashing(roomID string) any {
	return &request{room: roomID, command: room.Glance{}, answer: func(r room.Reply) {
		if r != room.Reply(room.ErrUnavailable) {
			panic("answer is broken")
		}
	}}
}

// pidOf returns the actor of a room, which must be the only one of its shard.
func (w *world) pidOf(roomID string) *actor.PID {
	w.t.Helper()
	synctest.Wait()
	parent := w.region.shard(roomKey(roomID)).Id + "/"
	var pids []*actor.PID
	for _, bucket := range w.system.ProcessRegistry.LocalPIDs.LocalPIDs {
		for _, id := range bucket.Keys() {
			if strings.HasPrefix(id, parent) {
				pids = append(pids, w.system.NewLocalPID(id))
			}
		}
	}
	if len(pids) != 1 {
		w.t.Fatalf("%d rooms in the shard of %s", len(pids), roomID)
	}
	return pids[0]
}

// TestPanicInRoom wants an ephemeral room that fails to be born again with
// those inside, and a persistent one to be what is stored.
func TestPanicInRoom(t *testing.T) {
	for _, persistent := range []bool{false, true} {
		inBubble(t, func(t *testing.T, w *world) {
			const crashes = 5
			w.announce(crashes)
			a, b, c := w.connect("a"), w.connect("b"), w.connect("c")
			created := a.must("r", create(room.Settings{Name: "mine", MaxUsers: 3, Persistent: persistent})).(room.RoomReply)
			b.must("r", room.Join{})
			c.must("r", room.Join{})
			a.must("r", send("hello"))
			begin := time.Now()
			for range crashes {
				w.crash("r")
				b.do("r", emit("right behind")) // held until the roster is there
			}
			joined := b.must("r", room.Join{}).(room.JoinReply)
			messages := 0
			if persistent {
				messages = 1
			}
			if len(joined.Messages) != messages || joined.Room.UserCount != 3 || joined.Room.Creator != created.Room.Creator || joined.Room.Name != "mine" {
				t.Errorf("got %+v", joined)
			}
			w.connect("d").refused("r", room.Join{}, room.CodeRoomFull)
			c.connection.Close()
			synctest.Wait()
			w.connect("d").must("r", room.Join{})
			if n := len(spoken(a.events("r"))); n != 1+crashes {
				t.Errorf("a was told of %d, want %d", n, 1+crashes)
			}
			if waited := time.Since(begin); waited != 0 || a.reasons() != "" {
				t.Errorf("waited %v, closed %q", waited, a.reasons())
			}
		})
	}
}

// TestPanicOnCommand fails a room on a command, so that nobody knows how far it
// came: the caller is told so at once.
func TestPanicOnCommand(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(1 + restartsMax + 1) // on the command, on each restart, at its end
		l := newLab(w, "r")
		a := w.connect("a")
		l.give(a, create(room.Settings{}))
		synctest.Wait()
		l.room.state = nil // it will fail on everything, its end included
		begin := time.Now()
		first, second := l.give(a, send("one")), l.give(a, send("two"))
		if r := <-first; codeOf(r) != room.CodeUnavailable {
			t.Errorf("got %+v", r)
		}
		// It may come when the room has ended already: then the shard has it.
		if r := <-second; codeOf(r) != room.CodeUnavailable && codeOf(r) != room.CodeRoomNotFound {
			t.Errorf("got %+v", r)
		}
		if waited := time.Since(begin); waited != 0 {
			t.Errorf("waited %v", waited)
		}
		w.system.Root.Stop(l.shard)
	})
}

// TestPanicOnDisconnect fails a room on the very command that takes a
// connection out.
func TestPanicOnDisconnect(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(1)
		a, b := w.connect("a"), w.connect("b")
		a.must("r", room.Join{})
		b.must("r", room.Join{})
		w.connections.remove(b.id, w.connections.load(b.id)) // as if it had ended, and the room lost its command
		w.crash("r")
		synctest.Wait()
		if joined := a.must("r", room.Join{}).(room.JoinReply); joined.Room.UserCount != 1 {
			t.Errorf("%d inside, want 1", joined.Room.UserCount)
		}
		events := a.events("r")
		if left, ok := events[len(events)-1].(room.Left); !ok || left.User.ID != "b" {
			t.Errorf("got %+v", events)
		}
		if n := w.subscribers("r"); n != 1 {
			t.Errorf("%d subscribers, want 1", n)
		}
	})
}

// TestRebirthWhileStoreFails fails a persistent room while it can't be read:
// those inside keep their places until it can.
func TestRebirthWhileStoreFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(1)
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		a.must("r", send("hello"))
		w.store.set(func(s *testStore) { s.load = func(string) error { return errTest } })
		w.crash("r")
		a.refused("r", send("not now"), room.CodeUnavailable)
		w.store.heal()
		b.must("r", send("again"))
		if joined := a.must("r", room.Join{}).(room.JoinReply); joined.Room.UserCount != 2 || joined.Seq != 2 {
			t.Errorf("got %+v", joined)
		}
		wantTexts(t, a, "r", "hello", "again")
		if why := a.reasons() + b.reasons(); why != "" {
			t.Errorf("closed: %s", why)
		}
	})
}

// TestRoomGivenUp fails a room too often: those inside come anew, commands
// behind are answered at once, and the room can be used again.
func TestRoomGivenUp(t *testing.T) {
	for _, persistent := range []bool{false, true} {
		inBubble(t, func(t *testing.T, w *world) {
			w.announce(restartsMax + 1)
			a, b, c := w.connect("a"), w.connect("b"), w.connect("c")
			synctest.Wait()
			a.must("r", create(room.Settings{Persistent: persistent}))
			b.must("r", room.Join{})
			pid := w.pidOf("r")
			begin := time.Now()
			for range restartsMax + 1 {
				w.send(pid, crashing("r"))
			}
			for range 10 {
				b.do("r", send("behind"))
				c.do("r", room.Join{})
				c.do("r", room.Leave{})
			}
			synctest.Wait()
			if waited := time.Since(begin); waited != 0 {
				t.Errorf("waited %v", waited)
			}
			if got := len(b.replies()) + len(c.replies()); got != 1+10+20 {
				t.Errorf("%d replies", got)
			}
			if a.reasons() != string(WhyRoomFailed) || b.reasons() != string(WhyRoomFailed) || c.reasons() != "" {
				t.Errorf("closed: a %q, b %q, c %q", a.reasons(), b.reasons(), c.reasons())
			}
			a.connection.Close()
			b.connection.Close()
			synctest.Wait()
			if n := w.inside("r"); n != 0 {
				t.Errorf("%d ghosts", n)
			}
			time.Sleep(newsInterval)
			events := c.directory()
			last := events[len(events)-1]
			if counted, ok := last.(room.RoomCounted); persistent && (!ok || counted.UserCount != 0) {
				t.Errorf("directory: %+v", events)
			}
			if _, unlisted := last.(room.RoomUnlisted); !persistent && !unlisted {
				t.Errorf("directory: %+v", events)
			}
		})
	}
}

// TestCountOfRoomGivenUp wants the directory right about a room that was given
// up with people inside, though nobody asks for it any more.
func TestCountOfRoomGivenUp(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(restartsMax + 1)
		watcher, a, b := w.connect("watcher"), w.connect("a"), w.connect("b")
		synctest.Wait()
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		time.Sleep(2 * newsInterval)
		pid := w.pidOf("r")
		for range restartsMax + 1 {
			w.send(pid, crashing("r"))
		}
		time.Sleep(2 * newsInterval)
		wantDirectory(t, watcher, "listed 0", "new r", "r has 2", "r has 0")
	})
}

// TestRebirthOfNobody fails an ephemeral room that its relay knows nobody to be
// inside of: it is gone, from the directory too.
func TestRebirthOfNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(1)
		before := w.actors()
		a, watcher := w.connect("a"), w.connect("watcher")
		synctest.Wait()
		a.must("r", create(room.Settings{}))
		w.send(w.relay("r"), &roomStopped{"r"})
		w.crash("r")
		wantDirectory(t, watcher, "listed 0", "new r", "unlisted r")
		if left := w.actors() - before; left != 4 { // connections and accounts
			t.Errorf("%d actors are left, want 4", left)
		}
	})
}
