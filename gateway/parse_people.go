package gateway

import (
	"encoding/json"
	"math"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
)

// aboutOwn parses a command to the client's own account that has no argument.
func aboutOwn(c user.Command) func(*session, json.RawMessage) (order, *room.Error) {
	return func(_ *session, arg json.RawMessage) (order, *room.Error) {
		if err := decodeOptional(arg, &struct{}{}); err != nil {
			return nil, err
		}
		return accountOrder{c}, nil
	}
}

func parseDecline(_ *session, arg json.RawMessage) (order, *room.Error) {
	id, err := decodeID("roomId", arg)
	if err != nil {
		return nil, err
	}
	if err := room.ValidateID("roomId", id); err != nil {
		return nil, err
	}
	return declineOrder{id}, nil
}

// sanction is the argument of commands that throw out, keep out and quiet.
type sanction struct {
	RoomID     string `json:"roomId"`
	UserID     string `json:"userId"`
	Reason     string `json:"reason"`
	DurationMs *int64 `json:"durationMs"`
}

// lasts returns for how long; 0: until it is lifted.
func (a sanction) lasts() (time.Duration, *room.Error) {
	switch {
	case a.DurationMs == nil:
		return 0, nil
	case *a.DurationMs <= 0:
		return 0, room.BadRequest("durationMs must be a positive number")
	}
	// What a Duration can't hold is above every limit.
	return time.Duration(min(*a.DurationMs, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond, nil
}

func parseKick(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a sanction
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	return inRoom(a.RoomID, room.Kick{UserID: a.UserID, Reason: a.Reason})
}

func parseBan(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a sanction
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	lasts, err := a.lasts()
	if err != nil {
		return nil, err
	}
	return inRoom(a.RoomID, room.Ban{UserID: a.UserID, Reason: a.Reason, For: lasts})
}

func parseMute(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a sanction
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	lasts, err := a.lasts()
	if err != nil {
		return nil, err
	}
	return inRoom(a.RoomID, room.Mute{UserID: a.UserID, For: lasts})
}

func parseSetRole(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		RoomID string    `json:"roomId"`
		UserID string    `json:"userId"`
		Role   room.Role `json:"role"`
	}
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	return inRoom(a.RoomID, room.SetRole{UserID: a.UserID, Role: a.Role})
}
