package actors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/persistence"
)

// persistentPair is two clients inside of the persistent room r.
func (w *world) persistentPair() (a, b *client) {
	w.t.Helper()
	a, b = w.arrive("a"), w.arrive("b")
	a.must("r", create(room.Settings{Persistent: true}))
	b.must("r", room.Join{})
	return a, b
}

// TestGoOn: who comes back to the next process has missed what was said while
// he was away, before the end of the one and since the start of the other.
func TestGoOn(t *testing.T) {
	inRestarts(t, func(t *testing.T, w *world) {
		a, b := w.persistentPair()
		a.must("r", send("1"))
		at := b.last()
		for i := range 3 {
			b.lose()
			a.must("r", send("before"))
			synctest.Wait()
			from := a.last()
			w = w.restart(time.Second)
			if a = w.comeBack(a, from); a == nil {
				t.Fatal("a did not come back", i)
			}
			a.must("r", send("after"))
			synctest.Wait() // an answer comes before its event is told to others
			b = w.comeBack(b, at)
			wantMissed(t, b, "before", "after")
			b.must("r", send("b is inside"))
			wantPresence(t, a, "b returned")
			at = b.last()
		}
	})
}

// TestEndRightAfterStart: what the rooms and accounts of a process have not taken yet when
// it ends, the next one finds as it was.
func TestEndRightAfterStart(t *testing.T) {
	inRestarts(t, func(t *testing.T, w *world) {
		a, b := w.persistentPair()
		c := w.arrive("c")
		for _, id := range []string{"b", "c"} {
			a.mustUser(user.AddContact{UserID: id})
			synctest.Wait() // each says by itself that he is there
		}
		at := b.last()
		a.must("r", send("1"))
		synctest.Wait()
		from := a.last()
		c.connection.Quit(c)
		w.end()
		for range 3 {
			w = newWorldOf(t, carrying(w.store.Store))
			w.Drain()
			if err := w.Shutdown(t.Context(), time.Second); err != nil {
				t.Error(err)
			}
		}
		w = w.next()
		a, b = w.comeBack(a, from), w.comeBack(b, at)
		if a == nil || b == nil {
			t.Fatalf("came back: a %v, b %v", a != nil, b != nil)
		}
		wantMissed(t, b, "1")
		b.must("r", send("2"))
		wantMissed(t, a)
		wantPresence(t, a, "b returned")
		wantNotes(t, a, "C goes")
		b.connection.Quit(b)
		synctest.Wait()
		wantNotes(t, a, "C goes", "B goes")
	})
}

// TestGraceGoesOn: the time of grace runs on while there is no server, to the
// nanosecond; of one who is there until the end it begins with that.
func TestGraceGoesOn(t *testing.T) {
	const before, down = 7 * time.Second, 11 * time.Second
	for name, c := range map[string]struct {
		lostBefore time.Duration // the end; 0: it is there
		late       time.Duration
	}{
		"in the last moment": {before, 0}, "a nanosecond later": {before, 1},
		"there, in the last moment": {0, 0}, "there, a nanosecond later": {0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inRestarts(t, func(t *testing.T, w *world) {
				a, b := w.persistentPair()
				at := b.last()
				if c.lostBefore > 0 {
					b.lose()
					time.Sleep(c.lostBefore)
				}
				from := a.last()
				w = w.restart(down)
				if a = w.comeBack(a, from); a == nil {
					t.Fatal("a did not come back")
				}
				time.Sleep(testGrace - c.lostBefore - down - 1 + c.late)
				synctest.Wait()
				again := w.comeBack(b, at)
				if (again != nil) != (c.late == 0) {
					t.Fatalf("came back: %v", again != nil)
				}
				if again == nil {
					wantPresence(t, a, "b left")
					return
				}
				time.Sleep(2 * testGrace)
				wantPresence(t, a, "b returned")
			})
		})
	}
}

