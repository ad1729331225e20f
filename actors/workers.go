package actors

import "sync"

// workers are goroutines that handle mailboxes, one after another. One that has
// nothing to do waits for the next mailbox, since its stack has grown to what
// messages take: a new goroutine's does that each time, which costs more than all
// the rest of waking an actor. They are as many as there are actors at work, of which
// a few stay. The zero value has none. It is safe for concurrent use.
type workers struct {
	mu     sync.Mutex
	idle   []*worker // guarded by mu; at most idleWorkersMax, the last at work comes last
	closed bool      // guarded by mu: nobody waits any more
}

// worker is one of them.
type worker struct {
	next chan *mailbox // nil: it is to end
}

// handle has a mailbox's messages handled, by a goroutine of its own until there
// are no more.
func (p *workers) handle(m *mailbox) {
	if w := p.wake(); w != nil {
		w.next <- m
		return
	}
	go p.work(&worker{next: make(chan *mailbox, 1)}, m)
}

// wake takes the worker that was at work last; nil: all are.
func (p *workers) wake() *worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return nil
	}
	w := p.idle[last]
	p.idle[last] = nil
	p.idle = p.idle[:last]
	return w
}

func (p *workers) work(w *worker, m *mailbox) {
	growStack()
	for m != nil {
		m.handleAll()
		m = nil
		if p.rest(w) {
			m = <-w.next
		}
	}
}

// rest reports whether the worker is to wait.
func (p *workers) rest(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) == idleWorkersMax {
		return false
	}
	p.idle = append(p.idle, w)
	return true
}

// close ends those that wait, and the others when they are done. What comes later
// is handled all the same.
func (p *workers) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, w := range p.idle {
		w.next <- nil
	}
	p.idle = nil
}
