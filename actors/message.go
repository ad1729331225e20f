package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// The messages between actors. They are immutable; commands are imperative,
// events past tense. Those that name a connection name it by its id, so that
// they can cross nodes one day.

// request is a connection's command to a room.
type request struct {
	room       string
	connection room.ConnectionID
	from       room.User
	number     uint64 // among the connection's requests; 0: it wants no reply
	command    room.Command
	late       bool // it was given to a former actor of the room: its connection is not inside of this one
}

// changesMembership reports whether the command may change what room the
// connection is inside of.
func (q *request) changesMembership() bool {
	switch q.command.(type) {
	case room.Create, room.Join, room.Leave:
		return true
	}
	return false
}

// judged brings a request back to its room with the verdict on its password.
type judged struct {
	request *request
	verdict room.Verdict
	failed  bool // there is none
}

// outcome is what a room has decided, on its way through the room's relay: in
// this order a new subscriber, the reply, the events.
type outcome struct {
	room       string
	pid        *actor.PID // of the room
	activation uint64     // of the room: new each time that it comes to life
	number     uint64     // among the activation's outcomes, from 1
	request    *request   // nil: nobody asked
	reply      room.Reply
	events     []room.Event
	inside     bool // the asking connection, afterwards
}

// settled tells a connection what became of a request that changes
// membership.
type settled struct {
	room   string
	number uint64     // of the request
	pid    *actor.PID // of the room; nil: it is not known what became of it
	inside bool
}

// roomEnded tells a connection that a room which it was inside of is gone.
type roomEnded struct{ room string }

// roomFailed tells a relay that what those inside of a room have seen of it is
// not what has happened in it: they must come anew.
type roomFailed struct{ room string }

// roomStopped tells a relay that a room's actor is no more. It should have
// left nobody behind; those that it has must come anew.
type roomStopped struct{ room string }

// rosterWanted asks a relay who is inside of a room that has lost its state.
type rosterWanted struct {
	room string
	pid  *actor.PID
}

// roster answers rosterWanted.
type roster struct{ inside []room.Joined }

// idle tells a shard that a room could end: nobody is inside.
type idle struct{ room string }

// end asks a room to end, now that nothing comes to it through its shard,
// unless it is needed again. It either ends or answers with staying.
type end struct{}

// staying tells a shard that a room will not end now.
type staying struct{ room string }

// expire makes a connection look for commands past their deadline.
type expire struct{}

// startConnection asks a supervisor for the actor behind a connection.
type startConnection struct{ connection *Connection }

// listingChanged tells the directory how a room is to be shown now.
type listingChanged struct {
	listing room.Listing
	by      room.ConnectionID // is not told that the room is new
}

// listingEnded tells the directory that a room is not to be shown any more.
type listingEnded struct{ room string }

// watch makes a connection a watcher of the directory; unwatch ends it.
type (
	watch   struct{ connection *Connection }
	unwatch struct{ connection *Connection }
)

// tellHeld makes the directory tell what it has held back.
type tellHeld struct{}
