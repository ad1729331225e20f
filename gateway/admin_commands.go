package gateway

import (
	"encoding/json"

	"roomd/actors/room"
	"roomd/gateway/socketio"
)

// adminCommand is one row of the table of what administrators may ask.
type adminCommand struct {
	room, user bool // which ids it needs
	acts       bool // it changes something, and is logged
	// run asks the node. The ids that the command needs are valid.
	run func(AdminNode, adminRequest) (any, *room.Error)
}

// adminCommands maps events from administrators to what is done. A command that
// needs one id only may be given that alone, as a string.
var adminCommands = map[string]adminCommand{
	"listRooms":      {run: adminListRooms},
	"getRoomUsers":   {room: true, run: adminGetRoomUsers},
	"listUsers":      {run: adminListUsers},
	"deleteRoom":     {room: true, acts: true, run: adminDeleteRoom},
	"kickUser":       {room: true, user: true, acts: true, run: adminKickUser},
	"disconnectUser": {user: true, acts: true, run: adminDisconnectUser},
}

// adminRequest is a command's argument: of the fields, each command has its own.
type adminRequest struct {
	RoomID string `json:"roomId"`
	UserID string `json:"userId"`
	Search string `json:"search"`
	Cursor string `json:"cursor"` // empty: the first page
	Limit  *int   `json:"limit"`
}

func readAdminRequest(c adminCommand, e socketio.Event) (adminRequest, *room.Error) {
	var q adminRequest
	if err := q.read(c, argument(e)); err != nil {
		return q, err
	}
	return q, q.check(c)
}

func (q *adminRequest) read(c adminCommand, arg json.RawMessage) *room.Error {
	switch {
	case isString(arg) && c.room && !c.user:
		return decodeString("roomId", arg, &q.RoomID)
	case isString(arg) && c.user && !c.room:
		return decodeString("userId", arg, &q.UserID)
	case !c.room && !c.user:
		return decodeOptional(arg, q)
	}
	return decode(arg, q)
}

// check checks the ids that the command needs.
func (q adminRequest) check(c adminCommand) *room.Error {
	if c.room {
		if err := room.ValidateID("roomId", q.RoomID); err != nil {
			return err
		}
	}
	if c.user {
		return room.ValidateID("userId", q.UserID)
	}
	return nil
}

func adminListRooms(node AdminNode, q adminRequest) (any, *room.Error) {
	query := room.ListRooms{Cursor: q.Cursor, Limit: pageLimit(q.Limit), Search: q.Search}
	if err := query.Validate(); err != nil {
		return nil, err
	}
	found, err := node.AllRooms(query)
	if err != nil {
		return nil, err
	}
	return ackListed(listOrder{}, found), nil
}

func adminGetRoomUsers(node AdminNode, q adminRequest) (any, *room.Error) {
	query, err := usersQuery(q.Cursor, q.Limit)
	if err != nil {
		return nil, err
	}
	found, err := node.RoomUsers(q.RoomID, query)
	if err != nil {
		return nil, err
	}
	return ackUsers(roomOrder{}, found), nil
}

type adminUsersReply struct {
	Success    bool            `json:"success"`
	Users      []adminUserJSON `json:"users"`
	NextCursor *string         `json:"nextCursor"`
}

// adminUserJSON is a user who is online. It embeds no userJSON, which would have it
// append itself as one.
type adminUserJSON struct {
	ID          string `json:"id"`
	Username    string `json:"username"`
	Connections int    `json:"connections"`
	Rooms       int    `json:"rooms"`
}

func newAdminUserJSON(u room.OnlineUser) adminUserJSON {
	return adminUserJSON{u.ID, u.Name, u.Connections, u.Rooms}
}

func adminListUsers(node AdminNode, q adminRequest) (any, *room.Error) {
	if q.Cursor != "" {
		if err := room.ValidateID("cursor", q.Cursor); err != nil {
			return nil, err
		}
	}
	users, next := node.Users(q.Cursor, pageLimit(q.Limit))
	return adminUsersReply{true, list(users, newAdminUserJSON), cursorOrNull(next)}, nil
}

func adminDeleteRoom(node AdminNode, q adminRequest) (any, *room.Error) {
	return successReply{true}, node.DeleteRoom(q.RoomID, adminReason)
}

func adminKickUser(node AdminNode, q adminRequest) (any, *room.Error) {
	return successReply{true}, node.KickUser(q.RoomID, q.UserID, adminReason)
}

type adminDisconnectedReply struct {
	Success     bool `json:"success"`
	Connections int  `json:"connections"` // that were closed
}

func adminDisconnectUser(node AdminNode, q adminRequest) (any, *room.Error) {
	return adminDisconnectedReply{true, node.DisconnectUser(q.UserID)}, nil
}
