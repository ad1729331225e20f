package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// crowd is the members of some rooms, each on a connection of its own, and what
// they got. Its methods are called by the scenario, one at a time.
type crowd struct {
	// Static after construction.
	crowdSize
	clock   clock
	loop    *loop
	tag     []byte // begins each text of this run, and is nowhere else
	rooms   []*chatRoom
	members []*member // room after room

	// Owned by the loop until it has ended.
	latency      *hdrhistogram.Histogram
	refused      map[[2]uint32]struct{} // sender, number
	unknown      int                    // deliveries in a room where their sender is not
	firstRefusal string
	measured     counts
	disconnected int
	firstEnd     error

	// Owned by the scenario.
	sent    []uint32 // by sender; sender s is member s/len(rooms) of room s%len(rooms)
	lag     *hdrhistogram.Histogram
	unsent  int
	planned int // messages sent so far, of both windows

	// Written by the loop, watched by the scenario.
	packets    atomic.Int64
	deliveries atomic.Int64
	acks       atomic.Int64
	refusals   atomic.Int64 // acks other than success
	// measureFrom is a time.Duration: what is due from then on is measured.
	measureFrom atomic.Int64

	news atomic.Pointer[news] // gets what members hear of each other; nil without Presence
}

// counts is what was received of the messages due in the measured window.
type counts struct {
	deliveries int
	bytes      int64
}

// chatRoom is one room of the crowd's.
type chatRoom struct {
	index int
	id    string
	order *order // owned by the loop until it has ended
}

// member is one of the crowd; the receiver of its connection.
type member struct {
	crowd  *crowd
	room   *chatRoom
	place  int // in the room; the first so many are its senders
	conn   emitter
	joined chan error // one value, when joinRoom is answered or can't be

	eventBytes int // of the last event, before its attachment; owned by the loop
}

// crowdSize is how many a crowd is, and what it says.
type crowdSize struct {
	roomCount  int
	perRoom    int  // members of each room
	senders    int  // of each room
	persistent bool // rooms
	binary     bool // messages are attachments
	polling    bool // members have no WebSocket
	textBytes  int
	numbersMax uint32 // messages of one sender
}

func newCrowd(size crowdSize) (*crowd, error) {
	clock := newClock()
	loop, err := newLoop(clock)
	if err != nil {
		return nil, err
	}
	name := rand.Text()[:12] // a server that ran already may know the last run's
	c := &crowd{
		crowdSize: size,
		clock:     clock,
		loop:      loop,
		tag:       []byte("~" + name + "~"),
		members:   make([]*member, size.roomCount*size.perRoom),
		latency:   newHistogram(),
		refused:   make(map[[2]uint32]struct{}),
		sent:      make([]uint32, size.roomCount*size.senders),
		lag:       newHistogram(),
	}
	for index := range size.roomCount {
		c.rooms = append(c.rooms, &chatRoom{
			index: index,
			id:    fmt.Sprintf("bench-%s-%d", name, index),
			order: newOrder(size.perRoom, size.senders, size.numbersMax),
		})
	}
	c.measureFrom.Store(math.MaxInt64)
	return c, nil
}

// newHistogram counts microseconds, to three digits.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, latencyMax.Microseconds(), 3)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	h.RecordValue(min(max(d, 0), latencyMax).Microseconds()) // in range: can't fail
}

// close ends the loop and all connections. It may be called again.
func (c *crowd) close() {
	if c.loop != nil {
		c.loop.close()
		c.loop = nil
	}
}

// measure begins the measured window.
func (c *crowd) measure() { c.measureFrom.Store(int64(c.clock.now())) }

// talk sends messages at a rate for a time, sender after sender, and waits for
// their deliveries. Those that don't come are no error.
func (c *crowd) talk(ctx context.Context, s schedule) error {
	s.begin = c.clock.now()
	if err := s.run(ctx, c.clock, c.send); err != nil {
		return err
	}
	return c.drain(ctx)
}

