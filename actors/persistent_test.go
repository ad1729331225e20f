package actors

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// onStores runs a test on every kind of store. Its restart stops the node,
// closes and opens the store where it can be, and starts another node.
func onStores(t *testing.T, test func(t *testing.T, w *world, restart func(*world) *world)) {
	t.Run("memory", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *world) {
			test(t, w, func(w *world) *world {
				w.close()
				return newWorld(t, w.store)
			})
		})
	})
	t.Run("bolt", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "data")
			open := func() *world {
				store, err := persistence.Open(folder)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { store.Close() }) // runs after the world's own
				return newWorld(t, store)
			}
			test(t, open(), func(w *world) *world {
				w.close()
				if err := w.store.Close(); err != nil {
					t.Fatal(err)
				}
				return open()
			})
		})
	})
}

// TestRestart wants a persistent room back as it was, and an ephemeral one not.
func TestRestart(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		settings := room.Settings{Name: "Kitchen", Description: "food", MaxUsers: 3, Persistent: true}
		a, b, c := w.connect("a"), w.connect("b"), w.connect("c")
		created := a.must("k", create(settings)).(room.RoomReply)
		w.connect("d").must("ephemeral", create(room.Settings{}))
		b.must("k", room.Join{})
		c.must("k", room.Join{})
		for i := range 60 {
			b.must("k", send(fmt.Sprint("message ", i)))
		}
		c.must("k", room.Leave{})
		before := b.must("k", room.Join{}).(room.JoinReply)

		w = restart(w)
		b = w.connect("b")
		after := b.must("k", room.Join{}).(room.JoinReply)
		if after.Epoch != before.Epoch || after.Seq != 60 || !reflect.DeepEqual(after.Messages, before.Messages) {
			t.Errorf("got %+v\nwant %+v", after, before)
		}
		want := created.Room
		want.UserCount, want.Users, want.MemberCount, want.LastActivity = 1, []string{"b"}, 2, before.Room.LastActivity
		if !reflect.DeepEqual(after.Room, want) {
			t.Errorf("got %+v\nwant %+v", after.Room, want)
		}
		since := b.must("k", room.Join{Since: &room.Since{Epoch: before.Epoch, Seq: 58}}).(room.JoinReply)
		if len(since.Messages) != 2 || since.Gap {
			t.Errorf("since: got %+v", since)
		}
		if sent := b.must("k", send("go on")).(room.SendReply); sent.Seq != 61 {
			t.Errorf("went on with %d", sent.Seq)
		}
		d := w.connect("d")
		if joined := d.must("ephemeral", room.Join{}).(room.JoinReply); joined.Room.Creator != (room.User{}) {
			t.Errorf("an ephemeral room came back: %+v", joined.Room)
		}
	})
}

// TestPassivation wants a room that nobody is inside of out of memory, and back
// with the next command, as often as one likes.
func TestPassivation(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, _ func(*world) *world) {
		a := w.connect("a")
		before := w.actors()
		a.must("r", create(room.Settings{Persistent: true}))
		for i := range 20 {
			if sent := a.must("r", send("hello")).(room.SendReply); sent.Seq != uint64(i+1) {
				t.Fatalf("seq %d, want %d", sent.Seq, i+1)
			}
			a.must("r", room.Leave{})
			if left := w.actors() - before; left != 0 {
				t.Fatalf("%d actors are left", left)
			}
			a.refused("r", send("from outside"), room.CodeNotInRoom)
			if joined := a.must("r", room.Join{}).(room.JoinReply); len(joined.Messages) != i+1 {
				t.Fatalf("%d messages, want %d", len(joined.Messages), i+1)
			}
		}
	})
}

