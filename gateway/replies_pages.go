package gateway

import (
	"strconv"

	"roomd/actors/room"
)

type roomsReply struct {
	Success    bool       `json:"success"`
	Rooms      []roomJSON `json:"rooms"`
	NextCursor *string    `json:"nextCursor"` // null: this was the last page
}

func ackListed(_ listOrder, r room.RoomsReply) any {
	return roomsReply{true, list(r.Rooms, newRoomJSON), cursorOrNull(r.Next)}
}

// pageEvent is a second argument, beside a first one that older front ends know
// as an array.
type pageEvent struct {
	NextCursor *string `json:"nextCursor"`
}

func eventsListed(_ listOrder, r room.RoomsReply) []packet {
	return []packet{newPacket("roomsList", list(r.Rooms, newRoomJSON), pageEvent{cursorOrNull(r.Next)})}
}

type usersReply struct {
	Success    bool       `json:"success"`
	Users      []userJSON `json:"users"`
	Total      int        `json:"total"`
	NextCursor *string    `json:"nextCursor"`
}

func ackUsers(_ roomOrder, r room.UsersReply) any {
	return usersReply{true, newUsersJSON(r.Users), r.Total, usersCursor(r.Next)}
}

// usersCursor is a string like other cursors: nobody is to count with it.
func usersCursor(next uint64) *string {
	if next == 0 {
		return nil
	}
	return cursorOrNull(strconv.FormatUint(next, 10))
}

type userPageEvent struct {
	userListEvent
	Total      int     `json:"total"`
	NextCursor *string `json:"nextCursor"`
}

func eventsUsers(o roomOrder, r room.UsersReply) []packet {
	ids := list(r.Users, func(u room.User) string { return u.ID })
	return []packet{newPacket("userList", userPageEvent{userListEvent{o.roomID, ids}, r.Total, usersCursor(r.Next)})}
}

type historyReply struct {
	Success  bool          `json:"success"`
	Messages []messageJSON `json:"messages"`
	HasMore  bool          `json:"hasMore"`
}

func ackHistory(o roomOrder, r room.HistoryReply) any {
	return historyReply{true, newMessagesJSON(o.roomID, r.Messages), r.HasMore}
}

type historyPageEvent struct {
	RoomID  string        `json:"roomId"`
	History []messageJSON `json:"history"`
	Epoch   string        `json:"epoch"`
	HasMore bool          `json:"hasMore"`
}

func eventsHistory(o roomOrder, r room.HistoryReply) []packet {
	return []packet{newPacket("roomHistory", historyPageEvent{
		o.roomID, newMessagesJSON(o.roomID, r.Messages), r.Epoch, r.HasMore,
	})}
}
