package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

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
	began   time.Time
	room    string // that it is about; empty: none, or not known yet
}

func (s *session) answerTo(e socketio.Event) answer {
	id, wanted := e.AckID()
	return answer{session: s, event: e.Name, ackID: id, wanted: wanted, began: time.Now()}
}

// send sends what the node has replied.
func (a answer) send(c commandRow, o order, reply room.Reply) {
	if err, refused := reply.(*room.Error); refused {
		a.refuse(err)
		return
	}
	a.note(CodeNone)
	switch {
	case a.wanted && c.ack != nil:
		a.ack(c.ack(o, reply))
	case a.wanted:
		a.ack(successReply{true})
	case c.events != nil:
		for _, p := range c.events(o, reply) {
			a.session.tell(p)
		}
	}
}

// refuse is the one place where a failure becomes what clients see.
func (a answer) refuse(err *room.Error) {
	a.note(err.Code)
	a.logRefusal(err)
	if a.wanted {
		a.ack(newFailureReply(err))
		return
	}
	a.session.tell(newPacket("error", newFailureEvent(err, a.event)))
}

// note tells whoever counts.
func (a answer) note(code room.Code) {
	if told := a.session.gateway.answered; told != nil {
		told(a.command(), code, time.Since(a.began))
	}
}

// command is the command's name. What clients call one that is none would be names
// without end.
func (a answer) command() string {
	if _, known := commands[a.event]; known {
		return a.event
	}
	return CommandUnknown
}

// logRefusal says which command was refused, for those who look for a client's fault.
func (a answer) logRefusal(err *room.Error) {
	if a.session.gateway.log.Enabled(context.Background(), slog.LevelDebug) {
		a.session.log("command refused", "command", a.command(), "room", a.room, "code", string(err.Code))
	}
}

func (a answer) ack(reply any) {
	a.session.socket.Send(socketio.EncodeAck(mainNamespace, a.ackID, []json.RawMessage{encode(reply)}, nil))
}

type successReply struct {
	Success bool `json:"success"`
}

type failureReply struct {
	Success      bool      `json:"success"` // false
	Error        string    `json:"error"`
	Code         room.Code `json:"code"`
	RetryAfterMs int64     `json:"retryAfterMs,omitempty"`
}

func newFailureReply(err *room.Error) failureReply {
	return failureReply{Error: err.Message, Code: err.Code, RetryAfterMs: milliseconds(err.RetryAfter)}
}

type failureEvent struct {
	Message      string    `json:"message"`
	Code         room.Code `json:"code"`
	Event        string    `json:"event"` // the command's
	RetryAfterMs int64     `json:"retryAfterMs,omitempty"`
}

func newFailureEvent(err *room.Error, event string) failureEvent {
	return failureEvent{err.Message, err.Code, event, milliseconds(err.RetryAfter)}
}

// milliseconds rounds up: who comes again after them is not too early.
func milliseconds(d time.Duration) int64 {
	whole := d.Milliseconds()
	if d > time.Duration(whole)*time.Millisecond {
		whole++
	}
	return whole
}

// roomReply answers createRoom and openDirect.
type roomReply struct {
	Success bool         `json:"success"`
	RoomID  string       `json:"roomId"`
	Room    roomInfoJSON `json:"room"`
}

func ackRoom(o roomOrder, r room.RoomReply) any {
	return roomReply{true, o.roomID, newRoomInfoJSON(r.Room)}
}

// roomEvent is an event that describes a room.
type roomEvent struct {
	RoomID string       `json:"roomId"`
	Room   roomInfoJSON `json:"room"`
}

func eventsCreated(o roomOrder, r room.RoomReply) []packet {
	return []packet{newPacket("roomCreated", roomEvent{o.roomID, newRoomInfoJSON(r.Room)})}
}

type updatedReply struct {
	Success bool         `json:"success"`
	Room    roomInfoJSON `json:"room"`
}

func ackUpdated(_ roomOrder, r room.RoomReply) any {
	return updatedReply{true, newRoomInfoJSON(r.Room)}
}

type sentReply struct {
	Success   bool   `json:"success"`
	MessageID string `json:"messageId"`
	Seq       uint64 `json:"seq"`
}

func ackSent(_ roomOrder, r room.SendReply) any { return sentReply{true, r.MessageID, r.Seq} }

type readReply struct {
	Success     bool   `json:"success"`
	UnreadCount uint64 `json:"unreadCount"`
}

func ackRead(_ roomOrder, r room.ReadReply) any { return readReply{true, r.Unread} }
