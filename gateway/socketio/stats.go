package socketio

import (
	"maps"

	"roomd/gateway/engineio"
)

// Stats are a server's figures of now.
type Stats struct {
	Engine engineio.Stats
	// Sockets is how many are open, by namespace: those that the application has admitted and that
	// haven't ended. It has no namespace without one, and is the caller's to keep.
	Sockets map[string]int
	// Panics is how many of the application were survived.
	Panics uint64
}

// Stats returns the figures of now; see [engineio.Server.Stats] for what that costs.
func (s *Server) Stats() Stats {
	stats := Stats{Engine: s.engine.Stats(), Panics: s.panics.Load()}
	s.mu.Lock()
	defer s.mu.Unlock()
	stats.Sockets = maps.Clone(s.sockets)
	return stats
}

// Waiting is what waits for clients; see [engineio.Server.Waiting].
func (s *Server) Waiting() engineio.Waiting { return s.engine.Waiting() }

// count counts a socket that has opened (1) or ended (-1).
func (s *Server) count(namespace string, change int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sockets[namespace] += change; s.sockets[namespace] == 0 {
		delete(s.sockets, namespace) // names are clients' choice: none outlives its sockets
	}
}
