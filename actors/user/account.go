// Package user holds the rules of what spans one user's connections: who is
// told that he comes and goes, his contacts, whom he has blocked, and the
// invitations that wait for him.
//
// It is a deterministic state machine with no clock, no IO and no actor:
//
//	d := a.Decide(command) // changes nothing
//	for _, e := range d.Events {
//		a.Apply(e) // can't fail
//	}
//
// The host decides a command, puts the stored events of the decision on disk,
// applies the events, and then gives the reply, the tells and the sends on. A
// command says itself whom and when it is about, so there is no request
// around it: what it comes to doesn't depend on who of the user's connections
// has given it.
//
// Nouns: an account is the state of one user; a contact is a user whose coming
// and going this one wants to know; a watcher is a user who has this one as a
// contact and is online; a tell is a notice for connections of this user; a
// send is a command for another user's account.
//
// The package promises that Decide never changes an account, that Apply
// accepts every event that Decide gave, and that a connection is told the
// truth about its contacts once all sends have arrived, in whatever order,
// except that those of one account to another must arrive as they were sent.
// A user whom this one has blocked can't tell that from this one's being
// offline. It doesn't promise anything about a command that was not validated
// (Command.Validate) before, or about presence after a send was lost: see
// WatchAgain.
package user

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"roomd/actors/room"
)

// Account is the state of one user. A user who was never seen has one too:
// it is empty. Not safe for concurrent use: it is its actor's own.
type Account struct {
	id string

	*relations // &noRelations while there are none: Apply alone makes others, by own

	// Not stored: what the host has said since.
	connections []connection // oldest first; with none the user is offline
	rooms       set          // ids of rooms that he is a member or inside of; bounded by the host
}

// relations is what there is between a user and others. Of most there is nothing,
// so it doesn't take place in each account.
type relations struct {
	// Stored.
	contacts    set          // user ids
	blocked     set          // user ids
	invitations []Invitation // oldest first, at most one a room

	// Not stored: what other accounts have said since.
	watchers set                  // user ids; blocked ones too, for the time after
	online   map[string]room.User // contacts, as they came online; empty while this user is offline
}

// noRelations is all accounts' that have none. It is never changed.
var noRelations relations

// own returns the account's relations to be changed.
func (a *Account) own() *relations {
	if a.relations == &noRelations {
		a.relations = &relations{}
	}
	return a.relations
}

// connection is one of the user's own.
type connection struct {
	id   room.ConnectionID
	name string // the user's, as this connection gave it
}

// Invitation is what a user is told of a room that he may join.
type Invitation struct {
	RoomID   string    `json:"roomId"`
	RoomName string    `json:"roomName"`
	By       room.User `json:"by"`
	At       time.Time `json:"at"`
}

// is reports whether the two are the same invitation, not one after the other.
func (i Invitation) is(other Invitation) bool {
	same := i.At.Equal(other.At)
	i.At = other.At
	return same && i == other
}

// New returns the account of a user of whom nothing is known.
func New(id string) *Account { return &Account{id: id, relations: &noRelations} }

// TakeOver gives an account that was just restored all that is not stored of the
// one it replaces, which must not be used any more. What others were sent of
// it may be wrong then: WatchAgain repairs that.
func (a *Account) TakeOver(old *Account) {
	a.connections = old.connections
	if len(old.watchers) > 0 {
		a.own().watchers = old.watchers
	}
	for _, id := range old.rooms {
		a.rooms.add(id)
	}
	for id, u := range old.online {
		if a.contacts.has(id) {
			a.own().see(u)
		}
	}
}

// IsOnline reports whether the user has a connection, grace included.
func (a *Account) IsOnline() bool { return len(a.connections) > 0 }

// IsIdle reports whether all that the account holds is stored, or can be
// given again by the host (its rooms), so that it may be dropped.
func (a *Account) IsIdle() bool { return len(a.connections) == 0 && len(a.watchers) == 0 }

// Connections returns the user's connections, oldest first.
func (a *Account) Connections() []room.ConnectionID { return a.connectionsExcept("") }

// Rooms returns the ids of the rooms that the user is a member or inside of,
// in their own order.
func (a *Account) Rooms() []string { return a.rooms.sorted() }

func (a *Account) connectionsExcept(c room.ConnectionID) []room.ConnectionID {
	var ids []room.ConnectionID
	for _, own := range a.connections {
		if own.id != c {
			ids = append(ids, own.id)
		}
	}
	return ids
}

func (a *Account) hasConnection(c room.ConnectionID) bool {
	return slices.ContainsFunc(a.connections, func(own connection) bool { return own.id == c })
}

func (a *Account) isInvited(roomID string) bool {
	return slices.ContainsFunc(a.invitations, func(i Invitation) bool { return i.RoomID == roomID })
}

// ContactsOnline returns the contacts who are online. They are sorted, since
// events must not depend on a map's order.
func (a *Account) ContactsOnline() []room.User {
	if len(a.online) == 0 { // mostly
		return nil
	}
	return slices.SortedFunc(maps.Values(a.online), func(x, y room.User) int { return cmp.Compare(x.ID, y.ID) })
}

// set is a set of ids, sorted: most accounts have few, and a map of one takes ten
// times as much. Its zero value is empty.
type set []string

func (s set) has(id string) bool {
	_, has := slices.BinarySearch(s, id)
	return has
}

func (s *set) add(id string) {
	if i, has := slices.BinarySearch(*s, id); !has {
		*s = slices.Insert(*s, i, id)
	}
}

func (s *set) remove(id string) {
	i, has := slices.BinarySearch(*s, id)
	if !has {
		return
	}
	if *s = slices.Delete(*s, i, i+1); len(*s) == 0 {
		*s = nil
	}
}

// sorted returns the ids, for the caller to keep.
func (s set) sorted() []string { return slices.Clone(s) }
