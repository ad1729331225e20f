package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
	"roomd/actors/user"
)

// connectionActor keeps the order of one connection's commands to each room:
// by the shard while the room is not known, to the room itself while inside.
type connectionActor struct {
	connection *Connection
	rooms      places
	expiry     *time.Timer // runs while commands are under way; nil: it does not
	grace      *time.Timer // runs while the client is away; nil: it is here
}

// Receive gives commands on, and learns what became of them.
func (a *connectionActor) Receive(ctx actor.Context) {
	defer a.connection.node.logPanic("connection")
	switch m := ctx.Message().(type) {
	case *entered:
		a.connection.mine.Store(m.rooms)
	case *request:
		a.watchDeadlines()
		a.request(m)
	case *errand:
		a.watchDeadlines()
		a.connection.node.region.route(m)
	case *listWanted:
		a.watchDeadlines()
		a.list(m)
	case *watchWanted:
		a.watchDeadlines()
		a.connection.unwatched.Store(!m.on)
		a.connection.node.send(a.connection.node.directory, m)
	case *settled:
		a.settled(m)
	case *roomEnded:
		a.roomEnded(m)
	case *expire:
		a.expire()
	case *wentAway:
		a.goAway(m)
	case *cameBack:
		a.comeBack()
	case *graceOver:
		a.connection.endGrace(m.absence)
	case *placesWanted:
		a.giveUpPlaces(m)
	case *takePlaces:
		a.takePlaces(m)
	case *actor.Stopping:
		a.stop()
	case *actor.Stopped:
		a.connection.node.starter.ended()
	}
}

func (a *connectionActor) request(q *request) {
	p := a.rooms.of(q.room)
	switch {
	case p != nil && p.changing:
		p.queue = append(p.queue, q)
	case !q.changesMembership():
		a.sendTo(p, q)
	case p == nil && len(a.rooms) >= connectionRoomsMax && !leaves(q):
		a.connection.settle(q.number, room.TooLarge("a connection is limited to %d rooms", connectionRoomsMax))
	case p == nil && !leaves(q) && !a.connection.mine.Load().hasPlaceFor(q.room):
		a.connection.settle(q.number, room.TooLarge("a user is limited to %d rooms", userRoomsMax))
	default:
		p = a.rooms.add(q.room)
		p.change, p.changing = q.number, true
		a.sendTo(p, q)
	}
}

func (a *connectionActor) list(m *listWanted) {
	n := a.connection.node
	if m.query.Mine {
		n.region.route(m)
		return
	}
	n.send(n.directory, m)
}

func leaves(q *request) bool {
	_, ok := q.command.(room.Leave)
	return ok
}

func (a *connectionActor) sendTo(p *place, q *request) {
	if p != nil && p.pid != nil {
		a.connection.node.send(p.pid, q)
		return
	}
	a.connection.node.region.route(q)
}

// settled opens the road for the commands that have waited. The short road is
// taken only from here: when nothing is under way by the long one.
func (a *connectionActor) settled(m *settled) {
	p := a.rooms.of(m.room)
	if p == nil || p.change != m.number {
		return // a later one tells more
	}
	outside := m.pid != nil && !m.inside
	if !p.changing { // too late: others may be under way by the shard
		if outside {
			a.rooms.remove(m.room)
		}
		return
	}
	p.changing, p.pid = false, nil
	if m.inside {
		p.pid, p.room = m.pid, m.room // the same id as all others have, not what the client wrote
	}
	queue := p.queue
	p.queue = nil
	if outside {
		a.rooms.remove(m.room)
	}
	for _, q := range queue {
		a.request(q)
	}
}

// roomEnded forgets a room that is gone. A command under way is still to be
// settled.
func (a *connectionActor) roomEnded(m *roomEnded) {
	p := a.rooms.of(m.room)
	switch {
	case p == nil:
	case p.changing:
		p.pid = nil
	default:
		a.rooms.remove(m.room)
	}
}

// watchDeadlines starts the expiry timer, unless it runs.
func (a *connectionActor) watchDeadlines() {
	if a.expiry != nil {
		return
	}
	c := a.connection
	a.expiry = time.AfterFunc(expiryInterval, func() { c.node.send(c.pid, &expire{}) })
}

// expire answers what is late. Whether a late join or leave took effect is not
// known: the place is kept, so that the room is told when the connection ends,
// and commands go by the shard.
func (a *connectionActor) expire() {
	a.expiry = nil
	late, more := a.connection.expired(time.Now())
	for _, l := range late {
		a.settled(&settled{room: l.room, number: l.number})
	}
	if more {
		a.watchDeadlines()
	}
}

// stop takes the connection out of its rooms. A room that a join is under way
// to is told too, on the same road, so behind the join and what waits for it.
func (a *connectionActor) stop() {
	c := a.connection
	if c.node.stopping.Load() && c.node.carries() && !c.hasEnded() { // it goes on in the next process
		a.stopTimers()
		return
	}
	if c.markEnded() && !c.node.stopping.Load() { // nobody has closed it: this actor has failed
		c.closeTransport(WhyInternal)
	}
	a.stopTimers()
	c.forgetKey()
	c.node.connections.remove(c.id, c) // from here on relays refuse it
	c.node.send(c.node.directory, &unwatch{c})
	c.node.region.route(&errand{user: c.user.ID, command: user.Disconnect{Connection: c.id}})
	for _, p := range a.rooms {
		for _, q := range p.queue {
			a.sendTo(p, q)
		}
		if !c.node.keepsSeats() {
			a.sendTo(p, &request{room: p.room, connection: c.id, from: c.user, command: room.Disconnect{}})
		}
	}
}

func (a *connectionActor) stopTimers() {
	if a.expiry != nil {
		a.expiry.Stop()
	}
	a.stopGrace()
}
