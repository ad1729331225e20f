package actors

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
)

func wantMissed(t *testing.T, c *client, want ...string) {
	t.Helper()
	if c == nil {
		t.Fatal("did not come back")
	}
	if got := c.missed(); !slices.Equal(got, want) {
		t.Errorf("missed %q, want %q", got, want)
	}
}

// pair is two clients inside of the room r.
func (w *world) pair() (a, b *client) {
	a, b = w.arrive("a"), w.arrive("b")
	a.must("r", room.Join{})
	b.must("r", room.Join{})
	return a, b
}

// TestRecovery: first what was missed, in order, then CONNECT's reply with the
// same id, then what happens. As often as one likes.
func TestRecovery(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b := w.pair()
		a.must("r", send("1"))
		a.must("s", room.Join{})
		b.must("s", room.Join{})
		for range 3 {
			at := b.last()
			a.must("r", send("2")) // received, and the client doesn't know
			b.lose()
			a.must("s", send("3"))
			a.must("r", send("4"))
			a.must("r", room.Emit{Event: "typing", Data: json.RawMessage("1"), Volatile: true})
			a.must("r", send("5"))
			synctest.Wait() // an answer comes before its event is told to others
			b = w.comeBack(b, at)
			wantMissed(t, b, "2", "3", "4", "5")
			a.must("r", send("6"))
			if got := b.texts("r"); got[len(got)-1] != "6" {
				t.Errorf("then told %q", got)
			}
		}
	})
}

// TestRecoveryFromTheStart: a client that has received no event yet says no
// offset, or one of a session that is no more.
func TestRecoveryFromTheStart(t *testing.T) {
	for _, arrived := range []string{"", "of another session"} {
		inGrace(t, func(t *testing.T, w *world) {
			b := w.connect("b")
			b.connection.Keep(b.key(), arrived)
			b.must("r", room.Join{})
			b.lose()
			w.arrive("a").must("r", room.Join{})
			again := w.comeBack(b, arrived)
			wantMissed(t, again)
			if got := again.presence("r"); !slices.Equal(got, []string{"a joined"}) || len(again.directory()) == 0 {
				t.Errorf("missed %q and %v", got, again.directory())
			}
			again.lose()
			wantMissed(t, w.comeBack(b, arrived)) // still none
			b.connection.Confirm(b)               // not its transport any more
			wantMissed(t, w.comeBack(b, arrived))
		})
	}
}

// TestTakeover: a client comes back whose old transport nobody has missed.
func TestTakeover(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b := w.pair()
		at := b.last()
		a.must("r", send("into the void"))
		synctest.Wait()
		again := w.comeBack(b, at)
		wantMissed(t, again, "into the void")
		if why := b.reasons(); why != string(WhyTakenOver) {
			t.Errorf("the old transport was closed: %q", why)
		}
		b.lose() // is noticed now
		b.connection.Quit(b)
		a.must("r", send("x"))
		time.Sleep(2 * testGrace)
		wantPresence(t, a, "b joined", "b returned")
		if got := strings.Join(again.texts("r"), " "); got != "into the void x" {
			t.Errorf("told %q", got)
		}
	})
}

// TestQuiet: what pongs prove received is forgotten, but not what the client's
// offset says.
func TestQuiet(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b := w.pair()
		a.must("r", send("1"))
		old := b.last()
		a.must("r", send("2"))
		a.must("r", room.Emit{Event: "x", Data: json.RawMessage("1"), Volatile: true})
		at := b.last()
		for range 100 {
			time.Sleep(25 * time.Second)
			b.connection.Confirm(b)
		}
		if got := len(b.connection.trail.runs); got != 0 {
			t.Errorf("%d runs are kept", got)
		}
		for range 3 {
			b.lose()
			b = w.comeBack(b, at)
			wantMissed(t, b)
		}
		a.must("r", send("3"))
		b.lose()
		if w.comeBack(b, old) != nil || w.comeBack(b, "") != nil {
			t.Error("came back to what was forgotten")
		}
		wantMissed(t, w.comeBack(b, at), "3")
	})
}

// TestOwnReplies: what one connection alone is told, and what is told to its
// user, is missed like all else.
func TestOwnReplies(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b := w.pair()
		at := b.last()
		b.lose()
		a.must("r", send("1"))
		b.connection.Tell(func(offset string) Frame { return noticeFrame{user.RoomRead{RoomID: "own"}, offset} })
		a.must("private", create(room.Settings{Name: "P", Persistent: true}))
		a.must("private", room.Invite{UserID: "b"})
		a.must("r", send("2"))
		synctest.Wait()
		again := w.comeBack(b, at)
		wantMissed(t, again, "1", "2")
		var notices []string
		for _, n := range again.notices() {
			notices = append(notices, fmt.Sprintf("%T", n))
		}
		if got := strings.Join(notices, " "); got != "user.RoomRead user.InvitationReceived" {
			t.Errorf("notices: %s", got)
		}
	})
}

