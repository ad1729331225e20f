package actors

import (
	"testing"
	"testing/synctest"

	"roomd/actors/room"
	"roomd/persistence"
)

// fail fails the room of the world so often that once more is too often.
func (w *world) fail() {
	pid := w.pidOf("r")
	for range restartsMax {
		w.send(pid, crashing("r"))
	}
	synctest.Wait()
}

// giveUp fails it once more while a command waits for the disk, where what it
// wrote comes to this.
func (w *world) giveUp(c *client, command room.Command, write error) {
	release := w.store.block()
	w.store.set(func(s *testStore) { s.before = func(persistence.Change) error { return write } })
	c.do("r", command)
	synctest.Wait()
	w.store.heal()                   // what follows the write meets with no failure
	w.send(w.pidOf("r"), &resumed{}) // of no request: it fails there and then
	synctest.Wait()
	release()
	synctest.Wait()
}

// TestWriteOfRoomGivenUp gives a room up while a message is about to be stored,
// and wants it to be what is on disk, whatever its actor had made of it: no number
// is lost, and a relaxed room, which has told of the message, says that it is gone.
func TestWriteOfRoomGivenUp(t *testing.T) {
	for _, c := range []struct {
		name    string
		relaxed bool
		write   error
		texts   int // on disk
	}{
		{"stored", false, nil, 2},
		{"not stored", false, errTest, 1},
		{"told and not stored", true, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.announce(restartsMax + 1)
				a := w.connect("a")
				a.must("r", create(room.Settings{Persistent: true, Relaxed: c.relaxed}))
				w.fail()
				a.must("r", send("one"))
				was := a.must("r", room.Join{}).(room.JoinReply)
				w.giveUp(a, send("two"), c.write)
				now := w.connect("b").must("r", room.Join{}).(room.JoinReply)
				if len(now.Messages) != c.texts || now.Seq != uint64(c.texts) {
					t.Errorf("%d messages up to %d, want %d", len(now.Messages), now.Seq, c.texts)
				}
				if renewed := now.Epoch != was.Epoch; renewed != c.relaxed {
					t.Errorf("a new epoch: %v", renewed)
				}
			})
		})
	}
}

// TestListOfRoomGivenUp gives a room up while something is about to be stored
// that the directory would be told of, and wants that right.
func TestListOfRoomGivenUp(t *testing.T) {
	private := true
	for _, c := range []struct {
		name    string
		command room.Command
		write   error
		rooms   int
		public  int
	}{
		{"deleted", room.Delete{}, nil, 0, 0},
		{"not deleted", room.Delete{}, errTest, 1, 1},
		{"private", room.Update{Private: &private}, nil, 1, 0},
		{"not private", room.Update{Private: &private}, errTest, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.announce(restartsMax + 1)
				a := w.connect("a")
				a.must("r", create(room.Settings{Persistent: true}))
				w.fail()
				w.giveUp(a, c.command, c.write)
				for _, when := range []string{"at rest", "in memory"} {
					s := w.RoomStats()
					listed := w.connect("b").list(room.ListRooms{Limit: 10}).(room.RoomsReply)
					if s.TotalRooms != c.rooms || s.PublicRooms != c.public || len(listed.Rooms) != c.public {
						t.Errorf("%s: %+v, %d are listed", when, s, len(listed.Rooms))
					}
					w.connect("a").do("r", room.Join{})
					synctest.Wait()
				}
			})
		})
	}
}