// TestGraceEndsMeanwhile: one whose time ends while there is no server, or while
// it is about to end, has left when there is one again.
func TestGraceEndsMeanwhile(t *testing.T) {
	for name, meanwhile := range map[string]func(w *world) *world{
		"no server":      func(w *world) *world { return w.restart(2 * time.Second) },
		"before its end": func(w *world) *world { w.Drain(); time.Sleep(2 * time.Second); return w.restart(0) },
	} {
		t.Run(name, func(t *testing.T) {
			inRestarts(t, func(t *testing.T, w *world) {
				a, b := w.persistentPair()
				b.lose()
				time.Sleep(testGrace - time.Second)
				from := a.last()
				w = meanwhile(w)
				if w.comeBack(b, b.last()) != nil {
					t.Error("came back to what has ended")
				}
				a = w.comeBack(a, from)
				wantMissed(t, a)
				wantPresence(t, a, "b left")
				if users := w.inside("r"); users != 1 {
					t.Errorf("%d seats", users)
				}
			})
		})
	}
}

// TestQuitWhileDraining: who says that he goes has gone, though the server goes too.
func TestQuitWhileDraining(t *testing.T) {
	inRestarts(t, func(t *testing.T, w *world) {
		a, b := w.persistentPair()
		from := a.last()
		w.Drain()
		b.connection.Quit(b)
		w = w.restart(0)
		a = w.comeBack(a, from)
		wantPresence(t, a, "b left")
	})
}

// TestNoGoingOn: what was not left by an orderly end of the last node on this very
// store counts for nothing, and is not there a second time.
// TestFailedStartTakesNothing: what a process that can't start has found is there
// for the next one.
func TestFailedStartTakesNothing(t *testing.T) {
	broken := errors.New("broken")
	for name, breakStore := range map[string]func(*testStore){
		"the directory can't be read": func(s *testStore) { s.list = broken },
		"it can't be removed":         func(s *testStore) { s.before = func(persistence.Change) error { return broken } },
	} {
		t.Run(name, func(t *testing.T) {
			inRestarts(t, func(t *testing.T, w *world) {
				a, b := w.persistentPair()
				at := b.last()
				b.lose()
				a.must("r", send("missed"))
				w.end()
				config := carrying(&testStore{Store: w.store.Store})
				config.Logger = slog.New(slog.DiscardHandler)
				breakStore(config.Store.(*testStore))
				if _, err := Start(config); !errors.Is(err, broken) {
					t.Fatalf("starting: %v, want %v", err, broken)
				}
				w = w.next()
				if b = w.comeBack(b, at); b == nil {
					t.Fatal("b did not come back")
				}
				wantMissed(t, b, "missed")
			})
		})
	}
}

func TestNoGoingOn(t *testing.T) {
	spoilRecord := func(spoil func(*carryover)) func(w *world) *world {
		return func(w *world) *world {
			w.end()
			data, err := readCarryover(w.store)
			if err != nil {
				w.t.Fatal(err)
			}
			c, err := decodeCarryover(data)
			if err != nil {
				w.t.Fatal(err)
			}
			spoil(c)
			changes, err := c.changes()
			if err != nil {
				w.t.Fatal(err)
			}
			if err := w.store.Commit(changes...); err != nil {
				w.t.Fatal(err)
			}
			return w.next()
		}
	}
	for name, restart := range map[string]func(w *world) *world{
		"a hard end": func(w *world) *world {
			w = w.restart(0) // takes what was left
			return newWorldOf(w.t, carrying(w.store.Store))
		},
		"another version":  spoilRecord(func(c *carryover) { c.Version++ }),
		"a backup":         spoilRecord(func(c *carryover) { c.Generation = "another" }),
		"a damaged secret": spoilRecord(func(c *carryover) { c.Secret = nil }),
		"a seat of nobody": spoilRecord(func(c *carryover) { c.Rooms[0].Inside[0] = 99 }),
		"a damaged frame":  spoilRecord(func(c *carryover) { c.Streams[len(c.Streams)-1].Frames = []carriedFrame{{Bytes: []byte("x")}} }),
		"no frames":        spoilRecord(func(c *carryover) { c.Streams = nil }),
		"another seq":      spoilRecord(func(c *carryover) { c.Rooms[0].Seq++ }),
		"no time of grace": func(w *world) *world {
			w.end()
			return newWorldOf(w.t, Config{Store: w.store.Store, Frames: testCodec{}})
		},
		"something is left": func(w *world) *world { return w.endWithSomethingLeft() },
	} {
		t.Run(name, func(t *testing.T) {
			inRestarts(t, func(t *testing.T, w *world) {
				_, b := w.persistentPair()
				at := b.last()
				w = restart(w)
				if w.comeBack(b, at) != nil {
					t.Error("came back")
				}
				if _, err := readCarryover(w.store); err == nil {
					t.Error("it is there still")
				}
				time.Sleep(testGrace)
				synctest.Wait()
				if users := w.inside("r"); users != 0 {
					t.Errorf("%d ghosts", users)
				}
			})
		})
	}
}

