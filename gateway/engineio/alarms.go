package engineio

import (
	"container/heap"
	"sync"
	"time"
)

// alarms has the sessions of a server do what is due, by one timer for all: one
// each would take 170 bytes, with what it calls and its place among the runtime's.
// It is safe for concurrent use, also under a session's lock.
type alarms struct {
	begin time.Time // static after construction: the clock's zero

	mu sync.Mutex
	// guarded by mu
	queue alarmQueue
	timer *time.Timer // rings for the first; nil: there never was one
}

// set has s.tick called at due instead of when it would have been.
func (a *alarms) set(s *Session, due time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.alarmAt = due.Sub(a.begin); s.alarmSlot == 0 {
		heap.Push(&a.queue, s)
	} else {
		heap.Fix(&a.queue, int(s.alarmSlot-1))
	}
	if a.queue[0] == s {
		a.arm()
	}
}

// stop reports whether s would have been called.
func (a *alarms) stop(s *Session) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.alarmSlot == 0 {
		return false
	}
	heap.Remove(&a.queue, int(s.alarmSlot-1))
	if len(a.queue) == 0 {
		a.timer.Stop()
	}
	return true
}

// ring calls all that are due.
func (a *alarms) ring() {
	for s := a.next(); s != nil; s = a.next() {
		s.tick()
	}
}

// next takes out a session that is due; nil: there is none, and the timer rings
// for the first that will be.
func (a *alarms) next() *Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case len(a.queue) == 0:
		return nil
	case a.queue[0].alarmAt > time.Since(a.begin):
		a.arm()
		return nil
	}
	return heap.Pop(&a.queue).(*Session)
}

// arm has the timer ring for the first.
func (a *alarms) arm() {
	wait := a.queue[0].alarmAt - time.Since(a.begin)
	if a.timer == nil {
		a.timer = time.AfterFunc(wait, a.ring)
		return
	}
	a.timer.Reset(wait)
}

// alarmQueue is a [heap.Interface] of sessions, the one that is due first at its
// top.
type alarmQueue []*Session

func (q alarmQueue) Len() int           { return len(q) }
func (q alarmQueue) Less(i, j int) bool { return q[i].alarmAt < q[j].alarmAt }

func (q alarmQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].alarmSlot, q[j].alarmSlot = int32(i+1), int32(j+1)
}

// Push appends a session.
func (q *alarmQueue) Push(s any) {
	*q = append(*q, s.(*Session))
	s.(*Session).alarmSlot = int32(len(*q))
}

// Pop removes the last session.
func (q *alarmQueue) Pop() any {
	last := len(*q) - 1
	s := (*q)[last]
	(*q)[last], s.alarmSlot = nil, 0
	*q = (*q)[:last]
	return s
}
