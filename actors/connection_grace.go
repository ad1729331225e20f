package actors

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"roomd/actors/room"
)

// A connection outlives its client's transport by the node's time of grace:
//
//	here ── Detach ──▶ away ── time of grace ──▶ ended
//	  ▲                 │
//	  └──── Resume ─────┘
//
// A client that comes back with the session's key, and the offset of the last
// event that it has received, is here again, and has missed nothing. While the
// old transport is still open, because nobody has noticed its end, it is closed.
// Who is here is decided under the trail's lock; the actor follows.

// Keep lets the client come back to this session, which it names by the key: a
// secret of the two. Arrived is the offset that it has come with, from a session
// that is no more: it says the same as none until it has received an event.
func (c *Connection) Keep(key, arrived string) {
	if c.node.frames == nil {
		return
	}
	c.trail.mu.Lock()
	defer c.trail.mu.Unlock()
	if !c.hasEnded() {
		c.trail.arrived = arrived
		c.key = key
		c.node.sessions.store(key, c)
	}
}

// ExpireAt says when the session ends, with the client's token, whether the
// client is there or not; zero: it doesn't. While the client is there, its
// transport is closed then by whoever has opened it.
func (c *Connection) ExpireAt(t time.Time) {
	c.trail.mu.Lock()
	defer c.trail.mu.Unlock()
	c.trail.expires = unixOf(t)
}

// Detach says that the transport with this outbox is gone: the time of grace
// begins. It does nothing if the client has another one by now.
func (c *Connection) Detach(o Outbox) {
	if c.node.frames == nil {
		c.Close()
		return
	}
	t := &c.trail
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.outbox == o {
		c.leave()
	}
}

// Quit says that the client of this outbox will not come back: the connection
// ends. It does nothing if the client has come back already.
func (c *Connection) Quit(o Outbox) {
	c.endIf(func() bool { return c.trail.outbox == o })
}

// endIf ends the connection if that holds, which is asked under the trail's
// lock: nobody comes back between the question and the end.
func (c *Connection) endIf(holds func() bool) (ended bool) {
	c.trail.mu.Lock()
	ended = holds() && c.finish()
	c.trail.mu.Unlock()
	if ended {
		c.node.system.Root.Poison(c.pid)
	}
	return ended
}

// Confirm says that the client of this outbox has sent a pong.
func (c *Connection) Confirm(o Outbox) { c.trail.confirm(o, c.own.opened.Load()) }

// leave makes the client one that is away. The caller has the trail's lock.
func (c *Connection) leave() {
	c.trail.outbox = nil
	c.trail.absences++
	now := time.Now()
	c.trail.since = now.UnixNano()
	c.node.send(c.pid, &wentAway{c.trail.absences, now})
}

// Resume finds the session of a user's client that has come back: admit is
// called with the connection's id and what the client has missed, and then the
// outbox is offered what happens from now on. Without all that it has missed it
// doesn't come back: it is nil then, and the client needs a new connection.
func (n *Node) Resume(from room.User, key, offset string, o Outbox, admit Admit) *Connection {
	c := n.sessions.load(key)
	if c == nil {
		n.counts.resumes[resumeUnknown].Add(1)
		return nil
	}
	if c.user.ID != from.ID {
		n.counts.resumes[resumeOthers].Add(1)
		return nil
	}
	old, outcome := c.resume(offset, o, admit)
	n.counts.resumes[outcome].Add(1)
	if old != nil {
		old.CloseTransport(WhyTakenOver)
	}
	if outcome != resumeDone {
		return nil
	}
	return c
}

// Admit lets a client in that has come back. It must not block.
type Admit func(id room.ConnectionID, missed []Frame)

// resume returns the outbox of the client's former transport, if that was still
// there.
func (c *Connection) resume(offset string, o Outbox, admit Admit) (old Outbox, outcome resumeOutcome) {
	t := &c.trail
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.hasEnded() {
		return nil, resumeUnknown
	}
	if old = t.outbox; old != nil {
		c.leave()
	}
	missed, ok := t.missed(offset, c.node.frames.secret, c.id)
	if !ok {
		return old, resumeMissed
	}
	admit(c.id, missed)
	t.outbox, t.marked = o, position{}
	c.node.send(c.pid, &cameBack{})
	c.node.counts.grace[graceReturned].Add(1)
	return old, resumeDone
}

// endGrace ends the connection, unless its client has come back.
func (c *Connection) endGrace(absence uint64) {
	goesOn := c.node.draining.Load() && c.node.carries() // it ends in the next process
	if c.endIf(func() bool { return !goesOn && c.trail.outbox == nil && c.trail.absences == absence }) {
		c.node.counts.grace[graceExpired].Add(1)
	}
}

// forgetKey makes the session one that nobody can come back to any more. The
// connection has ended.
func (c *Connection) forgetKey() {
	c.trail.mu.Lock()
	defer c.trail.mu.Unlock()
	c.node.sessions.remove(c.key, c)
}

