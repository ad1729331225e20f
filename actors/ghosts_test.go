package actors

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
)

// TestGhosts ends a connection at every point of its way into a room. It must
// leave no seat, no member of an ephemeral room, no actor and no subscriber.
func TestGhosts(t *testing.T) {
	tests := map[string]func(w *world, c *client){
		"join, close": func(_ *world, c *client) {
			c.do("r", room.Join{})
		},
		"inside, close": func(_ *world, c *client) {
			c.must("r", room.Join{})
		},
		"join, send, close": func(_ *world, c *client) {
			c.do("r", room.Join{})
			c.do("r", send("bye"))
		},
		"join, leave, close": func(_ *world, c *client) {
			c.do("r", room.Join{})
			c.do("r", room.Leave{})
		},
		"join, leave, join, close": func(_ *world, c *client) {
			c.do("r", room.Join{})
			c.do("r", room.Leave{})
			c.do("r", room.Join{})
		},
		"inside, leave, join, close": func(_ *world, c *client) {
			c.must("r", room.Join{})
			c.do("r", room.Leave{})
			c.do("r", room.Join{})
			c.do("r", send("bye"))
		},
		"inside, join again, close": func(_ *world, c *client) {
			c.must("r", room.Join{})
			c.do("r", room.Join{})
		},
		"create, close": func(_ *world, c *client) {
			c.do("r", create(room.Settings{}))
		},
		"close, join": func(_ *world, c *client) {
			c.connection.Close()
			c.do("r", room.Join{})
		},
		"join beside close": func(_ *world, c *client) {
			go c.do("r", room.Join{})
			go c.connection.Close()
		},
	}
	for name, enter := range tests {
		for _, keeper := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, keeper=%v", name, keeper), func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) { testGhost(t, w, enter, keeper) })
			})
		}
	}
}

func testGhost(t *testing.T, w *world, enter func(*world, *client), keeper bool) {
	want := 0
	before := w.actors()
	if keeper {
		w.connect("keeper").must("r", room.Join{})
		want = 1
	}
	const times = 20
	for i := range times {
		c := w.connect(fmt.Sprintf("ghost%d", i))
		enter(w, c)
		if i%2 == 0 {
			runtime.Gosched() // lets it go a little further
		}
		c.connection.Close()
	}
	synctest.Wait()
	if got := w.inside("r"); got != want {
		t.Errorf("%d ghosts", got-want)
	}
	for _, c := range w.clients {
		c.connection.Close()
	}
	if left := w.actors() - before; left != 0 {
		t.Errorf("%d actors were left behind", left)
	}
	if n := w.subscribers("r"); n != 0 {
		t.Errorf("%d subscribers were left behind", n)
	}
}

// subscribers asks a room's relay who is inside.
func (w *world) subscribers(roomID string) int {
	answer := make(chan int, 1)
	pid := w.spawn(func(message any) {
		if r, ok := message.(*roster); ok {
			answer <- len(r.inside)
		}
	})
	w.send(w.relay(roomID), &rosterWanted{room: roomID, pid: pid})
	n := <-answer
	w.system.Root.Stop(pid)
	synctest.Wait()
	return n
}

// TestGhostOfPassword closes a connection while its password is being compared.
func TestGhostOfPassword(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		hash, err := w.HashPassword("", "open sesame")
		if err != nil {
			t.Fatal(err)
		}
		keeper := w.connect("keeper")
		keeper.must("r", create(room.Settings{PasswordHash: hash}))
		ghost, other := w.connect("ghost"), w.connect("other")
		release := w.holdPasswords()
		ghost.do("r", room.Join{Password: "open sesame"})
		other.do("r", room.Join{Password: "open sesame"})
		synctest.Wait()
		ghost.connection.Close()
		synctest.Wait()
		release()
		synctest.Wait()
		if joined, ok := other.replies()[0].reply.(room.JoinReply); !ok {
			t.Errorf("got %+v", joined)
		}
		if got := len(keeper.must("r", room.Join{}).(room.JoinReply).Users); got != 2 {
			t.Errorf("%d users, want 2", got)
		}
		if n := w.subscribers("r"); n != 2 {
			t.Errorf("%d subscribers, want 2", n)
		}
	})
}

// holdPasswords takes all slots until release is called. No password is known to be
// right any more.
func (w *world) holdPasswords() (release func()) {
	w.passwords.known.digests = nil
	for range passwordsInParallel() {
		if err := w.passwords.queue.enter(passwordFor{}); err != nil {
			w.t.Fatal(err)
		}
	}
	return func() {
		for range passwordsInParallel() {
			w.passwords.leave(0)
		}
	}
}

// TestGhostOfDeadline lets joins and leaves pass their deadline before they
// take effect, and closes their connections before or after that.
func TestGhostOfDeadline(t *testing.T) {
	for _, closeFirst := range []bool{false, true} {
		t.Run(fmt.Sprintf("close first=%v", closeFirst), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				keeper, inside, outside := w.connect("keeper"), w.connect("inside"), w.connect("outside")
				keeper.must("r", create(room.Settings{Persistent: true}))
				inside.must("r", room.Join{})
				release := w.store.block()
				keeper.do("r", send("stuck"))
				inside.do("r", room.Leave{})
				outside.do("r", room.Join{})
				time.Sleep(commandTimeout + expiryInterval)
				inside.do("r", room.Join{}) // by the shard: it isn't known what became of the leave
				inside.do("r", send("hello"))
				if closeFirst {
					inside.connection.Close()
					outside.connection.Close()
				}
				release()
				synctest.Wait()
				if got := codeOf(outside.replies()[0].reply); got != room.CodeUnavailable {
					t.Errorf("got %q, want unavailable", got)
				}
				if !closeFirst {
					if n := w.inside("r"); n != 3 {
						t.Errorf("%d inside, want 3", n)
					}
					outside.must("r", send("I am inside")) // and learns so
					inside.connection.Close()
					outside.connection.Close()
				}
				synctest.Wait()
				if n := w.inside("r"); n != 1 {
					t.Errorf("%d inside, want 1", n)
				}
				if n := w.subscribers("r"); n != 1 {
					t.Errorf("%d subscribers, want 1", n)
				}
			})
		})
	}
}

// TestGhostsAtRandom closes connections from another goroutine while they come
// and go.
func TestGhostsAtRandom(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		before := w.actors()
		var all sync.WaitGroup
		for i := range 300 {
			c := w.connect(fmt.Sprintf("user%d", i))
			id := fmt.Sprintf("r%d", i%7)
			all.Go(func() {
				c.do(id, room.Join{})
				c.do(id, send("hello"))
				c.do(id, room.Leave{})
				c.do(id, room.Join{})
			})
			all.Go(func() {
				for range i % 10 {
					runtime.Gosched()
				}
				c.connection.Close()
			})
		}
		all.Wait()
		if left := w.actors() - before; left != 0 {
			t.Errorf("%d actors were left behind", left)
		}
		for i := range 7 {
			id := fmt.Sprintf("r%d", i)
			if n := w.inside(id) + w.subscribers(id); n != 0 {
				t.Errorf("%s: %d ghosts and subscribers", id, n)
			}
		}
	})
}
