package gateway

import (
	"encoding/json"

	"roomd/actors/room"
	"roomd/gateway/socketio"
)

func parseChat(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		RoomID  string `json:"roomId"`
		Message string `json:"message"`
	}
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	if a.Message == "" {
		return nil, room.BadRequest("message must not be empty")
	}
	return inRoom(a.RoomID, room.Send{Text: a.Message})
}

// parseEdit: attachments that are not there stay as they are, those of an empty
// list go.
func parseEdit(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		RoomID      string            `json:"roomId"`
		MessageID   string            `json:"messageId"`
		Text        *string           `json:"text"`
		Attachments []json.RawMessage `json:"attachments"`
	}
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	if a.Text == nil {
		return nil, room.BadRequest("text must be a string")
	}
	return inRoom(a.RoomID, room.EditMessage{MessageID: a.MessageID, Text: *a.Text, Attachments: a.Attachments})
}

func parseDeleteMessage(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		RoomID    string `json:"roomId"`
		MessageID string `json:"messageId"`
	}
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	return inRoom(a.RoomID, room.DeleteMessage{MessageID: a.MessageID})
}

func parseEmit(_ *session, e socketio.Event) (order, *room.Error) {
	var a struct {
		RoomID      string `json:"roomId"`
		Event       string `json:"event"`
		IncludeSelf bool   `json:"includeSelf"`
		Volatile    bool   `json:"volatile"`
	}
	arg, data := split(argument(e), "data")
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	if isReserved(a.Event) {
		return nil, room.BadRequest("event %q is reserved", a.Event)
	}
	return inRoom(a.RoomID, room.Emit{
		Event: a.Event, Data: orNull(data), Binary: e.Attachments,
		IncludeSelf: a.IncludeSelf, Volatile: a.Volatile,
	})
}

func parseAct(_ *session, e socketio.Event) (order, *room.Error) {
	var a struct {
		RoomID string `json:"roomId"`
	}
	arg, action := split(argument(e), "action")
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	return inRoom(a.RoomID, room.Act{Action: orNull(action), Binary: e.Attachments})
}

func orNull(data json.RawMessage) json.RawMessage {
	if len(data) == 0 {
		return json.RawMessage("null")
	}
	return data
}

func parseHistory(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		RoomID string  `json:"roomId"`
		Before *uint64 `json:"before"`
		After  *uint64 `json:"after"`
		Limit  *int    `json:"limit"`
	}
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	c := room.GetHistory{Limit: pageLimit(a.Limit)}
	if a.Before != nil {
		if c.Before = *a.Before; c.Before == 0 {
			return nil, room.BadRequest("before must be a positive number")
		}
	}
	if a.After != nil {
		c.After, c.HasAfter = *a.After, true
	}
	return inRoom(a.RoomID, c)
}

func parseMark(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		RoomID string  `json:"roomId"`
		Seq    *uint64 `json:"seq"`
	}
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	if a.Seq == nil {
		return nil, room.BadRequest("seq must be a whole number that is not negative")
	}
	return inRoom(a.RoomID, room.MarkRead{Seq: *a.Seq})
}
