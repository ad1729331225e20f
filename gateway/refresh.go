package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"roomd/actors/room"
	"roomd/gateway/engineio"
	"roomd/gateway/token"
)

// reasonTokenExpired ends a client with its token. The close code is one of
// those that are left to applications.
var reasonTokenExpired = engineio.Reason{Name: "token expired", CloseCode: 4001}

// refreshOrder puts another token of the same user in the place of the one that
// the client has connected with: what it narrows, and its end. The name that
// the client has connected under stays.
type refreshOrder struct{ token string }

// refreshed answers a refreshOrder.
type refreshed struct {
	expires time.Time // zero: never
}

// IsReply says that it is one.
func (refreshed) IsReply() {}

func parseRefresh(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		Token string `json:"token"`
	}
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	if a.Token == "" {
		return nil, room.BadRequest("token must not be empty")
	}
	return refreshOrder{a.Token}, nil
}

func (o refreshOrder) give(s *session, reply func(room.Reply)) {
	claims, err := s.verifyAgain(o.token)
	if err != nil {
		reply(err)
		return
	}
	s.claims = keptClaims(claims)
	s.watchExpiry()
	reply(refreshed{claims.Expires})
}

// verifyAgain returns what a fresh token says, if it is one of the same user.
func (s *session) verifyAgain(fresh string) (token.Claims, *room.Error) {
	if s.gateway.tokens == nil {
		return token.Claims{}, room.BadRequest("this server takes no tokens")
	}
	claims, err := s.gateway.tokens.Verify(context.Background(), fresh)
	switch {
	case errors.Is(err, token.ErrUnavailable):
		return token.Claims{}, &room.Error{Code: room.CodeUnavailable, Message: "Try again: the token can't be checked now"}
	case err != nil:
		s.log("token refused", "error", err)
		return token.Claims{}, room.Forbidden("Invalid token")
	case claims.Subject != s.user.ID:
		return token.Claims{}, room.Forbidden("The token is another user's")
	}
	return claims, nil
}

// watchExpiry sees to it that the client ends with its token, here or away.
func (s *session) watchExpiry() {
	s.stopExpiry()
	s.connection.ExpireAt(s.claims.Expires)
	if s.claims.Expires.IsZero() {
		return
	}
	socket := s.socket
	s.expiry = time.AfterFunc(time.Until(s.claims.Expires), func() { socket.CloseTransport(reasonTokenExpired) })
}

func (s *session) stopExpiry() {
	if s.expiry != nil {
		s.expiry.Stop()
	}
}

type refreshedReply struct {
	Success   bool      `json:"success"`
	ExpiresAt *timeJSON `json:"expiresAt"` // null: never
}

func ackRefreshed(_ refreshOrder, r refreshed) any {
	return refreshedReply{true, timeOrNull(r.expires)}
}
