package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// relay carries the outcomes of the rooms that hash to it to the connections
// of this node. It offers a frame to each outbox from its own goroutine: no
// goroutine and no mailbox a receiver. Replies go at once; events may wait for
// more of them, see audience.
type relay struct {
	node      *Node
	self      *actor.PID // from the start on
	audiences shrinkingMap[string, *audience]
}

func newRelay(n *Node) *relay { return &relay{node: n} }

// Receive carries outcomes.
func (r *relay) Receive(ctx actor.Context) {
	defer r.node.logPanic("relay")
	switch m := ctx.Message().(type) {
	case *outcome:
		r.carry(m)
	case *outcomes:
		r.carry(m.all...)
	case *fanOutDue:
		r.fanOutDue(m)
	case *roomFailed:
		r.fail(m.room)
	case *roomStopped:
		r.fail(m.room)
		r.removed(m.room)
	case *rosterWanted:
		r.sendRoster(m)
	case *actor.Started:
		r.self = ctx.Self()
	case *actor.Stopping:
		r.stop()
	}
}

// carry passes outcomes of one room on. What they tell goes out together: else
// the first would go at once, and the others wait for the next fan-out.
func (r *relay) carry(all ...*outcome) {
	for i, o := range all {
		r.pass(o, i == len(all)-1)
	}
}

// pass passes one outcome on: a new subscriber first, then the reply, then
// the events, so that nothing overtakes a join's reply and nothing is missing
// behind it. It is noted as carried at the end: should it not come so far, the
// next one finds the gap.
func (r *relay) pass(o *outcome, last bool) {
	if a := r.audiences.entries[o.room]; a != nil && !a.isFollowedBy(o) {
		r.node.log.Error("gap in a room's events", "room", o.room, "number", o.number, "after", a.number)
		r.fail(o.room)
	}
	for _, e := range o.events {
		if joined, ok := e.(room.Joined); ok {
			r.subscribe(o, joined)
		}
	}
	if last {
		if held := r.hold(o); held != nil {
			defer r.release(held)
		}
	}
	if o.request != nil {
		r.reply(o)
	}
	told := r.count(o.room)
	for _, e := range o.events {
		r.tell(o.room, e)
		if left, ok := e.(room.Left); ok {
			r.tellThrownOut(o, left)
		}
	}
	if a := r.audiences.entries[o.room]; a != nil {
		r.charge(o, a, told)
		a.activation, a.number, a.writer = o.activation, o.number, o.writer()
		if last || a.isFull() {
			r.fanOutInTime(o.room, a)
		}
	}
}

// subscribe adds a connection to its room's audience. One that has ended
// meanwhile is taken out of the room again, so that it leaves no ghost.
func (r *relay) subscribe(o *outcome, e room.Joined) {
	c := r.node.connection(e.Connection)
	if c == nil {
		r.disconnect(o.room, o.pid, e.User, e.Connection)
		return
	}
	a := r.audiences.entries[o.room]
	if a == nil {
		a = &audience{stream: r.node.streamOf(roomKey(o.room))}
		r.audiences.put(o.room, a)
	}
	a.add(c)
}

// disconnect tells a room that a connection has ended.
func (r *relay) disconnect(roomID string, pid *actor.PID, u room.User, id room.ConnectionID) {
	if r.node.keepsSeats() {
		return
	}
	r.node.send(pid, &request{room: roomID, connection: id, from: u, command: room.Disconnect{}})
}

