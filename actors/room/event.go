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

// EpochBegan begins another count of records, though the numbers go on: some that
// were given in the one before it may have been lost, or will be given again.
type EpochBegan struct {
	Epoch string `json:"epoch"`
}

// RunBegan says that from now on records of a relaxed room may be told before
// they are on disk. A room that is read while this holds may have lost some.
type RunBegan struct{}

// RunEnded says that all of them are on disk.
type RunEnded struct{}

// MemberAdded begins a user's lasting relation to a persistent room.
type MemberAdded struct {
	User    User      `json:"user"`
	At      time.Time `json:"at"`
	Reading Reading   `json:"reading"` // where it begins
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
	Returned   bool // the user was away, with all connections inside
	Away       bool // its client is away; no client comes in like this, but a host may build a room anew
}

// WentAway says that a connection's client is away: it is still inside.
type WentAway struct {
	User       User
	Connection ConnectionID
}

// CameBack says that it is back.
type CameBack struct {
	User       User
	Connection ConnectionID
	Returned   bool // the user was away, with all connections inside
}

// Left says that a connection is no longer inside.
type Left struct {
	User         User
	Connection   ConnectionID
	GaveUpSeat   bool // the user's last connection inside
	Disconnected bool // it did not ask to leave: it ended
	Replaced     bool // another connection of the user has taken its place
}

// MessageSent adds a message to the room's history.
type MessageSent struct {
	Message Message
}

// MessageChanged edits a message or takes it back.
type MessageChanged struct {
	Change  Change
	Message Message // as it is from now on
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

// RoomUpdated changes the room's settings.
type RoomUpdated struct {
	Settings Settings `json:"settings"`
	Room     Info     `json:"-"` // as it is from now on
}

// Invited lets a user come in, who is to be told.
type Invited struct {
	UserID   string    `json:"userId"`
	By       User      `json:"by"`
	At       time.Time `json:"at"`
	RoomName string    `json:"-"`
}

// InvitationEnded takes an invitation away, if the user has one.
type InvitationEnded struct {
	UserID string `json:"userId"`
}

// UserKicked says that a user is thrown out. What it comes to is in the events
// that follow.
type UserKicked struct {
	User   User // without a name if he was not inside
	By     User // its zero value: the server's administrator
	Reason string
}

// UserBanned keeps a user out.
type UserBanned struct {
	User     User     `json:"user"` // without a name if he was not inside
	Sanction Sanction `json:"sanction"`
}

// UserUnbanned lets a user come again.
type UserUnbanned struct {
	UserID string `json:"userId"`
	By     User   `json:"by"`
}

// UserMuted keeps a user from speaking.
type UserMuted struct {
	UserID   string   `json:"userId"`
	Sanction Sanction `json:"sanction"`
}

// UserUnmuted lets a user speak again.
type UserUnmuted struct {
	UserID string `json:"userId"`
	By     User   `json:"by"`
}

// RoleChanged gives a user another role.
type RoleChanged struct {
	UserID string `json:"userId"`
	Role   Role   `json:"role"`
	By     User   `json:"by"`
}

// MarkMoved says how far a user has read.
type MarkMoved struct {
	UserID     string       `json:"userId"`
	Mark       uint64       `json:"mark"`   // see Reading
	Others     uint64       `json:"others"` // see Reading
	Unread     uint64       `json:"-"`      // what is left
	Connection ConnectionID `json:"-"`      // that has moved it
}

// Removed ends the life of a room; whoever was inside has left it.
type Removed struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"` // told to those inside; empty: none
}

// Except leaves out the one who joined.
func (e Joined) Except() ConnectionID { return e.Connection }

// Except leaves out the one who left.
func (e Left) Except() ConnectionID { return e.Connection }

// Except leaves out the one who came back.
func (e CameBack) Except() ConnectionID { return e.Connection }

// Except leaves out the sending connection, unless it asked to be included.
func (e Emitted) Except() ConnectionID { return e.Connection }

// Of all other events nobody is left out; some are told to nobody inside, which
// is for the host's encoder to say.

func (WentAway) Except() ConnectionID        { return "" }
func (Created) Except() ConnectionID         { return "" }
func (EpochBegan) Except() ConnectionID      { return "" }
func (RunBegan) Except() ConnectionID        { return "" }
func (RunEnded) Except() ConnectionID        { return "" }
func (MemberAdded) Except() ConnectionID     { return "" }
func (MemberRemoved) Except() ConnectionID   { return "" }
func (MessageSent) Except() ConnectionID     { return "" }
func (MessageChanged) Except() ConnectionID  { return "" }
func (Acted) Except() ConnectionID           { return "" }
func (RoomUpdated) Except() ConnectionID     { return "" }
func (Invited) Except() ConnectionID         { return "" }
func (InvitationEnded) Except() ConnectionID { return "" }
func (UserKicked) Except() ConnectionID      { return "" }
func (UserBanned) Except() ConnectionID      { return "" }
func (UserUnbanned) Except() ConnectionID    { return "" }
func (UserMuted) Except() ConnectionID       { return "" }
func (UserUnmuted) Except() ConnectionID     { return "" }
func (RoleChanged) Except() ConnectionID     { return "" }
func (MarkMoved) Except() ConnectionID       { return "" }
func (Removed) Except() ConnectionID         { return "" }

func (Created) stored()         {}
func (EpochBegan) stored()      {}
func (RunBegan) stored()        {}
func (RunEnded) stored()        {}
func (MemberAdded) stored()     {}
func (MemberRemoved) stored()   {}
func (MessageSent) stored()     {}
func (MessageChanged) stored()  {}
func (RoomUpdated) stored()     {}
func (Invited) stored()         {}
func (InvitationEnded) stored() {}
func (UserBanned) stored()      {}
func (UserUnbanned) stored()    {}
func (UserMuted) stored()       {}
func (UserUnmuted) stored()     {}
func (RoleChanged) stored()     {}
func (MarkMoved) stored()       {}
func (Removed) stored()         {}
