package actors

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"roomd/actors/room"
)

// TestThrownOut wants one who is kicked or banned told so, on every connection,
// and then nothing more of the room.
func TestThrownOut(t *testing.T) {
	tests := map[string]struct {
		command room.Command
		again   room.Code // of what comes of joining again
	}{
		"kick": {room.Kick{UserID: "b"}, ""},
		"ban":  {room.Ban{UserID: "b"}, room.CodeBanned},
	}
	for name, test := range tests {
		for _, persistent := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					a, b, b2 := w.connect("a"), w.connect("b"), w.connect("b")
					a.must("r", create(room.Settings{Persistent: persistent}))
					b.must("r", room.Join{})
					b2.must("r", room.Join{})
					a.must("r", test.command)
					for range 2 {
						b.refused("r", send("still here"), room.CodeNotInRoom)
						b.refused("r", emit("wave"), room.CodeNotInRoom)
					}
					a.must("r", send("without b"))
					for _, c := range []*client{b, b2} {
						events := slices.DeleteFunc(c.events("r"), isOfTab)
						if !throwsOut(events[len(events)-1]) {
							t.Errorf("%s was told %+v", c.id, events)
						}
						wantTexts(t, c, "r")
					}
					if n := w.subscribers("r"); n != 1 {
						t.Errorf("%d subscribers", n)
					}
					if code := codeOf(b.ask("r", room.Join{})); code != test.again {
						t.Errorf("came again: %q", code)
					}
					if test.again == "" {
						b.must("r", send("again"))
						wantTexts(t, b, "r", "again")
						wantTexts(t, b2, "r")
					}
				})
			})
		}
	}
}

// isOfTab reports whether an event is about one of several connections of a
// user, which no encoder has told.
func isOfTab(e room.Event) bool {
	switch e := e.(type) {
	case room.Joined:
		return !e.TookSeat
	case room.Left:
		return !e.GaveUpSeat
	}
	return false
}

func throwsOut(e room.Event) bool {
	switch e := e.(type) {
	case room.UserKicked:
		return e.User.ID == "b"
	case room.UserBanned:
		return e.User.ID == "b"
	}
	return false
}

// TestPlaceOfThrownOut wants a connection's places free again of rooms that it
// was thrown out of.
func TestPlaceOfThrownOut(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		for i := range connectionRoomsMax + 10 {
			id := string(rune('a'+i%26)) + string(rune('a'+i/26))
			keeper := a
			if i >= connectionRoomsMax {
				keeper = w.connect("a")
			}
			keeper.must(id, create(room.Settings{}))
			b.must(id, room.Join{})
			keeper.must(id, room.Kick{UserID: "b"})
		}
	})
}

// TestThrowingOutRaces has a user come, speak and go in two tabs while he is
// kicked, banned and let in again. In the end he is inside only if he may be,
// and those who are told are those who are inside.
func TestThrowingOutRaces(t *testing.T) {
	for seed := range uint64(*seeds) {
		for _, persistent := range []bool{false, true} {
			inBubble(t, func(t *testing.T, w *world) { testThrowingOut(t, w, seed, persistent) })
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func testThrowingOut(t *testing.T, w *world, seed uint64, persistent bool) {
	a, b, b2 := w.connect("a"), w.connect("b"), w.connect("b")
	a.must("r", create(room.Settings{Persistent: persistent}))
	banned := false
	random := rand.New(rand.NewPCG(seed, 11))
	for range 60 {
		tab := []*client{b, b2}[random.IntN(2)]
		switch random.IntN(12) {
		case 0:
			a.do("r", room.Kick{UserID: "b"})
		case 1:
			a.do("r", room.Ban{UserID: "b"})
			banned = true
		case 2, 3:
			a.do("r", room.Unban{UserID: "b"})
			banned = false
		case 4:
			tab.do("r", room.Leave{})
		case 5, 6, 7:
			tab.do("r", room.Join{})
		case 8, 9:
			tab.do("r", send("hello"))
		case 10:
			synctest.Wait()
		case 11:
			a.do("r", send("hello"))
		}
	}
	synctest.Wait()
	inside := a.must("r", room.Join{}).(room.JoinReply).Room
	if banned && inside.UserCount != 1 {
		t.Errorf("%d inside, with one banned", inside.UserCount)
	}
	told := 0
	a.must("r", send("the end"))
	for _, c := range []*client{b, b2} {
		texts := c.texts("r")
		hears := len(texts) > 0 && texts[len(texts)-1] == "the end"
		if hears {
			told++
		}
		if sits := codeOf(c.ask("r", emit("wave"))) == ""; sits != hears {
			t.Errorf("%s is inside: %v, is told: %v", c.id, sits, hears)
		}
	}
	if want := told + 1; w.subscribers("r") != want {
		t.Errorf("%d subscribers, want %d", w.subscribers("r"), want)
	}
	if (told > 0) != (inside.UserCount == 2) {
		t.Errorf("%d of b's are told, %d users are inside", told, inside.UserCount)
	}
	c := w.connect("c")
	for range 3 { // its road is as good as that of any other
		c.must("r", room.Join{})
		c.must("r", send("hello"))
		c.must("r", room.Leave{})
	}
}

// TestDeletePassive wants its creator to delete a room that nobody is inside of,
// and all to learn of it.
func TestDeletePassive(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		w = restart(w)
		a, b = w.connect("a"), w.connect("b")
		synctest.Wait()
		b.refused("r", room.Delete{}, room.CodeNotCreator)
		a.must("r", room.Delete{})
		wantDirectory(t, b, "listed 1", "unlisted r")
		if got := len(b.mine()) + len(a.mine()); got != 0 {
			t.Errorf("%d have it among their rooms", got)
		}
		a.refused("r", create(room.Settings{}), room.CodeRoomExists)
		w = restart(w)
		wantDirectory(t, w.connect("b"), "listed 0")
	})
}

// TestPrivateAndBack wants a room that is turned private unlisted, and listed
// when it is public again, for its creator too.
func TestPrivateAndBack(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, watcher := w.connect("a"), w.connect("watcher")
		synctest.Wait()
		a.must("r", create(room.Settings{}))
		for _, private := range []bool{true, false} {
			a.must("r", room.Update{Private: &private})
		}
		wantDirectory(t, watcher, "listed 0", "new r", "unlisted r", "new r")
		wantDirectory(t, a, "listed 0", "unlisted r", "new r")
	})
}
