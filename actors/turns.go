package actors

import (
	"errors"
	"sync"
)

// inTurn is what waits, of each origin in the order in which it came, the origins in
// turn: however much of one origin waits, another's next waits for one of it at most. The
// zero value has nothing.
type inTurn[T any] struct {
	waiting map[string][]T // by origin
	origins []string       // of waiting, the next one first
}

// add puts one behind the others of its origin; false: too many wait there.
func (w *inTurn[T]) add(origin string, one T) bool {
	queue := w.waiting[origin]
	switch {
	case len(queue) == readsWaitingMax:
		return false
	case len(queue) == 0:
		w.origins = append(w.origins, origin)
	}
	if w.waiting == nil {
		w.waiting = map[string][]T{}
	}
	w.waiting[origin] = append(queue, one)
	return true
}

// next removes the one whose turn it is; false: nothing waits.
func (w *inTurn[T]) next() (one T, ok bool) {
	if len(w.origins) == 0 {
		return one, false
	}
	origin := w.origins[0]
	queue := w.waiting[origin]
	w.origins = w.origins[1:]
	if len(queue) == 1 {
		delete(w.waiting, origin)
	} else {
		w.waiting[origin] = queue[1:]
		w.origins = append(w.origins, origin)
	}
	return queue[0], true
}

// errTurnsTaken: too many of that origin wait already.
var errTurnsTaken = errors.New("actors: too many of one origin wait for their turn")

// turns gives slots to those who wait for one, to each origin in turn. It is safe for
// concurrent use.
type turns struct {
	mu sync.Mutex
	// guarded by mu
	free                  int // slots
	inTurn[chan struct{}]     // each closed with its turn
}

func newTurns(slots int) *turns { return &turns{free: slots} }

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
	if t.free > 0 {
		t.free--
		return nil, nil
	}
	turn = make(chan struct{})
	if !t.add(origin, turn) {
		return nil, errTurnsTaken
	}
	return turn, nil
}

// leave gives a slot on to the next origin.
func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if turn, ok := t.next(); ok {
		close(turn)
	} else {
		t.free++
	}
}
