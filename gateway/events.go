package gateway

import (
	"encoding/json"
	"fmt"

	"roomd/actors/room"
	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
)

// packet is an event to a client: its name and its arguments.
type packet struct {
	event     string
	arguments []any
}

func newPacket(event string, arguments ...any) packet { return packet{event, arguments} }

func (p packet) encode(offset string) *engineio.Frame {
	return encodeEvent(p.event, list(p.arguments, encode), offset, nil)
}

// encodeEvent builds the frame of an event that wants no ack. Its last argument
// is the offset, unless that is empty: a client that loses its connection says by
// it what it has received.
func encodeEvent(name string, arguments []json.RawMessage, offset string, binary [][]byte) *engineio.Frame {
	if offset != "" {
		arguments = append(arguments, json.RawMessage(`"`+offset+`"`)) // base64url: nothing to escape
	}
	return socketio.EncodeEvent(mainNamespace, name, arguments, binary)
}

// EncodeRoomEvent returns what those inside of a room are told of an event, or
// nil if they are told nothing: the contract's table of events.
func EncodeRoomEvent(roomID string, e room.Event, offset string) *engineio.Frame {
	switch e := e.(type) {
	case room.Emitted: // may be binary
		return encodeEmitted(roomID, e, offset)
	case room.Acted:
		return encodeActed(roomID, e, offset)
	}
	if p := roomPacket(roomID, e); p.event != "" {
		return p.encode(offset)
	}
	return nil
}

// roomPacket returns the zero packet if nobody inside is told.
func roomPacket(roomID string, e room.Event) packet {
	switch e := e.(type) {
	case room.MessageSent:
		return newPacket("newMessage", newMessageJSON(roomID, e.Message))
	case room.MessageChanged:
		return newChange(roomID, e.Change)
	case room.Joined:
		switch {
		case e.TookSeat:
			return newPacket("userJoined", userJoinedEvent{roomID, e.User.ID, newUserJSON(e.User)})
		case e.Returned:
			return newPacket("userReconnected", userReconnectedEvent{roomID, e.User.ID, e.User.Name})
		}
	case room.CameBack:
		if e.Returned {
			return newPacket("userReconnected", userReconnectedEvent{roomID, e.User.ID, e.User.Name})
		}
	case room.Left:
		if e.GaveUpSeat {
			return newPacket("userLeft", userLeftEvent{roomID, e.User.ID, e.User.Name, e.Disconnected})
		}
	case room.RoomUpdated:
		return newPacket("roomChanged", roomEvent{roomID, newRoomInfoJSON(e.Room)})
	case room.Removed:
		return newPacket("roomDeleted", roomDeletedEvent{roomID, e.Reason})
	case room.UserKicked, room.UserBanned, room.UserUnbanned, room.UserMuted, room.UserUnmuted, room.RoleChanged:
		return moderationPacket(roomID, e)
	case room.Created, room.EpochBegan, room.RunBegan, room.RunEnded, room.MemberAdded, room.MemberRemoved, room.Invited, room.InvitationEnded, room.WentAway, room.MarkMoved:
		// not for those inside
	default:
		panic(fmt.Sprintf("gateway: no packet for event %T", e))
	}
	return packet{}
}

// EncodeDirectoryEvent returns what watchers of the directory are told, each
// with an offset.
func EncodeDirectoryEvent(e room.DirectoryEvent, nextOffset func() string) []*engineio.Frame {
	return list(directoryPackets(e), func(p packet) *engineio.Frame { return p.encode(nextOffset()) })
}

func directoryPackets(e room.DirectoryEvent) []packet {
	switch e := e.(type) {
	case room.RoomsListed:
		return []packet{newPacket("roomsList", list(e.Rooms, newListedJSON))}
	case room.RoomListed:
		return []packet{
			newPacket("newRoomAvailable", newRoomAvailable(e.Listing)),
			newPacket("newPublicRoom", newPublicRoom(e.Listing)),
		}
	case room.RoomCounted:
		return []packet{newPacket("roomUpdated", roomUpdatedEvent{e.RoomID, e.UserCount})}
	case room.RoomUnlisted:
		return []packet{newPacket("roomRemoved", roomRemovedEvent{e.RoomID})}
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

type userReconnectedEvent struct {
	RoomID   string `json:"roomId"`
	UserID   string `json:"userId"`
	Username string `json:"username"`
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

func encodeActed(roomID string, e room.Acted, offset string) *engineio.Frame {
	update := encode(gameUpdateEvent{roomID, e.Action, e.Player, timeJSON(e.At)})
	return encodeEvent("gameUpdate", []json.RawMessage{update}, offset, e.Binary)
}

// emittedContext is the second argument of an application's event.
type emittedContext struct {
	RoomID string   `json:"roomId"`
	Sender userJSON `json:"sender"`
	At     timeJSON `json:"at"`
}

func encodeEmitted(roomID string, e room.Emitted, offset string) *engineio.Frame {
	context := encode(emittedContext{roomID, newUserJSON(e.Sender), timeJSON(e.At)})
	return encodeEvent(e.Name, []json.RawMessage{e.Data, context}, offset, e.Binary)
}
