package actors

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/persistence"
)

// countingOutbox counts the frames that are offered to it, and the events.
type countingOutbox struct{ offered, events atomic.Int64 }

func (*countingOutbox) Hold()                        {}
func (*countingOutbox) Release()                     {}
func (*countingOutbox) Owe(int)                      {}
func (*countingOutbox) Origin() string               { return "" }
func (o *countingOutbox) OfferVolatile(f Frame) bool { o.Offer(f); return true }
func (o *countingOutbox) Offer(f Frame) {
	o.offered.Add(1)
	o.events.Add(int64(f.Len()))
}

func (o *countingOutbox) CloseTransport(Why) {}

// sameFrame encodes everything to the same frame, so that only this package is
// measured.
type sameFrame struct{}

func (sameFrame) Len() int                                                    { return 1 }
func (f sameFrame) RoomEvent(string, room.Event, string) (Frame, bool)        { return f, true }
func (f sameFrame) DirectoryEvent(room.DirectoryEvent, func() string) []Frame { return nil }
func (sameFrame) Join(frames []Frame) Frame                                   { return manyFrames(len(frames)) }
func (f sameFrame) Notice(user.Notice, string) Frame                          { return f }

// manyFrames is so many of them in one.
type manyFrames int

func (f manyFrames) Len() int { return int(f) }

// newBench returns a node with one room, and a connection inside of it.
func newBench(tb testing.TB, members int) (*Connection, *countingOutbox) {
	tb.Helper()
	return newBenchOf(tb, members, 0)
}

func newBenchOf(tb testing.TB, members int, grace time.Duration) (*Connection, *countingOutbox) {
	tb.Helper()
	n, err := Start(Config{
		Store: persistence.NewMemory(), Encoder: sameFrame{}, Logger: testLogger(&logBuffer{}), Grace: grace,
	})
	if err != nil {
		tb.Fatal(err)
	}
	outbox := &countingOutbox{}
	connections := make([]*Connection, members)
	for i := range connections {
		id := fmt.Sprintf("user%d", i)
		c, err := n.Connect(room.User{ID: id, Name: id}, room.ConnectionID(id), outbox)
		if err != nil {
			tb.Fatal(err)
		}
		connections[i] = c
		join(tb, c)
	}
	tb.Cleanup(func() {
		for _, c := range connections {
			c.Close()
		}
		n.Stop()
	})
	return connections[0], outbox
}

// wait gives a command and waits for its reply.
func wait(c *Connection, command room.Command) {
	done := make(chan struct{})
	c.Do("r", command, func(room.Reply) { close(done) })
	<-done
}

// join brings a connection in. One that stayed outside would measure refusals.
func join(tb testing.TB, c *Connection) {
	tb.Helper()
	replies := make(chan room.Reply, 1)
	c.Do("r", room.Join{Implicit: true}, func(r room.Reply) { replies <- r })
	if err, refused := (<-replies).(*room.Error); refused {
		tb.Fatal(err)
	}
}

// BenchmarkFanOut is the way of one message from Do to the outboxes of all
// members. What it allocates must not grow with their number.
func BenchmarkFanOut(b *testing.B) {
	for _, size := range []struct {
		members int
		grace   time.Duration
	}{{1, 0}, {1, testGrace}, {10, 0}, {10, testGrace}, {1000, 0}, {1000, testGrace}} {
		members := size.members
		b.Run(fmt.Sprintf("members=%d/grace=%v", members, size.grace), func(b *testing.B) {
			c, outbox := newBenchOf(b, members, size.grace)
			command := room.Send{Text: "hello"}
			outbox.offered.Store(0)
			outbox.events.Store(0)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				c.Do("r", command, func(room.Reply) {})
			}
			wait(c, room.Leave{}) // behind all of them
			want := int64(b.N) * int64(members)
			for deadline := time.Now().Add(time.Second); outbox.events.Load() < want; { // the rest has gathered
				if time.Now().After(deadline) {
					b.Fatalf("%d deliveries, want %d", outbox.events.Load(), want)
				}
				time.Sleep(gatherTimeMin)
			}
			b.StopTimer()
			b.ReportMetric(float64(outbox.events.Load())/float64(outbox.offered.Load()), "events/write")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(members), "ns/delivery")
		})
	}
}

// BenchmarkRoundTrip is a command and its reply, one after another.
func BenchmarkRoundTrip(b *testing.B) {
	c, _ := newBench(b, 2)
	b.ReportAllocs()
	for b.Loop() {
		wait(c, room.Act{})
	}
}

// BenchmarkConnect is a connection that comes, joins a room, and goes.
func BenchmarkConnect(b *testing.B) {
	b.Cleanup(func() { time.Sleep(throttleTimeout) })
	keeper, outbox := newBench(b, 1)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		id := fmt.Sprintf("visitor%d", i)
		c, err := keeper.node.Connect(room.User{ID: id, Name: id}, room.ConnectionID(id), outbox)
		if err != nil {
			b.Fatal(err)
		}
		join(b, c)
		c.Close()
	}
}

// TestDeliveryAllocatesNothing wants the allocations of a message independent
// of how many receive it.
func TestDeliveryAllocatesNothing(t *testing.T) {
	t.Run("without grace", func(t *testing.T) { inBubble(t, func(t *testing.T, w *world) { wantNoAllocations(t, w, 2) }) })
	t.Run("with grace", func(t *testing.T) { inGrace(t, func(t *testing.T, w *world) { wantNoAllocations(t, w, 6) }) })
}

// wantNoAllocations wants them at most that many a message.
func wantNoAllocations(t *testing.T, w *world, most float64) {
	allocations := func(members int) float64 {
		r := newRelay(w.Node)
		w.Node.config.Encoder = sameFrame{}
		for i := range members {
			c := newConnection(w.Node, room.User{}, room.ConnectionID(fmt.Sprint(i)), &countingOutbox{})
			w.connections.store(c.id, c)
			r.carry(&outcome{room: "r", activation: 1, number: uint64(i + 1), events: []room.Event{room.Joined{Connection: c.id}}})
		}
		o := &outcome{room: "r", activation: 1, number: uint64(members), events: []room.Event{room.MessageSent{}}}
		return testing.AllocsPerRun(100, func() {
			o.number++
			r.carry(o)
		})
	}
	few, many := allocations(1), allocations(1000)
	if few != many || many > most {
		t.Errorf("%v allocations for one receiver, %v for 1,000", few, many)
	}
}
