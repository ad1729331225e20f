package actors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// TestEphemeralEnds wants an ephemeral room gone with its last seat, and its id
// free for another.
func TestEphemeralEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		before := w.actors()
		a, b := w.connect("a"), w.connect("b")
		first := a.must("r", create(room.Settings{})).(room.RoomReply)
		b.refused("r", create(room.Settings{}), room.CodeRoomExists)
		b.must("r", room.Join{})
		b.must("r", send("hello"))
		a.must("r", room.Leave{})
		b.must("r", send("still here"))
		b.connection.Close()
		synctest.Wait()
		a.refused("r", send("anyone?"), room.CodeRoomNotFound)
		if left := w.actors() - before; left != 2 { // a's connection and account
			t.Errorf("%d actors are left, want 2", left)
		}
		second := a.must("r", create(room.Settings{Name: "another"})).(room.RoomReply)
		if second.Room.Name == first.Room.Name || second.Room.UserCount != 1 {
			t.Errorf("got %+v", second.Room)
		}
		if texts := a.texts("r"); len(texts) != 1 { // not what was said after it left
			t.Errorf("got %q", texts)
		}
	})
}

// TestAutoDelete wants everyone out when the creator goes: told once, not
// inside any more, and able to come in again.
func TestAutoDelete(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		creator, other := w.connect("creator"), w.connect("other")
		creator.must("r", create(room.Settings{AutoDelete: true}))
		other.must("r", room.Join{})
		creator.connection.Close()
		synctest.Wait()
		other.refused("r", send("where are you?"), room.CodeRoomNotFound)
		events := other.events("r")
		if _, removed := events[len(events)-1].(room.Removed); !removed || len(events) != 2 {
			t.Errorf("got %+v", events)
		}
		if joined := other.must("r", room.Join{}).(room.JoinReply); joined.Room.UserCount != 1 || joined.Room.Creator != (room.User{}) {
			t.Errorf("got %+v", joined.Room)
		}
		other.must("r", send("alone"))
	})
}

// TestChurn has connections give commands at random, without waiting, to rooms
// that come and go with them. Every command is answered, once, in order, and
// without waiting for its deadline; nothing is left behind.
func TestChurn(t *testing.T) {
	const connections, commands, rooms = 20, 500, 5
	for _, seed := range []uint64{1, 2, 3} {
		inBubble(t, func(t *testing.T, w *world) {
			before := w.actors()
			begin := time.Now()
			var all sync.WaitGroup
			for i := range connections {
				c := w.connect(fmt.Sprintf("user%d", i))
				random := rand.New(rand.NewPCG(seed, uint64(i)))
				all.Go(func() {
					for range commands {
						c.do(fmt.Sprintf("r%d", random.IntN(rooms)), randomCommand(random))
					}
				})
			}
			all.Wait()
			synctest.Wait()
			if waited := time.Since(begin); waited != 0 {
				t.Errorf("seed %d: a command waited %v", seed, waited)
			}
			for _, c := range w.clients {
				checkAnswers(t, c, commands)
				c.connection.Close()
			}
			if left := w.actors() - before; left != 0 {
				t.Errorf("seed %d: %d actors were left behind", seed, left)
			}
			for i := range rooms {
				id := fmt.Sprintf("r%d", i)
				if n := w.inside(id) + w.subscribers(id); n != 0 {
					t.Errorf("seed %d: %d ghosts and subscribers", seed, n)
				}
			}
		})
	}
}

func randomCommand(random *rand.Rand) room.Command {
	switch random.IntN(10) {
	case 0:
		return create(room.Settings{AutoDelete: random.IntN(2) == 0})
	case 1, 2, 3:
		return room.Join{}
	case 4, 5, 6:
		return room.Leave{}
	case 7:
		return emit("wave")
	case 8:
		return room.Act{}
	default:
		return send("hello")
	}
}

// checkAnswers wants every command answered in the order of its room, with a
// reply that a room gives.
func checkAnswers(t *testing.T, c *client, commands int) {
	t.Helper()
	replies := c.replies()
	if len(replies) != commands {
		t.Errorf("%s: %d commands were answered, want %d", c.id, len(replies), commands)
	}
	inside := map[string]bool{}
	last := map[string]int{}
	for _, r := range replies {
		if n, ok := last[r.room]; ok && r.number < n {
			t.Errorf("%s: %d was answered after %d", c.id, r.number, n)
		}
		last[r.room] = r.number
		code := codeOf(r.reply)
		switch r.command.(type) {
		case room.Create, room.Join:
			inside[r.room] = inside[r.room] || code == ""
		case room.Leave:
			delete(inside, r.room)
		default:
			if code == "" && !inside[r.room] {
				t.Errorf("%s: %T took effect outside", c.id, r.command)
			}
		}
		switch code {
		case "", room.CodeRoomExists, room.CodeRoomNotFound, room.CodeNotInRoom:
		default:
			t.Errorf("%s: %T got %s", c.id, r.command, code)
		}
	}
}

// lab is a room's actor whose parent, a shard's stand-in, only notes what it is
// told.
type lab struct {
	*world
	id    string
	room  *roomActor
	shard *actor.PID
	pid   *actor.PID
	heard []any
}

