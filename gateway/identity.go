package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"

	"roomd/actors/room"
	"roomd/gateway/socketio"
	"roomd/gateway/token"
)

// identify returns who connects, and what the token says: the user of the token
// in auth, or without one, in development mode, whoever the client says it is.
// A server without keys is in development mode, and doesn't look at tokens.
func (g *Gateway) identify(given credentials, query func(name string) string) (room.User, token.Claims, error) {
	switch {
	case given.Token.wrong:
		return room.User{}, token.Claims{}, connectError("Invalid token", codeInvalidToken, "token must be a string")
	case given.Token.text != "" && g.tokens != nil:
		return g.identifyToken(given.Token.text)
	case g.development:
		user, err := identifyClaimed(given, query)
		return user, token.Claims{}, err
	}
	return room.User{}, token.Claims{}, connectError("Authentication required", codeAuthenticationRequired, "")
}

func (g *Gateway) identifyToken(text string) (room.User, token.Claims, error) {
	claims, err := g.tokens.Verify(context.Background(), text)
	switch {
	case errors.Is(err, token.ErrUnavailable):
		return room.User{}, token.Claims{}, authenticationFailed("try again: the token can't be checked now")
	case err != nil:
		g.log.Debug("token refused", "error", err)
		return room.User{}, token.Claims{}, connectError("Invalid token", codeInvalidToken, "")
	}
	user, err := newUser("sub", claims.Subject, "name", claims.Name)
	return user, claims, err
}

// identifyClaimed returns who connects, in development mode: whoever the client
// says it is, in auth or else in the query, or a guest.
func identifyClaimed(given credentials, query func(name string) string) (room.User, error) {
	if given.UserID.wrong || given.Username.wrong {
		return room.User{}, authenticationFailed("userId and username must be strings")
	}
	id := given.UserID.or("userId", query)
	if id == "" {
		id = newGuestID()
	}
	return newUser("userId", id, "username", given.Username.or("username", query))
}

// newUser checks an id and a name, which stand in these fields. Without a name
// it goes by its id.
func newUser(idField, id, nameField, name string) (room.User, error) {
	if name == "" {
		name = room.NameOf(id)
	}
	if err := room.ValidateID(idField, id); err != nil {
		return room.User{}, authenticationFailed(err.Message)
	}
	if err := room.ValidateName(nameField, name); err != nil {
		return room.User{}, authenticationFailed(err.Message)
	}
	return room.User{ID: id, Name: name}, nil
}

func newGuestID() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails
	return "guest-" + hex.EncodeToString(b)
}

// The codes of connect_error. They are apart from those of failures: no command
// can fail with them.
const (
	codeAuthenticationRequired = "authentication_required"
	codeInvalidToken           = "invalid_token"
	codeAuthenticationFailed   = "authentication_failed"
	codeUnauthorized           = "unauthorized" // to administer
)

// connectErrorData is data in a connect_error.
type connectErrorData struct {
	Code    string `json:"code"`
	Message string `json:"message,omitempty"` // what is wrong
}

func connectError(message, code, why string) error {
	return &socketio.ConnectError{Message: message, Data: connectErrorData{code, why}}
}

// authenticationFailed is a connect_error for one whose identity can't be used.
func authenticationFailed(why string) error {
	return connectError("Authentication failed", codeAuthenticationFailed, why)
}
