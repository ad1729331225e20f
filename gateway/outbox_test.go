package gateway

import (
	"testing"

	"roomd/actors/room"
)

// TestOrigin wants the node to know by one string whose passwords it compares, and whose
// it hashes: by the client's address.
func TestOrigin(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, w *world) {
		w.node.replyWith(room.ErrUnavailable)
		w.anna().ask("createRoom", `{"password":"secret"}`)
		const address = "192.0.2.1" // of all requests that httptest makes
		if hashed, connected := w.node.origin, w.node.out.Origin(); hashed != address || connected != address {
			t.Errorf("hashed for %q, connected from %q", hashed, connected)
		}
	})
}