func newLab(w *world, id string) *lab {
	l := &lab{world: w, id: id, room: newRoomActor(w.Node, id)}
	started := make(chan *actor.PID, 1)
	receive := func(ctx actor.Context) {
		switch m := ctx.Message().(type) {
		case *actor.Started:
			started <- ctx.Spawn(l.room.props())
		case *idle, *staying, *actor.Terminated:
			l.heard = append(l.heard, m)
		}
	}
	l.shard = w.system.Root.Spawn(actor.PropsFromFunc(receive, actor.WithSupervisor(restarting)))
	l.pid = <-started
	return l
}

// give sends a command straight to the lab's room, as a connection does that is
// inside, and returns where its reply will be.
func (l *lab) give(c *client, command room.Command) <-chan room.Reply {
	reply := make(chan room.Reply, 1)
	number, _ := c.connection.enlist(l.id, func(r room.Reply) { reply <- r })
	l.send(l.pid, &request{room: l.id, connection: c.id, from: c.user, number: number, command: command})
	return reply
}

// next returns what the shard has heard since.
func (l *lab) next() []any {
	synctest.Wait()
	heard := l.heard
	l.heard = nil
	return heard
}

// TestIdleHandshake has a room asked to end while a command is on its way that
// its shard doesn't know of.
func TestIdleHandshake(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		l := newLab(w, "r")
		a, b := w.connect("a"), w.connect("b")
		l.give(a, create(room.Settings{AutoDelete: true}))
		l.give(b, room.Join{})
		if heard := l.next(); len(heard) != 0 {
			t.Fatalf("offered to end with people inside: %+v", heard)
		}
		l.give(a, room.Leave{})
		heard := l.next()
		if _, ok := heard[0].(*idle); !ok || len(heard) != 1 {
			t.Fatalf("got %+v, want an offer", heard)
		}
		// b doesn't know yet that the room is gone, and joins again.
		joined := l.give(b, room.Join{Implicit: true})
		l.send(l.pid, &end{})
		heard = l.next()
		if _, ok := heard[0].(*staying); !ok || len(heard) != 1 {
			t.Fatalf("got %+v, want that it stays", heard)
		}
		if r, ok := (<-joined).(room.JoinReply); !ok || r.Room.UserCount != 1 {
			t.Fatalf("got %+v", r)
		}
		l.give(b, room.Leave{})
		l.send(l.pid, &end{})
		heard = l.next()
		ended := slices.ContainsFunc(heard, func(m any) bool { _, ok := m.(*actor.Terminated); return ok })
		if !ended || len(heard) != 2 { // the offer is the other one
			t.Fatalf("got %+v, want that it ends", heard)
		}
		w.system.Root.Stop(l.shard)
	})
}

// TestLeftovers stops a room with commands behind the end in its mailbox, and
// gives more to the dead actor. All are answered at once, and none that was
// meant for the old room takes effect in the new one.
func TestLeftovers(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		l := newLab(w, "r")
		a, b := w.connect("a"), w.connect("b")
		l.give(a, create(room.Settings{Persistent: true}))
		synctest.Wait()
		l.give(a, room.Leave{})
		synctest.Wait()
		release := w.store.block() // the room's last snapshot waits
		l.send(l.pid, &end{})
		synctest.Wait()
		begin := time.Now()
		sent := l.give(b, send("too late"))
		joined := l.give(b, room.Join{})
		sentAgain := l.give(b, send("meant for the old room"))
		release()
		if r := <-sent; codeOf(r) != room.CodeNotInRoom {
			t.Errorf("got %+v", r)
		}
		if r, ok := (<-joined).(room.JoinReply); !ok || r.Room.UserCount != 1 {
			t.Errorf("got %+v", r)
		}
		if r := <-sentAgain; codeOf(r) != room.CodeNotInRoom {
			t.Errorf("got %+v", r)
		}
		synctest.Wait()
		if r := <-l.give(b, emit("to the dead")); codeOf(r) != room.CodeNotInRoom {
			t.Errorf("got %+v", r)
		}
		if waited := time.Since(begin); waited != 0 {
			t.Errorf("waited %v", waited)
		}
		if events := spoken(b.events("r")); len(events) != 0 {
			t.Errorf("took effect: %+v", events)
		}
		w.system.Root.Stop(l.shard)
	})
}

// TestRequestsWhileEnding sends commands to a room that hangs in its end: they
// wait with the shard, and reach the room that comes after.
func TestRequestsWhileEnding(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		a.must("r", send("hello"))
		// Not stored: the seat. So the room hangs in the snapshot at its end.
		release := w.store.holdSnapshots()
		a.connection.Close()
		synctest.Wait()
		b.do("r", room.Join{})
		b.do("r", send("anyone?"))
		synctest.Wait()
		if n := len(b.replies()); n != 0 {
			t.Fatalf("%d replies from a room that ends", n)
		}
		release()
		replies := b.replies()
		if len(replies) != 2 || codeOf(replies[0].reply) != "" || codeOf(replies[1].reply) != "" {
			t.Fatalf("got %+v", replies)
		}
		joined := replies[0].reply.(room.JoinReply)
		if len(joined.Messages) != 1 || joined.Room.UserCount != 1 || joined.Room.MemberCount != 2 {
			t.Errorf("got %+v", joined)
		}
	})
}
