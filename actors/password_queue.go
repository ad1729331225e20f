package actors

import (
	"cmp"
	"slices"
	"sync"
)

// passwordQueue is who waits for a slot to have a password hashed. One address, or those who
// guess the password of one room, keep nobody else out, neither of the places to wait nor
// of the slots; alone they may have all. It is safe for concurrent use.
type passwordQueue struct {
	mu sync.Mutex
	// guarded by mu
	free    int // slots
	closed  bool
	clock   uint64          // counts who comes, and turns
	waiting []*passwordWait // in the order in which they came
}

// passwordFor is for whom a password is hashed.
type passwordFor struct {
	origin string // of the connection
	room   string // whose password is compared; empty: a room is given one
}

// passwordWait is one who waits. What the clock was when the last of its origin, and of its
// room, had a turn, or else when the first of those who wait came, decides whose turn is next.
type passwordWait struct {
	passwordFor
	turn                   chan error // gets nil with its turn, or why there is none
	originSince, roomSince uint64
}

func newPasswordQueue(slots int) *passwordQueue { return &passwordQueue{free: slots} }

// enter waits for a slot, which the caller leaves unless it fails.
func (q *passwordQueue) enter(by passwordFor) error {
	turn, err := q.await(by)
	if err == nil && turn != nil {
		err = <-turn
	}
	return err
}

// await returns what gets the caller's turn; nil: it has come.
func (q *passwordQueue) await(by passwordFor) (turn <-chan error, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return nil, errPasswordsClosed
	case q.free > 0:
		q.free--
		return nil, nil
	}
	ofRoom := func(w *passwordWait) bool { return w.room == by.room }
	ofAll := func(*passwordWait) bool { return true }
	if !q.makePlace(by.origin, ofRoom, passwordWaitingRoomMax) || !q.makePlace(by.origin, ofAll, passwordWaitingMax) {
		return nil, errPasswordsBusy
	}
	q.clock++
	w := &passwordWait{by, make(chan error, 1), q.clock, q.clock}
	for _, other := range q.waiting {
		if other.origin == w.origin {
			w.originSince = other.originSince
		}
		if other.room == w.room {
			w.roomSince = other.roomSince
		}
	}
	q.waiting = append(q.waiting, w)
	return w.turn, nil
}

// makePlace reports whether among some who wait there is a place for one more of an origin. Where
// all are taken the origin that has most of them gives up its newest, if it still has as many then.
func (q *passwordQueue) makePlace(origin string, among func(*passwordWait) bool, most int) bool {
	all, of := 0, map[string]int{}
	for _, w := range q.waiting {
		if among(w) {
			all++
			of[w.origin]++
		}
	}
	if all < most {
		return true
	}
	var last *passwordWait
	for _, w := range slices.Backward(q.waiting) {
		if among(w) && (last == nil || of[w.origin] > of[last.origin]) {
			last = w
		}
	}
	if of[last.origin] < of[origin]+2 {
		return false
	}
	q.end(last, errPasswordsBusy)
	return true
}

// leave gives a slot on.
func (q *passwordQueue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.free++
		return
	}
	next := slices.MinFunc(q.waiting, (*passwordWait).compare)
	q.end(next, nil)
	q.clock++
	for _, w := range q.waiting {
		if w.origin == next.origin {
			w.originSince = q.clock
		}
		if w.room == next.room {
			w.roomSince = q.clock
		}
	}
}

// compare says whose turn is first: whose origin and room have both had none for longer. So one
// origin with many rooms stands in the way once, and so does one room with many origins.
func (w *passwordWait) compare(other *passwordWait) int {
	return cmp.Or(
		cmp.Compare(max(w.originSince, w.roomSince), max(other.originSince, other.roomSince)),
		cmp.Compare(min(w.originSince, w.roomSince), min(other.originSince, other.roomSince)),
	)
}

// end ends one's waiting.
func (q *passwordQueue) end(w *passwordWait, why error) {
	at := slices.Index(q.waiting, w)
	q.waiting = slices.Delete(q.waiting, at, at+1)
	w.turn <- why
}

// close refuses those who wait, and all to come.
func (q *passwordQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, w := range q.waiting {
		w.turn <- errPasswordsClosed
	}
	q.waiting = nil
}
