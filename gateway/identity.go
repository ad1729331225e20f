package gateway

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/url"

	"roomd/actors/room"
	"roomd/gateway/socketio"
)

// identify returns who connects, in development mode: whoever the client says
// it is, in auth or else in the query, or a guest.
func identify(auth json.RawMessage, query url.Values) (room.User, error) {
	claimed := struct {
		UserID   *string `json:"userId"`
		Username *string `json:"username"`
	}{}
	if len(auth) > 0 {
		if err := json.Unmarshal(auth, &claimed); err != nil {
			return room.User{}, authenticationFailed("userId and username must be strings")
		}
	}
	user := room.User{
		ID:   first(claimed.UserID, query.Get("userId")),
		Name: first(claimed.Username, query.Get("username")),
	}
	if user.ID == "" {
		user.ID = newGuestID()
	}
	if user.Name == "" {
		user.Name = room.NameOf(user.ID)
	}
	if err := room.ValidateID("userId", user.ID); err != nil {
		return room.User{}, authenticationFailed(err.Message)
	}
	if err := room.ValidateName("username", user.Name); err != nil {
		return room.User{}, authenticationFailed(err.Message)
	}
	return user, nil
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

// authenticationFailed is a connect_error in the seed's words, with a code of
// its own and what is wrong.
func authenticationFailed(why string) error {
	return &socketio.ConnectError{
		Message: "Authentication failed",
		Data:    map[string]string{"code": "authentication_failed", "message": why},
	}
}
