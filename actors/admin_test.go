package actors

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
)

// TestAdminSees wants an administrator to see all rooms and users.
func TestAdminSees(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		w.connect("b")
		a.must("private", create(room.Settings{Private: true}))
		a.must("full", create(room.Settings{Persistent: true, Name: "The full one"}))
		b.must("full", room.Join{})
		a.must("empty", create(room.Settings{Persistent: true}))
		a.must("empty", room.Leave{})
		synctest.Wait()
		stats := w.RoomStats()
		if stats.TotalRooms != 3 || stats.EmptyRooms != 1 || stats.TotalUsersInRooms != 3 || stats.Largest[0].ID != "full" {
			t.Errorf("got %+v", stats)
		}
		var rooms []string
		for q := (room.ListRooms{Limit: 2}); ; {
			page, err := w.AllRooms(q)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page.Rooms {
				rooms = append(rooms, fmt.Sprint(l.ID, " ", l.UserCount))
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if want := []string{"full 2", "private 1", "empty 0"}; !reflect.DeepEqual(rooms, want) {
			t.Errorf("got %q, want %q", rooms, want)
		}
		if page, err := w.AllRooms(room.ListRooms{Limit: 5, Search: "full"}); err != nil || len(page.Rooms) != 1 {
			t.Errorf("got %+v, %v", page, err)
		}
		if _, err := w.AllRooms(room.ListRooms{Limit: 5, Cursor: "?"}); err == nil || err.Code != room.CodeBadRequest {
			t.Errorf("got %v", err)
		}
		page, err := w.RoomUsers("private", room.ListUsers{Limit: 5})
		if err != nil || len(page.Users) != 1 || page.Users[0] != a.user {
			t.Errorf("got %+v, %v", page, err)
		}
		if _, err := w.RoomUsers("nowhere", room.ListUsers{Limit: 5}); err != room.ErrRoomNotFound {
			t.Errorf("got %v", err)
		}
		users, next := w.Users("", 1)
		more, end := w.Users(next, 1)
		want := []room.OnlineUser{{User: a.user, Connections: 1, Rooms: 2}, {User: b.user, Connections: 2, Rooms: 1}}
		if got := append(users, more...); !reflect.DeepEqual(got, want) || next != "a" || end != "" {
			t.Errorf("got %+v, then %q, %q", got, next, end)
		}
	})
}

// TestAdminActs wants an administrator to end rooms, and what users do.
func TestAdminActs(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b, b2 := w.connect("a"), w.connect("b"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		if err := w.KickUser("r", "b", "noise"); err != nil {
			t.Error(err)
		}
		if err := w.KickUser("r", "b", "is out already"); err != nil {
			t.Error(err)
		}
		b.refused("r", send("hello"), room.CodeNotInRoom)
		if err := w.DeleteRoom("r", "policy"); err != nil {
			t.Error(err)
		}
		if err := w.DeleteRoom("r", "policy"); err != room.ErrRoomNotFound {
			t.Errorf("got %v", err)
		}
		events := a.events("r")
		if removed, ok := events[len(events)-1].(room.Removed); !ok || removed.Reason != "policy" {
			t.Errorf("got %+v", events)
		}
		if n := w.DisconnectUser("b"); n != 2 || b.reasons() != string(WhyAdmin) || b2.reasons() != string(WhyAdmin) || a.reasons() != "" {
			t.Errorf("%d connections", n)
		}
		if n := w.DisconnectUser("nobody"); n != 0 {
			t.Errorf("%d connections", n)
		}
	})
}

// TestAdminTimeout wants an administrator answered though a room or the
// directory is not.
func TestAdminTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		release := w.store.block()
		a.do("r", send("hello"))
		begin := time.Now()
		if err := w.KickUser("r", "a", ""); err != room.ErrUnavailable || time.Since(begin) != adminTimeout {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
		release()
		synctest.Wait()
		a.refused("r", send("kicked late"), room.CodeNotInRoom)

		synctest.Wait() // the room tells the directory that it rests
		directory := w.directory
		w.directory = w.spawn(func(any) {})
		begin = time.Now()
		if stats := w.RoomStats(); !reflect.DeepEqual(stats, room.Stats{}) || time.Since(begin) != adminTimeout {
			t.Errorf("got %+v after %v", stats, time.Since(begin))
		}
		if _, err := w.AllRooms(room.ListRooms{Limit: 1}); err != room.ErrUnavailable {
			t.Errorf("got %v", err)
		}
		w.system.Root.Stop(w.directory)
		w.directory = directory
		w.Stop()
		if err := w.DeleteRoom("r", ""); err != room.ErrUnavailable {
			t.Errorf("got %v of a node that has stopped", err)
		}
	})
}

// TestAdminOfFailingRoom: what an administrator has asked of a room's former
// actor is asked of the next one.
func TestAdminOfFailingRoom(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(restartsMax + 1)
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		pid := w.pidOf("r")
		for range restartsMax + 1 {
			w.send(pid, crashing("r"))
		}
		if err := w.DeleteRoom("r", "it fails"); err != nil && err != room.ErrUnavailable {
			t.Errorf("got %v", err)
		}
	})
}