// send sends one message. One that can't be sent is counted, and its number is
// used again: the order checker knows only what was sent.
func (c *crowd) send(_ int, due time.Duration) {
	sender := uint32(c.planned % len(c.sent))
	c.planned++
	room, place := c.rooms[int(sender)%len(c.rooms)], int(sender)/len(c.rooms)
	number := c.sent[sender]
	text := appendText(nil, c.tag, label{sender: sender, number: number, due: due}, c.textBytes)
	if int64(due) >= c.measureFrom.Load() {
		record(c.lag, c.clock.now()-due)
	}
	if err := c.members[room.index*c.perRoom+place].say(messageAckID(number), text); err != nil {
		c.unsent++
		return
	}
	c.sent[sender]++
}

// say sends a text to the member's room, or the same bytes as an attachment.
func (m *member) say(ackID uint64, text []byte) error {
	if m.crowd.binary {
		argument := fmt.Appendf(nil, `{"roomId":"%s","event":"bytes","data":{"_placeholder":true,"num":0},"includeSelf":true}`, m.room.id)
		return m.conn.emitBinary(ackID, "emitToRoom", argument, text)
	}
	return m.conn.emit(ackID, "sendMessage", fmt.Appendf(nil, `{"roomId":"%s","text":"%s"}`, m.room.id, text))
}

// The join takes ack id 0 of a connection, its message n takes n + 1.
const joinAckID = 0

func messageAckID(number uint32) uint64 { return uint64(number) + 1 }

// sender is the member's number among all senders, if it is one.
func (m *member) sender() uint32 {
	return uint32(m.place*len(m.crowd.rooms) + m.room.index)
}

// event implements receiver: the delivery of one message to one member.
func (m *member) event(packet []byte, at time.Duration) {
	c := m.crowd
	c.packets.Add(1)
	if d, ok := parseDelivery(packet, c.tag); ok {
		m.delivered(d, len(packet), at)
	} else if news := c.news.Load(); news != nil {
		news.heard(m, packet, at)
	}
	m.eventBytes = len(packet)
}

// attachment implements receiver: a delivery too, if it has a label.
func (m *member) attachment(data []byte, at time.Duration) {
	if l, ok := parseLabel(data, m.crowd.tag); ok {
		m.delivered(delivery{label: l}, m.eventBytes+len(data), at)
	}
}

func (m *member) delivered(d delivery, size int, at time.Duration) {
	c := m.crowd
	if int(d.sender)%len(c.rooms) != m.room.index {
		c.unknown++
		return
	}
	d.sender /= uint32(len(c.rooms)) // the room's own count
	m.room.order.observe(m.place, d)
	if int64(d.due) >= c.measureFrom.Load() {
		c.measured.deliveries++
		c.measured.bytes += int64(size)
		record(c.latency, at-d.due)
	}
	c.deliveries.Add(1)
}

// ack implements receiver.
func (m *member) ack(id uint64, arguments []byte) {
	c := m.crowd
	c.packets.Add(1)
	success := bytes.Contains(arguments, []byte(`"success":true`))
	if id == joinAckID {
		var err error
		if !success {
			err = fmt.Errorf("refused: %.200s", arguments)
		}
		m.answer(err)
		return
	}
	if !success {
		c.refused[[2]uint32{m.sender(), uint32(id - 1)}] = struct{}{}
		if c.firstRefusal == "" {
			c.firstRefusal = fmt.Sprintf("%.200s", arguments)
		}
		c.refusals.Add(1)
	}
	c.acks.Add(1)
}

// closed implements receiver.
func (m *member) closed(err error) {
	c := m.crowd
	c.disconnected++
	if c.firstEnd == nil {
		c.firstEnd = fmt.Errorf("member %d of room %d: %w", m.place, m.room.index, err)
	}
	m.answer(fmt.Errorf("connection ended: %w", err))
}

// answer tells the first outcome of the join to the one who waits for it.
func (m *member) answer(err error) {
	select {
	case m.joined <- err:
	default:
	}
}
