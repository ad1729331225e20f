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
// What is too slow for that is left to the host: a decision may ask for the
// comparison of a password (Check), or for records that are no longer in memory
// (Fetch). The request is then decided again with the answer in it, and the room
// may have gone on meanwhile: an answer that has become wrong is asked for
// again.
//
// Nouns: a request is a command with who gives it and when; a decision is a
// reply and events; a seat is a user with at least one connection inside; a
// member is a user with the lasting relation to a persistent room (in an
// ephemeral room the two are the same). An entry is a numbered record: a
// message, or a change, which is an edit of a message or its deletion. A mark is
// how far a member has read. A role is what a user may do beyond speaking; a
// sanction is a ban or a mute. A direct room is that of two users, which neither
// moderates.
//
// A host stores the room's beginning as a snapshot, entries by their seq,
// everything else as records (EncodeEntry, EncodeRecord). With a change it
// stores the message too, as it is from now on, in the place of the old one.
//
// The package promises that Decide never changes a room, that Apply accepts
// every event that Decide gave, that a join never takes more seats than the
// room's maximum, that nobody who is banned comes in, that a stranger to a
// private room is told nothing else, and that sequence numbers go up by one. It
// doesn't promise anything about a request that was not validated
// (Command.Validate) before.
package room

import (
	"maps"
	"slices"
	"time"
)

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

	// Set by Created; of these only the settings change.
	settings  Settings
	creator   User // its zero value in a room that came into being by a join
	createdAt time.Time
	epoch     string
	running   bool // see RunBegan

	seats      seats
	members    map[string]Member // by user id; nil in an ephemeral room, where a seat is membership
	moderation moderation
	invited    map[string]invitation // by user id
	history    history
	seq        uint64 // of the newest stored record
	messages   uint64 // how many of the records so far are messages
	newest     uint64 // seq of the newest message; 0: none, or not known
	activity   time.Time
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
	Relaxed      bool   `json:"relaxed,omitempty"`    // of a persistent room: records may be told before they are on disk
	AutoDelete   bool   `json:"autoDelete,omitempty"` // gone when its creator's seat is given up
	Unlisted     bool   `json:"unlisted,omitempty"`   // came into being by a join: never in the directory
	Peer         string `json:"peer,omitempty"`       // of a direct room: whom its creator speaks with
}

// Member is a user's lasting relation to a persistent room.
type Member struct {
	Name    string    `json:"name"`
	Since   time.Time `json:"since"`
	Reading Reading   `json:"reading"`
}

// invitation is what a room knows of a user who was invited.
type invitation struct {
	By User      `json:"by"`
	At time.Time `json:"at"`
}

// New returns the room of this id, not yet existing.
func New(id string) *Room { return &Room{id: id} }

// ID returns the room's id.
func (r *Room) ID() string { return r.id }

// Exists reports whether the room has been created and is not gone.
func (r *Room) Exists() bool { return r.life == living }

// Deleted reports whether the room is gone with its id still taken.
func (r *Room) Deleted() bool { return r.life == deleted }

// RemovedAt returns when a room was deleted that is gone with its id still taken.
func (r *Room) RemovedAt() time.Time {
	if r.life != deleted {
		return time.Time{}
	}
	return r.activity
}

// Persistent reports whether the room survives emptiness and restarts.
func (r *Room) Persistent() bool { return r.settings.Persistent }

// Relaxed reports whether the room's records may be told before they are on
// disk.
func (r *Room) Relaxed() bool { return r.settings.Persistent && r.settings.Relaxed }

// Running reports whether some may have been: see RunBegan.
func (r *Room) Running() bool { return r.running }

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

// Bytes returns about what the room takes in memory.
func (r *Room) Bytes() int {
	return roomOverheadBytes + r.history.bytes + memberBytes*(len(r.members)+len(r.invited)) + memberBytes*len(r.moderation.Banned)
}

// MemberCount returns the number of users with the lasting relation.
func (r *Room) MemberCount() int {
	if r.settings.Persistent {
		return len(r.members)
	}
	return r.seats.count()
}

// Members returns the ids of the users with the lasting relation, in no order.
func (r *Room) Members() []string {
	if r.settings.Persistent {
		return slices.Collect(maps.Keys(r.members))
	}
	return r.seats.users()
}

// InvitedUsers returns the ids of the users who are invited, in no order.
func (r *Room) InvitedUsers() []string { return slices.Collect(maps.Keys(r.invited)) }

// IsMember reports whether the user has the lasting relation to the room.
func (r *Room) IsMember(user string) bool { return r.isMember(user) }

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
	return r.settings.Private && !r.isExpected(user) && !r.isMember(user)
}

// isExpected reports whether the user needs no password: the creator, one who
// was invited, and the two of a direct room.
func (r *Room) isExpected(user string) bool {
	_, invited := r.invited[user]
	return invited || r.isCreator(user) || user == r.settings.Peer && user != ""
}

func (r *Room) isCreator(user string) bool { return user == r.creator.ID && user != "" }

// isDirect reports whether the room is that of two users only.
func (r *Room) isDirect() bool { return r.settings.Peer != "" }