// TestNoRecovery: not with another's key, not by what isn't an offset of this
// session, not when anything is missing.
func TestNoRecovery(t *testing.T) {
	for name, spoil := range map[string]func(w *world, a, b *client) (as *client, offset string){
		"another user": func(w *world, _, b *client) (*client, string) {
			return &client{user: room.User{ID: "c"}, id: b.id}, b.last()
		},
		"another key": func(w *world, _, b *client) (*client, string) {
			return &client{user: b.user, id: "guessed"}, b.last()
		},
		"no offset at all": func(_ *world, _, b *client) (*client, string) { return b, "null" },
		"a forged offset":  func(_ *world, _, b *client) (*client, string) { return b, strings.Repeat("A", 22) },
		"an altered offset": func(_ *world, _, b *client) (*client, string) {
			o := []byte(b.last())
			o[3] ^= 1
			return b, string(o)
		},
		"another's offset": func(w *world, a, b *client) (*client, string) {
			a.must("elsewhere", room.Join{})
			w.arrive("d").must("elsewhere", room.Join{})
			return b, a.last()
		},
		"an offset to come": func(w *world, a, b *client) (*client, string) {
			return b, w.frames.secret.text(w.frames.streams.Load(), 1000)
		},
		"the room has failed": func(w *world, _, b *client) (*client, string) {
			w.send(w.relay("r"), &roomFailed{"r"})
			synctest.Wait()
			return b, b.last()
		},
		"more than is kept": func(_ *world, a, b *client) (*client, string) {
			at := b.last()
			for range streamFramesMax + 1 {
				a.must("r", room.Act{Action: json.RawMessage("1")})
			}
			synctest.Wait() // the last reply comes before its event
			return b, at
		},
		"too many runs": func(w *world, a, b *client) (*client, string) {
			a.must("s", room.Join{})
			b.connection.Do("s", room.Join{}, func(room.Reply) {})
			synctest.Wait()
			at := b.last()
			for range runsMax/2 + 1 {
				a.must("r", room.Act{Action: json.RawMessage("1")})
				a.must("s", room.Act{Action: json.RawMessage("1")})
			}
			return b, at
		},
	} {
		t.Run(name, func(t *testing.T) {
			inGrace(t, func(t *testing.T, w *world) {
				a, b := w.pair()
				b.lose()
				as, offset := spoil(w, a, b)
				as.t = t
				if w.comeBack(as, offset) != nil {
					t.Error("came back")
				}
				time.Sleep(testGrace)
				if got := a.presence("r"); got[len(got)-1] != "b left" {
					t.Errorf("a was told %q", got)
				}
			})
		})
	}
}

// TestAwayFromLivelyRooms: one who is away for all the time of grace has missed
// nothing of several rooms, that talk at the same time.
func TestAwayFromLivelyRooms(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		const times, rooms = 1000, 3 // 3,000 times another room
		a, b := w.pair()
		all := []string{"r", "s", "t"}[:rooms]
		for _, id := range all {
			a.must(id, room.Join{})
			b.must(id, room.Join{})
		}
		at := b.last()
		b.lose()
		for range times {
			for _, id := range all {
				a.must(id, send("x"))
			}
			time.Sleep((testGrace - time.Second) / times)
		}
		synctest.Wait()
		again := w.comeBack(b, at)
		if again == nil {
			t.Fatal("did not come back")
		}
		if got := len(again.missed()); got != times*rooms {
			t.Errorf("%d came, want %d", got, times*rooms)
		}
	})
}

// TestFramesAreForgotten: nothing is kept for those who can't come any more.
func TestFramesAreForgotten(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b := w.pair()
		for range 100 {
			a.must("r", send("x"))
		}
		b.lose()
		if kept := w.Stats().Kept; kept == 0 || kept != int(w.frames.bytes.Load()) {
			t.Errorf("%d bytes are kept", kept)
		}
		time.Sleep(testGrace + w.frames.keep + sweepInterval + 1) // of the last event too: that b has left
		synctest.Wait()
		if bytes := w.frames.bytes.Load(); bytes != 0 || len(w.frames.watched) != 0 {
			t.Errorf("%d bytes are kept", bytes)
		}
	})
}

// TestRecoveryUnderLoad: whenever a client is lost, and wherever in the stream
// it was, it sees every message once and in order.
func TestRecoveryUnderLoad(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		rng := rand.New(rand.NewPCG(7, 7))
		a, b := w.pair()
		a.must("s", room.Join{})
		b.must("s", room.Join{})
		done := make(chan struct{})
		const messages = 2000
		go func() {
			defer close(done)
			for i := range messages {
				a.do([]string{"r", "s"}[i%3%2], send(fmt.Sprint(i)))
				if i%10 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		}()
		var got []string // what the client has received, up to where it was lost
		receive := func(c *client) (offset string) {
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, s := range c.seen {
				if t, ok := s.(told); ok {
					if sent, ok := t.event.(room.MessageSent); ok {
						got = append(got, sent.Message.Text)
					}
				}
			}
			c.seen = nil
			return c.offset
		}
		for running := true; running; {
			select {
			case <-done:
				running = false
			case <-time.After(time.Duration(rng.IntN(5000)) * time.Microsecond):
			}
			offset := receive(b)
			if rng.IntN(2) == 0 {
				b.connection.Confirm(b)
			}
			if rng.IntN(2) == 0 {
				b.connection.Detach(b)
				time.Sleep(time.Duration(rng.IntN(3000)) * time.Microsecond)
			}
			if b = w.comeBack(b, offset); b == nil {
				t.Fatal("did not come back")
			}
		}
		synctest.Wait()
		receive(b)
		inOrder := map[int][]string{}
		for i := range messages {
			inOrder[i%3%2] = append(inOrder[i%3%2], fmt.Sprint(i))
		}
		for r, want := range inOrder {
			var of []string
			for _, text := range got {
				var i int
				fmt.Sscan(text, &i)
				if i%3%2 == r {
					of = append(of, text)
				}
			}
			if !slices.Equal(of, want) {
				t.Errorf("room %d: got %d messages, want %d", r, len(of), len(want))
			}
		}
	})
}
