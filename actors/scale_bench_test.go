package actors

import (
	"fmt"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// BenchmarkScale has as many connections as the limit of open files hides from
// tests over sockets, each of a user of its own: alone in an ephemeral room, and
// all of them in one. It reports the heap that each takes, and what a message
// costs then. Run it with -benchtime 1x.
func BenchmarkScale(b *testing.B) {
	const connections = 100_000
	for _, rooms := range []int{connections, 1_000, 1} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			for b.Loop() {
				benchmarkScale(b, connections, rooms)
			}
		})
	}
}

func benchmarkScale(b *testing.B, connections, rooms int) {
	before := heapBytes()
	n, err := Start(Config{
		Store: persistence.NewMemory(), Encoder: sameFrame{}, Logger: testLogger(&logBuffer{}), Grace: testGrace,
	})
	if err != nil {
		b.Fatal(err)
	}
	all := make([]*Connection, connections)
	outboxes := make([]countingOutbox, connections)
	began := time.Now()
	inside := make(chan room.Reply, connections)
	for i := range all {
		id := fmt.Sprintf("user%d", i)
		if all[i], err = n.Connect(room.User{ID: id, Name: id}, room.ConnectionID(id), &outboxes[i]); err != nil {
			b.Fatal(err)
		}
		all[i].Do(fmt.Sprint("room ", i%rooms), room.Join{Implicit: true}, func(r room.Reply) { inside <- r })
	}
	for range all {
		if refusal, refused := (<-inside).(*room.Error); refused {
			b.Fatal(refusal)
		}
	}
	b.ReportMetric(float64(time.Since(began).Microseconds())/float64(connections), "µs/connect+join")
	b.ReportMetric(float64(heapBytes()-before)/float64(connections), "heap-B/connection")
	b.ReportMetric(float64(tellAll(b, all, outboxes, rooms).Nanoseconds())/float64(connections), "ns/delivery")
	for _, c := range all {
		c.Close()
	}
	n.Stop()
	time.Sleep(throttleTimeout)
}

// tellAll has one in each room say something, and returns how long it took until
// everybody was told.
func tellAll(b *testing.B, all []*Connection, outboxes []countingOutbox, rooms int) time.Duration {
	told := func() (n int64) {
		for i := range outboxes {
			n += outboxes[i].events.Load()
		}
		return n
	}
	begin, want := time.Now(), told()+int64(len(all))
	for i := range rooms {
		all[i].Do(fmt.Sprint("room ", i), room.Send{Text: "hello"}, func(room.Reply) {})
	}
	for told() < want {
		if time.Since(begin) > time.Minute {
			b.Fatalf("%d were not told", want-told())
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(begin)
}
