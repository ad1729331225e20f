package actors

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"roomd/persistence"
)

// directSecretBytes is the length of the key that the ids of direct rooms are
// made with.
const directSecretBytes = 32

// DirectRoomID returns the id of the direct room of two users, the same in
// either order. Only this server, with its store, can make it: nobody else
// learns whether two users speak with each other.
func (n *Node) DirectRoomID(a, b string) string {
	mac := hmac.New(sha256.New, n.directSecret)
	mac.Write([]byte(min(a, b) + idSeparator + max(a, b)))
	return "direct-" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// loadDirectSecret reads the store's secret, or gives it one.
func loadDirectSecret(store persistence.Store) ([]byte, error) {
	stored, err := store.Load(directSecretKey)
	switch {
	case err == nil && len(stored.Snapshot) == directSecretBytes:
		return stored.Snapshot, nil
	case err == nil:
		return nil, errors.New("actors: the store's secret is damaged")
	case !errors.Is(err, persistence.ErrNotFound):
		return nil, fmt.Errorf("actors: the store's secret: %w", err)
	}
	secret := make([]byte, directSecretBytes)
	rand.Read(secret) // never fails
	change := persistence.Change{Key: directSecretKey, Owner: ownerEpoch, Snapshot: secret}
	if err := store.Commit(change); err != nil {
		return nil, fmt.Errorf("actors: the store's secret: %w", err)
	}
	return secret, nil
}
