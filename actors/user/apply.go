package user

import (
	"fmt"
	"slices"

	"roomd/actors/room"
)

// Apply makes the account what it is after the event. It can't fail: an event
// that Decide gave for this state always fits.
func (a *Account) Apply(e Event) {
	switch e := e.(type) {
	case ContactAdded:
		a.own().contacts.add(e.UserID)
	case ContactRemoved:
		a.contacts.remove(e.UserID)
		delete(a.online, e.UserID)
	case UserBlocked:
		a.own().blocked.add(e.UserID)
	case UserUnblocked:
		a.blocked.remove(e.UserID)
	case InvitationKept:
		a.endInvitation(e.Invitation.RoomID)
		own := a.own()
		own.invitations = append(own.invitations, e.Invitation)
	case InvitationEnded:
		a.endInvitation(e.RoomID)
	case Connected:
		a.connections = append(a.connections, connection{e.Connection, e.Name})
	case Disconnected:
		a.applyDisconnected(e)
	case WatcherAdded:
		a.own().watchers.add(e.UserID)
	case WatcherRemoved:
		a.watchers.remove(e.UserID)
	case ContactCameOnline:
		a.own().see(e.User)
	case ContactWentOffline:
		delete(a.online, e.UserID)
	case RoomEntered:
		a.rooms.add(e.RoomID)
	case RoomLeft:
		a.rooms.remove(e.RoomID)
	default:
		panic(fmt.Sprintf("user: no rule for event %T", e))
	}
}

func (a *Account) endInvitation(roomID string) {
	if !a.isInvited(roomID) {
		return
	}
	a.own().invitations = slices.DeleteFunc(a.invitations, func(i Invitation) bool { return i.RoomID == roomID })
}

func (a *Account) applyDisconnected(e Disconnected) {
	a.connections = slices.DeleteFunc(a.connections, func(own connection) bool { return own.id == e.Connection })
	if len(a.connections) == 0 {
		a.connections = nil
		if a.online != nil {
			a.own().online = nil
		}
	}
}

// see notes that a contact is online.
func (r *relations) see(contact room.User) {
	if r.online == nil {
		r.online = make(map[string]room.User)
	}
	r.online[contact.ID] = contact
}
