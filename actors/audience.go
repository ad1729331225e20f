package actors

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// audience is the connections of this node that are inside of one room, and the
// events that are about to go out to them. It is its relay's own.
//
// An event goes out at once in a quiet room. In a busy one it may wait for those
// that follow, by fanOutPace: a write to a socket costs about the same with one
// event and with ten. What has gathered is one frame then, the same for all but
// a few: those who came in, were answered or were left out meanwhile are offered
// theirs one by one. So each connection gets everything in the order in which it
// would have got it without waiting, replies too.
type audience struct {
	activation  uint64
	number      uint64     // of the last outcome carried
	writer      *actor.PID // the room, if its outcomes wait for the disk
	stream      *stream    // nil: nobody comes back
	subscribers []subscriber
	places      map[room.ConnectionID]int // index in subscribers; nil: there are few

	gathered []telling // wait to go out; at most gatherEventsMax, or one outcome's more
	bytes    int       // of gathered
	gone     uint64    // how many events have gone out before them
	pace     fanOutPace
	timer    *time.Timer // of the fanOutDue that is to come; nil: there is none
}

type subscriber struct {
	connection *Connection
	from       uint64 // number of the next event for it, as gone counts them, unless that is higher
}

// telling is an encoded event that is about to be told.
type telling struct {
	frame    Frame
	position position
	except   room.ConnectionID
	volatile bool
}

// fanOutDue makes a relay let out what has gathered.
type fanOutDue struct {
	room     string
	audience *audience
}

// isFollowedBy reports whether the outcome is the next one: of the same
// activation, or the first of another.
func (a *audience) isFollowedBy(o *outcome) bool {
	if o.activation != a.activation {
		return o.number == 1
	}
	return o.number == a.number+1
}

// place returns the index of a subscriber, or -1.
func (a *audience) place(id room.ConnectionID) int {
	if a.places == nil {
		return slices.IndexFunc(a.subscribers, func(s subscriber) bool { return s.connection.id == id })
	}
	if place, inside := a.places[id]; inside {
		return place
	}
	return -1
}

func (a *audience) has(id room.ConnectionID) bool { return a.place(id) >= 0 }

// add takes a connection in, unless it is inside. It is told what comes from now
// on.
func (a *audience) add(c *Connection) {
	if a.has(c.id) {
		return
	}
	a.subscribers = append(a.subscribers, subscriber{c, a.next()})
	switch {
	case a.places != nil:
		a.places[c.id] = len(a.subscribers) - 1
	case len(a.subscribers) > subscribersScannedMax:
		a.places = make(map[room.ConnectionID]int, len(a.subscribers))
		for place, s := range a.subscribers {
			a.places[s.connection.id] = place
		}
	}
}

// remove takes a connection out that is inside.
func (a *audience) remove(id room.ConnectionID) {
	place, last := a.place(id), len(a.subscribers)-1
	a.subscribers[place] = a.subscribers[last]
	if a.places != nil {
		a.places[a.subscribers[place].connection.id] = place
		delete(a.places, id)
	}
	a.subscribers[last] = subscriber{}
	a.subscribers = a.subscribers[:last]
}

// next returns the number of the next event, as gone counts them.
func (a *audience) next() uint64 { return a.gone + uint64(len(a.gathered)) }

func (a *audience) gather(t telling) {
	a.gathered = append(a.gathered, t)
	a.bytes += t.frame.Len()
}

// isFull reports whether what has gathered must not wait any more.
func (a *audience) isFull() bool {
	return len(a.gathered) >= gatherEventsMax || a.bytes >= gatherBytesMax
}

// catchUp offers a connection that is inside what has gathered for it.
func (a *audience) catchUp(id room.ConnectionID) {
	place := a.place(id)
	if place < 0 {
		return
	}
	s := &a.subscribers[place]
	waiting := a.gathered[max(s.from, a.gone)-a.gone:]
	s.from = a.next()
	for _, t := range waiting {
		if t.except == id {
			s.connection.trail.pass(t.position)
			continue
		}
		s.connection.trail.offer(t.position, t.frame, t.volatile)
	}
}

// fanOut offers what has gathered to all who have not been offered it, and
// notes how long that took. Should it panic, nothing is left to go out.
func (a *audience) fanOut(join func([]Frame) Frame) {
	if len(a.gathered) == 0 {
		return
	}
	begin := time.Now()
	defer func() {
		a.gone = a.next()
		a.empty()
		a.pace.note(begin, time.Now())
	}()
	for _, t := range a.gathered {
		if t.except != "" {
			a.catchUp(t.except)
		}
	}
	var few [2]batch
	batches := batchesOf(few[:0], a.gathered, join)
	for i := range a.subscribers {
		s := &a.subscribers[i]
		if s.from > a.gone {
			a.catchUp(s.connection.id)
			continue
		}
		for _, b := range batches {
			s.connection.trail.offerRun(b.run, b.frame, b.volatile)
		}
	}
}

// stopTimer is for one that nothing will gather in any more.
func (a *audience) stopTimer() {
	if a.timer != nil {
		a.timer.Stop()
	}
}

func (a *audience) empty() {
	clear(a.gathered)
	a.gathered, a.bytes = a.gathered[:0], 0
	if cap(a.gathered) > gatherKeptMax {
		a.gathered = nil
	}
}

// batch is events that go out together.
type batch struct {
	run      run
	frame    Frame
	volatile bool
}

// batchesOf appends the batches of what has gathered: volatile events may be
// dropped, so they don't go with others.
func batchesOf(batches []batch, gathered []telling, join func([]Frame) Frame) []batch {
	for len(gathered) > 0 {
		n := 1
		for n < len(gathered) && gathered[n].volatile == gathered[0].volatile {
			n++
		}
		first, last := gathered[0], gathered[n-1]
		b := batch{run{first.position.stream, first.position.number, last.position.number}, first.frame, first.volatile}
		if n > 1 {
			frames := make([]Frame, n)
			for i, t := range gathered[:n] {
				frames[i] = t.frame
			}
			b.frame = join(frames)
		}
		batches, gathered = append(batches, b), gathered[n:]
	}
	return batches
}
