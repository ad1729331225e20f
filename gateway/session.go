package gateway

import (
	"encoding/json"

	"roomd/actors/room"
	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
)

// mainNamespace is where rooms are.
const mainNamespace = "/"

// session is one client in the main namespace. Its socket calls it from one
// goroutine; the node calls its Outbox methods from several.
type session struct {
	// static after construction
	gateway *Gateway
	socket  *socketio.Socket
	user    room.User

	// owned by the socket's reader
	connection Connection // nil: the node would not have it
}

// Connected brings the client to the node.
func (s *session) Connected() {
	c, err := s.gateway.node.Connect(s.user, room.ConnectionID(s.socket.ID()), s)
	if err != nil {
		s.gateway.log.Error("connection refused by the node", "connection", s.socket.ID(), "error", err)
		s.CloseTransport(socketio.ReasonInternalError.Name)
		return
	}
	s.connection = c
	s.gateway.log.Debug("connected", "connection", s.socket.ID(), "user", s.user.ID)
	c.Watch()
}

// Event gives a command on, or says what is wrong with it.
func (s *session) Event(e socketio.Event) {
	if s.connection == nil {
		return
	}
	answer := s.answerTo(e)
	c, known := commands[e.Name]
	if !known {
		answer.refuse(&room.Error{Code: room.CodeUnknownEvent, Message: "Unknown event"})
		return
	}
	roomID, command, err := c.parse(s, e)
	if err != nil {
		answer.refuse(err)
		return
	}
	s.connection.Do(roomID, command, func(r room.Reply) { answer.send(c, roomID, r) })
}

// Disconnected closes the connection to the node.
func (s *session) Disconnected(reason socketio.Reason) {
	if s.connection != nil {
		s.connection.Close()
	}
	s.gateway.log.Debug("disconnected", "connection", s.socket.ID(), "user", s.user.ID, "reason", reason.Name)
}

// Offer sends a frame.
func (s *session) Offer(f *engineio.Frame) { s.socket.Send(f) }

// OfferVolatile sends a frame if it can go out at once.
func (s *session) OfferVolatile(f *engineio.Frame) { s.socket.SendVolatile(f) }

// CloseTransport ends the client's transport for the server's own fault.
func (s *session) CloseTransport(reason string) {
	s.socket.CloseTransport(engineio.Reason{Name: reason, CloseCode: closeCodeInternal})
}

// closeCodeInternal is RFC 6455's "internal error".
const closeCodeInternal = 1011

// parseFunc reads a command's arguments.
type parseFunc func(s *session, e socketio.Event) (roomID string, c room.Command, err *room.Error)

// hasText refuses binary arguments, which only relayed events may have.
func hasText(parse func(*session, json.RawMessage) (string, room.Command, *room.Error)) parseFunc {
	return func(s *session, e socketio.Event) (string, room.Command, *room.Error) {
		if len(e.Attachments) > 0 {
			return "", nil, room.BadRequest("%s takes no binary data", e.Name)
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
