package user

import (
	"fmt"
	"slices"

	"roomd/actors/room"
)

// model is a second implementation of the rules, as naive as can be: it sees
// all users at once, sends nothing, and knows who is online by looking.
type model map[string]*modelUser

type modelUser struct {
	id                string
	connections       []room.ConnectionID
	contacts, blocked []string
	invitations       []Invitation // oldest first
	rooms             []string
}

// outcome is what a command should come to at once. Presence is not in it:
// that is right once all is quiet, see mayKnow.
type outcome struct {
	reply Reply
	tells []string
}

// mayKnow returns whom of his contacts a user should see online.
func (m model) mayKnow(u *modelUser) []string {
	var ids []string
	for _, id := range u.contacts {
		contact := m[id]
		if contact != nil && len(contact.connections) > 0 && !slices.Contains(contact.blocked, u.id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// watchers returns who is online and has this user as a contact.
func (m model) watchers(id string) []string {
	var ids []string
	for _, other := range m {
		if len(other.connections) > 0 && slices.Contains(other.contacts, id) {
			ids = append(ids, other.id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (u *modelUser) answer(c Command) outcome {
	switch c := c.(type) {
	case AddContact:
		return u.put(&u.contacts, c.UserID)
	case RemoveContact:
		u.contacts = without(u.contacts, c.UserID)
	case Block:
		u.invitations = slices.DeleteFunc(u.invitations, func(i Invitation) bool { return i.By.ID == c.UserID })
		return u.put(&u.blocked, c.UserID)
	case Unblock:
		u.blocked = without(u.blocked, c.UserID)
	case ListInvitations:
		return outcome{reply: InvitationsReply{slices.Clone(u.invitations)}}
	case Decline:
		u.end(c.RoomID)
	case EndInvitation:
		u.end(c.RoomID)
	case JoinedRoom:
		u.end(c.RoomID)
		u.put(&u.rooms, c.RoomID)
	case LeftRoom:
		u.rooms = without(u.rooms, c.RoomID)
	case Connect:
		return u.connect(c)
	case Disconnect:
		u.connections = without(u.connections, c.Connection)
	case Deliver:
		return u.deliver(c.Invitation)
	case Read:
		others := without(slices.Clone(u.connections), c.Connection)
		return u.tell(others, RoomRead{c.RoomID, c.Seq, c.Unread})
	}
	return outcome{reply: room.Done{}}
}

func without[T comparable](list []T, t T) []T {
	return slices.DeleteFunc(list, func(other T) bool { return other == t })
}

func (u *modelUser) put(list *[]string, id string) outcome {
	if id == u.id {
		return outcome{reply: room.BadRequest("userId must not be your own")}
	}
	if !slices.Contains(*list, id) {
		*list = append(*list, id)
	}
	return outcome{reply: room.Done{}}
}

func (u *modelUser) end(roomID string) {
	u.invitations = slices.DeleteFunc(u.invitations, func(i Invitation) bool { return i.RoomID == roomID })
}

func (u *modelUser) connect(c Connect) outcome {
	o := outcome{reply: room.Done{}}
	if slices.Contains(u.connections, c.Connection) {
		return o
	}
	u.connections = append(u.connections, c.Connection)
	for _, i := range u.invitations {
		o.tells = append(o.tells, tellText([]room.ConnectionID{c.Connection}, InvitationReceived{i}))
	}
	return o
}

func (u *modelUser) deliver(i Invitation) outcome {
	if i.By.ID == u.id || slices.Contains(u.blocked, i.By.ID) || slices.Contains(u.rooms, i.RoomID) {
		return outcome{reply: room.Done{}}
	}
	u.end(i.RoomID)
	u.invitations = append(u.invitations, i)
	u.invitations = u.invitations[max(0, len(u.invitations)-100):]
	return u.tell(u.connections, InvitationReceived{i})
}

func (u *modelUser) tell(to []room.ConnectionID, n Notice) outcome {
	o := outcome{reply: room.Done{}}
	if len(to) > 0 {
		o.tells = []string{tellText(to, n)}
	}
	return o
}

func tellText(to []room.ConnectionID, n Notice) string { return fmt.Sprintf("%v %+v", to, n) }
