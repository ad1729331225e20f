package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"roomd/actors/room"
	"roomd/gateway/ratelimit"
	"roomd/gateway/socketio"
	"roomd/gateway/token"
)

// adminNamespace is where the server is administered.
const adminNamespace = "/admin"

// AdminNode is what an administrator may ask of the node. Its methods may be
// called from several goroutines, and may block for a moment: seconds at most.
type AdminNode interface {
	// RoomStats returns totals and the largest rooms.
	RoomStats() room.Stats
	// AllRooms returns a page of all rooms, private ones too; Mine is ignored.
	AllRooms(q room.ListRooms) (room.RoomsReply, *room.Error)
	// RoomUsers returns a page of the users inside of a room.
	RoomUsers(roomID string, q room.ListUsers) (room.UsersReply, *room.Error)
	// Users returns up to limit users with connections whose ids come after
	// this one, by their ids, and the id after which the next page goes on;
	// empty: there is none.
	Users(after string, limit int) (users []room.OnlineUser, next string)
	// DeleteRoom ends any room. Those inside are told the reason.
	DeleteRoom(roomID, reason string) *room.Error
	// KickUser throws a user out of any room, who may come again.
	KickUser(roomID, userID, reason string) *room.Error
	// DisconnectUser closes all transports of a user, who may come back, and
	// returns how many.
	DisconnectUser(userID string) int
}

// admin is the namespace for administrators: our own page, anybody's scripts,
// and the stock Admin UI. It is safe for concurrent use.
type admin struct {
	// static after construction
	node      AdminNode
	tokenHash [sha256.Size]byte // hashes are compared: their length says nothing
	hasToken  bool
	verify    verifyFunc // nil: there are no tokens with claims
	stats     func() socketio.Stats
	hostname  string
	started   time.Time
	log       *slog.Logger

	attempts *ratelimit.Limiter // sign-ins, by address
	sessions uiSessions
}

// verifyFunc is token.Verifier's Verify.
type verifyFunc func(ctx context.Context, text string) (token.Claims, error)

// adminConfig is what the namespace is made of.
type adminConfig struct {
	node   AdminNode  // nil: there is no such namespace
	token  string     // empty: only tokens with the admin claim open it
	verify verifyFunc // nil: only the admin token opens it
	stats  func() socketio.Stats
	log    *slog.Logger
}

func newAdmin(c adminConfig) (*admin, error) {
	if err := CheckAdminToken(c.token); c.token != "" && err != nil {
		return nil, err
	}
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "unknown" // it is only shown
	}
	return &admin{
		node:      c.node,
		tokenHash: sha256.Sum256([]byte(c.token)),
		hasToken:  c.token != "",
		verify:    c.verify,
		stats:     c.stats,
		hostname:  hostname,
		started:   time.Now(),
		log:       c.log,
		attempts:  ratelimit.New(ratelimit.Rates{ratelimit.Connect: {Address: adminAttempts}}),
	}, nil
}

// CheckAdminToken returns what is wrong with an admin token. The error doesn't
// hold it.
func CheckAdminToken(text string) error {
	switch {
	case len(text) < adminTokenBytesMin:
		return fmt.Errorf("admin token has %d bytes: one with fewer than %d can be guessed", len(text), adminTokenBytesMin)
	case len(text) > adminTokenBytesMax:
		return errors.New("admin token is longer than clients may send it")
	}
	return nil
}

// isOpen reports whether anybody could be let in.
func (a *admin) isOpen() bool { return a.node != nil && (a.hasToken || a.verify != nil) }

// connect decides on a CONNECT packet.
func (a *admin) connect(s *socketio.Socket, auth json.RawMessage) (socketio.Receiver, error) {
	if a.node == nil {
		return nil, socketio.ErrInvalidNamespace
	}
	who, err := a.signIn(s, auth)
	if err != nil {
		return nil, err
	}
	session := &adminSession{admin: a, socket: s, who: who}
	session.tellUISession()
	return session, nil
}
