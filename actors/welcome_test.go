package actors

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
)

// TestWelcome wants a user's own rooms first, by last activity, with what is
// unread in them, and then the public ones; the same on the next node, where
// the rooms are not in memory.
func TestWelcome(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a, b := w.connect("a"), w.connect("b")
		for _, id := range []string{"old", "quiet", "lively"} {
			a.must(id, create(room.Settings{Persistent: true, Private: id == "old"}))
			a.must(id, room.Invite{UserID: "b"})
			b.must(id, room.Join{})
			time.Sleep(time.Minute)
		}
		a.must("public", create(room.Settings{Persistent: true}))
		for i := range 5 {
			a.must("lively", send("hello"))
			if i < 2 {
				b.must("lively", send("my own"))
			}
			time.Sleep(time.Minute)
		}
		b.must("lively", room.MarkRead{Seq: 3})
		want := []string{"lively 3", "quiet 0", "old 0", "public 0"}
		for range 2 {
			if got := brief(w.connect("b").welcome()); !reflect.DeepEqual(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			w = restart(w)
		}
	})
}

// TestWelcomeMax wants no more rooms than the limit, the user's own among them.
func TestWelcomeMax(t *testing.T) {
	for _, own := range []int{3, roomsListedMax + 5} {
		inBubble(t, func(t *testing.T, w *world) {
			a, b := w.connect("a"), w.connect("b")
			for i := range roomsListedMax + 5 {
				id := fmt.Sprint("r", i)
				a.must(id, create(room.Settings{}))
				if i < own {
					b.must(id, room.Join{})
				}
				time.Sleep(time.Minute)
			}
			listed := w.connect("b").welcome()
			if len(listed) != roomsListedMax || listed[0].ID != fmt.Sprint("r", own-1) {
				t.Errorf("%d rooms, %s first", len(listed), listed[0].ID)
			}
			seen := map[string]bool{}
			for _, l := range listed {
				if seen[l.ID] {
					t.Errorf("%s is there twice", l.ID)
				}
				seen[l.ID] = true
			}
		})
	}
}

// TestWelcomeWithoutAnswer wants a connection told of rooms though one of its
// own hangs, and nothing of the feed before.
func TestWelcomeWithoutAnswer(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("hangs", create(room.Settings{Persistent: true}))
		b.must("hangs", room.Join{})
		b.must("answers", create(room.Settings{}))
		a.must("answers", room.Join{})
		a.must("answers", send("hello"))
		release := w.store.block()
		defer release()
		a.do("hangs", send("hello"))
		synctest.Wait()
		b2, off := w.connect("b"), w.connect("b")
		b2.watch(false)
		b2.watch(true) // still not before the welcome
		off.watch(false)
		a.must("new", create(room.Settings{}))
		time.Sleep(welcomeTimeout - 1)
		if got := len(b2.directory()) + len(off.directory()); got != 0 {
			t.Errorf("told %d things too early", got)
		}
		time.Sleep(time.Nanosecond)
		if got := brief(b2.welcome()); !reflect.DeepEqual(got, []string{"answers 1", "hangs 0", "new 0"}) {
			t.Errorf("got %q", got)
		}
		off.welcome()
		a.must("newest", create(room.Settings{}))
		if n, none := len(b2.directory()), len(off.directory()); n != 2 || none != 1 {
			t.Errorf("%d things were told; %d to one who wants none", n, none)
		}
		off.watch(true)
		a.must("very newest", create(room.Settings{}))
		if n := len(off.directory()); n != 2 {
			t.Errorf("%d things were told to one who wants them again", n)
		}
	})
}

// TestWelcomeOfThrownOut wants nothing told of a private room that the user is
// thrown out of while his welcome is gathered.
func TestWelcomeOfThrownOut(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		b.must("hangs", create(room.Settings{Persistent: true}))
		a.must("p", create(room.Settings{Private: true}))
		a.must("p", room.Invite{UserID: "b"})
		b.must("p", room.Join{})
		synctest.Wait() // the accounts have stored what comes of that
		release := w.store.block()
		defer release()
		b.do("hangs", send("hello"))
		synctest.Wait()
		b2 := w.connect("b")
		synctest.Wait()
		a.must("p", room.Kick{UserID: "b"})
		time.Sleep(welcomeTimeout)
		if got := brief(b2.welcome()); !reflect.DeepEqual(got, []string{"hangs 0"}) {
			t.Errorf("got %q", got)
		}
	})
}

