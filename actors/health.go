package actors

import "errors"

// ErrDraining: the node is about to stop.
var ErrDraining = errors.New("actors: the node is draining")

// Health returns nil while the node does all that it is asked; else why it is
// better not to send it new clients: it is about to stop ([ErrDraining]), or its
// store fails or is slow (see persistence.Store). Rooms that are not stored go on
// in the latter case. It never waits, so it may be asked often, and from several
// goroutines.
func (n *Node) Health() error {
	if n.draining.Load() || n.stopping.Load() {
		return ErrDraining
	}
	return n.config.Store.Health()
}
