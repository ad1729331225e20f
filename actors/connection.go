package actors

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
	"roomd/actors/user"
)

// Connection is the handle of one client's connection to a node. It outlives
// the client's transport by the time of grace: see connection_grace.go. Its actor
// keeps the commands' order; the handle holds what relays need without a
// mailbox between: the outbox, and the requests that wait for their replies.
// Its methods may be called from several goroutines.
type Connection struct {
	trail trail // first: a delivery looks at its beginning, and at nothing else here

	// static after construction
	node *Node
	user room.User
	id   room.ConnectionID
	pid  *actor.PID

	actor connectionActor // its own: here, since one can't be without the other

	ended     atomic.Bool // set, with trail.mu held, when the client is gone for good
	unwatched atomic.Bool // the client wants no feed of the directory

	own ownStream
	key string // finds the session again; empty: nothing does. Guarded by trail.mu

	// guarded by mu, which may be taken while trail.mu is held
	mu       sync.Mutex
	last     uint64           // number of the last request
	waiting  []waitingRequest // in the order of their numbers; nil if there are none
	freed    chan struct{}    // closed with the next credit that is given back, or at the end; nil: nobody waits
	underWay int32            // of waiting, those that hold a credit

	wasWelcomed bool // in a former process; static after construction
	welcomed    bool // the directory has told it what rooms there are; the directory's own

	mine atomic.Pointer[userRooms] // of the user, whatever the connection; nil: not known yet
}

// waitingRequest is a command under way.
type waitingRequest struct {
	number   uint64
	room     string // empty: it is none to a room
	deadline time.Time
	reply    func(room.Reply)
	free     bool // it holds no credit
}

func newConnection(n *Node, user room.User, id room.ConnectionID, outbox Outbox) *Connection {
	c := &Connection{node: n, user: user, id: id, trail: trail{outbox: outbox}}
	c.actor.connection = c
	return c
}

// Do gives a command to a room. The command must be valid. The reply is called
// exactly once, in the room's order, on any goroutine, unless the connection
// ends before; it must not block. Do itself blocks while too many commands of
// this connection are under way: back-pressure for its reader. So do the
// methods below.
func (c *Connection) Do(roomID string, command room.Command, reply func(room.Reply)) {
	if number, ok := c.enlist(roomID, reply); ok {
		c.node.send(c.pid, &request{room: roomID, connection: c.id, from: c.user, number: number, command: command})
	}
}

// DoUser gives a command to the account of the connection's own user. The reply
// is called as that of Do, in the order of the account.
func (c *Connection) DoUser(command user.Command, reply func(user.Reply)) {
	if number, ok := c.enlist("", reply); ok {
		c.node.send(c.pid, &errand{user: c.user.ID, connection: c.id, number: number, command: command})
	}
}

// List asks the directory for a page of rooms. The reply, called as that of Do,
// is a room.RoomsReply or an *room.Error.
func (c *Connection) List(query room.ListRooms, reply func(room.Reply)) {
	if number, ok := c.enlist("", reply); ok {
		c.node.send(c.pid, &listWanted{connection: c, number: number, query: query})
	}
}

// Watch says whether the connection is told what changes in the directory. It
// is, unless it says otherwise. The reply is called as that of Do.
func (c *Connection) Watch(on bool, reply func(room.Reply)) {
	if number, ok := c.enlist("", reply); ok {
		c.node.send(c.pid, &watchWanted{connection: c, number: number, on: on})
	}
}

// origin is that of the client's transport; empty: it has none, or is no client.
func (c *Connection) origin() string {
	if c == nil {
		return ""
	}
	c.trail.mu.Lock()
	outbox := c.trail.outbox
	c.trail.mu.Unlock()
	if outbox == nil {
		return ""
	}
	return outbox.Origin()
}

// owe has the client's address pay for deliveries.
func (c *Connection) owe(deliveries int) {
	c.trail.mu.Lock()
	outbox := c.trail.outbox
	c.trail.mu.Unlock()
	if outbox != nil {
		outbox.Owe(deliveries)
	}
}

