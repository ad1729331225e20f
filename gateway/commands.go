package gateway

import (
	"encoding/json"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/gateway/ratelimit"
	"roomd/gateway/socketio"
)

// commandRow is one row of the contract's table of commands.
type commandRow struct {
	// kind is what the command counts as where it is limited.
	kind ratelimit.Kind
	// parse reads the arguments. The order that it returns is valid.
	parse parseFunc
	// ack returns the reply in an ack; nil: success, and nothing beside.
	ack func(o order, reply room.Reply) any
	// events returns the reply as events, for a command without an ack; nil:
	// there is none.
	events func(o order, reply room.Reply) []packet
}

// commands maps every event that a client may emit to its command. Adding a
// command is one row here, one rule in the room or the account, and its script.
var commands = map[string]commandRow{
	// rooms
	"createRoom": {ratelimit.Create, hasText(parseCreate), typed(ackRoom), typed(eventsCreated)},
	"joinRoom":   {ratelimit.Join, hasText(parseJoin), typed(ackJoined), typed(eventsJoined)},
	"leaveRoom":  {ratelimit.Join, hasText(aboutRoom(room.Leave{})), nil, nil},
	"deleteRoom": {ratelimit.Change, hasText(aboutRoom(room.Delete{})), nil, nil},
	"updateRoom": {ratelimit.Change, hasText(parseUpdate), typed(ackUpdated), nil},
	"openDirect": {ratelimit.Create, hasText(parseOpen), typed(ackRoom), nil},

	// what is said in them
	"sendMessage":   {ratelimit.Message, hasText(parseSend), typed(ackSent), nil},
	"chatMessage":   {ratelimit.Message, hasText(parseChat), typed(ackSent), nil},
	"editMessage":   {ratelimit.Message, hasText(parseEdit), typed(ackSent), nil},
	"deleteMessage": {ratelimit.Message, hasText(parseDeleteMessage), typed(ackSent), nil},
	"emitToRoom":    {ratelimit.Event, parseEmit, nil, nil},
	"gameAction":    {ratelimit.Event, parseAct, nil, nil},
	"getHistory":    {ratelimit.Query, hasText(parseHistory), typed(ackHistory), typed(eventsHistory)},
	"markRead":      {ratelimit.Query, hasText(parseMark), typed(ackRead), nil},

	// the directory
	"listRooms":    {ratelimit.Query, hasText(parseList), typed(ackListed), typed(eventsListed)},
	"watchRooms":   {ratelimit.Query, hasText(parseWatch), nil, nil},
	"getRoomUsers": {ratelimit.Query, hasText(parseUsers), typed(ackUsers), typed(eventsUsers)},

	// people
	"inviteToRoom": {ratelimit.Change, hasText(aboutUserIn(
		func(id string) room.Command { return room.Invite{UserID: id} })), nil, nil},
	"listInvitations":   {ratelimit.Query, hasText(aboutOwn(user.ListInvitations{})), typed(ackInvitations), nil},
	"declineInvitation": {ratelimit.Change, hasText(parseDecline), nil, nil},
	"listContacts":      {ratelimit.Query, hasText(aboutOwn(user.ListContacts{})), typed(ackContacts), nil},
	"addContact": {ratelimit.Change, hasText(aboutUser(
		func(id string) user.Command { return user.AddContact{UserID: id} })), nil, nil},
	"removeContact": {ratelimit.Change, hasText(aboutUser(
		func(id string) user.Command { return user.RemoveContact{UserID: id} })), nil, nil},
	"blockUser": {ratelimit.Change, hasText(aboutUser(
		func(id string) user.Command { return user.Block{UserID: id} })), nil, nil},
	"unblockUser": {ratelimit.Change, hasText(aboutUser(
		func(id string) user.Command { return user.Unblock{UserID: id} })), nil, nil},

	// moderation
	"kickUser": {ratelimit.Change, hasText(parseKick), nil, nil},
	"banUser":  {ratelimit.Change, hasText(parseBan), nil, nil},
	"unbanUser": {ratelimit.Change, hasText(aboutUserIn(
		func(id string) room.Command { return room.Unban{UserID: id} })), nil, nil},
	"muteUser": {ratelimit.Change, hasText(parseMute), nil, nil},
	"unmuteUser": {ratelimit.Change, hasText(aboutUserIn(
		func(id string) room.Command { return room.Unmute{UserID: id} })), nil, nil},
	"setRole":       {ratelimit.Change, hasText(parseSetRole), nil, nil},
	"getModeration": {ratelimit.Query, hasText(aboutRoom(room.GetModeration{})), typed(ackModeration), nil},

	// the connection itself
	"refreshToken": {ratelimit.Change, hasText(parseRefresh), typed(ackRefreshed), nil},
}

// typed makes a row's function of one that knows the order and the reply of its
// command.
func typed[O order, R room.Reply, T any](f func(O, R) T) func(order, room.Reply) T {
	return func(o order, reply room.Reply) T { return f(o.(O), reply.(R)) }
}

// parseFunc reads a command's arguments.
type parseFunc func(s *session, e socketio.Event) (order, *room.Error)

// hasText refuses binary arguments, which only relayed events may have.
func hasText(parse func(*session, json.RawMessage) (order, *room.Error)) parseFunc {
	return func(s *session, e socketio.Event) (order, *room.Error) {
		if len(e.Attachments) > 0 {
			return nil, room.BadRequest("%s takes no binary data", e.Name)
		}
		return parse(s, argument(e))
	}
}

// argument returns the event's first argument, or null.
func argument(e socketio.Event) json.RawMessage {
	if len(e.Args) == 0 {
		return json.RawMessage("null")
	}
	return e.Args[0]
}

// aboutRoom parses a command that has only a room.
func aboutRoom(c room.Command) func(*session, json.RawMessage) (order, *room.Error) {
	return func(_ *session, arg json.RawMessage) (order, *room.Error) {
		id, err := decodeID("roomId", arg)
		if err != nil {
			return nil, err
		}
		return inRoom(id, c)
	}
}

// aboutUserIn parses a command that has only a room and a user.
func aboutUserIn(command func(userID string) room.Command) func(*session, json.RawMessage) (order, *room.Error) {
	return func(_ *session, arg json.RawMessage) (order, *room.Error) {
		var a struct {
			RoomID string `json:"roomId"`
			UserID string `json:"userId"`
		}
		if err := decode(arg, &a); err != nil {
			return nil, err
		}
		return inRoom(a.RoomID, command(a.UserID))
	}
}

// aboutUser parses a command to the client's own account that has only another
// user.
func aboutUser(command func(userID string) user.Command) func(*session, json.RawMessage) (order, *room.Error) {
	return func(_ *session, arg json.RawMessage) (order, *room.Error) {
		id, err := decodeID("userId", arg)
		if err != nil {
			return nil, err
		}
		c := command(id)
		if err := c.Validate(); err != nil {
			return nil, err
		}
		return accountOrder{c}, nil
	}
}

// inRoom is the order of a command to a room, if both are valid.
func inRoom(roomID string, c room.Command) (order, *room.Error) {
	return inRoomWith("", roomID, c)
}

// inRoomWith is inRoom of a command that carries a password, or none.
func inRoomWith(password, roomID string, c room.Command) (order, *room.Error) {
	if err := room.ValidateID("roomId", roomID); err != nil {
		return nil, err
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := room.ValidatePassword(password); err != nil {
		return nil, err
	}
	return roomOrder{roomID, c, password}, nil
}
