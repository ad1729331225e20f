package actors

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
)

// slowOutbox takes some time for each frame, and notes when it is offered which.
type slowOutbox struct {
	takes time.Duration
	begin time.Time

	mu   sync.Mutex
	seen []offered
}

// offered is a frame with messages, and when it was offered.
type offered struct {
	at    time.Duration
	texts []string
}

func (*slowOutbox) Hold()                        {}
func (*slowOutbox) Release()                     {}
func (*slowOutbox) Owe(int)                      {}
func (*slowOutbox) Origin() string               { return "" }
func (o *slowOutbox) OfferVolatile(f Frame) bool { o.Offer(f); return true }
func (o *slowOutbox) CloseTransport(Why)         {}

func (o *slowOutbox) Offer(f Frame) {
	frames, joined := f.(joinedFrame)
	if !joined {
		frames = joinedFrame{f}
	}
	one := offered{at: time.Since(o.begin)}
	for _, f := range frames {
		if e, ok := f.(roomFrame); ok {
			if sent, ok := e.event.(room.MessageSent); ok {
				one.texts = append(one.texts, sent.Message.Text)
			}
		}
	}
	if len(one.texts) > 0 {
		time.Sleep(o.takes)
		o.mu.Lock()
		o.seen = append(o.seen, one)
		o.mu.Unlock()
	}
}

// TestBusyRoomGathers has a room to whose members it takes 8 ms to write: what
// comes later than 18 ms behind that never waits, what comes before waits until
// then, goes out in one frame, and holds up neither the replies nor another room
// of the same relay.
func TestBusyRoomGathers(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		const ms = time.Millisecond
		other := "r"
		for i := 0; other == "r" || w.relay(other) != w.relay("r"); i++ {
			other = fmt.Sprint("other", i)
		}
		sender := w.connect("sender")
		slow := &slowOutbox{takes: 8 * ms, begin: time.Now()}
		listener, err := w.Connect(room.User{ID: "slow"}, "slow", slow)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(listener.Close)
		for _, id := range []string{"r", other} {
			sender.must(id, room.Join{})
		}
		listener.Do("r", room.Join{}, func(room.Reply) {})
		at := func(d time.Duration, roomID, text string) {
			time.Sleep(d - time.Since(slow.begin))
			sender.do(roomID, send(text))
		}
		at(1000*ms, "r", "quiet")
		at(1026*ms, "r", "as soon as it may")
		at(1052*ms-1, "r", "a little too soon")
		at(1061*ms, "r", "one")
		at(1062*ms, other, "elsewhere")
		at(1063*ms, "r", "two")
		at(1077*ms, "r", "three")
		at(2000*ms, "r", "quiet again")
		time.Sleep(time.Second)
		synctest.Wait()

		want := []offered{
			{1000 * ms, []string{"quiet"}},
			{1026 * ms, []string{"as soon as it may"}},
			{1052 * ms, []string{"a little too soon"}},
			{1078 * ms, []string{"one", "two", "three"}},
			{2000 * ms, []string{"quiet again"}},
		}
		if !reflect.DeepEqual(slow.seen, want) {
			t.Errorf("got  %v\nwant %v", slow.seen, want)
		}
		for _, r := range sender.replies()[2:] {
			took := r.at.Sub(slow.begin) % ms
			if took != 0 && took != ms-1 {
				t.Errorf("a reply came at %v", r.at.Sub(slow.begin))
			}
		}
	})
}

// TestGatheringIsBounded wants what is too much to wait to go out at once.
func TestGatheringIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		r, outbox := newRelay(w.Node), &countingOutbox{}
		r.self = w.relay("r")
		tell := joinDirectly(w, r, outbox)
		w.Node.config.Encoder = sameFrame{}
		for i := range 2*gatherEventsMax - 1 {
			r.audiences.entries["r"].pace = fanOutPace{time.Now(), time.Hour}
			tell()
			if got, want := outbox.offered.Load(), int64((i+1)/gatherEventsMax); got != want {
				t.Fatalf("%d frames after %d events, want %d", got, i+1, want)
			}
		}
		r.audiences.entries["r"].bytes = gatherBytesMax - 1
		if tell(); outbox.offered.Load() != 2 {
			t.Errorf("%d bytes wait", gatherBytesMax)
		}
		r.stop()
		tell()
		if r.stop(); outbox.offered.Load() != 3 {
			t.Error("what has gathered is lost when the relay stops")
		}
	})
}

// joinDirectly brings a connection into a room that there is only in this relay,
// and returns a function that tells it something.
func joinDirectly(w *world, r *relay, o Outbox) (tell func()) {
	c := newConnection(w.Node, room.User{}, "c", o)
	w.connections.store(c.id, c)
	number := uint64(0)
	carry := func(e room.Event) {
		number++
		r.carry(&outcome{room: "r", activation: 1, number: number, events: []room.Event{e}})
	}
	carry(room.Joined{Connection: c.id})
	return func() { carry(room.MessageSent{}) }
}

