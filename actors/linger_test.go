package actors

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
)

// lingeringWorld is a world whose rooms linger for a minute, with a count of the
// rooms that it has read from the store.
func lingeringWorld(t *testing.T, w *world) (*world, func() int) {
	w.close()
	timeout := time.Minute
	w = startWorld(t, w.store, func(c *Config) { c.IdleRoomTimeout = timeout })
	loads := 0
	w.store.set(func(s *testStore) {
		s.load = func(key string) error {
			if strings.HasPrefix(key, roomPrefix) {
				loads++ // under the store's lock
			}
			return nil
		}
	})
	return w, func() (n int) { w.store.set(func(*testStore) { n = loads }); return n }
}

// TestLinger wants rooms to stay for a while when everybody has left, to serve
// who comes back from memory, and then to leave a snapshot, not all at a time.
func TestLinger(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w, loads := lingeringWorld(t, w)
		a := w.connect("a")
		before := w.actors()
		const rooms = 20
		for i := range rooms {
			id := fmt.Sprint("r", i)
			a.must(id, create(room.Settings{Persistent: true}))
			a.must(id, send("hello"))
			a.must(id, room.Leave{})
			a.must(id, room.Join{})
			a.must(id, room.Leave{})
		}
		if n := loads(); n != rooms { // each once, when it was made
			t.Errorf("rooms were read %d times, want %d", n, rooms)
		}
		if n := w.actors() - before; n != rooms {
			t.Errorf("%d rooms linger, want %d", n, rooms)
		}
		time.Sleep(59 * time.Second)
		if n := w.actors() - before; n != rooms {
			t.Errorf("%d rooms linger after 59 s, want %d", n, rooms)
		}
		most := 0
		for range 31 {
			was := w.actors()
			time.Sleep(time.Second)
			most = max(most, was-w.actors())
		}
		if n := w.actors() - before; n != 0 || most > rooms/3 {
			t.Errorf("%d rooms linger in the end; %d left in one second", n, most)
		}
		if n := w.lingerBudget.rooms.Load() + w.lingerBudget.bytes.Load(); n != 0 {
			t.Errorf("budget: %d left over", n)
		}
		if joined := a.must("r3", room.Join{}).(room.JoinReply); len(joined.Messages) != 1 || loads() != rooms+1 {
			t.Errorf("back: %+v, %d reads", joined, loads())
		}
	})
}

// TestLingerWhileInside wants a room that was entered again to outlive its time.
func TestLingerWhileInside(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w, loads := lingeringWorld(t, w)
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		a.must("r", room.Leave{})
		a.must("r", room.Join{})
		time.Sleep(2 * time.Minute)
		a.must("r", send("still here"))
		if n := loads(); n != 1 {
			t.Errorf("the room was read %d times", n)
		}
		a.must("r", room.Delete{})
		synctest.Wait()
		if n := w.lingerBudget.rooms.Load(); n != 0 {
			t.Errorf("a deleted room lingers")
		}
	})
}

// TestLingerMax wants the oldest to go when there are too many.
func TestLingerMax(t *testing.T) {
	var n Node
	n.config.IdleRoomTimeout = time.Minute
	l := newLingering(&n, func() {})
	defer l.stop()
	for i := range lingeringRoomsMax {
		if gone := l.add(fmt.Sprint(i), 1000); gone != "" {
			t.Fatalf("%s had to go for room %d", gone, i)
		}
	}
	if gone := l.add("one more", 1000); gone == "" || len(l.rooms.entries) != lingeringRoomsMax {
		t.Errorf("%q had to go, %d rooms are left", gone, len(l.rooms.entries))
	}
	for i := range 2 {
		if gone := l.add(fmt.Sprint("huge", i), lingeringBytesMax); gone == "" {
			t.Error("nothing had to go for a huge room")
		}
	}
	if gone := l.add("gone", 0); gone != "gone" {
		t.Errorf("a room that is not worth it: %q goes", gone)
	}
}
