package gateway

import "roomd/actors/room"

type joinedReply struct {
	Success  bool          `json:"success"`
	RoomID   string        `json:"roomId"`
	Room     roomInfoJSON  `json:"room"`
	Users    []userJSON    `json:"users"`
	Messages []messageJSON `json:"messages"`
	Changes  []any         `json:"changes,omitzero"` // only where the client said since when, and there is no gap
	Epoch    string        `json:"epoch"`
	Seq      uint64        `json:"seq"`
	Gap      bool          `json:"gap"`
	Role     room.Role     `json:"role,omitempty"` // only a moderator's
}

func ackJoined(o roomOrder, r room.JoinReply) any {
	return joinedReply{
		Success: true, RoomID: o.roomID, Room: newRoomInfoJSON(r.Room), Users: newUsersJSON(r.Users),
		Messages: newMessagesJSON(o.roomID, r.Messages), Changes: newChangesJSON(o, r),
		Epoch: r.Epoch, Seq: r.Seq, Gap: r.Gap, Role: moderatorOnly(r.Role),
	}
}

// newChangesJSON returns nil for a client that has not said since when, or for
// whom there is a gap.
func newChangesJSON(o roomOrder, r room.JoinReply) []any {
	if o.command.(room.Join).Since == nil || r.Gap {
		return nil
	}
	return list(r.Changes, func(c room.Change) any { return newChange(o.roomID, c).arguments[0] })
}

// moderatorOnly: that one is the creator stands in the room, and that one is
// nothing needs no word.
func moderatorOnly(r room.Role) room.Role {
	if r == room.RoleModerator {
		return r
	}
	return ""
}

type joinedEvent struct {
	RoomID string       `json:"roomId"`
	Room   roomInfoJSON `json:"room"`
	Role   room.Role    `json:"role,omitempty"`
}

// userListEvent has ids only, as older front ends know it.
type userListEvent struct {
	RoomID string   `json:"roomId"`
	Users  []string `json:"users"`
}

type roomHistoryEvent struct {
	RoomID  string        `json:"roomId"`
	History []messageJSON `json:"history"`
	Changes []any         `json:"changes,omitzero"`
	Epoch   string        `json:"epoch"`
	Seq     uint64        `json:"seq"`
	Gap     bool          `json:"gap"`
}

func eventsJoined(o roomOrder, r room.JoinReply) []packet {
	info := newRoomInfoJSON(r.Room)
	return []packet{
		newPacket("joinedRoom", joinedEvent{o.roomID, info, moderatorOnly(r.Role)}),
		newPacket("userList", userListEvent{o.roomID, info.Users}),
		newPacket("roomHistory", roomHistoryEvent{
			o.roomID, newMessagesJSON(o.roomID, r.Messages), newChangesJSON(o, r), r.Epoch, r.Seq, r.Gap,
		}),
	}
}