// TestGlanced: only a room that can't say may still be the user's own.
func TestGlanced(t *testing.T) {
	for _, row := range []struct {
		reply   room.Reply
		outside bool
	}{
		{room.ReadReply{Unread: 3, Member: true}, false},
		{room.ReadReply{}, true},
		{room.ErrRoomPrivate, true},
		{room.ErrRoomNotFound, true},
		{room.ErrUnavailable, false},
	} {
		if got := newGlanced("c", "r", row.reply); got.outside != row.outside {
			t.Errorf("%+v: %+v", row.reply, got)
		}
	}
}

// TestFirstOfPrivate wants a private room told as it was when the user was
// surely in it, and a public one as it is.
func TestFirstOfPrivate(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		d := newDirectory(w.Node, &storedRooms{whole: true})
		var own []room.ListedRoom
		for _, private := range []bool{true, false} {
			l := room.Listing{ID: fmt.Sprint(private), Name: "before", Private: private}
			own = append(own, room.ListedRoom{Listing: l})
			l.Name = "after"
			d.index.put(l)
		}
		all := everyRoom()
		if got, _ := d.first(own, &all); got[0].Name != "before" || got[1].Name != "after" {
			t.Errorf("got %+v", got)
		}
	})
}

// TestWelcomeOfGone ends connections while their welcome is gathered.
func TestWelcomeOfGone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		before := w.actors()
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		release := w.store.block()
		a.do("r", send("hello"))
		synctest.Wait()
		b := w.connect("a")
		synctest.Wait()
		b.connection.Close()
		synctest.Wait()
		release()
		time.Sleep(2 * welcomeTimeout)
		if n := len(b.directory()); n != 0 {
			t.Errorf("told %d things", n)
		}
		a.connection.Close()
		if left := w.actors() - before; left != 0 {
			t.Errorf("%d actors are left", left)
		}
	})
}

// TestOwnRooms wants the directory to know a user's own rooms, private ones too,
// as soon as he is in them, and not after; on every connection.
func TestOwnRooms(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b, other := w.connect("a"), w.connect("b"), w.connect("b")
		want := func(ids ...string) {
			t.Helper()
			synctest.Wait()
			if got := other.mine(); !reflect.DeepEqual(got, append([]string{}, ids...)) {
				t.Errorf("got %q, want %q", got, ids)
			}
		}
		want()
		a.must("p", create(room.Settings{Persistent: true, Private: true}))
		a.must("p", room.Invite{UserID: "b"})
		b.must("p", room.Join{})
		want("p")
		time.Sleep(time.Second)
		b.must("e", create(room.Settings{}))
		want("e", "p")
		b.connection.Close()
		want("p") // of an ephemeral room the seat is membership
		a.must("p", room.Kick{UserID: "b"})
		want()
	})
}

// TestOwnRoomsAtOnce wants a connection that asks before its account has been
// read to get the answer all the same, and one whose account can't be read in
// time to be told so.
func TestOwnRoomsAtOnce(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		w.connect("a").must("r", create(room.Settings{Persistent: true}))
		w = restart(w)
		if got := w.connect("a").mine(); !reflect.DeepEqual(got, []string{"r"}) {
			t.Errorf("got %q", got)
		}
		gate := make(chan struct{})
		w.store.set(func(s *testStore) { s.load = func(string) error { <-gate; return nil } })
		b := w.connect("b")
		begin := time.Now()
		if r := b.list(room.ListRooms{Mine: true, Limit: 1}); codeOf(r) != room.CodeUnavailable || time.Since(begin) != commandTimeout {
			t.Errorf("got %+v after %v", r, time.Since(begin))
		}
		close(gate)
		w.store.heal()
		if got := b.mine(); len(got) != 0 {
			t.Errorf("got %q", got)
		}
	})
}

// TestOwnRoomsOfRoomGivenUp wants an ephemeral room that has failed for good
// taken from its users' own.
func TestOwnRoomsOfRoomGivenUp(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(restartsMax + 1)
		a := w.connect("a")
		a.must("r", create(room.Settings{}))
		pid := w.pidOf("r")
		for range restartsMax + 1 {
			w.send(pid, crashing("r"))
		}
		synctest.Wait()
		w.connect("b").must("r", create(room.Settings{Private: true})) // another one
		if got := a.mine(); len(got) != 0 {
			t.Errorf("got %q", got)
		}
	})
}