// endWithSomethingLeft ends the node while the store hangs.
func (w *world) endWithSomethingLeft() *world {
	w.t.Helper()
	release := w.store.block()
	w.clients[0].do("r", send("under way"))
	ctx, cancel := context.WithTimeout(w.t.Context(), 3*time.Second)
	defer cancel()
	if err := w.Shutdown(ctx, time.Second); err == nil {
		w.t.Error("nothing was left")
	}
	release()
	time.Sleep(time.Minute) // for what was left
	w.errorsWanted = true
	return w.next()
}

// TestEphemeralRoomsEnd: a session with a seat in one is not gone on with, but
// keeps the seats that it has elsewhere.
func TestEphemeralRoomsEnd(t *testing.T) {
	inRestarts(t, func(t *testing.T, w *world) {
		a, b := w.persistentPair()
		b.must("ephemeral", room.Join{})
		from, at := a.last(), b.last()
		w = w.restart(0)
		a = w.comeBack(a, from)
		if w.comeBack(b, at) != nil {
			t.Error("came back")
		}
		b = w.arrive("b")
		b.must("r", room.Join{})
		b.must("ephemeral", room.Join{})
		wantPresence(t, a, "b returned")
	})
}

// TestContactsGoOn: nobody is told again who is online, and all are told who is
// not any more.
func TestContactsGoOn(t *testing.T) {
	inRestarts(t, func(t *testing.T, w *world) {
		a, b := w.persistentPair()
		c := w.arrive("c")
		for _, id := range []string{"b", "c"} {
			a.mustUser(user.AddContact{UserID: id})
			synctest.Wait() // each says by itself that he is there
		}
		wantNotes(t, a, "B comes", "C comes")
		from, at := a.last(), b.last()
		c.lose()
		time.Sleep(testGrace - 1)
		w = w.restart(1)
		a = w.comeBack(a, from)
		b = w.comeBack(b, at)
		synctest.Wait()
		wantNotes(t, a, "C goes")
		b.connection.Quit(b)
		synctest.Wait()
		wantNotes(t, a, "C goes", "B goes")
	})
}

// TestDirectoryGoesOn: who watches is told what has changed, and nothing twice.
func TestDirectoryGoesOn(t *testing.T) {
	inRestarts(t, func(t *testing.T, w *world) {
		a, b := w.persistentPair()
		a.must("gone", create(room.Settings{}))
		a.must("gone", room.Leave{})
		c := w.arrive("c")
		c.must("ends", create(room.Settings{}))
		time.Sleep(5 * time.Second)
		watcher := w.arrive("w")
		known := watcher.welcome()
		if len(known) != 2 {
			t.Fatalf("rooms: %v", brief(known))
		}
		from := watcher.last()
		b.lose()
		w = w.restart(0)
		watcher = w.comeBack(watcher, from)
		time.Sleep(2 * testGrace)
		var told []string
		for _, e := range watcher.directory() {
			told = append(told, fmt.Sprintf("%T %+v", e, e))
		}
		want := []string{
			"room.RoomUnlisted {RoomID:ends}", "room.RoomCounted {RoomID:r UserCount:1}", "room.RoomCounted {RoomID:r UserCount:0}",
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %q\nwant %q", told, want)
		}
	})
}

// TestTokenEnds: a session ends with its token, also while its client is away,
// and also in the next process.
func TestTokenEnds(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		inRestarts(t, func(t *testing.T, w *world) {
			const left = 10 * time.Second
			a, b := w.persistentPair()
			b.connection.ExpireAt(time.Now().Add(left))
			at, from := b.last(), a.last()
			b.lose()
			if restarts {
				w = w.restart(0)
				a = w.comeBack(a, from)
			}
			time.Sleep(left - 1)
			b = w.comeBack(b, at)
			b.connection.ExpireAt(time.Now().Add(left)) // another token
			b.lose()
			time.Sleep(left - 1)
			before := len(a.presence("r"))
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if got := a.presence("r"); len(got) != before+1 || got[before] != "b left" {
				t.Errorf("told %q, of that %d before the end", got, before)
			}
			if w.comeBack(b, at) != nil {
				t.Error("came back")
			}
		})
	}
}
