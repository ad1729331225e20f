package gateway

import (
	"roomd/actors/room"
	"roomd/actors/user"
)

// invitationJSON is an invitation, in the list and in the event.
type invitationJSON struct {
	RoomID    string   `json:"roomId"`
	RoomName  string   `json:"roomName"`
	InvitedBy userJSON `json:"invitedBy"`
}

func newInvitationJSON(i user.Invitation) invitationJSON {
	return invitationJSON{i.RoomID, i.RoomName, newUserJSON(i.By)}
}

type invitationsReply struct {
	Success     bool             `json:"success"`
	Invitations []invitationJSON `json:"invitations"` // oldest first
}

func ackInvitations(_ accountOrder, r user.InvitationsReply) any {
	return invitationsReply{true, list(r.Invitations, newInvitationJSON)}
}

type contactsReply struct {
	Success  bool          `json:"success"`
	Contacts []contactJSON `json:"contacts"`
	Blocked  []string      `json:"blocked"` // user ids
}

type contactJSON struct {
	UserID   string `json:"userId"`
	Username string `json:"username,omitempty"` // known while online
	Online   bool   `json:"online"`
}

func newContactJSON(c user.Contact) contactJSON {
	return contactJSON{c.User.ID, c.User.Name, c.Online}
}

func ackContacts(_ accountOrder, r user.ContactsReply) any {
	return contactsReply{true, list(r.Contacts, newContactJSON), append([]string{}, r.Blocked...)}
}

type moderationReply struct {
	Success    bool             `json:"success"`
	Moderators []string         `json:"moderators"` // user ids
	Banned     []sanctionedJSON `json:"banned"`
	Muted      []sanctionedJSON `json:"muted"`
}

// sanctionedJSON is a user who is kept out or quiet.
type sanctionedJSON struct {
	UserID string    `json:"userId"`
	By     userJSON  `json:"by"`
	At     timeJSON  `json:"at"`
	Until  *timeJSON `json:"until"` // null: until it is lifted
	Reason string    `json:"reason,omitempty"`
}

func newSanctionedJSON(userID string, s room.Sanction) sanctionedJSON {
	return sanctionedJSON{userID, newUserJSON(s.By), timeJSON(s.At), timeOrNull(s.Until), s.Reason}
}

func ackModeration(_ roomOrder, r room.ModerationReply) any {
	return moderationReply{
		Success:    true,
		Moderators: append([]string{}, r.Moderators...),
		Banned:     list(r.Banned, func(b room.BannedUser) sanctionedJSON { return newSanctionedJSON(b.UserID, b.Sanction) }),
		Muted:      list(r.Muted, func(m room.MutedUser) sanctionedJSON { return newSanctionedJSON(m.UserID, m.Sanction) }),
	}
}
