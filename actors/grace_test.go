package actors

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
)

func wantPresence(t *testing.T, c *client, want ...string) {
	t.Helper()
	if got := c.presence("r"); !slices.Equal(got, want) {
		t.Errorf("%s was told %q, want %q", c.id, got, want)
	}
}

// TestGrace: who is lost has left when the time of grace is over, and not
// before. That can be cut to the nanosecond.
func TestGrace(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b := w.arrive("a"), w.arrive("b")
		a.must("r", room.Join{})
		b.must("r", room.Join{})
		b.lose()
		time.Sleep(testGrace - 1)
		wantPresence(t, a, "b joined")
		if users := w.inside("r"); users != 2 {
			t.Errorf("%d seats in the time of grace", users)
		}
		time.Sleep(time.Nanosecond)
		wantPresence(t, a, "b joined", "newcomer joined", "newcomer left", "b left")
	})
}

// TestComeBackInTime is the other side: the last nanosecond is early enough, the
// next one is not.
func TestComeBackInTime(t *testing.T) {
	for _, late := range []time.Duration{0, 1} {
		inGrace(t, func(t *testing.T, w *world) {
			a, b := w.arrive("a"), w.arrive("b")
			a.must("r", room.Join{})
			b.must("r", room.Join{})
			b.lose()
			time.Sleep(testGrace - 1 + late)
			again := w.comeBack(b, b.last())
			if (again != nil) != (late == 0) {
				t.Fatalf("came back %v after the last moment: %v", late, again != nil)
			}
			if again == nil {
				wantPresence(t, a, "b joined", "b left")
				return
			}
			time.Sleep(2 * testGrace)
			wantPresence(t, a, "b joined", "b returned")
			again.must("r", send("here"))
		})
	}
}

// TestQuit: who says that he goes has gone at once, and only by the transport
// that he has.
func TestQuit(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b := w.arrive("a"), w.arrive("b")
		a.must("r", room.Join{})
		b.must("r", room.Join{})
		b.connection.Quit(a) // no outbox of b's
		b.connection.Detach(a)
		wantPresence(t, a, "b joined")
		b.connection.Quit(b)
		wantPresence(t, a, "b joined", "b left")
		if w.comeBack(b, b.last()) != nil {
			t.Error("came back to what has ended")
		}
	})
}

// TestQuitWhileComingBack: a session is gone on with or ended, not both.
func TestQuitWhileComingBack(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		for range 300 {
			b := w.arrive("b")
			offset, again := b.last(), &client{t: t, user: b.user, id: b.id}
			var both sync.WaitGroup
			both.Go(func() { b.connection.Quit(b) })
			both.Go(func() {
				again.connection = w.Resume(b.user, b.key(), offset, again, func(room.ConnectionID, []Frame) {})
			})
			both.Wait()
			synctest.Wait()
			switch c := again.connection; {
			case c == nil && !b.connection.hasEnded():
				t.Fatal("neither ended nor back")
			case c != nil && c.hasEnded():
				t.Fatal("back, and ended")
			case c != nil:
				c.Close()
			}
		}
	})
}

// TestAnotherConnection: with another one inside nothing is told.
func TestAnotherConnection(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b, second := w.arrive("a"), w.arrive("b"), w.arrive("b")
		for _, c := range []*client{a, b, second} {
			c.must("r", room.Join{})
		}
		b.lose()
		again := w.comeBack(b, b.last())
		second.lose()
		time.Sleep(testGrace)
		wantPresence(t, a, "b joined")
		again.lose()
		time.Sleep(testGrace)
		wantPresence(t, a, "b joined", "b left")
	})
}

// TestFreshConnectionTakesThePlace: one who is away and comes by another
// connection has returned; the old one can't come back any more.
func TestFreshConnectionTakesThePlace(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b := w.arrive("a"), w.arrive("b")
		a.must("r", create(room.Settings{Name: "R", MaxUsers: 2}))
		b.must("r", room.Join{})
		b.lose()
		fresh := w.arrive("b")
		joined := fresh.must("r", room.Join{}).(room.JoinReply)
		if joined.Room.UserCount != 2 {
			t.Errorf("%d seats", joined.Room.UserCount)
		}
		if w.comeBack(b, b.last()) != nil {
			t.Error("the old connection came back")
		}
		time.Sleep(2 * testGrace)
		wantPresence(t, a, "b joined", "b returned")
		fresh.must("r", room.Leave{})
		wantPresence(t, a, "b joined", "b returned", "b left")
	})
}

