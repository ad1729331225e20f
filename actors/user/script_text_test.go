package user

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"roomd/actors/room"
)

// commandOf reads a command:
//
//	connect [name=Anna], disconnect
//	addContact ID, removeContact ID, blockUser ID, unblockUser ID
//	listInvitations, declineInvitation ROOM
//	read ROOM seq=7 unread=2
//
// and those of the host: joined ROOM, left ROOM, invited ROOM by=bob, ended
// ROOM, watchAgain. times=7 gives it seven times, an "N" in a ROOM or ID being
// the number.
func (s *script) commandOf(c room.ConnectionID, verb string, a *args) (Command, error) {
	user, _, _ := strings.Cut(string(c), "/")
	switch verb {
	case "connect":
		return Connect{Connection: c, Name: a.value("name", nameOf(user))}, nil
	case "disconnect":
		return Disconnect{Connection: c}, nil
	case "addContact":
		return AddContact{UserID: a.next()}, nil
	case "removeContact":
		return RemoveContact{UserID: a.next()}, nil
	case "blockUser":
		return Block{UserID: a.next()}, nil
	case "unblockUser":
		return Unblock{UserID: a.next()}, nil
	case "listContacts":
		return ListContacts{}, nil
	case "listInvitations":
		return ListInvitations{}, nil
	case "declineInvitation":
		return Decline{RoomID: a.next()}, nil
	case "joined":
		return JoinedRoom{RoomID: a.next()}, nil
	case "left":
		return LeftRoom{RoomID: a.next()}, nil
	case "ended":
		return EndInvitation{RoomID: a.next()}, nil
	case "invited":
		id, by := a.next(), a.value("by", "")
		return Deliver{Invitation{RoomID: id, RoomName: nameOf(id), By: room.User{ID: by, Name: nameOf(by)}, At: s.now}}, nil
	case "read":
		return Read{RoomID: a.next(), Seq: uint64(a.number("seq", 0)), Unread: uint64(a.number("unread", 0)), Connection: c}, nil
	case "watchAgain":
		return WatchAgain{}, nil
	}
	return nil, fmt.Errorf("no such command: %s", verb)
}

// numbered is the command for one of many times.
func numbered(c Command, i int) Command {
	number := func(id string) string { return strings.ReplaceAll(id, "N", strconv.Itoa(i)) }
	switch c := c.(type) {
	case Deliver:
		c.Invitation.RoomID = number(c.Invitation.RoomID)
		c.Invitation.RoomName = number(c.Invitation.RoomName)
		return c
	case AddContact:
		return AddContact{UserID: number(c.UserID)}
	}
	return c
}

// nameOf is what the scripts call the one of this id.
func nameOf(id string) string {
	if id == "" {
		return ""
	}
	return strings.ToUpper(id[:1]) + id[1:]
}

func replyText(r Reply) string {
	switch r := r.(type) {
	case *room.Error:
		return fmt.Sprintf("%s: %s", r.Code, r.Message)
	case room.Done:
		return "ok"
	case ContactsReply:
		return "ok: " + contactsText(r)
	case InvitationsReply:
		return "ok: " + invitationsText(r.Invitations)
	}
	return fmt.Sprintf("no reply that can be printed: %#v", r)
}

func contactsText(r ContactsReply) string {
	var words []string
	for _, c := range r.Contacts {
		if c.Online {
			words = append(words, fmt.Sprintf("%s online as %q", c.User.ID, c.User.Name))
		} else {
			words = append(words, c.User.ID+" offline")
		}
	}
	return fmt.Sprintf("contacts (%s), blocked (%s)", strings.Join(words, ", "), strings.Join(r.Blocked, " "))
}

func invitationsText(invitations []Invitation) string {
	if len(invitations) == 0 {
		return "no invitations"
	}
	var texts []string
	for _, i := range invitations {
		texts = append(texts, i.RoomID+" by "+i.By.ID)
	}
	if n := len(texts); n > 5 {
		return fmt.Sprintf("%d invitations, %s to %s", n, texts[0], texts[n-1])
	}
	return strings.Join(texts, ", ")
}

func eventText(e Event) string {
	switch e := e.(type) {
	case ContactAdded:
		return "contact added " + e.UserID
	case ContactRemoved:
		return "contact removed " + e.UserID
	case UserBlocked:
		return "blocked " + e.UserID
	case UserUnblocked:
		return "unblocked " + e.UserID
	case InvitationKept:
		return fmt.Sprintf("invitation kept %s by %s", e.Invitation.RoomID, e.Invitation.By.ID)
	case InvitationEnded:
		return "invitation ended " + e.RoomID
	case Connected:
		return fmt.Sprintf("connected %s %q", e.Connection, e.Name)
	case Disconnected:
		return "disconnected " + string(e.Connection)
	case WatcherAdded:
		return "watcher added " + e.UserID
	case WatcherRemoved:
		return "watcher removed " + e.UserID
	case ContactCameOnline:
		return fmt.Sprintf("contact came online %s %q", e.User.ID, e.User.Name)
	case ContactWentOffline:
		return "contact went offline " + e.UserID
	case RoomEntered:
		return "room entered " + e.RoomID
	case RoomLeft:
		return "room left " + e.RoomID
	}
	return fmt.Sprintf("no event that can be printed: %#v", e)
}

func spaced[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = string(t)
	}
	return strings.Join(texts, " ")
}

func (s *script) noticeText(n Notice) string {
	switch n := n.(type) {
	case InvitationReceived:
		i := n.Invitation
		return fmt.Sprintf("invitation %s %q by %s %q, %s ago", i.RoomID, i.RoomName, i.By.ID, i.By.Name,
			s.now.Sub(i.At).Round(time.Second))
	case ContactOnline:
		return fmt.Sprintf("online %s %q", n.User.ID, n.User.Name)
	case ContactOffline:
		return fmt.Sprintf("offline %s %q", n.User.ID, n.User.Name)
	case RoomRead:
		return fmt.Sprintf("read %s to %d, %d unread", n.RoomID, n.Seq, n.Unread)
	}
	return fmt.Sprintf("no notice that can be printed: %#v", n)
}

func sendText(c Command) string {
	switch c := c.(type) {
	case Watch:
		return "watch by " + c.By
	case Unwatch:
		return "unwatch by " + c.By
	case Presence:
		if c.Online {
			return fmt.Sprintf("%s %q is online", c.User.ID, c.User.Name)
		}
		return fmt.Sprintf("%s %q is offline", c.User.ID, c.User.Name)
	}
	return fmt.Sprintf("no command that accounts send: %#v", c)
}

func stateText(a *Account) string {
	text := fmt.Sprintf("connections (%s), contacts (%s), blocked (%s), %s, watchers (%s), online (",
		spaced(a.Connections()), spaced(a.contacts.sorted()), spaced(a.blocked.sorted()),
		invitationsText(a.invitations), spaced(a.watchers.sorted()))
	for i, u := range a.ContactsOnline() {
		if i > 0 {
			text += " "
		}
		text += u.ID
	}
	text += fmt.Sprintf("), rooms (%s)", spaced(a.Rooms()))
	if a.IsIdle() {
		text += ", idle"
	}
	return text
}
