package gateway

import (
	"crypto/rand"
	"encoding/base64"

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
// another one. A pid that can't be one it has not named. Where the offset can't be one,
// it is not taken for none, which means the session's start: all would be told again.
func (s *session) comeBack(given credentials) {
	pid, offset := given.PID.within(pidLengthMax), given.Offset.within(offsetBytesMax)
	if pid != "" && !given.Offset.isUnusable(offsetBytesMax) {
		admit := func(id room.ConnectionID, missed []*engineio.Frame) { s.socket.Recover(string(id), pid, missed) }
		if c := s.gateway.node.Resume(s.user, pid, offset, s.outbox(), admit); c != nil {
			s.connection = c
			return
		}
	}
	s.pid, s.arrived = newPID(), offset
	s.socket.OfferRecovery(s.pid)
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
		s.connection.Confirm(s.outbox())
	}
}
