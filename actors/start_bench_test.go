package actors

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// BenchmarkStart opens a store of so many rooms, starts a node on it, and has a
// client join one of them: the time until it is inside, and the memory of the
// node from then on.
func BenchmarkStart(b *testing.B) {
	for _, rooms := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			folder := filepath.Join(b.TempDir(), "data")
			fillRooms(b, folder, rooms)
			for b.Loop() {
				benchmarkStart(b, folder)
			}
		})
	}
}

func benchmarkStart(b *testing.B, folder string) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin := time.Now()
	store, err := persistence.Open(folder)
	if err != nil {
		b.Fatal(err)
	}
	n, err := Start(Config{Store: store, Encoder: sameFrame{}, Logger: testLogger(&logBuffer{})})
	if err != nil {
		b.Fatal(err)
	}
	c, err := n.Connect(room.User{ID: "u", Name: "U"}, "c", &countingOutbox{})
	if err != nil {
		b.Fatal(err)
	}
	inside := make(chan room.Reply, 1)
	c.Do("room 7", room.Join{}, func(r room.Reply) { inside <- r })
	if joined, ok := (<-inside).(room.JoinReply); !ok || len(joined.Messages) != 10 {
		b.Fatalf("%+v", joined)
	}
	took := time.Since(begin)
	for n.RoomStats().TotalRooms < 1_000 {
		time.Sleep(time.Millisecond)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(took.Milliseconds()), "ms-to-join")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
	c.Close()
	n.Stop()
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
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
