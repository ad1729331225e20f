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
