package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Presence is the scenario of rooms in which members leave and come back all
// the time: a delivery is the news of one of them at one of the others. The
// floor has no presence, so nothing is beside it.
type Presence struct {
	Rooms   int `json:"rooms"`
	Members int `json:"members"` // of each room
	// MovesPerSecond are of all rooms together: one leaves, and comes back at
	// once when that is answered.
	MovesPerSecond float64       `json:"movesPerSecond"`
	Duration       time.Duration `json:"durationNanos"`
}

// DefaultPresence is as many deliveries as BigRoom has.
func DefaultPresence() Presence {
	return Presence{Rooms: 20, Members: 51, MovesPerSecond: 100, Duration: 10 * time.Second}
}

// Name implements Scenario.
func (Presence) Name() string { return "presence" }

// Describe implements Scenario.
func (s Presence) Describe() string {
	return fmt.Sprintf("%d rooms of %d members, %g leave and come back every second, for %v", s.Rooms, s.Members, s.MovesPerSecond, s.Duration)
}

// Flags implements Scenario.
func (s *Presence) Flags(flags *flag.FlagSet) {
	flags.IntVar(&s.Rooms, "rooms", s.Rooms, "rooms")
	flags.IntVar(&s.Members, "members", s.Members, "members of each room")
	flags.Float64Var(&s.MovesPerSecond, "moves", s.MovesPerSecond, "a second that leave and come back")
	flags.DurationVar(&s.Duration, "duration", s.Duration, "the measured window")
}

// Validate implements Scenario.
func (s Presence) Validate() error {
	moves := s.MovesPerSecond * s.Duration.Seconds()
	switch {
	case s.Rooms < 1 || s.Members < 2 || s.Members > membersMax/max(s.Rooms, 1):
		return fmt.Errorf("rooms: from 1, members: from 2, to %d in all rooms together", membersMax)
	case s.Duration <= 0 || s.Duration > windowTimeMax:
		return fmt.Errorf("duration: above 0, to %v", windowTimeMax)
	case !(moves >= 1 && moves <= messagesMax):
		return fmt.Errorf("moves and duration: 1 to %d moves", messagesMax)
	}
	return checkFileLimit(s.Rooms * s.Members)
}

// TimeNeeded implements Scenario.
func (s Presence) TimeNeeded() time.Duration {
	return time.Duration(s.Rooms*s.Members)*joinTimeExpected + s.Duration + 2*settleTimeExpected
}

// Run implements Scenario.
func (s Presence) Run(ctx context.Context, server *Server) (Result, error) {
	empty, _ := server.usage()
	c, err := assemble(ctx, server.URL, crowdSize{roomCount: s.Rooms, perRoom: s.Members, senders: 1, textBytes: textBytesMin})
	if err != nil {
		return Result{}, err
	}
	defer c.close()
	news := newNews(c)
	meter := startMeter(server)
	if err := news.move(ctx, schedule{rate: s.MovesPerSecond, duration: s.Duration}); err != nil {
		return Result{}, err
	}
	meter.stop(server)
	if err := c.settle(ctx); err != nil {
		return Result{}, err
	}
	result := c.result()
	news.report(&result)
	meter.report(&result)
	result.RSSEmptyBytes = empty.rssBytes
	return result, nil
}

// news checks what members hear of each other's coming and going: each of the
// others hears that one left, then that it is back, in turn.
type news struct {
	// Static after construction.
	crowd *crowd

	due  []atomic.Int64 // by member: when its last move was due
	away []int          // by room, observer and mover: 1 after userLeft; owned by the loop

	deliveries atomic.Int64
	latency    *hdrhistogram.Histogram // owned by the loop, as what follows
	duplicated int                     // twice the same news
	bytes      int64

	moves int // owned by the scenario
}

func newNews(c *crowd) *news {
	n := &news{
		crowd:   c,
		due:     make([]atomic.Int64, len(c.members)),
		away:    make([]int, len(c.members)*c.perRoom),
		latency: newHistogram(),
	}
	c.news.Store(n)
	return n
}

var (
	userJoinedPrefix = []byte(`2["userJoined",`)
	userLeftPrefix   = []byte(`2["userLeft",`)
	userIDKey        = []byte(`"userId":"bench-`)
)

// heard takes what one member was told, on the loop's goroutine.
func (n *news) heard(observer *member, packet []byte, at time.Duration) {
	left := bytes.HasPrefix(packet, userLeftPrefix)
	if !left && !bytes.HasPrefix(packet, userJoinedPrefix) {
		return
	}
	begin := bytes.Index(packet, userIDKey)
	if begin < 0 {
		return
	}
	index, digits := leadingNumber(packet[begin+len(userIDKey):])
	if digits == 0 || int(index)/n.crowd.perRoom != observer.room.index {
		n.crowd.unknown++
		return
	}
	away := &n.away[(observer.room.index*n.crowd.perRoom+observer.place)*n.crowd.perRoom+int(index)%n.crowd.perRoom]
	if left == (*away == 1) {
		n.duplicated++
	}
	*away = 0
	if left {
		*away = 1
	}
	n.bytes += int64(len(packet))
	record(n.latency, at-time.Duration(n.due[index].Load()))
	n.deliveries.Add(1)
}

// move has members leave and come back on a schedule, those of each room by
// turns, and waits until everybody has heard of it.
func (n *news) move(ctx context.Context, s schedule) error {
	c := n.crowd
	s.begin = c.clock.now()
	err := s.run(ctx, c.clock, func(index int, due time.Duration) {
		room, place := index%c.roomCount, index/c.roomCount%c.perRoom
		n.moveOne(c.members[room*c.perRoom+place], due)
	})
	if err != nil {
		return err
	}
	return awaitCount(ctx, c.clock, stallTimeout, drainTimeout, func() (int64, bool) {
		heard := n.deliveries.Load()
		return heard, heard >= int64(n.expected())
	})
}

// expected is how often anybody is to be told something.
func (n *news) expected() int { return 2 * n.moves * (n.crowd.perRoom - 1) }

// moveOne doesn't wait for the answers: the server does one member's commands
// in the order they came. A move that can't be made is missed by everybody.
func (n *news) moveOne(m *member, due time.Duration) {
	n.moves++
	n.due[m.room.index*n.crowd.perRoom+m.place].Store(int64(due))
	argument, _ := json.Marshal(map[string]string{"roomId": m.room.id})
	for _, command := range []string{"leaveRoom", "joinRoom"} {
		if m.conn.emit(joinAckID, command, argument) != nil {
			return
		}
	}
}

func (n *news) report(r *Result) {
	r.Sent, r.Deliveries = 2*n.moves, int(n.deliveries.Load())
	r.Latency, r.Quantiles = latencyOf(n.latency), quantilesOf(n.latency)
	r.Duplicated += n.duplicated
	r.Missing += max(n.expected()-r.Deliveries, 0)
	if r.Deliveries > 0 {
		r.BytesPerDelivery = float64(n.bytes) / float64(r.Deliveries)
	}
}
