package gateway

import (
	"encoding/json"

	"roomd/actors/room"
	"roomd/gateway/socketio"
)

// commandRow is one row of the contract's table of commands.
type commandRow struct {
	// parse reads the arguments. What it returns is valid.
	parse parseFunc
	// ack returns the fields of the reply in an ack, beside success.
	ack func(roomID string, r room.Reply) any
	// events returns the reply as events, for a command without an ack; nil:
	// there is none.
	events func(roomID string, r room.Reply) []packet
}

// commands maps every event that a client may emit to its command. Adding a
// command is one row here, one rule in the room and its script.
var commands = map[string]commandRow{
	"createRoom":  {parse: hasText(parseCreate), ack: ackCreated, events: eventsCreated},
	"joinRoom":    {parse: hasText(parseJoin), ack: ackJoined, events: eventsJoined},
	"leaveRoom":   {parse: hasText(parseLeave)},
	"sendMessage": {parse: hasText(parseSend), ack: ackSent},
	"chatMessage": {parse: hasText(parseChat), ack: ackSent},
	"emitToRoom":  {parse: parseEmit},
	"gameAction":  {parse: parseAct},
}

func parseCreate(s *session, arg json.RawMessage) (string, room.Command, *room.Error) {
	var a struct {
		RoomID      *string `json:"roomId"`
		Name        *string `json:"name"`
		Description string  `json:"description"`
		IsPrivate   *bool   `json:"isPrivate"`
		IsPublic    *bool   `json:"isPublic"`
		Password    string  `json:"password"`
		MaxUsers    *int    `json:"maxUsers"`
		Persistent  bool    `json:"persistent"`
		AutoDelete  bool    `json:"autoDelete"`
	}
	if err := decodeOptional(arg, &a); err != nil {
		return "", nil, err
	}
	settings := room.Settings{
		Name: "Unnamed Room", Description: a.Description, Persistent: a.Persistent, AutoDelete: a.AutoDelete,
	}
	if a.Name != nil {
		settings.Name = *a.Name
	}
	var err *room.Error
	if settings.Private, err = isPrivate(a.IsPrivate, a.IsPublic); err != nil {
		return "", nil, err
	}
	if a.MaxUsers != nil {
		if settings.MaxUsers = *a.MaxUsers; settings.MaxUsers <= 0 {
			return "", nil, room.BadRequest("maxUsers must be a positive number")
		}
	}
	id, err := s.newRoomID(a.RoomID)
	if err != nil {
		return "", nil, err
	}
	return s.finishCreate(id, room.Create{Settings: settings}, a.Password)
}

// isPrivate reads the two ways to say it, which must not contradict.
func isPrivate(private, public *bool) (bool, *room.Error) {
	switch {
	case private != nil && public != nil && *private == *public:
		return false, room.BadRequest("isPrivate and isPublic contradict each other")
	case private != nil:
		return *private, nil
	case public != nil:
		return !*public, nil
	}
	return false, nil
}

func (s *session) newRoomID(chosen *string) (string, *room.Error) {
	if chosen == nil {
		return s.gateway.node.NewRoomID(), nil
	}
	return *chosen, room.ValidateID("roomId", *chosen)
}

// finishCreate hashes the password last, when all else is valid: on the
// goroutine that reads from this client, whose later commands wait.
func (s *session) finishCreate(id string, c room.Create, password string) (string, room.Command, *room.Error) {
	if err := c.Validate(); err != nil {
		return "", nil, err
	}
	if err := room.ValidatePassword(password); err != nil {
		return "", nil, err
	}
	if password != "" {
		hash, err := s.gateway.node.HashPassword(password)
		if err != nil {
			s.gateway.log.Debug("password could not be hashed", "connection", s.socket.ID(), "error", err)
			return "", nil, room.ErrUnavailable
		}
		c.Settings.PasswordHash = hash
	}
	return id, c, nil
}

func parseJoin(_ *session, arg json.RawMessage) (string, room.Command, *room.Error) {
	var a struct {
		RoomID   string `json:"roomId"`
		Password string `json:"password"`
		Since    *struct {
			Epoch string `json:"epoch"`
			Seq   uint64 `json:"seq"`
		} `json:"since"`
	}
	if isString(arg) {
		if err := decodeString("roomId", arg, &a.RoomID); err != nil {
			return "", nil, err
		}
	} else if err := decode(arg, &a); err != nil {
		return "", nil, err
	}
	c := room.Join{Password: a.Password}
	if a.Since != nil {
		c.Since = &room.Since{Epoch: a.Since.Epoch, Seq: a.Since.Seq}
	}
	return valid(a.RoomID, c)
}

func parseLeave(_ *session, arg json.RawMessage) (string, room.Command, *room.Error) {
	var id string
	if err := decodeString("roomId", arg, &id); err != nil {
		return "", nil, err
	}
	return valid(id, room.Leave{})
}

func parseSend(_ *session, arg json.RawMessage) (string, room.Command, *room.Error) {
	var a struct {
		RoomID      string            `json:"roomId"`
		Text        string            `json:"text"`
		Attachments []json.RawMessage `json:"attachments"`
		ClientID    *string           `json:"clientId"`
	}
	if err := decode(arg, &a); err != nil {
		return "", nil, err
	}
	c := room.Send{Text: a.Text, Attachments: a.Attachments}
	if a.ClientID != nil {
		if c.ClientID = *a.ClientID; c.ClientID == "" {
			return "", nil, room.BadRequest("clientId must not be empty")
		}
	}
	return valid(a.RoomID, c)
}

func parseChat(_ *session, arg json.RawMessage) (string, room.Command, *room.Error) {
	var a struct {
		RoomID  string `json:"roomId"`
		Message string `json:"message"`
	}
	if err := decode(arg, &a); err != nil {
		return "", nil, err
	}
	if a.Message == "" {
		return "", nil, room.BadRequest("message must not be empty")
	}
	return valid(a.RoomID, room.Send{Text: a.Message})
}

func parseEmit(_ *session, e socketio.Event) (string, room.Command, *room.Error) {
	var a struct {
		RoomID      string          `json:"roomId"`
		Event       string          `json:"event"`
		Data        json.RawMessage `json:"data"`
		IncludeSelf bool            `json:"includeSelf"`
		Volatile    bool            `json:"volatile"`
	}
	if err := decode(argument(e), &a); err != nil {
		return "", nil, err
	}
	if isReserved(a.Event) {
		return "", nil, room.BadRequest("event %q is reserved", a.Event)
	}
	return valid(a.RoomID, room.Emit{
		Event: a.Event, Data: orNull(a.Data), Binary: e.Attachments,
		IncludeSelf: a.IncludeSelf, Volatile: a.Volatile,
	})
}

func parseAct(_ *session, e socketio.Event) (string, room.Command, *room.Error) {
	var a struct {
		RoomID string          `json:"roomId"`
		Action json.RawMessage `json:"action"`
	}
	if err := decode(argument(e), &a); err != nil {
		return "", nil, err
	}
	return valid(a.RoomID, room.Act{Action: orNull(a.Action), Binary: e.Attachments})
}

// valid checks what every command has.
func valid(roomID string, c room.Command) (string, room.Command, *room.Error) {
	if err := room.ValidateID("roomId", roomID); err != nil {
		return "", nil, err
	}
	if err := c.Validate(); err != nil {
		return "", nil, err
	}
	return roomID, c, nil
}

func orNull(data json.RawMessage) json.RawMessage {
	if len(data) == 0 {
		return json.RawMessage("null")
	}
	return data
}
