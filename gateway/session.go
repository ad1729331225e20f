package gateway

import (
	"context"
	"log/slog"
	"time"

	"roomd/actors/room"
	"roomd/gateway/engineio"
	"roomd/gateway/ratelimit"
	"roomd/gateway/socketio"
	"roomd/gateway/token"
)

// mainNamespace is where rooms are.
const mainNamespace = "/"

// session is one client in the main namespace. Its socket calls it from one
// goroutine.
type session struct {
	// static after construction
	gateway *Gateway
	socket  *socketio.Socket
	user    room.User

	// owned by the socket's reader
	connection Connection            // nil: the node would not have it, or has not been asked
	pid        string                // the client comes back by it; empty: it can't
	arrived    string                // the offset that the client has come with, for nothing
	limits     *ratelimit.Connection // nil: none
	claims     *token.Claims         // of the client's token; those of none: all is allowed, for ever
	expiry     *time.Timer           // ends the client with its token; nil: it doesn't end
}

// keptClaims returns claims to keep: those of no token are the same for all.
func keptClaims(c token.Claims) *token.Claims {
	if c.Subject == "" {
		return noClaims
	}
	kept := c // here, so that only these take memory
	return &kept
}

var noClaims = new(token.Claims)

// Connected brings the client to the node, unless it has come back.
func (s *session) Connected() {
	if s.connection != nil {
		s.watchExpiry()
		s.log("recovered")
		return
	}
	c, err := s.gateway.node.Connect(s.user, room.ConnectionID(s.socket.ID()), s.outbox())
	if err != nil {
		s.gateway.log.Error("connection refused by the node", "session", s.socket.Session(), "connection", s.socket.ID(), "error", err)
		s.socket.CloseTransport(socketio.ReasonInternalError)
		return
	}
	s.connection = c
	if s.pid != "" {
		c.Keep(s.pid, s.arrived)
	}
	if old := s.socket.Handshake().Query("reconnecting"); old != "" {
		c.TakePlaces(room.ConnectionID(old))
	}
	s.watchExpiry()
	s.log("connected")
}

// Event gives a command on, or says what is wrong with it.
func (s *session) Event(e socketio.Event) {
	if s.connection == nil {
		return
	}
	answer := s.answerTo(e)
	c, known := commands[e.Name]
	if !known {
		answer.refuse(s.takeRefused(room.ErrUnknownEvent))
		return
	}
	if err := s.take(c.kind); err != nil {
		answer.refuse(err)
		return
	}
	o, err := c.parse(s, e)
	if err != nil {
		answer.refuse(s.takeRefused(err))
		return
	}
	answer.room = roomOf(o)
	o.give(s, func(reply room.Reply) { answer.send(c, o, reply) })
}

// take counts one operation, or says when it may be tried again. One that costs far
// more than its packet waits until the client's address may have so much.
func (s *session) take(kind ratelimit.Kind) *room.Error { return s.takeN(kind, 1) }

// takeN is take for n of them at once.
func (s *session) takeN(kind ratelimit.Kind, n int) *room.Error {
	if retryAfter, ok := s.limits.AllowN(kind, n, time.Now()); !ok {
		return room.RateLimited(retryAfter)
	}
	if packets := kind.Packets(); packets > 0 {
		s.socket.Charge(packets)
	}
	return nil
}

// takeRefused counts what is unknown or malformed. It returns what is to be
// said of it.
func (s *session) takeRefused(why *room.Error) *room.Error {
	if limited := s.take(ratelimit.Refused); limited != nil {
		return limited
	}
	return why
}

// Disconnected tells the node that the client is gone: for good, if it has said
// so itself, or if its token has ended.
func (s *session) Disconnected(reason socketio.Reason) {
	s.stopExpiry()
	switch {
	case s.connection == nil:
	case reason == socketio.ReasonClientDisconnect, reason == socketio.ReasonServerDisconnect, reason == reasonTokenExpired:
		s.connection.Quit(s.outbox())
	default:
		s.connection.Detach(s.outbox())
	}
	s.log("disconnected", "reason", reason.Name)
}

// log says what has become of the client: which session, as the engine's lines have
// it, which connection, which the client may come back to, and whose.
func (s *session) log(what string, attributes ...any) {
	if !s.gateway.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	who := []any{"session", s.socket.Session(), "connection", s.socket.ID(), "user", s.user.ID}
	s.gateway.log.Debug(what, append(who, attributes...)...)
}

// outbox is how the node reaches the client.
func (s *session) outbox() Outbox { return Outbox{s.socket} }

// tell sends an event that only this client is told.
func (s *session) tell(p packet) {
	s.connection.Tell(func(offset string) *engineio.Frame { return p.encode(offset).ForOne() })
}
