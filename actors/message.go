package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
	"roomd/actors/user"
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
	late       bool             // it was given to a former actor of the room: its connection is not inside of this one
	answer     func(room.Reply) // of a request of the node's own; nil: there is none. It must not block
}

func (q *request) key() string { return roomKey(q.room) }

func (q *request) startsActor() bool { return true }

// changesMembership reports whether the command may change what room the
// connection is inside of.
func (q *request) changesMembership() bool {
	switch q.command.(type) {
	case room.Create, room.Join, room.Open, room.Leave, room.TakePlace:
		return true
	}
	return false
}

// onlySeats reports whether the command is about connections that come and go,
// and nothing that is stored: it is decided also while the store fails.
func (q *request) onlySeats() bool {
	switch q.command.(type) {
	case room.Disconnect, room.Detach, room.Resume:
		return true
	}
	return false
}

// addressed is a message for a room or an account, by way of its shard.
type addressed interface {
	key() string       // what the room or the account is stored by
	startsActor() bool // if not, it is dropped where there is none
}

// errand is a command to a user's account.
type errand struct {
	user       string
	connection room.ConnectionID // that wants the reply; empty: nobody does
	number     uint64            // among the connection's requests
	command    user.Command

	accountKey string // key has made it; empty: nobody has asked yet
}

// key is first asked by who makes the errand, before anybody else has it.
func (e *errand) key() string {
	if e.accountKey == "" {
		e.accountKey = userKey(e.user)
	}
	return e.accountKey
}

// startsActor: what only keeps an account in step with what is stored, or with
// what it has been told, is of no use to one that is not there.
func (e *errand) startsActor() bool {
	switch e.command.(type) {
	case user.JoinedRoom, user.LeftRoom, user.Read, user.Presence, user.Unwatch:
		return false
	}
	return true
}

// resumed brings a request back to its room, with what it has waited for in
// its command.
type resumed struct {
	request *request
	failed  bool // it has not come
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
	durable    bool // outcomes of this room wait for the disk
}

// outcomes are those that a room lets go together, in their order.
type outcomes struct{ all []*outcome }

// writer returns the room if its outcomes wait for the disk.
func (o *outcome) writer() *actor.PID {
	if !o.durable {
		return nil
	}
	return o.pid
}

// fanOutPlanned tells a room when its events may go out next: what is on disk by
// then is told then.
type fanOutPlanned struct{ at time.Time }

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

// idle tells a shard that a room could end: nothing needs it in memory.
type idle struct {
	key   string
	bytes int // in memory, of one that is worth keeping there for a while; 0: it isn't
}

// lingered tells a shard to look for rooms that have lingered long enough.
type lingered struct{}

// end asks it to end, now that nothing comes to it through its shard, unless it
// is needed again. It either ends or answers with staying.
type end struct{}

// staying tells a shard that it will not end now.
type staying struct{ key string }

// accountIdle tells a shard that an account could end, and accountAnswered what it
// says to end: that it has, or that it is needed again.
type (
	accountIdle     struct{ account *accountActor }
	accountAnswered struct {
		account *accountActor
		ended   bool
	}
)

// expire makes a connection look for commands past their deadline.
type expire struct{}

// wentAway tells a connection's actor that the client's transport is gone, and
// cameBack that the client has another one.
type (
	wentAway struct {
		absence uint64 // see trail.absences
		at      time.Time
	}
	cameBack struct{}
)

// graceOver ends a connection whose client has not come back from this absence.
type graceOver struct{ absence uint64 }

// placesWanted makes a connection give up the rooms that it is inside of, for
// another one of its user, which is sent takePlaces.
type (
	placesWanted struct {
		by    *Connection
		given chan<- struct{} // closed then
	}
	takePlaces struct {
		of    room.ConnectionID
		rooms []string // ids
	}
)

// entered tells a connection's actor that the user's account knows it, and
// which rooms the user is in.
type entered struct{ rooms *userRooms }

// listingChanged tells the directory what a room is now.
type listingChanged struct {
	listing room.Listing
	by      room.ConnectionID // is not told that the room is new
}

// listingRead tells the directory that a persistent room has come to memory, as
// it was stored; listingRested that it has left memory, and is stored like this.
type (
	listingRead   struct{ listing room.Listing }
	listingRested struct{ listing room.Listing }
)

// listingEnded tells the directory that a room is no more.
type listingEnded struct{ room string }

// welcome asks the directory which of a user's rooms are first in the list that
// a new connection is told.
type welcome struct {
	connection *Connection
	rooms      []string      // ids
	account    *accountActor // is answered with welcomeRooms
}

// welcomeRooms answers welcome: the latest activity first.
type welcomeRooms struct {
	connection *Connection
	listings   []room.Listing
}

// glanced tells an account how much of a room its user has not read.
type glanced struct {
	connection room.ConnectionID // for whose welcome it was asked
	room       string
	unread     uint64
	outside    bool // he is no member any more, nor inside
}

// tryAgain makes an account try the store again for what waits for it.
type tryAgain struct{}

// welcomeDue makes an account welcome a connection with what it knows by now.
type welcomeDue struct{ connection room.ConnectionID }

// watch tells a connection what rooms there are, and makes it a watcher of the
// directory; unwatch ends that.
type (
	watch struct {
		connection *Connection
		rooms      []room.ListedRoom // the user's own, to begin with
	}
	unwatch struct{ connection *Connection }
)

// watchWanted is a client's wish to watch the directory or not.
type watchWanted struct {
	connection *Connection
	number     uint64
	on         bool
}

// listWanted is a client's query to the directory. One for the user's own rooms
// goes by the account, which knows them.
type listWanted struct {
	connection *Connection
	number     uint64
	query      room.ListRooms
	mine       []string // ids, from the account
}

func (m *listWanted) key() string { return userKey(m.connection.user.ID) }

func (m *listWanted) startsActor() bool { return true }

// statsWanted and allWanted are the administrator's queries to the directory,
// answered with room.Stats, and with room.RoomsReply or *room.Error.
type (
	statsWanted struct{}
	allWanted   struct{ query room.ListRooms }
)

// listingsRead tells the directory that what a question lacked has been read, or
// can't be.
type listingsRead struct {
	question *question
	err      error
}

// listsDue makes the directory answer lists again.
type listsDue struct{}

// tellHeld makes the directory tell what it has held back.
type tellHeld struct{}
