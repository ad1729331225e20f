package user

import "roomd/actors/room"

// Event is something that has happened to an account. Events are immutable.
type Event interface{ event() }

// Stored is an Event that is put on disk before anyone is told of it.
type Stored interface {
	Event
	stored()
}

// These are stored.
type (
	// ContactAdded makes another user a contact.
	ContactAdded struct {
		UserID string `json:"userId"`
	}

	// ContactRemoved ends that.
	ContactRemoved struct {
		UserID string `json:"userId"`
	}

	// UserBlocked makes another user one whom this one wants nothing of.
	UserBlocked struct {
		UserID string `json:"userId"`
	}

	// UserUnblocked ends that.
	UserUnblocked struct {
		UserID string `json:"userId"`
	}

	// InvitationKept adds the newest invitation, in the place of an older one
	// to the same room.
	InvitationKept struct {
		Invitation Invitation `json:"invitation"`
	}

	// InvitationEnded says that the invitation to a room doesn't wait any more.
	InvitationEnded struct {
		RoomID string `json:"roomId"`
	}
)

// These are not stored.
type (
	// Connected adds a connection, the newest.
	Connected struct {
		Connection room.ConnectionID
		Name       string
	}

	// Disconnected removes a connection. With the last one the account forgets
	// which contacts are online: it will not be told when they go.
	Disconnected struct{ Connection room.ConnectionID }

	// WatcherAdded adds a user who is sent a Presence when this one comes or goes.
	WatcherAdded struct{ UserID string }

	// WatcherRemoved ends that.
	WatcherRemoved struct{ UserID string }

	// ContactCameOnline says that a contact is online, under this name.
	ContactCameOnline struct{ User room.User }

	// ContactWentOffline says that he is not any more.
	ContactWentOffline struct{ UserID string }

	// RoomEntered says that the user is now a member or inside of a room.
	RoomEntered struct{ RoomID string }

	// RoomLeft says that he is neither any more.
	RoomLeft struct{ RoomID string }
)

func (ContactAdded) event()       {}
func (ContactRemoved) event()     {}
func (UserBlocked) event()        {}
func (UserUnblocked) event()      {}
func (InvitationKept) event()     {}
func (InvitationEnded) event()    {}
func (Connected) event()          {}
func (Disconnected) event()       {}
func (WatcherAdded) event()       {}
func (WatcherRemoved) event()     {}
func (ContactCameOnline) event()  {}
func (ContactWentOffline) event() {}
func (RoomEntered) event()        {}
func (RoomLeft) event()           {}

func (ContactAdded) stored()    {}
func (ContactRemoved) stored()  {}
func (UserBlocked) stored()     {}
func (UserUnblocked) stored()   {}
func (InvitationKept) stored()  {}
func (InvitationEnded) stored() {}
