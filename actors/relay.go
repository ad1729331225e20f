package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// relay carries the outcomes of the rooms that hash to it to the connections
// of this node. It offers a frame to each outbox from its own goroutine: no
// goroutine and no mailbox a receiver.
type relay struct {
	node      *Node
	audiences map[string]*audience
}

// audience is the connections of this node that are inside of one room.
type audience struct {
	activation  uint64
	number      uint64  // of the last outcome carried
	stream      *stream // nil: nobody comes back
	subscribers []subscriber
	places      map[room.ConnectionID]int // index in subscribers
}

type subscriber struct {
	connection *Connection
	user       room.User
}

func newRelay(n *Node) *relay { return &relay{node: n, audiences: map[string]*audience{}} }

// Receive carries outcomes.
func (r *relay) Receive(ctx actor.Context) {
	defer r.node.logPanic("relay")
	switch m := ctx.Message().(type) {
	case *outcome:
		r.carry(m)
	case *roomFailed:
		r.fail(m.room)
	case *roomStopped:
		r.fail(m.room)
		r.removed(m.room)
	case *rosterWanted:
		r.sendRoster(m)
	}
}

// carry passes one outcome on: a new subscriber first, then the reply, then
// the events, so that nothing overtakes a join's reply and nothing is missing
// behind it. It is noted as carried at the end: should it not come so far, the
// next one finds the gap.
func (r *relay) carry(o *outcome) {
	if a := r.audiences[o.room]; a != nil && !a.isFollowedBy(o) {
		r.node.log.Error("gap in a room's events", "room", o.room, "number", o.number, "after", a.number)
		r.fail(o.room)
	}
	for _, e := range o.events {
		if joined, ok := e.(room.Joined); ok {
			r.subscribe(o, joined)
		}
	}
	if o.request != nil {
		r.reply(o)
	}
	for _, e := range o.events {
		r.tell(o.room, e)
		if left, ok := e.(room.Left); ok {
			r.tellThrownOut(o, left)
		}
	}
	if a := r.audiences[o.room]; a != nil {
		a.activation, a.number = o.activation, o.number
	}
}

// isFollowedBy reports whether the outcome is the next one: of the same
// activation, or the first of another.
func (a *audience) isFollowedBy(o *outcome) bool {
	if o.activation != a.activation {
		return o.number == 1
	}
	return o.number == a.number+1
}

// subscribe adds a connection to its room's audience. One that has ended
// meanwhile is taken out of the room again, so that it leaves no ghost.
func (r *relay) subscribe(o *outcome, e room.Joined) {
	c := r.node.connection(e.Connection)
	if c == nil {
		r.disconnect(o.room, o.pid, e.User, e.Connection)
		return
	}
	a := r.audiences[o.room]
	if a == nil {
		a = &audience{places: map[room.ConnectionID]int{}, stream: r.node.newStream()}
		r.audiences[o.room] = a
	}
	if _, inside := a.places[c.id]; inside {
		return
	}
	a.places[c.id] = len(a.subscribers)
	a.subscribers = append(a.subscribers, subscriber{c, e.User})
}

// disconnect tells a room that a connection has ended.
func (r *relay) disconnect(roomID string, pid *actor.PID, u room.User, id room.ConnectionID) {
	if r.node.draining.Load() {
		return
	}
	r.node.send(pid, &request{room: roomID, connection: id, from: u, command: room.Disconnect{}})
}

func (r *relay) unsubscribe(roomID string, id room.ConnectionID) {
	a := r.audiences[roomID]
	if a == nil {
		return
	}
	place, inside := a.places[id]
	if !inside {
		return
	}
	last := len(a.subscribers) - 1
	a.subscribers[place] = a.subscribers[last]
	a.places[a.subscribers[place].connection.id] = place
	a.subscribers[last] = subscriber{}
	a.subscribers = a.subscribers[:last]
	delete(a.places, id)
	if last == 0 {
		delete(r.audiences, roomID)
	}
}

// tellThrownOut tells a connection that it is out of a room which it has not
// asked to leave itself. One whose place was taken has missed that.
func (r *relay) tellThrownOut(o *outcome, left room.Left) {
	if o.request != nil && o.request.connection == left.Connection {
		return
	}
	c := r.node.connection(left.Connection)
	if c == nil {
		return
	}
	r.node.send(c.pid, &roomEnded{o.room})
	if left.Replaced {
		c.closeTransport(WhyTakenOver)
	}
}

func (r *relay) reply(o *outcome) {
	c := r.node.connection(o.request.connection)
	if c == nil || o.request.number == 0 {
		return
	}
	c.settle(o.request.number, o.reply)
	if o.request.changesMembership() {
		r.node.send(c.pid, &settled{room: o.room, number: o.request.number, pid: o.pid, inside: o.inside})
	}
}

// tell offers an event to everyone inside but the one it leaves out.
func (r *relay) tell(roomID string, e room.Event) {
	if left, ok := e.(room.Left); ok {
		r.unsubscribe(roomID, left.Connection)
	}
	if a := r.audiences[roomID]; a != nil && r.offer(a, roomID, e) != nil {
		r.fail(roomID) // nobody knows who has missed it
	}
	if _, ok := e.(room.Removed); ok {
		r.removed(roomID)
	}
}

func (r *relay) offer(a *audience, roomID string, e room.Event) (err error) {
	defer r.node.rescue("encoder or outbox", &err)
	frame, told := r.node.config.Encoder.RoomEvent(roomID, e, r.node.nextOffset(a.stream))
	if !told {
		return nil
	}
	except := e.Except()
	emitted, _ := e.(room.Emitted)
	p := a.stream.tell(frame, except, emitted.Volatile)
	for _, s := range a.subscribers {
		if s.connection.id == except {
			s.connection.trail.pass(p)
			continue
		}
		s.connection.trail.offer(p, frame, emitted.Volatile)
	}
	return nil
}

// removed forgets a room that is gone.
func (r *relay) removed(roomID string) {
	a := r.audiences[roomID]
	if a == nil {
		return
	}
	for _, s := range a.subscribers {
		r.node.send(s.connection.pid, &roomEnded{roomID})
	}
	delete(r.audiences, roomID)
}

// fail ends the transports of everyone inside: what they have seen of the room
// is no longer what has happened in it. They come anew.
func (r *relay) fail(roomID string) {
	a := r.audiences[roomID]
	if a == nil {
		return
	}
	for _, s := range a.subscribers {
		s.connection.closeTransport(WhyRoomFailed)
	}
}

// sendRoster says who is inside, as far as this node knows. The room may have
// failed on the very command that took one of them out: it is told again.
func (r *relay) sendRoster(m *rosterWanted) {
	a := r.audiences[m.room]
	if a == nil {
		r.node.send(m.pid, &roster{})
		return
	}
	answer := &roster{inside: make([]room.Joined, 0, len(a.subscribers))}
	for _, s := range a.subscribers {
		answer.inside = append(answer.inside, room.Joined{
			User: s.user, Connection: s.connection.id, TookSeat: true, Away: s.connection.isAway(),
		})
	}
	r.node.send(m.pid, answer)
	for _, s := range a.subscribers {
		if s.connection.isGone() {
			r.disconnect(m.room, m.pid, s.user, s.connection.id)
		}
	}
}
