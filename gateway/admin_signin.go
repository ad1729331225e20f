package gateway

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"roomd/actors/room"
	"roomd/gateway/socketio"
)

// administrator is who has signed in, for the log.
type administrator struct {
	name    string    // how, and who if that is known
	expires time.Time // zero: never
	ui      bool      // speaks the stock Admin UI's protocol
	session string    // of the stock Admin UI, if it is a new one
}

// adminAuth is what a client says of itself in CONNECT.
type adminAuth struct {
	Token     string `json:"token"`
	Username  string `json:"username"`
	Password  string `json:"password"`
	SessionID string `json:"sessionId"`
}

// Why somebody is not let in, in words that clients know. The stock Admin UI
// compares the message, and wants no data.
var (
	errUnauthorized             = connectError("Unauthorized", codeUnauthorized, "")
	errInvalidCredentials error = &socketio.ConnectError{Message: "invalid credentials"}
)

// signIn says who somebody is who wants in, or why not.
func (a *admin) signIn(s *socketio.Socket, auth json.RawMessage) (administrator, error) {
	ui := speaksUI(auth)
	address := s.Handshake().ClientAddr
	if wait, ok := a.attempts.AllowConnect(address, time.Now()); !ok {
		a.log.Debug("admin sign-in put off", "address", address.String(), "connection", s.ID())
		return administrator{}, tooManyAttempts(wait)
	}
	who, err := a.identify(auth, ui)
	if err == nil {
		a.log.Info("admin signed in", "admin", who.name, "address", address.String(), "connection", s.ID())
		return who, nil
	}
	a.log.Warn("admin sign-in refused", "ui", ui, "address", address.String(), "connection", s.ID(), "error", err)
	if ui {
		return administrator{}, errInvalidCredentials
	}
	return administrator{}, errUnauthorized
}

// speaksUI reports whether it is the stock Admin UI that connects. Before its
// first sign-in it says null for a session id.
func speaksUI(auth json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(auth, &fields) != nil {
		return false
	}
	_, password := fields["username"]
	_, session := fields["sessionId"]
	return password || session
}

// identify returns an error for the log, which holds no secret.
func (a *admin) identify(auth json.RawMessage, ui bool) (administrator, error) {
	var given adminAuth
	if len(auth) > 0 && json.Unmarshal(auth, &given) != nil {
		return administrator{}, errors.New("what was sent is of the wrong shape")
	}
	switch {
	case !ui:
		return a.identifyToken(given.Token)
	case given.SessionID != "":
		return a.identifyUISession(given.SessionID)
	default:
		return a.identifyUIUser(given)
	}
}

// identifyToken takes the admin token, and tokens with the admin claim.
func (a *admin) identifyToken(text string) (administrator, error) {
	switch {
	case text == "":
		return administrator{}, errors.New("no token")
	case a.isToken(text):
		return administrator{name: "token"}, nil
	case a.verify == nil || !looksSigned(text):
		return administrator{}, errors.New("wrong token")
	}
	claims, err := a.verify(context.Background(), text)
	if err != nil {
		return administrator{}, err
	}
	if !claims.Admin {
		return administrator{}, errors.New("token is valid, but not an administrator's")
	}
	if err := room.ValidateID("sub", claims.Subject); err != nil {
		return administrator{}, err
	}
	return administrator{name: "user " + claims.Subject, expires: claims.Expires}, nil
}

// looksSigned reports whether a text has the three parts of a signed token.
func looksSigned(text string) bool { return strings.Count(text, ".") == 2 }

// isToken takes the same time whatever is wrong.
func (a *admin) isToken(text string) bool {
	given := sha256.Sum256([]byte(text))
	return a.hasToken && subtle.ConstantTimeCompare(given[:], a.tokenHash[:]) == 1
}

func (a *admin) identifyUISession(id string) (administrator, error) {
	name, found := a.sessions.find(id, time.Now())
	if !found {
		return administrator{}, errors.New("session has ended or never was")
	}
	return administrator{name: "ui " + name, ui: true}, nil
}

// identifyUIUser takes any name with the admin token, and opens a session.
func (a *admin) identifyUIUser(given adminAuth) (administrator, error) {
	if given.Username == "" || len(given.Username) > uiNameBytesMax {
		return administrator{}, errors.New("no usable username")
	}
	if !a.isToken(given.Password) {
		return administrator{}, errors.New("wrong password")
	}
	session := a.sessions.open(given.Username, time.Now())
	return administrator{name: "ui " + given.Username, ui: true, session: session}, nil
}

func tooManyAttempts(wait time.Duration) error {
	return &socketio.ConnectError{
		Message: room.RateLimited(wait).Message,
		Data:    retryData{room.CodeRateLimited, milliseconds(wait)},
	}
}

// retryData is data in a connect_error for one who comes too often.
type retryData struct {
	Code         room.Code `json:"code"`
	RetryAfterMs int64     `json:"retryAfterMs"`
}
