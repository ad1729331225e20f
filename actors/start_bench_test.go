package actors

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// BenchmarkStart opens a store of so many rooms, starts a node on it, and has a
// client join one of them; then 999 others come, each into a room of its own. It
// reports the time until the first one is inside, and the memory of the node with
// 1,000 rooms in memory. Run it with -benchtime 1x.
func BenchmarkStart(b *testing.B) {
	for _, rooms := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			folder := filepath.Join(b.TempDir(), "data")
			fillRooms(b, folder, rooms)
			startOnce(b, folder)
			for b.Loop() {
				benchmarkStart(b, folder, rooms)
			}
		})
	}
}

// startOnce has the lists of the rooms built, and says how long that took.
func startOnce(b *testing.B, folder string) {
	began := time.Now()
	n, store := startOn(b, folder)
	b.Logf("lists of rooms built in %s", time.Since(began).Round(time.Millisecond))
	n.Stop()
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
}

func startOn(b *testing.B, folder string) (*Node, persistence.Store) {
	store, err := persistence.Open(folder)
	if err != nil {
		b.Fatal(err)
	}
	n, err := Start(Config{Store: store, Encoder: sameFrame{}, Logger: testLogger(&logBuffer{}), Grace: testGrace})
	if err != nil {
		b.Fatal(err)
	}
	return n, store
}

func benchmarkStart(b *testing.B, folder string, rooms int) {
	const live = 1_000
	before := heapBytes()
	begin := time.Now()
	n, store := startOn(b, folder)
	connections := []*Connection{joinStored(b, n, 0)}
	b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-to-join")
	b.ReportMetric(float64(heapBytes()-before)/(1<<20), "MiB-started")
	for i := 1; i < live; i++ {
		connections = append(connections, joinStored(b, n, i*(rooms/live)))
	}
	if s := n.RoomStats(); s.TotalRooms != rooms || s.TotalUsersInRooms != live {
		b.Fatalf("%d rooms, %d users in them", s.TotalRooms, s.TotalUsersInRooms)
	}
	b.ReportMetric(float64(heapBytes()-before)/(1<<20), "MiB-live")
	for _, c := range connections {
		c.Close()
	}
	n.Stop()
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	time.Sleep(throttleTimeout)
}

// joinStored connects a user of his own and returns when he is inside of the
// room.
func joinStored(b *testing.B, n *Node, i int) *Connection {
	id := fmt.Sprint("user ", i)
	c, err := n.Connect(room.User{ID: id, Name: id}, room.ConnectionID(id), &countingOutbox{})
	if err != nil {
		b.Fatal(err)
	}
	inside := make(chan room.Reply, 1)
	c.Do(fmt.Sprint("room ", i), room.Join{}, func(r room.Reply) { inside <- r })
	if joined, ok := (<-inside).(room.JoinReply); !ok || len(joined.Messages) != 10 {
		b.Fatalf("%+v", joined)
	}
	return c
}

// fillRooms puts rooms of ten messages into a store.
func fillRooms(b *testing.B, folder string, rooms int) {
	store, err := persistence.Open(folder)
	if err != nil {
		b.Fatal(err)
	}
	var changes []persistence.Change
	for i := range rooms {
		changes = append(changes, storedRoom(b, fmt.Sprint("room ", i), 10))
		if len(changes) == 5_000 || i == rooms-1 {
			if err := store.Commit(changes...); err != nil {
				b.Fatal(err)
			}
			changes = nil
		}
	}
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
}

// storedRoom returns the change that makes a room with so many messages.
func storedRoom(b testing.TB, id string, messages int) persistence.Change {
	r := room.New(id)
	at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	r.Apply(room.Created{Settings: room.Settings{Name: "The room " + id, Persistent: true}, At: at, Epoch: "e"})
	change := persistence.Change{Key: roomKey(id), Owner: ownerEpoch}
	for i := range messages {
		m := room.Message{ID: fmt.Sprint("e-", i+1), Seq: uint64(i + 1), Sender: room.User{ID: "u", Name: "U"}, Text: "hello", At: at}
		r.Apply(room.MessageSent{Message: m})
		if err := addEntry(&change, room.Entry{Message: &m}); err != nil {
			b.Fatal(err)
		}
	}
	var err error
	if change.Snapshot, err = r.Snapshot(); err != nil {
		b.Fatal(err)
	}
	l, _ := r.Listing()
	if change.Summary, err = json.Marshal(l); err != nil {
		b.Fatal(err)
	}
	return change
}
