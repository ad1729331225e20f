package actors

import (
	"context"
	"errors"
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// starter starts connections' actors, and ends all that there are. One that fails
// is stopped, and ends its own connection only. They have no supervising actor
// above them: its set of children would take 60 bytes for each, also long after it
// has ended, and the way to it a wake for each that begins. It is safe for
// concurrent use.
type starter struct {
	// static after construction
	root  *actor.RootContext // stops what fails
	props *actor.Props       // of all: some of their own take as much as the actor

	running sync.WaitGroup // a count of actors

	mu     sync.Mutex
	next   *connectionActor // guarded by mu; the one that props make
	closed bool             // guarded by mu: none is started any more
}

func newStarter(n *Node) *starter {
	s := &starter{root: n.system.Root.Copy().WithGuardian(givingUp)}
	s.root.Self() // makes its process, which all share
	s.props = n.props(func() actor.Actor { return s.next })
	return s
}

// start gives a connection its actor, which knows that it is inside of these rooms.
func (s *starter) start(c *Connection, rooms []string) error {
	a := &c.actor
	for _, roomID := range rooms {
		a.rooms.add(roomID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("actors: start connection: the node is stopping")
	}
	s.running.Add(1)
	s.next = a
	c.pid = s.root.Spawn(s.props)
	s.next = nil
	return nil
}

// ended is told by each actor when it has stopped.
func (s *starter) ended() { s.running.Done() }

// end stops the actors of these connections, which are all, and waits for them
// until the context ends, or for as long as the library waits for any actor.
func (s *starter) end(ctx context.Context, connections *connectionMap[room.ConnectionID]) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for c := range connections.all() {
		if c.pid != nil { // nil: it was too late to be started
			s.root.Stop(c.pid)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	if !within(ctx, s.running.Wait) {
		return errors.New("actors: connections did not end in time")
	}
	return nil
}