// TestTakePlaces: a new connection that names the old one, which is away, is
// inside where that was. Nobody else's is, and none that is here.
func TestTakePlaces(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b := w.arrive("a"), w.arrive("b")
		a.must("r", create(room.Settings{Name: "R", Private: true, PasswordHash: "x"}))
		a.must("r", room.Invite{UserID: "b"})
		b.must("r", room.Join{})
		fresh := w.arrive("b")
		fresh.connection.TakePlaces(b.id) // it is here
		fresh.refused("r", send("not yet"), room.CodeNotInRoom)
		b.lose()
		thief := w.arrive("c")
		thief.connection.TakePlaces(b.id)
		thief.refused("r", send("mine"), room.CodeRoomPrivate)
		fresh.connection.TakePlaces(b.id)
		fresh.connection.TakePlaces(b.id)
		fresh.must("r", send("here"))
		time.Sleep(2 * testGrace)
		wantPresence(t, a, "b joined", "b returned")
		if got := strings.Join(fresh.texts("r"), " "); got != "here" {
			t.Errorf("told %q", got)
		}
		if w.connection(b.id) != nil {
			t.Error("the old connection lives")
		}
		fresh.must("r", room.Leave{})
		wantPresence(t, a, "b joined", "b returned", "b left")
	})
}

// TestTakePlacesOfOneWhoHangs: who wants the places of a connection that doesn't
// answer waits so long for them and no longer, nobody else does, and no place is lost.
func TestTakePlacesOfOneWhoHangs(t *testing.T) {
	for name, goes := range map[string]bool{"the new one stays": false, "the new one goes": true} {
		t.Run(name, func(t *testing.T) {
			inGrace(t, func(t *testing.T, w *world) {
				a, b := w.pair()
				held := make(chan struct{})
				b.connection.await(waitingRequest{room: "r", reply: func(room.Reply) { <-held }, free: true})
				time.Sleep(commandTimeout)
				b.connection.node.send(b.connection.pid, &expire{}) // it answers for as long as that is held
				b.lose()
				fresh := w.arrive("b")
				begin := time.Now()
				time.AfterFunc(placesTimeout/2, func() { a.must("r", send("meanwhile")) })
				fresh.connection.TakePlaces(b.id)
				if took := time.Since(begin); took != placesTimeout {
					t.Errorf("waited %s", took)
				}
				wantPresence(t, a, "b joined")
				if goes {
					fresh.connection.Close()
					synctest.Wait()
				}
				close(held)
				synctest.Wait()
				if goes {
					time.Sleep(testGrace + time.Second)
					wantPresence(t, a, "b joined", "b left")
					return
				}
				fresh.must("r", send("here"))
				fresh.must("r", room.Leave{})
				wantPresence(t, a, "b joined", "b returned", "b left")
			})
		})
	}
}

// TestRoomsOfThoseWhoAreAway live as long as their seats are kept.
func TestRoomsOfThoseWhoAreAway(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a := w.arrive("a")
		a.must("r", create(room.Settings{Name: "R"}))
		a.must("r", send("kept"))
		a.lose()
		time.Sleep(testGrace - 1)
		again := w.comeBack(a, a.last())
		again.must("r", send("here"))
		again.lose()
		time.Sleep(testGrace)
		w.arrive("b").refused("r", room.GetHistory{Limit: 1}, room.CodeRoomNotFound)
	})
}

// TestContactsInGrace: one is offline when the last connection's time of grace
// is over.
func TestContactsInGrace(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a := w.arrive("a")
		a.mustUser(user.AddContact{UserID: "b"})
		b, second := w.arrive("b"), w.arrive("b")
		b.lose()
		time.Sleep(time.Second)
		second.lose()
		time.Sleep(testGrace - 1)
		wantNotes(t, a, "B comes")
		time.Sleep(time.Nanosecond)
		wantNotes(t, a, "B comes", "B goes")
	})
}

// TestAdministratorEnds: who was disconnected, or is, while he is away, does not
// come back.
func TestAdministratorEnds(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b, second := w.arrive("a"), w.arrive("b"), w.arrive("b")
		a.must("r", room.Join{})
		b.must("r", room.Join{})
		b.lose()
		if n := w.DisconnectUser("b"); n != 2 {
			t.Errorf("%d connections", n)
		}
		synctest.Wait()
		wantPresence(t, a, "b joined", "b left")
		if second.reasons() != string(WhyAdmin) || w.comeBack(b, b.last()) != nil || w.comeBack(second, second.last()) != nil {
			t.Errorf("closed: %q", second.reasons())
		}
	})
}

// TestJoinUnderWay: one that is lost while it joins is away where it has joined.
func TestJoinUnderWay(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		a, b := w.arrive("a"), w.arrive("b")
		a.must("r", room.Join{})
		b.do("r", room.Join{})
		b.lose()
		c := w.arrive("b")
		c.must("r", room.Join{})
		wantPresence(t, a, "b joined", "b returned")
		c.lose()
		time.Sleep(testGrace)
		wantPresence(t, a, "b joined", "b returned", "b left")
	})
}
