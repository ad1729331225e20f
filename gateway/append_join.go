package gateway

import (
	"slices"
	"strconv"
)

// What the text of a room takes beside the strings in it, at most if nothing is
// escaped; and a user's in a list.
const (
	roomBytes = len(`{"id":"","name":"","description":"","creator":"","createdAt":"2006-01-02T15:04:05.000Z","type":"persistent","isPrivate":false,"hasPassword":false,"maxUsers":18446744073709551615,"userCount":18446744073709551615,"memberCount":18446744073709551615,"lastActivity":"2006-01-02T15:04:05.000Z","users":[]}`)
	userBytes = len(`{"id":"","username":""},`)
	joinBytes = len(`{"success":true,"roomId":"","room":,"users":[],"messages":[],"epoch":"","seq":18446744073709551615,"gap":false,"role":"moderator"}`)
)

// appendJSON appends the reply to a join, which is most of what a client is told
// when it comes.
func (r joinedReply) appendJSON(to []byte) []byte {
	to = slices.Grow(to, joinBytes+len(r.RoomID)+len(r.Epoch)+r.Room.size()+sizeOf(r.Users))
	to = strconv.AppendBool(append(to, `{"success":`...), r.Success)
	to = appendString(append(to, `,"roomId":`...), r.RoomID)
	to = r.Room.appendJSON(append(to, `,"room":`...))
	to = appendList(append(to, `,"users":`...), r.Users, userJSON.appendJSON)
	to = appendList(append(to, `,"messages":`...), r.Messages, messageJSON.appendJSON)
	if r.Changes != nil {
		to = append(append(to, `,"changes":`...), encode(r.Changes)...)
	}
	to = appendString(append(to, `,"epoch":`...), r.Epoch)
	to = strconv.AppendUint(append(to, `,"seq":`...), r.Seq, 10)
	to = strconv.AppendBool(append(to, `,"gap":`...), r.Gap)
	if r.Role != "" {
		to = appendString(append(to, `,"role":`...), string(r.Role))
	}
	return append(to, '}')
}

// appendJSON appends the shape of a room with those inside.
func (r roomInfoJSON) appendJSON(to []byte) []byte {
	to = appendString(append(to, `{"id":`...), r.ID)
	to = appendString(append(to, `,"name":`...), r.Name)
	to = appendString(append(to, `,"description":`...), r.Description)
	if r.Creator != "" {
		to = appendString(append(to, `,"creator":`...), r.Creator)
	}
	to = r.CreatedAt.appendJSON(append(to, `,"createdAt":`...))
	to = appendString(append(to, `,"type":`...), r.Type)
	to = strconv.AppendBool(append(to, `,"isPrivate":`...), r.IsPrivate)
	to = strconv.AppendBool(append(to, `,"hasPassword":`...), r.HasPassword)
	if to = append(to, `,"maxUsers":`...); r.MaxUsers == nil {
		to = append(to, "null"...)
	} else {
		to = strconv.AppendInt(to, int64(*r.MaxUsers), 10)
	}
	to = strconv.AppendInt(append(to, `,"userCount":`...), int64(r.UserCount), 10)
	to = strconv.AppendInt(append(to, `,"memberCount":`...), int64(r.MemberCount), 10)
	to = r.LastActivity.appendJSON(append(to, `,"lastActivity":`...))
	to = appendList(append(to, `,"users":`...), r.Users, func(id string, to []byte) []byte { return appendString(to, id) })
	return append(to, '}')
}

// size is what the room's text takes, if nothing is escaped.
func (r roomInfoJSON) size() int {
	size := roomBytes + len(r.ID) + len(r.Name) + len(r.Description) + len(r.Creator)
	for _, id := range r.Users {
		size += len(id) + len(`"",`)
	}
	return size
}

func sizeOf(users []userJSON) (size int) {
	for _, u := range users {
		size += userBytes + len(u.ID) + len(u.Username)
	}
	return size
}

// appendJSON appends what those inside are told of one who has come.
func (e userJoinedEvent) appendJSON(to []byte) []byte {
	to = slices.Grow(to, len(`{"roomId":"","userId":"","user":}`)+len(e.RoomID)+userBytes+2*len(e.UserID)+len(e.User.Username))
	to = appendString(append(to, `{"roomId":`...), e.RoomID)
	to = appendString(append(to, `,"userId":`...), e.UserID)
	to = e.User.appendJSON(append(to, `,"user":`...))
	return append(to, '}')
}

// appendList appends a list, [] for none.
func appendList[J any](to []byte, shapes []J, appendOne func(J, []byte) []byte) []byte {
	to = append(to, '[')
	for i, shape := range shapes {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendOne(shape, to)
	}
	return append(to, ']')
}
