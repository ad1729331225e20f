package actors

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// BenchmarkIdle is what is kept in memory of each connection of a user of its
// own who does nothing, the account of the user included, and of an ephemeral
// room with one inside.
func BenchmarkIdle(b *testing.B) {
	const users = 10_000
	for b.Loop() {
		n, err := Start(Config{
			Store: persistence.NewMemory(), Encoder: sameFrame{}, Logger: testLogger(&logBuffer{}), Grace: testGrace,
		})
		if err != nil {
			b.Fatal(err)
		}
		empty := heapBytes()
		connections := make([]*Connection, users)
		for i := range connections {
			id := fmt.Sprintf("user%d", i)
			if connections[i], err = n.Connect(room.User{ID: id, Name: id}, room.ConnectionID(id), &countingOutbox{}); err != nil {
				b.Fatal(err)
			}
			waitForDirectory(connections[i])
		}
		connected := heapBytes()
		for i, c := range connections {
			done := make(chan struct{})
			c.Do(fmt.Sprintf("room%d", i), room.Join{Implicit: true}, func(room.Reply) { close(done) })
			<-done
			waitForDirectory(c)
		}
		inside := heapBytes()
		b.ReportMetric(float64(connected-empty)/users, "B/connection")
		b.ReportMetric(float64(inside-connected)/users, "B/room")
		for _, c := range connections {
			c.Close()
		}
		n.Stop()
		runtime.KeepAlive(connections)
	}
}

// waitForDirectory returns when what a connection has done is done.
func waitForDirectory(c *Connection) {
	done := make(chan struct{})
	c.List(room.ListRooms{Limit: 1}, func(room.Reply) { close(done) })
	<-done
}

// heapBytes returns what is in use, behind a garbage collection, when nobody looks
// for late commands any more.
func heapBytes() uint64 {
	time.Sleep(2 * expiryInterval)
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