// TestCrash starts a node on what another has stored that was never stopped.
func TestCrash(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		a.must("r", send("one"))
		a.must("r", send("two"))
		synctest.Wait()

		w.errorsWanted = true // it can't store its last snapshot
		other := newWorld(t, w.store)
		other.errorsWanted = true
		c := other.connect("c")
		joined := c.must("r", room.Join{}).(room.JoinReply)
		if joined.Seq != 2 || joined.Room.MemberCount != 3 || joined.Room.UserCount != 1 {
			t.Errorf("got %+v", joined)
		}
		// Only looking at it, a third one brings the stored directory up to date.
		third := newWorld(t, w.store)
		d := third.connect("d")
		d.refused("r", send("hello"), room.CodeNotInRoom)
		synctest.Wait()
		if listed := d.directory()[0].(room.RoomsListed); len(listed.Rooms) != 1 || listed.Rooms[0].MemberCount != 3 {
			t.Errorf("got %+v", listed)
		}
		listings, err := listingsIn(third.store)
		if err != nil || len(listings) != 1 || listings[0].MemberCount != 3 {
			t.Errorf("got %+v, %v", listings, err)
		}
	})
}

// TestTombstone wants a persistent room's id taken after its end, after a
// restart too, and the room in no list: neither after an orderly stop nor after
// a crash right behind the end.
func TestTombstone(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true, AutoDelete: true}))
		b.must("r", room.Join{})
		b.must("r", send("hello"))
		release := w.store.holdSnapshots() // as the one at the room's end
		a.must("r", room.Leave{})
		synctest.Wait()
		if listings, err := listingsIn(w.store); err != nil || len(listings) != 0 {
			t.Errorf("listed after its end: %+v, %v", listings, err)
		}
		release()
		for range 2 {
			c := w.connect("c")
			c.refused("r", create(room.Settings{}), room.CodeRoomExists)
			c.refused("r", room.Join{}, room.CodeRoomNotFound)
			c.refused("r", send("hello"), room.CodeRoomNotFound)
			if listings, err := listingsIn(w.store); err != nil || len(listings) != 0 {
				t.Errorf("listed: %+v, %v", listings, err)
			}
			w = restart(w)
		}
	})
}

// TestSnapshots wants a snapshot after recordsPerSnapshot records, so that
// loading replays no more.
func TestSnapshots(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		keeper, c := w.connect("keeper"), w.connect("c")
		keeper.must("r", create(room.Settings{Persistent: true}))
		for range recordsPerSnapshot/2 + 10 { // two records each
			c.must("r", room.Join{})
			c.must("r", room.Leave{})
		}
		synctest.Wait()
		snapshots := slices.DeleteFunc(w.store.committed(), func(c persistence.Change) bool {
			return c.Snapshot == nil || c.Key != roomKey("r")
		})
		if len(snapshots) != 2 || snapshots[1].SnapshotNumber/2 != (firstSnapshotAfter("r")+1)/2 {
			t.Fatalf("%d snapshots, the last of record %d", len(snapshots), snapshots[len(snapshots)-1].SnapshotNumber)
		}
		stored, err := w.store.Load(roomKey("r"))
		if err != nil || uint64(len(stored.Records)) != recordsPerSnapshot+20-snapshots[1].SnapshotNumber {
			t.Errorf("%d records after the snapshot, %v", len(stored.Records), err)
		}
		keeper.connection.Close()
		c.connection.Close()
		synctest.Wait()
		if n := w.inside("r"); n != 0 {
			t.Errorf("%d inside", n)
		}
	})
}

// TestSnapshotsOfMessages wants them counted too: loading reads all since the
// snapshot.
func TestSnapshotsOfMessages(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		for range recordsPerSnapshot + 10 {
			a.do("r", send("hello"))
		}
		synctest.Wait()
		stored, err := w.store.Load(roomKey("r"))
		if err != nil {
			t.Fatal(err)
		}
		if seq, err := room.SnapshotSeq(stored.Snapshot); err != nil || seq < firstSnapshotAfter("r") {
			t.Errorf("the snapshot is of %d, %v", seq, err)
		}
	})
}

// TestHistoryStored wants more than memory holds of a room to stay in the
// store, and the newest back in memory.
func TestHistoryStored(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		const messages = room.HistoryEntriesMax + 50
		a := w.connect("a")
		created := a.must("r", create(room.Settings{Persistent: true})).(room.RoomReply)
		for range messages {
			a.do("r", send("hello"))
		}
		epoch := a.must("r", room.Join{}).(room.JoinReply).Epoch
		w = restart(w)
		a = w.connect("a")
		for behind, gap := range map[uint64]bool{room.HistoryEntriesMax: false, room.HistoryEntriesMax + 1: true} {
			joined := a.must("r", room.Join{Since: &room.Since{Epoch: epoch, Seq: messages - behind}}).(room.JoinReply)
			if joined.Gap != gap || joined.Seq != messages || joined.Room.Creator != created.Room.Creator {
				t.Errorf("%d behind: got gap=%v, seq %d", behind, joined.Gap, joined.Seq)
			}
		}
	})
}

