package gateway

import (
	"errors"
	"maps"
	"sync"

	"roomd/actors/room"
	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
)

// Stats are the gateway's figures of now.
type Stats struct {
	socketio.Stats
	// Connects are the CONNECTs so far, of both namespaces, by their result: one of
	// ConnectResults.
	Connects map[string]uint64
}

// Stats returns the figures of now; see [socketio.Server.Stats] for what that costs.
func (g *Gateway) Stats() Stats { return Stats{g.sockets.Stats(), g.connects.all()} }

// Waiting is what waits for clients; see [engineio.Server.Waiting].
func (g *Gateway) Waiting() engineio.Waiting { return g.sockets.Waiting() }

// SessionCount is how many clients' transports are open.
func (g *Gateway) SessionCount() int { return g.sockets.SessionCount() }

// What a command is counted as that is none, and the code of what didn't fail.
const (
	CommandUnknown           = "unknown"
	CodeNone       room.Code = "ok"
)

// Results of CONNECT beside the codes of connect_error.
const (
	connectAccepted         = "accepted"
	connectRecovered        = "recovered" // as the session that it was
	connectRateLimited      = "rate_limited"
	connectInvalidNamespace = "invalid_namespace"
	connectInternal         = "internal"
)

// ConnectResults returns all that can come of a CONNECT.
func ConnectResults() []string {
	return append(ConnectErrorCodes(),
		connectAccepted, connectRecovered, connectRateLimited, connectInvalidNamespace, connectInternal)
}

// connectResult says what has come of a CONNECT.
func connectResult(receiver socketio.Receiver, err error) string {
	var refused *socketio.ConnectError
	switch {
	case err == nil:
		if s, ok := receiver.(*session); ok && s.connection != nil {
			return connectRecovered
		}
		return connectAccepted
	case err == socketio.ErrInvalidNamespace:
		return connectInvalidNamespace
	case err == errInvalidCredentials:
		return codeUnauthorized
	case !errors.As(err, &refused):
		return connectInternal
	}
	switch data := refused.Data.(type) {
	case connectErrorData:
		return data.Code
	case retryData:
		return connectRateLimited
	}
	return connectInternal
}

// tally counts by name. Its zero value is ready; it is for what happens seldom.
type tally struct {
	mu     sync.Mutex
	counts map[string]uint64
}

func (t *tally) add(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = make(map[string]uint64)
	}
	t.counts[name]++
}

func (t *tally) all() map[string]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// CloseReasons returns all reasons that clients' transports end with, but for those
// of the node's own.
func CloseReasons() []engineio.Reason { return append(socketio.Reasons(), reasonTokenExpired) }
