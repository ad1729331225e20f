package main

import (
	"encoding/json"

	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
)

// A session echoes one Engine.IO client.
type session struct{ *engineio.Session }

// Receive sends a message back.
func (s session) Receive(m engineio.Message) { s.Send(engineio.NewFrame(m)) }

// Closed has nothing to clean up.
func (s session) Closed(engineio.Reason) {}

// An application echoes Socket.IO clients.
type application struct{}

// Connect admits to the two namespaces.
func (application) Connect(s *socketio.Socket, auth json.RawMessage) (socketio.Receiver, error) {
	if s.Namespace() != "/" && s.Namespace() != "/custom" {
		return nil, socketio.ErrInvalidNamespace
	}
	if auth == nil {
		auth = json.RawMessage("{}")
	}
	return receiver{s, auth}, nil
}

// A receiver echoes one Socket.IO client in one namespace.
type receiver struct {
	socket *socketio.Socket
	auth   json.RawMessage
}

// Connected emits CONNECT's payload.
func (r receiver) Connected() {
	r.socket.Send(socketio.EncodeEvent(r.socket.Namespace(), "auth", []json.RawMessage{r.auth}, nil))
}

// Event sends an event's arguments back.
func (r receiver) Event(e socketio.Event) {
	if r.socket.Namespace() != "/" {
		return
	}
	switch e.Name {
	case "message":
		r.socket.Send(socketio.EncodeEvent("/", "message-back", e.Args, e.Attachments))
	case "message-with-ack":
		if id, wanted := e.AckID(); wanted {
			r.socket.Send(socketio.EncodeAck("/", id, e.Args, e.Attachments))
		}
	}
}

// Disconnected has nothing to clean up.
func (receiver) Disconnected(socketio.Reason) {}
