package user

import "roomd/actors/room"

// Decision is what a command comes to.
type Decision struct {
	Reply  Reply
	Events []Event // to be applied in this order
	Tells  []Tell  // to be told in this order, once the events are applied
	Sends  []Send  // to be sent in this order, once the events are applied
}

// Reply is what the giver of a command is told: *room.Error, room.Done,
// ContactsReply or InvitationsReply.
type Reply = room.Reply

// ContactsReply answers ListContacts. Its lists are in the order of the ids.
type ContactsReply struct {
	Contacts []Contact
	Blocked  []string // user ids
}

// Contact is a user whose coming and going this one is told.
type Contact struct {
	User   room.User // without a name unless online
	Online bool      // as far as this user may know
}

// InvitationsReply answers ListInvitations.
type InvitationsReply struct {
	Invitations []Invitation // oldest first
}

// IsReply says that it is one.
func (ContactsReply) IsReply() {}

// IsReply says that it is one.
func (InvitationsReply) IsReply() {}

// Tell is a notice for connections of the user.
type Tell struct {
	To     []room.ConnectionID // at least one
	Notice Notice
}

// Send is a command for another user's account. Sends of one account to
// another must arrive in the order they were given.
type Send struct {
	UserID  string
	Command Command // Watch, Unwatch or Presence
}

// Notice is what a user's connections are told. Notices are immutable.
type Notice interface{ notice() }

// InvitationReceived says that an invitation waits.
type InvitationReceived struct{ Invitation Invitation }

// ContactOnline says that a contact is online.
type ContactOnline struct{ User room.User }

// ContactOffline says that a contact, of whom ContactOnline was said, is not
// online any more.
type ContactOffline struct{ User room.User }

// RoomRead says that the user has read a room up to here on another connection.
type RoomRead struct {
	RoomID string
	Seq    uint64
	Unread uint64
}

func (InvitationReceived) notice() {}
func (ContactOnline) notice()      {}
func (ContactOffline) notice()     {}
func (RoomRead) notice()           {}
