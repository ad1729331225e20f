package actors

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
	"roomd/actors/user"
)

// returning is what a node goes on with that the former one has left, until
// those whose own it is have taken it.
type returning struct {
	carryover   *carryover
	streams     map[uint64]*stream
	connections []*Connection
	rooms       map[int][]string // ids of rooms by the connection's index
}

// findSessions goes on with what the former node has left, if that can be read.
func (n *Node) findSessions() error {
	left, err := n.findCarryover()
	if err != nil || left == nil {
		return err
	}
	if err := n.goOn(left); err != nil {
		n.log.Warn("sessions of the former process can't be read", "error", err)
	}
	return nil
}

// goOn makes the sessions of a former node ones of this one: everybody finds them
// from its first moment on. Nothing of them has an actor yet.
func (n *Node) goOn(c *carryover) error {
	r := &returning{carryover: c, streams: map[uint64]*stream{}, rooms: map[int][]string{}}
	for _, s := range c.Streams {
		one, err := n.streamLeft(s)
		if err != nil {
			return err
		}
		r.streams[s.ID] = one
	}
	n.returning = r
	n.frames.secret = offsetSecretOf(c.Secret)
	n.frames.streams.Store(max(n.frames.streams.Load(), c.StreamIDs))
	for _, one := range c.Rooms {
		n.streamsLeft.Store(roomKey(one.ID), r.streams[one.Stream])
		seats := make([]room.Joined, len(one.Inside))
		for i, place := range one.Inside {
			r.rooms[place] = append(r.rooms[place], one.ID)
			left := &c.Connections[place]
			seats[i] = room.Joined{User: left.User, Connection: left.ID, Away: true}
		}
		n.seatsLeft.Store(one.ID, &seatsLeft{epoch: one.Epoch, seq: one.Seq, inside: seats})
	}
	for _, one := range c.Accounts {
		n.streamsLeft.Store(userKey(one.User), r.streams[one.Stream])
		n.accountsLeft.Store(one.User, one.Online)
	}
	for i := range c.Connections {
		one := n.connectionLeft(&c.Connections[i], r.streams)
		r.connections = append(r.connections, one)
		n.connections.store(one.id, one)
		if one.key != "" {
			n.sessions.store(one.key, one)
		}
	}
	return nil
}

// streamLeft makes a stream that goes on.
func (n *Node) streamLeft(left carriedStream) (*stream, error) {
	now := n.frames.now()
	s := &stream{id: left.ID, store: n.frames, last: left.Last}
	for _, f := range left.Frames {
		k := keptFrame{except: f.Except, at: now - f.Age}
		if len(f.Bytes) > 0 {
			frame, err := n.config.Frames.Frame(f.Bytes)
			if err != nil {
				return nil, fmt.Errorf("frame of stream %d: %w", left.ID, err)
			}
			k.frame = frame
		}
		s.kept = append(s.kept, k)
		s.count(k.len())
	}
	if len(s.kept) > 0 {
		n.frames.watch(s)
	}
	return s, nil
}

// connectionLeft makes a connection whose client is away.
func (n *Node) connectionLeft(left *carriedConnection, streams map[uint64]*stream) *Connection {
	c := newConnection(n, left.User, left.ID, nil)
	c.key, c.welcomed, c.wasWelcomed = left.Key, left.Welcomed, left.Welcomed
	c.unwatched.Store(!left.Watches)
	if own := streams[left.Own]; own != nil {
		c.own.opened.Store(own)
	}
	position := func(p carriedPosition) position { return position{streams[p.Stream], p.Number} }
	t := &c.trail
	t.absences, t.arrived, t.expires = 1, left.Arrived, unixOf(left.Expires)
	t.since = min(unixOf(left.Away), time.Now().UnixNano()) // the clock may have been put back
	t.lost, t.spoilt = left.Lost, left.Spoilt
	t.received, t.newest = position(left.Received), position(left.Newest)
	for _, r := range left.Runs {
		s := streams[r.Stream]
		if s == nil { // it is nobody's any more, and nothing of it was kept
			t.spoilt = true
			continue
		}
		t.runs = append(t.runs, run{s, r.First, r.Last})
	}
	return c
}

