package actors

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"weak"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// badCommand is one that the rules don't know.
type badCommand struct{}

func (badCommand) Validate() *room.Error { return nil }

// TestPanicInRules wants "internal" for the caller, and nothing for others.
func TestPanicInRules(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(20)
		a, b := w.connect("a"), w.connect("b")
		a.must("r", room.Join{})
		b.must("r", room.Join{})
		for range 20 {
			a.refused("r", badCommand{}, room.CodeInternal)
		}
		a.must("r", send("hello"))
		wantTexts(t, b, "r", "hello")
		if logged := w.log.String(); strings.Count(logged, "room rules") != 20 || !strings.Contains(logged, "decide.go") {
			t.Errorf("no stack in the log:\n%s", logged)
		}
	})
}

// TestPanicInEncoder wants those who can't be told an event to come anew, and
// the relay to go on, however often it happens.
func TestPanicInEncoder(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(20)
		w.encoder.breakFor(func(event any) bool { _, acted := event.(room.Acted); return acted })
		a, b, c := w.connect("a"), w.connect("b"), w.connect("c")
		a.must("r", room.Join{})
		b.must("r", room.Join{})
		c.must("other", room.Join{})
		for range 20 {
			a.must("r", room.Act{}) // it is answered: it did take effect
		}
		if !strings.HasPrefix(a.reasons(), string(WhyRoomFailed)) || !strings.HasPrefix(b.reasons(), string(WhyRoomFailed)) {
			t.Errorf("closed: a %q, b %q", a.reasons(), b.reasons())
		}
		c.must("other", send("hello"))
		if why := c.reasons(); why != "" {
			t.Errorf("closed for another room: %s", why)
		}
		a.connection.Close()
		b.connection.Close()
		synctest.Wait()
		if n := w.inside("r"); n != 0 {
			t.Errorf("%d inside", n)
		}
	})
}

// TestPanicInDirectoryEncoder wants the directory right all the same.
func TestPanicInDirectoryEncoder(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		synctest.Wait()
		w.announce(2)
		w.encoder.breakFor(func(event any) bool { _, ok := event.(room.DirectoryEvent); return ok })
		a.must("one", create(room.Settings{}))
		a.must("two", create(room.Settings{}))
		synctest.Wait()
		w.encoder.breakFor(nil)
		if listed := w.connect("b").directory()[0].(room.RoomsListed); len(listed.Rooms) != 2 {
			t.Errorf("got %+v", listed)
		}
	})
}

// TestPanicInReply ends the connection that would wait for its reply for ever.
func TestPanicInReply(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(1)
		a, b := w.connect("a"), w.connect("b")
		a.must("r", room.Join{})
		b.must("r", room.Join{})
		a.doThen("r", send("hello"), func(room.Reply) { panic("reply is broken") })
		wantTexts(t, b, "r", "hello")
		if a.reasons() != string(WhyInternal) || b.reasons() != "" {
			t.Errorf("closed: a %q, b %q", a.reasons(), b.reasons())
		}
		b.must("r", send("goes on"))
	})
}

// TestPanicInConnection ends one connection, and takes it out of its rooms.
func TestPanicInConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(1)
		before := w.actors()
		a, b := w.connect("a"), w.connect("b")
		a.must("r", room.Join{})
		b.must("r", room.Join{})
		a.do("r", send("before"))
		synctest.Wait()
		w.send(a.connection.pid, (*request)(nil))
		synctest.Wait()
		b.must("new", create(room.Settings{}))
		b.must("new", room.Leave{})
		wantDirectory(t, a, "listed 0")
		a.do("r", send("after"))
		wantTexts(t, b, "r", "before")
		if a.reasons() != string(WhyInternal) || b.reasons() != "" {
			t.Errorf("closed: a %q, b %q", a.reasons(), b.reasons())
		}
		if joined := b.must("r", room.Join{}).(room.JoinReply); joined.Room.UserCount != 1 {
			t.Errorf("%d inside, want 1", joined.Room.UserCount)
		}
		a.connection.Close()
		b.connection.Close()
		if left := w.actors() - before; left != 0 {
			t.Errorf("%d actors are left", left)
		}
	})
}

