package gateway

import (
	"encoding/json"

	"roomd/actors/room"
	"roomd/gateway/socketio"
)

// answer is where the reply to one command goes: into its ack, or without one
// into events. It may be used from any goroutine, once.
type answer struct {
	session *session
	event   string
	ackID   uint64
	wanted  bool // an ack is
}

func (s *session) answerTo(e socketio.Event) answer {
	id, wanted := e.AckID()
	return answer{s, e.Name, id, wanted}
}

// send sends what the room has replied.
func (a answer) send(c commandRow, roomID string, r room.Reply) {
	if err, refused := r.(*room.Error); refused {
		a.refuse(err)
		return
	}
	switch {
	case a.wanted && c.ack != nil:
		a.ack(c.ack(roomID, r))
	case a.wanted:
		a.ack(successReply{true})
	case c.events != nil:
		for _, p := range c.events(roomID, r) {
			a.session.Offer(encodePacket(p.event, p.argument))
		}
	}
}

// refuse is the one place where a failure becomes what clients see.
func (a answer) refuse(err *room.Error) {
	if a.wanted {
		a.ack(failureReply{Error: err.Message, Code: err.Code})
		return
	}
	a.session.Offer(encodePacket("error", failureEvent{err.Message, err.Code, a.event}))
}

func (a answer) ack(reply any) {
	a.session.Offer(socketio.EncodeAck(mainNamespace, a.ackID, []json.RawMessage{encode(reply)}, nil))
}

type successReply struct {
	Success bool `json:"success"`
}

type failureReply struct {
	Success bool      `json:"success"` // false
	Error   string    `json:"error"`
	Code    room.Code `json:"code"`
}

type failureEvent struct {
	Message string    `json:"message"`
	Code    room.Code `json:"code"`
	Event   string    `json:"event"` // the command's
}

type createdReply struct {
	Success bool     `json:"success"`
	RoomID  string   `json:"roomId"`
	Room    roomJSON `json:"room"`
}

func ackCreated(roomID string, r room.Reply) any {
	return createdReply{true, roomID, newRoomJSON(r.(room.CreateReply).Room)}
}

// roomEvent is a packet that describes a room.
type roomEvent struct {
	RoomID string   `json:"roomId"`
	Room   roomJSON `json:"room"`
}

func eventsCreated(roomID string, r room.Reply) []packet {
	return []packet{{"roomCreated", roomEvent{roomID, newRoomJSON(r.(room.CreateReply).Room)}}}
}

type joinedReply struct {
	Success  bool          `json:"success"`
	RoomID   string        `json:"roomId"`
	Room     roomJSON      `json:"room"`
	Users    []userJSON    `json:"users"`
	Messages []messageJSON `json:"messages"`
	Epoch    string        `json:"epoch"`
	Seq      uint64        `json:"seq"`
	Gap      bool          `json:"gap"`
}

func ackJoined(roomID string, r room.Reply) any {
	joined := r.(room.JoinReply)
	return joinedReply{
		Success: true, RoomID: roomID, Room: newRoomJSON(joined.Room), Users: newUsersJSON(joined.Users),
		Messages: newMessagesJSON(roomID, joined.Messages), Epoch: joined.Epoch, Seq: joined.Seq, Gap: joined.Gap,
	}
}

type userListEvent struct {
	RoomID string   `json:"roomId"`
	Users  []string `json:"users"`
}

type roomHistoryEvent struct {
	RoomID  string        `json:"roomId"`
	History []messageJSON `json:"history"`
	Epoch   string        `json:"epoch"`
	Seq     uint64        `json:"seq"`
	Gap     bool          `json:"gap"`
}

func eventsJoined(roomID string, r room.Reply) []packet {
	joined := r.(room.JoinReply)
	return []packet{
		{"joinedRoom", roomEvent{roomID, newRoomJSON(joined.Room)}},
		{"userList", userListEvent{roomID, joined.Room.Users}},
		{"roomHistory", roomHistoryEvent{
			roomID, newMessagesJSON(roomID, joined.Messages), joined.Epoch, joined.Seq, joined.Gap,
		}},
	}
}

type sentReply struct {
	Success   bool   `json:"success"`
	MessageID string `json:"messageId"`
	Seq       uint64 `json:"seq"`
}

func ackSent(_ string, r room.Reply) any {
	sent := r.(room.SendReply)
	return sentReply{true, sent.MessageID, sent.Seq}
}
