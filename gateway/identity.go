package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"

	"roomd/actors/room"
	"roomd/gateway/socketio"
	"roomd/gateway/token"
)

// identify returns who connects, and what the token says: the user of the token
// in auth, or without one, in development mode, whoever the client says it is.
// A server without keys is in development mode, and doesn't look at tokens.
func (g *Gateway) identify(auth json.RawMessage, query func(name string) string) (room.User, token.Claims, error) {
	text, err := authToken(auth)
	switch {
	case err != nil:
		return room.User{}, token.Claims{}, err
	case text != "" && g.tokens != nil:
		return g.identifyToken(text)
	case g.development:
		user, err := identifyClaimed(auth, query)
		return user, token.Claims{}, err
	}
	return room.User{}, token.Claims{}, connectError("Authentication required", codeAuthenticationRequired, "")
}

// authToken returns the token in auth; empty: none.
func authToken(auth json.RawMessage) (string, error) {
	var given struct {
		Token *string `json:"token"`
	}
	if len(auth) == 0 {
		return "", nil
	}
	if err := json.Unmarshal(auth, &given); err != nil {
		return "", connectError("Invalid token", codeInvalidToken, "token must be a string")
	}
	return first(given.Token, ""), nil
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
func identifyClaimed(auth json.RawMessage, query func(name string) string) (room.User, error) {
	claimed := struct {
		UserID   *string `json:"userId"`
		Username *string `json:"username"`
	}{}
	if len(auth) > 0 {
		if err := json.Unmarshal(auth, &claimed); err != nil {
			return room.User{}, authenticationFailed("userId and username must be strings")
		}
	}
	id := first(claimed.UserID, query("userId"))
	if id == "" {
		id = newGuestID()
	}
	return newUser("userId", id, "username", first(claimed.Username, query("username")))
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

func first(claimed *string, otherwise string) string {
	if claimed != nil {
		return *claimed
	}
	return otherwise
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