// TestPanicInSupervisors has everything that supervises, and the relays, fail
// more often than a room may: nothing below is touched.
func TestPanicInSupervisors(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", room.Join{})
		failing := map[*actor.PID]any{
			w.region.shard("r"): (*request)(nil),
			w.relay("r"):        (*outcome)(nil),
			w.Node.directory:    (*watch)(nil),
		}
		for pid, message := range failing {
			for range 2 * restartsMax {
				w.send(pid, message)
				w.panicsWanted++
			}
		}
		w.announce(w.panicsWanted)
		synctest.Wait()
		a.must("r", send("hello"))
		b := w.connect("b")
		synctest.Wait() // it has its first list
		if joined := b.must("r", room.Join{}).(room.JoinReply); joined.Room.UserCount != 2 || joined.Seq != 1 {
			t.Errorf("got %+v", joined)
		}
		a.must("other", create(room.Settings{}))
		if events := b.directory(); len(events) != 2 {
			t.Errorf("got %+v", events)
		}
		if why := a.reasons() + b.reasons(); why != "" {
			t.Errorf("closed: %s", why)
		}
	})
}

// TestGap loses an outcome between a room and its relay.
func TestGap(t *testing.T) {
	tests := []struct {
		later, number uint64 // activation, outcome
		gap           bool
	}{
		{0, 3, false}, {0, 4, true}, {0, 2, true}, {1, 1, false}, {1, 2, true}, {1, 3, true},
	}
	for _, test := range tests {
		inBubble(t, func(t *testing.T, w *world) {
			w.announce(0)
			a, b := w.connect("a"), w.connect("b")
			b.must("other", room.Join{})
			a.must("r", room.Join{})
			a.must("r", send("hello")) // the second outcome of the newest activation
			synctest.Wait()
			w.send(w.relay("r"), &outcome{room: "r", activation: w.activations.Load() + test.later, number: test.number})
			want := ""
			if test.gap {
				want = string(WhyRoomFailed)
			}
			if a.reasons() != want || b.reasons() != "" {
				t.Errorf("%+v: closed: a %q, b %q", test, a.reasons(), b.reasons())
			}
			if logged := strings.Contains(w.log.String(), "gap in a room's events"); logged != test.gap {
				t.Errorf("%+v: logged: %s", test, w.log)
			}
		})
	}
}

// TestForgetStopped wants nothing of a room kept that has ended, though no other has
// come to its shard since. A room's rules can't be reached but through its actor.
func TestForgetStopped(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		key, started := roomKey("r"), make(chan weak.Pointer[roomActor], 1)
		supervisor := w.system.Root.Spawn(w.props(same(receiver(func(ctx actor.Context) {
			switch ctx.Message().(type) {
			case *actor.Started:
				a := newRoomActor(w.Node, roomOf(key))
				started <- weak.Make(a)
				ctx.SpawnNamed(a.props(), key)
			case *actor.Terminated:
				forgetStopped(ctx)
			case *end:
				ctx.Stop(ctx.Children()[0])
			}
		}))))
		room := <-started
		runtime.GC()
		if room.Value() == nil {
			t.Error("a room at work is gone")
		}
		w.send(supervisor, &end{})
		synctest.Wait()
		for range 5 { // what a pool or a stopped stack still names goes with a later one
			runtime.GC()
			synctest.Wait()
		}
		if room.Value() != nil {
			t.Error("a room that has ended can be reached")
		}
		w.system.Root.Stop(supervisor)
	})
}

type receiver func(ctx actor.Context)

func (r receiver) Receive(ctx actor.Context) { r(ctx) }
