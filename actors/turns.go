package actors

import (
	"errors"
	"sync"
)

// errTurnsTaken: too many of that origin wait already.
var errTurnsTaken = errors.New("actors: too many of one origin wait for their turn")

// turns gives slots to those who wait for one, to each origin in turn: however many
// of one origin wait, another's next waits for one of them at most a slot. It is safe
// for concurrent use.
type turns struct {
	mu sync.Mutex
	// guarded by mu
	free    int                        // slots
	waiting map[string][]chan struct{} // by origin, each closed with its turn
	origins []string                   // of waiting, the next one first
}

func newTurns(slots int) *turns {
	return &turns{free: slots, waiting: map[string][]chan struct{}{}}
}

// enter waits for a slot, which the caller leaves, unless it fails.
func (t *turns) enter(origin string) error {
	turn, err := t.await(origin)
	if err == nil && turn != nil {
		<-turn
	}
	return err
}

// await returns what is closed with the caller's turn; nil: it has come.
func (t *turns) await(origin string) (turn chan struct{}, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	queue := t.waiting[origin]
	switch {
	case t.free > 0:
		t.free--
		return nil, nil
	case len(queue) == readsWaitingMax:
		return nil, errTurnsTaken
	case len(queue) == 0:
		t.origins = append(t.origins, origin)
	}
	turn = make(chan struct{})
	t.waiting[origin] = append(queue, turn)
	return turn, nil
}

// leave gives a slot on to the next origin.
func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.origins) == 0 {
		t.free++
		return
	}
	origin := t.origins[0]
	queue := t.waiting[origin]
	close(queue[0])
	t.origins = t.origins[1:]
	if len(queue) == 1 {
		delete(t.waiting, origin)
		return
	}
	t.waiting[origin] = queue[1:]
	t.origins = append(t.origins, origin)
}
