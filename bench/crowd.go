package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// crowd is the members of one room, each on a connection of its own, and what
// they got. Its methods are called by the scenario, one at a time.
type crowd struct {
	// Static after construction.
	clock     clock
	loop      *loop
	room      string // its id
	tag       []byte // begins each text of this run, and is nowhere else
	textBytes int
	senders   int
	members   []*member

	// Owned by the loop until it has ended.
	order        *order
	latency      *hdrhistogram.Histogram
	refused      map[[2]uint32]struct{} // sender, number
	firstRefusal string
	measured     counts
	disconnected int
	firstEnd     error

	// Owned by the scenario.
	sent    []uint32 // by sender
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
}

// counts is what was received of the messages due in the measured window.
type counts struct {
	deliveries int
	bytes      int64
}

// member is one of the crowd; the receiver of its connection.
type member struct {
	crowd  *crowd
	index  int
	conn   *conn
	joined chan error // one value, when joinRoom is answered or can't be
}

func newCrowd(members, senders, textBytes int, numbersMax uint32) (*crowd, error) {
	clock := newClock()
	loop, err := newLoop(clock)
	if err != nil {
		return nil, err
	}
	name := rand.Text()[:12] // a server that ran already may know the last run's
	c := &crowd{
		clock:     clock,
		loop:      loop,
		room:      "bench-" + name,
		tag:       []byte("~" + name + "~"),
		textBytes: textBytes,
		senders:   senders,
		members:   make([]*member, members),
		order:     newOrder(members, senders, numbersMax),
		latency:   newHistogram(),
		refused:   make(map[[2]uint32]struct{}),
		sent:      make([]uint32, senders),
		lag:       newHistogram(),
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
func (c *crowd) talk(ctx context.Context, rate float64, duration time.Duration) error {
	s := schedule{begin: c.clock.now(), rate: rate, duration: duration}
	if err := s.run(ctx, c.clock, c.send); err != nil {
		return err
	}
	return c.drain(ctx)
}

// send sends one message. One that can't be sent is counted, and its number is
// used again: the order checker knows only what was sent.
func (c *crowd) send(_ int, due time.Duration) {
	sender := uint32(c.planned % c.senders)
	c.planned++
	number := c.sent[sender]
	text := appendText(nil, c.tag, label{sender: sender, number: number, due: due}, c.textBytes)
	argument := fmt.Appendf(nil, `{"roomId":"%s","text":"%s"}`, c.room, text)
	if int64(due) >= c.measureFrom.Load() {
		record(c.lag, c.clock.now()-due)
	}
	if err := c.members[sender].conn.emit(messageAckID(number), "sendMessage", argument); err != nil {
		c.unsent++
		return
	}
	c.sent[sender]++
}

// The join takes ack id 0 of a connection, its message n takes n + 1.
const joinAckID = 0

func messageAckID(number uint32) uint64 { return uint64(number) + 1 }

// event implements receiver: the delivery of one message to one member.
func (m *member) event(packet []byte, at time.Duration) {
	c := m.crowd
	c.packets.Add(1)
	d, ok := parseDelivery(packet, c.tag)
	if !ok {
		return
	}
	c.order.observe(m.index, d)
	if int64(d.due) >= c.measureFrom.Load() {
		c.measured.deliveries++
		c.measured.bytes += int64(len(packet))
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
		c.refused[[2]uint32{uint32(m.index), uint32(id - 1)}] = struct{}{}
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
		c.firstEnd = fmt.Errorf("member %d: %w", m.index, err)
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

// join connects all members and has them join the room, some at a time.
func (c *crowd) join(ctx context.Context, server string) error {
	endpoint, err := endpoint(server)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	dialers := min(dialersMax, len(c.members))
	ended := make(chan struct{}, dialers)
	for range dialers {
		go func() {
			defer func() { ended <- struct{}{} }()
			for index := int(next.Add(1)) - 1; index < len(c.members) && ctx.Err() == nil; index = int(next.Add(1)) - 1 {
				if err := c.joinOne(ctx, endpoint, index); err != nil {
					cancel(fmt.Errorf("member %d: %w", index, err))
				}
			}
		}()
	}
	for range dialers {
		<-ended
	}
	return context.Cause(ctx)
}

func (c *crowd) joinOne(ctx context.Context, endpoint string, index int) error {
	name := fmt.Sprintf("bench-%05d", index)
	netConn, partial, err := handshake(ctx, endpoint, &identity{UserID: name, Username: name})
	if err != nil {
		return err
	}
	m := &member{crowd: c, index: index, joined: make(chan error, 1)}
	m.conn = &conn{receiver: m, partial: partial}
	c.members[index] = m
	if err := c.loop.add(netConn, m.conn); err != nil {
		return err
	}
	argument, _ := json.Marshal(map[string]string{"roomId": c.room})
	if err := m.conn.emit(joinAckID, "joinRoom", argument); err != nil {
		return fmt.Errorf("joinRoom: %w", err)
	}
	select {
	case err = <-m.joined:
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(joinTimeout):
		err = errors.New("no answer")
	}
	if err != nil {
		return fmt.Errorf("joinRoom: %w", err)
	}
	return nil
}
