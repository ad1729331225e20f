package gateway

import (
	"fmt"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/gateway/engineio"
)

// moderationPacket is roomPacket for what moderators do.
func moderationPacket(roomID string, e room.Event) packet {
	switch e := e.(type) {
	case room.UserKicked:
		return newPacket("userKicked", userKickedEvent{roomID, e.User.ID, e.User.Name, newByJSON(e.By), e.Reason})
	case room.UserBanned:
		return newPacket("userBanned", userBannedEvent{
			roomID, e.User.ID, e.User.Name, newByJSON(e.Sanction.By), timeOrNull(e.Sanction.Until), e.Sanction.Reason,
		})
	case room.UserUnbanned:
		return newPacket("userUnbanned", userFreedEvent{roomID, e.UserID, newByJSON(e.By)})
	case room.UserMuted:
		return newPacket("userMuted", userMutedEvent{
			roomID, e.UserID, newByJSON(e.Sanction.By), timeOrNull(e.Sanction.Until),
		})
	case room.UserUnmuted:
		return newPacket("userUnmuted", userFreedEvent{roomID, e.UserID, newByJSON(e.By)})
	case room.RoleChanged:
		return newPacket("roleChanged", roleChangedEvent{roomID, e.UserID, e.Role, newByJSON(e.By)})
	default:
		panic(fmt.Sprintf("gateway: no packet for event %T", e))
	}
}

// newByJSON returns who did something; nil: the server's administrator, of whom
// nothing is told.
func newByJSON(u room.User) *userJSON {
	if u == (room.User{}) {
		return nil
	}
	by := newUserJSON(u)
	return &by
}

type userKickedEvent struct {
	RoomID   string    `json:"roomId"`
	UserID   string    `json:"userId"`
	Username string    `json:"username,omitempty"`
	By       *userJSON `json:"by,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

type userBannedEvent struct {
	RoomID   string    `json:"roomId"`
	UserID   string    `json:"userId"`
	Username string    `json:"username,omitempty"`
	By       *userJSON `json:"by,omitempty"`
	Until    *timeJSON `json:"until"` // null: until it is lifted
	Reason   string    `json:"reason,omitempty"`
}

type userMutedEvent struct {
	RoomID string    `json:"roomId"`
	UserID string    `json:"userId"`
	By     *userJSON `json:"by,omitempty"`
	Until  *timeJSON `json:"until"`
}

// userFreedEvent lifts a ban or a mute.
type userFreedEvent struct {
	RoomID string    `json:"roomId"`
	UserID string    `json:"userId"`
	By     *userJSON `json:"by,omitempty"`
}

type roleChangedEvent struct {
	RoomID string    `json:"roomId"`
	UserID string    `json:"userId"`
	Role   room.Role `json:"role"`
	By     *userJSON `json:"by,omitempty"`
}

// EncodeNotice returns what connections of one user are told.
func EncodeNotice(n user.Notice, offset string) *engineio.Frame {
	return noticePacket(n).encode(offset)
}

func noticePacket(n user.Notice) packet {
	switch n := n.(type) {
	case user.InvitationReceived:
		return newPacket("roomInvitation", newInvitationJSON(n.Invitation))
	case user.ContactOnline:
		return newPacket("contactOnline", contactEvent{n.User.ID, n.User.Name})
	case user.ContactOffline:
		return newPacket("contactOffline", contactEvent{n.User.ID, n.User.Name})
	case user.RoomRead:
		return newPacket("roomRead", roomReadEvent{n.RoomID, n.Seq, n.Unread})
	default:
		panic(fmt.Sprintf("gateway: no packet for notice %T", n))
	}
}

type contactEvent struct {
	UserID   string `json:"userId"`
	Username string `json:"username"`
}

type roomReadEvent struct {
	RoomID      string `json:"roomId"`
	Seq         uint64 `json:"seq"`
	UnreadCount uint64 `json:"unreadCount"`
}
