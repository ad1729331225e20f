package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"

	"roomd/actors/room"
	"roomd/gateway/engineio"
)

// Connection state recovery, as the stock client does it: CONNECT's reply gives
// it a private id (pid), and each event without ack an offset as its last
// argument. Of these it keeps the last, and sends both with its next CONNECT. Its
// socket has recovered if the reply has the same pid.

// Bounds of what a client sends to come back with: both are ours, and shorter.
const (
	pidBytes       = 16
	pidLengthMax   = 64
	offsetBytesMax = 64
)

// comeBack brings the client back to the session that it names, or prepares
// another one. What it names wrongly it has not named.
func (s *session) comeBack(auth json.RawMessage) {
	pid, offset := recoveryOf(auth)
	if pid != "" {
		admit := func(id room.ConnectionID, missed []*engineio.Frame) { s.socket.Recover(string(id), pid, missed) }
		if c := s.gateway.node.Resume(s.user, pid, offset, s, admit); c != nil {
			s.connection = c
			return
		}
	}
	s.pid, s.arrived = newPID(), offset
	s.socket.OfferRecovery(s.pid)
}

// recoveryOf returns what CONNECT's payload says of a former session; empty:
// nothing.
func recoveryOf(auth json.RawMessage) (pid, offset string) {
	var given struct{ PID, Offset json.RawMessage }
	if len(auth) == 0 || json.Unmarshal(auth, &given) != nil {
		return "", ""
	}
	return shortString(given.PID, pidLengthMax), shortString(given.Offset, offsetBytesMax)
}

// shortString returns a JSON string; empty: it is none, or too long.
func shortString(text json.RawMessage, bytesMax int) string {
	var s string
	if len(text) == 0 || json.Unmarshal(text, &s) != nil || len(s) > bytesMax {
		return ""
	}
	return s
}

// newPID returns a private id, which is a secret of the client and the server.
func newPID() string {
	var b [pidBytes]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Ponged tells the node that the client has answered a ping.
func (s *session) Ponged() {
	if s.connection != nil {
		s.connection.Confirm(s)
	}
}