// TestGatheringChangesNothing carries the same random outcomes by a relay that
// never waits and by one that lets them out at random: each connection gets the
// same events and replies, in the same order, and its trail says the same.
func TestGatheringChangesNothing(t *testing.T) {
	for seed := range uint64(50) {
		inGrace(t, func(t *testing.T, w *world) {
			outcomes := randomOutcomes(rand.New(rand.NewPCG(seed, 0)))
			want := carryAll(w, outcomes, nil)
			if !slices.ContainsFunc(want, func(c *carried) bool { return c.holds > 0 }) {
				t.Errorf("seed %d: no reply was held for the message behind it", seed)
			}
			got := carryAll(w, outcomes, rand.New(rand.NewPCG(seed, 1)))
			for i := range want {
				if !reflect.DeepEqual(got[i].seen, want[i].seen) {
					t.Fatalf("seed %d: connection %d got\n%v\nwant\n%v", seed, i, got[i].seen, want[i].seen)
				}
				if !slices.Equal(got[i].runs(), want[i].runs()) {
					t.Fatalf("seed %d: connection %d has the runs %v, want %v", seed, i, got[i].runs(), want[i].runs())
				}
			}
		})
	}
}

const connectionsCarriedTo = 6

func randomOutcomes(r *rand.Rand) []outcome {
	var outcomes []outcome
	for i := range 60 {
		id := room.ConnectionID(fmt.Sprint(r.IntN(connectionsCarriedTo)))
		o := outcome{room: "r", activation: 1, number: uint64(i + 1), request: &request{connection: id, number: 1}}
		switch r.IntN(12) {
		case 0, 1, 2:
			o.events = []room.Event{room.Joined{Connection: id}}
		case 3:
			o.events = []room.Event{room.Left{Connection: id}}
		case 4: // somebody else, by force
			o.request = nil
			o.events = []room.Event{room.UserKicked{}, room.Left{Connection: id}}
		case 5:
			o.events = []room.Event{room.Emitted{Name: fmt.Sprint(i), Connection: id, Volatile: i%2 == 0}}
		case 6:
			o.events = []room.Event{room.Emitted{Name: fmt.Sprint(i), Volatile: true}}
		case 7:
			o.events = nil // a question
		default:
			o.events = []room.Event{room.MessageSent{Message: room.Message{Text: fmt.Sprint(i)}}}
		}
		outcomes = append(outcomes, o)
	}
	return outcomes
}

// carried is what one connection got.
type carried struct {
	connection *Connection
	seen       []any
	held       int // Holds without a Release
	holds      int
}

func (c *carried) Hold()                      { c.held++; c.holds++ }
func (c *carried) Release()                   { c.held-- }
func (c *carried) Owe(int)                    {}
func (c *carried) Origin() string             { return "" }
func (c *carried) OfferVolatile(f Frame) bool { c.Offer(f); return true }
func (c *carried) CloseTransport(Why)         {}

func (c *carried) Offer(f Frame) {
	frames, joined := f.(joinedFrame)
	if !joined {
		frames = joinedFrame{f}
	}
	for _, f := range frames {
		c.seen = append(c.seen, f.(roomFrame).event)
	}
}

// runs returns the numbers in the connection's trail.
func (c *carried) runs() []uint64 {
	var numbers []uint64
	for _, r := range c.connection.trail.runs {
		numbers = append(numbers, r.first, r.last)
	}
	return append(numbers, c.connection.trail.newest.number)
}

// carryAll carries outcomes by a relay of its own. With a source of randomness
// events go out then, without at once.
func carryAll(w *world, outcomes []outcome, random *rand.Rand) []*carried {
	r := newRelay(w.Node)
	r.self = w.relay("r")
	all := make([]*carried, connectionsCarriedTo)
	for i := range all {
		c := &carried{}
		c.connection = newConnection(w.Node, room.User{}, room.ConnectionID(fmt.Sprint(i)), c)
		c.connection.pid = w.relay("r")
		w.connections.store(c.connection.id, c.connection)
		all[i] = c
	}
	for i, o := range outcomes {
		if o.request != nil {
			c := w.connection(o.request.connection)
			c.enlist("r", func(room.Reply) {
				one := c.trail.outbox.(*carried)
				one.seen = append(one.seen, fmt.Sprint("reply ", i))
			})
			again := *o.request
			again.number = c.last
			o.request = &again
		}
		a := r.audiences.entries["r"]
		if a != nil && random != nil {
			a.pace = fanOutPace{time.Now(), time.Hour}
		}
		if o.number == 1 || a == nil {
			o.activation, o.number = uint64(i+2), 1
		} else {
			o.activation, o.number = a.activation, a.number+1
		}
		r.carry(&o)
		for _, c := range all {
			if c.held != 0 {
				w.t.Errorf("outcome %d: %d holds are not released", i, c.held)
			}
		}
		if a := r.audiences.entries["r"]; a != nil && random != nil && random.IntN(4) == 0 {
			r.fanOut("r", a)
		}
	}
	r.stop()
	for _, c := range all {
		w.connections.remove(c.connection.id, c.connection)
	}
	return all
}
