package gateway

import (
	"encoding/json"

	"roomd/actors/room"
)

// sendArgument is the argument of sendMessage.
type sendArgument struct {
	RoomID      string            `json:"roomId"`
	Text        string            `json:"text"`
	Attachments []json.RawMessage `json:"attachments"`
	ClientID    *string           `json:"clientId"`
}

func parseSend(_ *session, arg json.RawMessage) (order, *room.Error) {
	a, plain := plainSend(arg)
	if !plain {
		var err *room.Error
		if a, err = decodeSend(arg); err != nil {
			return nil, err
		}
	}
	c := room.Send{Text: a.Text, Attachments: a.Attachments}
	if a.ClientID != nil {
		if c.ClientID = *a.ClientID; c.ClientID == "" {
			return nil, room.BadRequest("clientId must not be empty")
		}
	}
	return inRoom(a.RoomID, c)
}

func decodeSend(arg json.RawMessage) (a sendArgument, err *room.Error) {
	err = decode(arg, &a)
	return a, err
}

// plainSend reads an argument as nearly all clients write it: strings without
// escapes, no attachments, no blanks. Of all others it reports false, also of
// what is wrong; what it reads is what decodeSend would read. Messages are most
// of what there is to decode, and this takes a sixth of the general decoder's time.
func plainSend(arg []byte) (a sendArgument, plain bool) {
	plain = readPlain(arg, a.set)
	return a, plain
}

// set sets a field that is a string. It reports false if that key is none.
func (a *sendArgument) set(key, value []byte) bool {
	switch string(key) {
	case "roomId":
		a.RoomID = string(value)
	case "text":
		a.Text = string(value)
	case "clientId":
		id := string(value)
		a.ClientID = &id
	default:
		return false
	}
	return true
}
