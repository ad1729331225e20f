package gateway

import (
	"encoding/json"

	"roomd/actors/room"
)

// joinArgument is the argument of joinRoom, or the room's id alone.
type joinArgument struct {
	RoomID   string `json:"roomId"`
	Password string `json:"password"`
	Since    *struct {
		Epoch string `json:"epoch"`
		Seq   uint64 `json:"seq"`
	} `json:"since"`
}

func parseJoin(_ *session, arg json.RawMessage) (order, *room.Error) {
	a, plain := plainJoin(arg)
	if !plain {
		var err *room.Error
		if a, err = decodeJoin(arg); err != nil {
			return nil, err
		}
	}
	c := room.Join{Password: a.Password}
	if a.Since != nil {
		c.Since = &room.Since{Epoch: a.Since.Epoch, Seq: a.Since.Seq}
	}
	return inRoomWith(a.Password, a.RoomID, c)
}

func decodeJoin(arg json.RawMessage) (a joinArgument, err *room.Error) {
	err = decodeShort(arg, &a.RoomID, &a)
	return a, err
}

// plainJoin reads an argument as nearly all clients write it; see plain.go.
func plainJoin(arg []byte) (a joinArgument, plain bool) {
	if id, rest, isString := cutPlainString(arg); isString {
		a.RoomID = string(id)
		return a, len(rest) == 0
	}
	plain = readPlain(arg, a.set)
	return a, plain
}

// set sets a field that is a string. It reports false if that key is none.
func (a *joinArgument) set(key, value []byte) bool {
	switch string(key) {
	case "roomId":
		a.RoomID = string(value)
	case "password":
		a.Password = string(value)
	default:
		return false
	}
	return true
}
