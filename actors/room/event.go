package room

import (
	"encoding/json"
	"time"
)

// Event is something that has happened in a room. Events are immutable, and
// shared by all who are told of them.
type Event interface {
	// Except returns the connection inside that is not told; empty: all are.
	Except() ConnectionID
}

// Stored is an Event that a persistent room puts on disk before anyone is
// told of it.
type Stored interface {
	Event
	stored()
}

// Created begins the life of a room.
type Created struct {
	Settings Settings  `json:"settings"`
	Creator  User      `json:"creator"` // its zero value: the room came into being by a join
	At       time.Time `json:"at"`
	Epoch    string    `json:"epoch"`
}

// MemberAdded begins a user's lasting relation to a persistent room.
type MemberAdded struct {
	User User      `json:"user"`
	At   time.Time `json:"at"`
}

// MemberRemoved ends a user's lasting relation to a persistent room.
type MemberRemoved struct {
	UserID string `json:"userId"`
}

// Joined says that a connection is inside.
type Joined struct {
	User       User
	Connection ConnectionID
	TookSeat   bool // the user's first connection inside
}

// Left says that a connection is no longer inside.
type Left struct {
	User         User
	Connection   ConnectionID
	GaveUpSeat   bool // the user's last connection inside
	Disconnected bool // it did not ask to leave: it ended
}

// Message is a stored record of what a user said.
type Message struct {
	ID          string            `json:"id"`
	Seq         uint64            `json:"seq"`
	Sender      User              `json:"sender"`
	Text        string            `json:"text"`
	Attachments []json.RawMessage `json:"attachments,omitempty"`
	At          time.Time         `json:"at"`
	ClientID    string            `json:"clientId,omitempty"`
}

// MessageSent adds a message to the room's history.
type MessageSent struct {
	Message Message
}

// Emitted is an event of the application's own.
type Emitted struct {
	Name       string
	Data       json.RawMessage
	Binary     [][]byte
	Sender     User
	At         time.Time
	Volatile   bool
	Connection ConnectionID // of the sender; empty: it is told too
}

// Acted is a game's action.
type Acted struct {
	Action json.RawMessage
	Binary [][]byte
	Player string // user id
	At     time.Time
}

// Removed ends the life of a room; whoever was inside has left it.
type Removed struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"` // told to those inside; empty: none
}

// Except: nobody is told of Created as a room's event; see Listing.
func (Created) Except() ConnectionID { return "" }

// Except: membership is told through the room's description.
func (MemberAdded) Except() ConnectionID { return "" }

// Except: membership is told through the room's description.
func (MemberRemoved) Except() ConnectionID { return "" }

// Except leaves out the one who joined.
func (e Joined) Except() ConnectionID { return e.Connection }

// Except leaves out the one who left.
func (e Left) Except() ConnectionID { return e.Connection }

// Except leaves out nobody: a sender gets its own message back.
func (MessageSent) Except() ConnectionID { return "" }

// Except leaves out the sending connection, unless it asked to be included.
func (e Emitted) Except() ConnectionID { return e.Connection }

// Except leaves out nobody.
func (Acted) Except() ConnectionID { return "" }

// Except leaves out nobody.
func (Removed) Except() ConnectionID { return "" }

func (Created) stored()       {}
func (MemberAdded) stored()   {}
func (MemberRemoved) stored() {}
func (MessageSent) stored()   {}
func (Removed) stored()       {}