// Close ends the connection for good, once the commands given before have taken
// effect: it leaves the rooms that it is inside of, as one that was disconnected.
// More calls do nothing.
func (c *Connection) Close() {
	c.endIf(func() bool { return true })
}

// markEnded reports whether the connection had not ended before.
func (c *Connection) markEnded() (first bool) {
	c.trail.mu.Lock()
	defer c.trail.mu.Unlock()
	return c.finish()
}

// finish is markEnded for whoever has the trail's lock.
func (c *Connection) finish() (first bool) {
	first = c.ended.CompareAndSwap(false, true)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake()
	return first
}

// isWaiting reports whether commands are under way.
func (c *Connection) isWaiting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiting) > 0
}

// hasEnded reports whether the client is gone; its commands may still be under
// way.
func (c *Connection) hasEnded() bool { return c.ended.Load() }

// enlist takes a credit, and notes the reply to the request that goes by the
// number; false: the connection has ended.
func (c *Connection) enlist(roomID string, reply func(room.Reply)) (number uint64, ok bool) {
	for {
		c.mu.Lock()
		switch {
		case c.hasEnded():
			c.mu.Unlock()
			return 0, false
		case c.underWay < commandsUnderWayMax:
			defer c.mu.Unlock()
			c.underWay++
			return c.note(waitingRequest{room: roomID, reply: reply}), true
		case c.freed == nil:
			c.freed = make(chan struct{})
		}
		freed := c.freed
		c.mu.Unlock()
		<-freed
	}
}

// wake lets go on those who wait for a credit. The caller has the lock.
func (c *Connection) wake() {
	if c.freed != nil {
		close(c.freed)
		c.freed = nil
	}
}

// await notes a request that needs no credit, and returns its number.
func (c *Connection) await(w waitingRequest) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.note(w)
}

// note is await for whoever has the lock.
func (c *Connection) note(w waitingRequest) uint64 {
	c.last++
	w.number, w.deadline = c.last, time.Now().Add(commandTimeout)
	c.waiting = append(c.waiting, w)
	return c.last
}

// settle answers a request, unless it has been answered already.
func (c *Connection) settle(number uint64, reply room.Reply) {
	w, ok := c.take(number)
	if ok && c.answer(w, reply) != nil {
		c.closeTransport(WhyInternal) // it would wait for ever
	}
}

// take removes a request, and gives its credit back. One that has nothing under
// way keeps no memory.
func (c *Connection) take(number uint64) (w waitingRequest, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.waiting, func(w waitingRequest) bool { return w.number == number })
	if i < 0 {
		return w, false
	}
	w = c.waiting[i]
	if c.waiting = slices.Delete(c.waiting, i, i+1); len(c.waiting) == 0 {
		c.waiting = nil
	}
	if !w.free {
		c.underWay--
		c.wake()
	}
	return w, true
}

func (c *Connection) answer(w waitingRequest, reply room.Reply) (err error) {
	defer c.node.rescue("reply", &err)
	w.reply(reply)
	return nil
}

// closeTransport ends the client's transport, if there is one, and with it the
// connection if that is what the reason means.
func (c *Connection) closeTransport(why Why) {
	var err error // logged where it happened
	defer c.node.rescue("outbox", &err)
	if why.endsConnection() {
		defer c.Close()
	}
	if o := c.trail.spoil(); o != nil {
		o.CloseTransport(why)
	}
}

// lateRequest names a request past its deadline.
type lateRequest struct {
	number uint64
	room   string
}

// expired answers the requests past their deadline with "unavailable", in the
// order in which they were given, and reports whether others are under way.
func (c *Connection) expired(now time.Time) (late []lateRequest, more bool) {
	c.mu.Lock()
	for _, w := range c.waiting {
		if !now.Before(w.deadline) {
			late = append(late, lateRequest{w.number, w.room})
		}
	}
	more = len(c.waiting) > len(late)
	c.mu.Unlock()
	for _, l := range late {
		c.settle(l.number, room.ErrUnavailable)
	}
	return late, more
}

// isGone reports whether no room may take the connection in any more: it has
// told those that it was inside of, or is about to.
func (c *Connection) isGone() bool { return c.node.connection(c.id) != c }
