package room

import (
	"encoding/json"
	"time"
)

// Request is a command with who gives it and when.
type Request struct {
	From       User
	Connection ConnectionID
	At         time.Time
	Command    Command
	Epoch      string // the epoch of the room that this request brings into being, if it does
}

// Command is something that a client, or the connection behind it, asks of a
// room. Commands are immutable.
type Command interface {
	// Validate returns what is wrong with the command's own values, or nil.
	// A room may only be asked to decide valid commands.
	Validate() *Error
}

// Create makes the room; its creator is inside at once.
type Create struct {
	Settings Settings
}

// Join brings the connection in. It may bring the room into being.
type Join struct {
	Password string   // as the client gave it; empty: none
	Since    *Since   // what the client has already seen; nil: it wants the newest
	Verdict  *Verdict // on the password; nil: not yet looked at
	Implicit bool     // a room that does not exist is created
}

// Since is the newest record that a client has seen.
type Since struct {
	Epoch string
	Seq   uint64
}

// Open comes into the one direct room of two users, the caller and the peer.
// It brings the room into being where there is none.
type Open struct {
	Peer    string // user id
	Relaxed bool   // see Settings; of a room that is made
}

// Verdict is the outcome of a comparison that was too slow to be made in
// Decide. It names the hash it was about, since the password may have been
// changed meanwhile.
type Verdict struct {
	PasswordHash string
	Matches      bool
}

// Leave takes the connection out and, if it is the user's last one inside,
// ends membership.
type Leave struct{}

// Disconnect takes the connection out because it has ended. Membership of a
// persistent room stays.
type Disconnect struct{}

// Detach says that the connection's client is away, and may come back: it stays
// inside, and nobody is told.
type Detach struct{}

// Resume says that the client of a connection that was away is back.
type Resume struct{}

// TakePlace brings the connection in, in the place of another one of the same
// user, whose client is away and will not come back to it. It is the host's own:
// no client gives it.
type TakePlace struct {
	Of ConnectionID
}

// Send stores a message and tells it to everyone inside.
type Send struct {
	Text        string
	Attachments []json.RawMessage // JSON objects, as they came; kept, so not slices of something larger
	ClientID    string            // names this message among the sender's; empty: none
}

// Emit tells an event of the application's own. It is not stored.
type Emit struct {
	Event       string
	Data        json.RawMessage // valid JSON, as it came; may hold placeholders for Binary
	Binary      [][]byte
	IncludeSelf bool
	Volatile    bool // may be dropped for a connection that has a backlog
}

// Act tells a game's action to everyone inside, the actor included.
type Act struct {
	Action json.RawMessage // valid JSON, as it came; may hold placeholders for Binary
	Binary [][]byte
}

// EditMessage puts another text, and if Attachments is not nil other
// attachments, in the place of a message of the caller's own.
type EditMessage struct {
	MessageID   string
	Text        string
	Attachments []json.RawMessage // as in Send; nil: unchanged
	found       *found            // what the host was asked to read; see WithPage
}

// DeleteMessage takes a message back; a moderator may take anybody's.
type DeleteMessage struct {
	MessageID string
	found     *found
}

// Delete ends the room for good.
type Delete struct {
	Reason  string // told to those inside; empty: none
	ByAdmin bool   // by the server's administrator, who may delete any room
}

// Update changes the room's settings. Fields that are nil stay as they are.
type Update struct {
	Name         *string
	Description  *string
	PasswordHash *string // empty: no password from now on
	MaxUsers     *int    // 0: no maximum
	Private      *bool
}

// Invite lets a user come in, also into a private room, and has him told.
type Invite struct {
	UserID string
}

// Decline takes the caller's own invitation back.
type Decline struct{}

// ListUsers asks for a page of the users inside, in the order of their
// arrival.
type ListUsers struct {
	After   uint64 // UsersReply.Next of the page before; 0: the first page
	Limit   int    // 1 to PageMax
	ByAdmin bool
}

// GetHistory asks for a page of messages: those next to Before, or those next
// to After; without both the newest. Both bounds are exclusive.
type GetHistory struct {
	Before   uint64 // 0: none
	After    uint64 // counts only if HasAfter
	HasAfter bool
	Limit    int // 1 to PageMax
	found    *found
}

// MarkRead says that the caller has read all up to this record.
type MarkRead struct {
	Seq   uint64
	found *found
}

// Glance asks how much the caller has not read. It is the host's own: no
// client gives it.
type Glance struct{}

// Kick throws a user out, who may come again.
type Kick struct {
	UserID  string
	Reason  string
	ByAdmin bool
}

// Ban throws a user out and keeps him out.
type Ban struct {
	UserID string
	Reason string
	For    time.Duration // 0: until Unban
}

// Unban lets a banned user come again.
type Unban struct {
	UserID string
}

// Mute keeps a user from speaking.
type Mute struct {
	UserID string
	For    time.Duration // 0: until Unmute
}

// Unmute lets a muted user speak again.
type Unmute struct {
	UserID string
}

// SetRole makes a member a moderator, or an ordinary member again.
type SetRole struct {
	UserID string
	Role   Role // RoleModerator or RoleMember
}

// GetModeration asks who are moderators, who is banned and who is muted.
type GetModeration struct{}