// startReturning gives the sessions that go on their actors, and then, when
// nothing can fail any more, has the rooms and the accounts know of them, as if
// their clients had just gone away.
func (n *Node) startReturning() error {
	if r := n.returning; r != nil {
		for i, c := range r.connections {
			if err := n.starter.start(c, r.rooms[i]); err != nil {
				return err
			}
		}
	}
	if err := n.removeCarryover(); err != nil {
		return err
	}
	if n.returning != nil {
		n.tellOfReturning(n.returning)
		n.returning = nil
	}
	return nil
}

func (n *Node) tellOfReturning(r *returning) {
	online := map[string][]room.User{}
	for _, a := range r.carryover.Accounts {
		online[a.User] = a.Online
	}
	for _, c := range r.connections {
		n.region.route(&errand{user: c.user.ID, command: user.Return{Connection: c.id, Name: c.user.Name, Online: online[c.user.ID]}})
	}
	for _, c := range r.connections { // when all accounts know who is online
		n.region.route(&errand{user: c.user.ID, command: user.WatchAgain{}})
		n.send(c.pid, &wentAway{c.trail.absences, time.Unix(0, c.trail.since)})
	}
	n.log.Info("sessions of the former process go on", "connections", len(r.connections))
}

// streamOf returns the stream of a room's audience, or of a user's notices: the
// one that a former node has left, or a new one; nil: nobody comes back.
func (n *Node) streamOf(key string) *stream {
	if left, ok := n.streamsLeft.LoadAndDelete(key); ok && left.(*stream) != nil {
		return left.(*stream)
	}
	return n.newStream()
}

// seatsLeft is who was inside of a room when the former node ended, and what
// they had been told of it.
type seatsLeft struct {
	epoch  string
	seq    uint64
	inside []room.Joined
}

// takeSeats brings those in who were inside when the former node ended. Nobody
// is told: nothing has happened. If the room is not what they know, they have to
// come anew.
func (a *roomActor) takeSeats(ctx actor.Context) {
	found, ok := a.node.seatsLeft.LoadAndDelete(a.id)
	if !ok {
		return
	}
	left := found.(*seatsLeft)
	if a.loaded && !a.state.Exists() {
		for _, j := range left.inside {
			if c := a.node.connection(j.Connection); c != nil {
				c.closeTransport(WhyRoomFailed)
				ctx.Send(c.pid, &roomEnded{a.id})
			}
		}
		return
	}
	o := &outcome{}
	for _, j := range left.inside {
		a.state.Apply(j)
		o.events = append(o.events, j)
	}
	a.release(ctx, o)
	if a.state.Epoch() != left.epoch || a.state.Seq() != left.seq {
		ctx.Send(a.node.relay(a.id), &roomFailed{a.id})
	}
}

// watchOn has those watch the directory again who did, and tells them what has
// changed since.
func (d *directory) watchOn(r *returning, stored map[string]room.Listing) {
	if s := r.streams[r.carryover.Directory.Stream]; s != nil {
		d.stream = s
	}
	for _, left := range r.carryover.Directory.Rooms {
		d.feed.knew(left, stored)
	}
	for _, c := range r.connections {
		if c.welcomed && !c.unwatched.Load() {
			d.feed.watchers.put(c, struct{}{})
		}
	}
}

// knew takes in what watchers know of a room otherwise than it is, which is at
// rest, or not there any more.
func (f *feed) knew(left carriedNews, stored map[string]room.Listing) {
	l, exists := stored[left.ID]
	if !exists && !left.Known {
		return
	}
	n := &news{listing: l, ended: !exists}
	n.listing.ID = left.ID
	f.rooms.put(left.ID, n)
	n.known, n.told = left.Known, left.Told
	if !n.known || n.ended {
		f.held.put(left.ID, n)
	}
}