// unsubscribe takes a connection out of its room's audience. What waits it was
// inside for, so it is told that first.
func (r *relay) unsubscribe(roomID string, id room.ConnectionID) {
	a := r.audiences.entries[roomID]
	if a == nil || !a.has(id) {
		return
	}
	r.catchUp(roomID, id)
	if a.remove(id); len(a.subscribers) == 0 {
		r.forget(roomID, a)
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
	r.catchUp(o.room, c.id)
	c.settle(o.request.number, o.reply)
	if o.request.changesMembership() {
		r.node.send(c.pid, &settled{room: o.room, number: o.request.number, pid: o.pid, inside: o.inside})
	}
}

// hold has the reply to one who has said something wait for the message itself,
// which comes right behind it: the two are one write then, of eleven in a room of
// ten. It returns what to release, nil: nothing, since the message will gather.
func (r *relay) hold(o *outcome) (held Outbox) {
	if o.request == nil || len(o.events) == 0 {
		return nil
	}
	if _, said := o.events[0].(room.MessageSent); !said {
		return nil
	}
	a, c := r.audiences.entries[o.room], r.node.connection(o.request.connection)
	if a == nil || c == nil || time.Until(a.pace.due()) > 0 {
		return nil
	}
	var err error // logged where it happened
	defer r.node.rescue("outbox", &err)
	return c.trail.hold()
}

func (r *relay) release(held Outbox) {
	var err error // logged where it happened
	defer r.node.rescue("outbox", &err)
	held.Release()
}

// tell has an event encoded for everyone inside but the one it leaves out.
func (r *relay) tell(roomID string, e room.Event) {
	if left, ok := e.(room.Left); ok {
		r.unsubscribe(roomID, left.Connection)
	}
	if a := r.audiences.entries[roomID]; a != nil && r.gather(a, roomID, e) != nil {
		r.fail(roomID) // nobody knows who has missed it
	}
	if _, ok := e.(room.Removed); ok {
		r.removed(roomID)
	}
}

// gather puts an event with those that are about to go out.
func (r *relay) gather(a *audience, roomID string, e room.Event) (err error) {
	defer r.node.rescue("encoder", &err)
	frame, told := r.node.config.Encoder.RoomEvent(roomID, e, r.node.nextOffset(a.stream))
	if !told {
		return nil
	}
	emitted, _ := e.(room.Emitted)
	t := telling{frame: frame, except: e.Except(), volatile: emitted.Volatile}
	t.position = a.stream.tell(frame, t.except, t.volatile)
	a.gather(t)
	return nil
}

// fanOutInTime lets what has gathered go out: now, if the room may, or when it
// may. The next message of this relay need not wait for that.
func (r *relay) fanOutInTime(roomID string, a *audience) {
	if len(a.gathered) == 0 {
		return
	}
	wait := time.Until(a.pace.due())
	switch {
	case wait <= 0 || a.isFull():
		r.fanOutNow(roomID, a)
	case a.timer == nil:
		self, due := r.self, &fanOutDue{roomID, a}
		a.timer = time.AfterFunc(wait, func() { r.node.send(self, due) })
	}
}

// fanOutDue lets go out what has waited, or what has begun to wait since that
// went out before its time.
func (r *relay) fanOutDue(m *fanOutDue) {
	m.audience.timer = nil
	if r.audiences.entries[m.room] == m.audience {
		r.fanOutInTime(m.room, m.audience)
	}
}

// fanOutNow lets out what has gathered, and tells a busy room whose outcomes wait
// for the disk until when the next ones need not be there: at first a guess, since
// a fan-out takes a while.
func (r *relay) fanOutNow(roomID string, a *audience) {
	busy := a.pace.wait() > 0
	if busy {
		r.tellPace(a, a.pace.dueBehind(time.Now()))
	}
	r.fanOut(roomID, a)
	if busy || a.pace.wait() > 0 {
		r.tellPace(a, a.pace.due())
	}
}

func (r *relay) tellPace(a *audience, fanOut time.Time) {
	if a.writer != nil {
		r.node.send(a.writer, &fanOutPlanned{fanOut})
	}
}

// fanOut offers what has gathered to everyone inside.
func (r *relay) fanOut(roomID string, a *audience) {
	if r.offer(a) != nil {
		r.fail(roomID) // nobody knows who has missed it
	}
}

func (r *relay) offer(a *audience) (err error) {
	defer r.node.rescue("encoder or outbox", &err)
	r.node.counts.deliveries.Add(uint64(len(a.gathered) * len(a.subscribers)))
	a.fanOut(r.node.config.Encoder.Join)
	return nil
}

// catchUp offers one connection what has gathered, before anything that must
// come behind it.
func (r *relay) catchUp(roomID string, id room.ConnectionID) {
	a := r.audiences.entries[roomID]
	if a == nil || len(a.gathered) == 0 {
		return
	}
	var err error // logged where it happened
	func() {
		defer r.node.rescue("outbox", &err)
		a.catchUp(id)
	}()
	if err != nil {
		r.fail(roomID)
	}
}

// removed forgets a room that is gone.
func (r *relay) removed(roomID string) {
	a := r.audiences.entries[roomID]
	if a == nil {
		return
	}
	r.fanOut(roomID, a)
	for _, s := range a.subscribers {
		r.node.send(s.connection.pid, &roomEnded{roomID})
	}
	r.forget(roomID, a)
}

// forget lets go of an audience that nothing waits in any more.
func (r *relay) forget(roomID string, a *audience) {
	a.stopTimer()
	r.audiences.remove(roomID)
}

// fail ends the transports of everyone inside: what they have seen of the room
// is no longer what has happened in it. They come anew. What has gathered had
// happened before.
func (r *relay) fail(roomID string) {
	a := r.audiences.entries[roomID]
	if a == nil {
		return
	}
	_ = r.offer(a) // they are told that they have missed something in any case
	for _, s := range a.subscribers {
		s.connection.closeTransport(WhyRoomFailed)
	}
}

// stop lets go out what has gathered.
func (r *relay) stop() {
	for roomID, a := range r.audiences.entries {
		r.fanOut(roomID, a)
		a.stopTimer()
	}
	r.leave()
}

// sendRoster says who is inside, as far as this node knows. The room may have
// failed on the very command that took one of them out: it is told again.
func (r *relay) sendRoster(m *rosterWanted) {
	a := r.audiences.entries[m.room]
	if a == nil {
		r.node.send(m.pid, &roster{})
		return
	}
	answer := &roster{inside: make([]room.Joined, 0, len(a.subscribers))}
	for _, s := range a.subscribers {
		answer.inside = append(answer.inside, room.Joined{
			User: s.connection.user, Connection: s.connection.id, TookSeat: true, Away: s.connection.isAway(),
		})
	}
	r.node.send(m.pid, answer)
	for _, s := range a.subscribers {
		if s.connection.isGone() {
			r.disconnect(m.room, m.pid, s.connection.user, s.connection.id)
		}
	}
}