// TestStopWhileRoomEnds stops a node while one room's end takes its time, and
// commands come to others of its shard: none is started any more.
func TestStopWhileRoomEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		a.must("r", send("hello"))
		release := w.store.holdSnapshots()
		begin := time.Now()
		stopped := make(chan struct{})
		go func() {
			w.Stop()
			close(stopped)
		}()
		synctest.Wait()
		other := "other 0"
		for i := 0; w.region.shard(other) != w.region.shard("r"); i++ {
			other = fmt.Sprint("other ", i)
		}
		w.region.route(&request{room: other, connection: b.id, from: b.user, number: 1, command: room.Join{Implicit: true}})
		synctest.Wait()
		release()
		<-stopped
		if took := time.Since(begin); took != 0 {
			t.Errorf("took %v", took)
		}
	})
}

// TestStopIsQuick stops a node with rooms and connections alive and commands
// under way: at once, without ending transports for a failure.
func TestStopIsQuick(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		var clients []*client
		for i := range 100 {
			c := w.connect(fmt.Sprintf("user%d", i))
			clients = append(clients, c)
			c.must(fmt.Sprintf("r%d", i%10), room.Join{})
			c.must(fmt.Sprintf("p%d", i), create(room.Settings{Persistent: true}))
			for j := range 20 {
				c.do(fmt.Sprintf("r%d", j), room.Join{})
			}
		}
		begin := time.Now()
		w.Stop()
		w.Stop()
		if took := time.Since(begin); took != 0 {
			t.Errorf("took %v", took)
		}
		for _, c := range clients {
			if why := c.reasons(); why != "" {
				t.Errorf("%s was closed: %s", c.id, why)
			}
			c.do("r0", room.Join{}) // leads nowhere, harmlessly
		}
		if _, err := w.Connect(room.User{ID: "late"}, "late", clients[0]); err == nil {
			t.Error("connected to a node that has stopped")
		}
	})
}

// TestDrain wants a room that goes with its creator to stay when it is the
// server that goes.
func TestDrain(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		created := w.connect("a").must("k", create(room.Settings{Persistent: true, AutoDelete: true})).(room.RoomReply)
		b := w.connect("b")
		b.must("k", room.Join{})
		w.Drain()
		w = restart(w)
		joined := w.connect("b").must("k", room.Join{}).(room.JoinReply)
		if !joined.Room.CreatedAt.Equal(created.Room.CreatedAt) || joined.Room.MemberCount != 2 || joined.Room.UserCount != 1 {
			t.Errorf("came back as %+v", joined.Room)
		}
		for _, e := range b.events("k") {
			if _, left := e.(room.Left); left {
				t.Errorf("was told %+v", e)
			}
		}
	})
}

// TestSummaryIsFresh wants the stored directory to be right while a room lives:
// a crash leaves no other.
func TestSummaryIsFresh(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("k", create(room.Settings{Persistent: true}))
		w.connect("b").must("k", room.Join{})
		w.connect("c").must("k", room.Join{})
		stored := func() room.Listing {
			listings, err := listingsIn(w.store)
			if err != nil || len(listings) != 1 {
				t.Fatalf("%v, %v", listings, err)
			}
			return listings[0]
		}
		if l := stored(); l.MemberCount != 3 {
			t.Errorf("%d members are stored", l.MemberCount)
		}
		time.Sleep(summaryInterval)
		a.must("k", send("hi"))
		active := stored().LastActivity
		if time.Since(active) > time.Millisecond {
			t.Errorf("activity of %v ago is stored", time.Since(active))
		}
		time.Sleep(summaryInterval / 2)
		a.must("k", send("hi"))
		if l := stored(); !l.LastActivity.Equal(active) {
			t.Error("every message writes the directory")
		}
	})
}