func (c *Connection) isAway() bool {
	c.trail.mu.Lock()
	defer c.trail.mu.Unlock()
	return c.trail.outbox == nil
}

// TakePlaces brings the connection into the rooms of another one of its user
// that is away, which ends. It waits until that one has given them up, so that what
// is said next is said inside; after placesTimeout it doesn't wait any more, and the
// places come when they come. Nobody else waits: the caller reads from this client.
func (c *Connection) TakePlaces(of room.ConnectionID) {
	old := c.node.connection(of)
	if old == nil || old == c || old.user.ID != c.user.ID || !old.isAway() {
		return
	}
	old.trail.spoil()
	given := make(chan struct{})
	if !old.post(&placesWanted{by: c, given: given}) {
		return
	}
	timeout := time.NewTimer(placesTimeout)
	defer timeout.Stop()
	select {
	case <-given:
	case <-timeout.C:
	}
}

// goAway tells the rooms, and begins the time of grace.
func (a *connectionActor) goAway(m *wentAway) {
	c := a.connection
	if c.node.draining.Load() {
		return // it is the server that goes
	}
	a.stopGrace()
	left := c.graceLeft(m.at)
	a.grace = time.AfterFunc(left, func() { c.node.send(c.pid, &graceOver{m.absence}) })
	a.tellRooms(room.Detach{})
}

// graceLeft is how long a client that went away then may still come back.
func (c *Connection) graceLeft(at time.Time) time.Duration {
	c.trail.mu.Lock()
	defer c.trail.mu.Unlock()
	left := c.node.config.Grace - time.Since(at)
	if c.trail.expires != 0 {
		left = min(left, time.Until(timeOf(c.trail.expires)))
	}
	return left
}

// comeBack tells the rooms. That the client was away they know.
func (a *connectionActor) comeBack() {
	a.stopGrace()
	a.tellRooms(room.Resume{})
}

func (a *connectionActor) stopGrace() {
	if a.grace != nil {
		a.grace.Stop()
		a.grace = nil
	}
}

// tellRooms gives all rooms that the connection is inside of, or may be, a
// command of the node's own.
func (a *connectionActor) tellRooms(command room.Command) {
	c := a.connection
	for _, p := range slices.Clone(a.rooms) {
		a.request(&request{room: p.room, connection: c.id, from: c.user, command: command})
	}
}

// giveUpPlaces ends the connection without a word to its rooms: who has asked
// for them tells them. If that one has ended meanwhile, this one goes on.
func (a *connectionActor) giveUpPlaces(m *placesWanted) {
	defer close(m.given)
	places := &takePlaces{of: a.connection.id}
	for _, p := range a.rooms {
		places.rooms = append(places.rooms, p.room)
	}
	if !m.by.post(places) {
		return
	}
	a.rooms = nil
	a.connection.node.counts.grace[graceReplaced].Add(1)
	a.connection.Close()
}

// post sends the connection's actor a message, unless the connection has ended: it
// comes before the end.
func (c *Connection) post(message any) bool {
	c.trail.mu.Lock()
	defer c.trail.mu.Unlock()
	if c.hasEnded() {
		return false
	}
	c.node.send(c.pid, message)
	return true
}

// takePlaces takes another connection's place in rooms. Whatever comes of it,
// that one is then outside.
func (a *connectionActor) takePlaces(m *takePlaces) {
	c := a.connection
	a.watchDeadlines()
	for _, id := range m.rooms {
		number := c.await(waitingRequest{room: id, reply: func(room.Reply) {}, free: true})
		a.request(&request{room: id, connection: c.id, from: c.user, number: number, command: room.TakePlace{Of: m.of}})
		a.request(&request{room: id, connection: m.of, from: c.user, command: room.Disconnect{}})
	}
}

// ownStream is the stream of what one connection alone is told.
type ownStream struct {
	mu     sync.Mutex // makes taking a number, encoding and offering one step
	opened atomic.Pointer[stream]
}

// open returns the stream; nil: nobody comes back.
func (o *ownStream) open(n *Node) *stream {
	s := o.opened.Load()
	if s == nil {
		if s = n.newStream(); s != nil {
			o.opened.Store(s)
		}
	}
	return s
}

// Tell offers what this connection alone is told.
func (c *Connection) Tell(encode func(offset string) Frame) {
	c.tellOwn(func(next func() string) []Frame { return []Frame{encode(next())} })
}

// tellOwn is Tell for as many frames as encode takes offsets.
func (c *Connection) tellOwn(encode func(next func() string) []Frame) {
	c.own.mu.Lock()
	defer c.own.mu.Unlock()
	s := c.own.open(c.node)
	for _, f := range encode(c.node.offsets(s)) {
		c.trail.offer(s.tell(f, "", false), f, false)
	}
}
