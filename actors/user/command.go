package user

import "roomd/actors/room"

// Command is something that a client of the user, the host, or another user's
// account asks of an account. Commands are immutable.
type Command interface {
	// Validate returns what is wrong with the command's own values, or nil.
	// An account may only be asked to decide valid commands.
	Validate() *room.Error
}

// These are given by the user's own clients.
type (
	// AddContact begins to tell the user when this other one comes and goes.
	AddContact struct{ UserID string }

	// RemoveContact ends that. Of one who is no contact: success.
	RemoveContact struct{ UserID string }

	// Block drops the other's invitations, those to come too, and makes the
	// user look offline to him.
	Block struct{ UserID string }

	// Unblock ends that.
	Unblock struct{ UserID string }

	// ListContacts is answered with ContactsReply.
	ListContacts struct{}

	// ListInvitations is answered with InvitationsReply.
	ListInvitations struct{}

	// Decline ends an invitation. Of one that is not there: success.
	Decline struct{ RoomID string }
)

// These are given by the host.
type (
	// Connect says that a connection of the user has begun. It is told what
	// waits for him.
	Connect struct {
		Connection room.ConnectionID
		Name       string // the user's, as this connection gives it
	}

	// Return says that a connection of a former run of the host goes on: it has
	// been told what waits for the user, and that these contacts are online.
	// WatchAgain follows, when all accounts know of theirs.
	Return struct {
		Connection room.ConnectionID
		Name       string
		Online     []room.User
	}

	// Disconnect says that a connection has ended, grace included.
	Disconnect struct{ Connection room.ConnectionID }

	// JoinedRoom says that the user is now a member or inside of a room. It
	// accepts an invitation.
	JoinedRoom struct{ RoomID string }

	// LeftRoom says that he is neither any more.
	LeftRoom struct{ RoomID string }

	// Deliver brings an invitation. From one who is blocked, or to a room that
	// the user is in, it comes to nothing, and its giver is not told so.
	Deliver struct{ Invitation Invitation }

	// EndInvitation says that an invitation is not good any more: the room is
	// gone, or has taken it back.
	EndInvitation struct{ RoomID string }

	// Read says that the user's mark in a room has been moved.
	Read struct {
		RoomID     string
		Seq        uint64
		Unread     uint64
		Connection room.ConnectionID // has moved it, and is not told
	}

	// WatchAgain sends Watch to every contact once more. It repairs presence
	// where sends may have been lost: an account was lost, or couldn't be read.
	// Where nothing was lost it tells nobody anything.
	WatchAgain struct{}
)

// These are sent by other users' accounts.
type (
	// Watch says that this other user is online and has this one as a contact.
	// It is always answered with a Presence, offline too: what the other knows
	// may be from before.
	Watch struct{ By string }

	// Unwatch ends that.
	Unwatch struct{ By string }

	// Presence says whether a contact is online, as far as this user may know.
	Presence struct {
		User   room.User // without a name if offline: he goes under the name he came with
		Online bool
	}
)

// Validate checks the user id.
func (c AddContact) Validate() *room.Error { return room.ValidateID("userId", c.UserID) }

// Validate checks the user id.
func (c RemoveContact) Validate() *room.Error { return room.ValidateID("userId", c.UserID) }

// Validate checks the user id.
func (c Block) Validate() *room.Error { return room.ValidateID("userId", c.UserID) }

// Validate checks the user id.
func (c Unblock) Validate() *room.Error { return room.ValidateID("userId", c.UserID) }

// Validate finds nothing.
func (ListContacts) Validate() *room.Error { return nil }

// Validate finds nothing.
func (ListInvitations) Validate() *room.Error { return nil }

// Validate checks the room id.
func (c Decline) Validate() *room.Error { return room.ValidateID("roomId", c.RoomID) }

// Validate finds nothing: the host knows its connections.
func (Connect) Validate() *room.Error { return nil }

// Validate finds nothing: the host knows its connections.
func (Return) Validate() *room.Error { return nil }

// Validate finds nothing.
func (Disconnect) Validate() *room.Error { return nil }

// Validate finds nothing.
func (JoinedRoom) Validate() *room.Error { return nil }

// Validate finds nothing.
func (LeftRoom) Validate() *room.Error { return nil }

// Validate finds nothing: the room has checked what it sends.
func (Deliver) Validate() *room.Error { return nil }

// Validate finds nothing.
func (EndInvitation) Validate() *room.Error { return nil }

// Validate finds nothing.
func (Read) Validate() *room.Error { return nil }

// Validate finds nothing.
func (WatchAgain) Validate() *room.Error { return nil }

// Validate finds nothing: accounts send what they have checked.
func (Watch) Validate() *room.Error { return nil }

// Validate finds nothing.
func (Unwatch) Validate() *room.Error { return nil }

// Validate finds nothing.
func (Presence) Validate() *room.Error { return nil }
