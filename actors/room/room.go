// Package room holds the rules of a room: who may come in, what a command
// does, what everyone is told of it, and in which order.
//
// It is a deterministic state machine with no clock, no IO and no actor:
//
//	d := r.Decide(request) // changes nothing
//	for _, e := range d.Events {
//		r.Apply(e) // can't fail
//	}
//
// The host decides a request, puts the stored events of the decision on disk
// if the room is persistent, applies the events, and sends the reply and the
// events on, in that order. The same requests give the same events on every
// run, so a room can be replayed, simulated and tested by scripts.
//
// Nouns: a request is a command with who gives it and when; a decision is a
// reply and events; a seat is a user with at least one connection inside; a
// member is a user with the lasting relation to a persistent room (in an
// ephemeral room the two are the same).
//
// The package promises that Decide never changes a room, that Apply accepts
// every event that Decide gave, that seats never exceed the room's maximum,
// and that sequence numbers go up by one. It doesn't promise anything about a
// request that was not validated (Command.Validate) before.
package room

import "time"

// User is who acts: the identity that the server has authenticated.
type User struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ConnectionID names one connection of a user. It is public: clients see it
// as their socket id.
type ConnectionID string

// Room is the state of one room. A room that was never created, or is gone,
// is a Room too: one that does not exist. Not safe for concurrent use: it is
// its actor's own.
type Room struct {
	id   string
	life life

	// Set by Created, for the life of the room.
	settings  Settings
	creator   User // its zero value in a room that came into being by a join
	createdAt time.Time
	epoch     string

	seats    seats
	members  map[string]Member // by user id; nil in an ephemeral room, where a seat is membership
	history  history
	seq      uint64 // of the newest stored record
	activity time.Time
}

// life is where a room is between nothing and its tombstone.
type life uint8

const (
	absent  life = iota // never created, or gone without a trace
	living              // exists
	deleted             // gone, but its id stays taken
)

// Settings are what the creator of a room chooses.
type Settings struct {
	Name         string `json:"name"`
	Description  string `json:"description,omitempty"`
	Private      bool   `json:"private,omitempty"`
	PasswordHash string `json:"passwordHash,omitempty"` // empty: no password
	MaxUsers     int    `json:"maxUsers,omitempty"`     // 0: no maximum
	Persistent   bool   `json:"persistent,omitempty"`
	AutoDelete   bool   `json:"autoDelete,omitempty"` // gone when its creator's seat is given up
	Unlisted     bool   `json:"unlisted,omitempty"`   // came into being by a join: never in the directory
}

// Member is a user's lasting relation to a persistent room.
type Member struct {
	Name  string    `json:"name"`
	Since time.Time `json:"since"`
}

// New returns the room of this id, not yet existing.
func New(id string) *Room { return &Room{id: id} }

// ID returns the room's id.
func (r *Room) ID() string { return r.id }

// Exists reports whether the room has been created and is not gone.
func (r *Room) Exists() bool { return r.life == living }

// Deleted reports whether the room is gone with its id still taken.
func (r *Room) Deleted() bool { return r.life == deleted }

// Persistent reports whether the room survives emptiness and restarts.
func (r *Room) Persistent() bool { return r.settings.Persistent }

// Epoch returns the count that the room's sequence numbers belong to.
func (r *Room) Epoch() string { return r.epoch }

// Seq returns the sequence number of the newest stored record; 0: none.
func (r *Room) Seq() uint64 { return r.seq }

// Origin returns the event that would bring this room into being anew, under
// another epoch: all that can be kept of an ephemeral room that has failed.
func (r *Room) Origin(epoch string, at time.Time) Created {
	return Created{Settings: r.settings, Creator: r.creator, At: at, Epoch: epoch}
}

// Empty reports whether nobody is inside.
func (r *Room) Empty() bool { return r.seats.count() == 0 }

// Inside reports whether this very connection of the user is inside.
func (r *Room) Inside(user string, c ConnectionID) bool { return r.seats.has(user, c) }

// UserCount returns the number of seats taken.
func (r *Room) UserCount() int { return r.seats.count() }

// MemberCount returns the number of users with the lasting relation.
func (r *Room) MemberCount() int {
	if r.settings.Persistent {
		return len(r.members)
	}
	return r.seats.count()
}

// isMember reports whether the user has the lasting relation to the room.
func (r *Room) isMember(user string) bool {
	if r.settings.Persistent {
		_, ok := r.members[user]
		return ok
	}
	return r.seats.of(user) != nil
}

// isStranger reports whether the user may know nothing of a private room.
func (r *Room) isStranger(user string) bool {
	return r.settings.Private && user != r.creator.ID && !r.isMember(user)
}
