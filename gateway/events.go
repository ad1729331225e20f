package gateway

import (
	"encoding/json"
	"fmt"

	"roomd/actors/room"
	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
)

// packet is an event to a client: its name and its one argument.
type packet struct {
	event    string
	argument any
}

// EncodeRoomEvent returns what those inside of a room are told of an event, or
// nil if they are told nothing: the contract's table of events.
func EncodeRoomEvent(roomID string, e room.Event) *engineio.Frame {
	switch e := e.(type) {
	case room.MessageSent:
		return encodePacket("newMessage", newMessageJSON(roomID, e.Message))
	case room.Emitted:
		return encodeEmitted(roomID, e)
	case room.Acted:
		return encodeActed(roomID, e)
	case room.Joined:
		if e.TookSeat {
			return encodePacket("userJoined", userJoinedEvent{roomID, e.User.ID, newUserJSON(e.User)})
		}
	case room.Left:
		if e.GaveUpSeat {
			return encodePacket("userLeft", userLeftEvent{roomID, e.User.ID, e.User.Name, e.Disconnected})
		}
	case room.Removed:
		return encodePacket("roomDeleted", roomDeletedEvent{roomID, e.Reason})
	case room.Created, room.MemberAdded, room.MemberRemoved:
	default:
		panic(fmt.Sprintf("gateway: no packet for event %T", e))
	}
	return nil
}

// EncodeDirectoryEvent returns what watchers of the directory are told.
func EncodeDirectoryEvent(e room.DirectoryEvent) []*engineio.Frame {
	switch e := e.(type) {
	case room.RoomsListed:
		return []*engineio.Frame{encodePacket("roomsList", newListingsJSON(e.Rooms))}
	case room.RoomListed:
		return []*engineio.Frame{
			encodePacket("newRoomAvailable", newRoomAvailable(e.Listing)),
			encodePacket("newPublicRoom", newPublicRoom(e.Listing)),
		}
	case room.RoomCounted:
		return []*engineio.Frame{encodePacket("roomUpdated", roomUpdatedEvent{e.RoomID, e.UserCount})}
	case room.RoomUnlisted:
		return []*engineio.Frame{encodePacket("roomRemoved", roomRemovedEvent{e.RoomID})}
	default:
		panic(fmt.Sprintf("gateway: no packet for event %T", e))
	}
}

type userJoinedEvent struct {
	RoomID string   `json:"roomId"`
	UserID string   `json:"userId"`
	User   userJSON `json:"user"`
}

type userLeftEvent struct {
	RoomID       string `json:"roomId"`
	UserID       string `json:"userId"`
	Username     string `json:"username"`
	Disconnected bool   `json:"disconnected,omitempty"`
}

type roomDeletedEvent struct {
	RoomID string `json:"roomId"`
	Reason string `json:"reason,omitempty"`
}

type roomUpdatedEvent struct {
	RoomID    string `json:"roomId"`
	UserCount int    `json:"userCount"`
}

type roomRemovedEvent struct {
	RoomID string `json:"roomId"`
}

// gameUpdateEvent has the actor's own JSON text in it.
type gameUpdateEvent struct {
	RoomID    string          `json:"roomId"`
	Action    json.RawMessage `json:"action"`
	Player    string          `json:"player"`
	Timestamp timeJSON        `json:"timestamp"`
}

func encodeActed(roomID string, e room.Acted) *engineio.Frame {
	update := encode(gameUpdateEvent{roomID, e.Action, e.Player, timeJSON(e.At)})
	return socketio.EncodeEvent(mainNamespace, "gameUpdate", []json.RawMessage{update}, e.Binary)
}

// emittedContext is the second argument of an application's event.
type emittedContext struct {
	RoomID string   `json:"roomId"`
	Sender userJSON `json:"sender"`
	At     timeJSON `json:"at"`
}

func encodeEmitted(roomID string, e room.Emitted) *engineio.Frame {
	context := encode(emittedContext{roomID, newUserJSON(e.Sender), timeJSON(e.At)})
	return socketio.EncodeEvent(mainNamespace, e.Name, []json.RawMessage{e.Data, context}, e.Binary)
}

func encodePacket(event string, argument any) *engineio.Frame {
	return socketio.EncodeEvent(mainNamespace, event, []json.RawMessage{encode(argument)}, nil)
}
