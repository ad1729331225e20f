package actors

import "sync"

// waiting is the messages that wait in one mailbox. Most mailboxes are empty most
// of the time, so they borrow it.
type waiting struct{ system, user queue }

var queues = sync.Pool{New: func() any { return new(waiting) }}

// release gives back what is empty, unless it has become so large that it is better
// forgotten.
func (w *waiting) release() {
	if max(cap(w.system.messages), cap(w.user.messages)) <= queueKeptMax {
		queues.Put(w)
	}
}

// queue is messages, the oldest first. The zero value has none.
type queue struct {
	messages []any
	taken    int // so many of the first are gone
}

func (q *queue) count() int { return len(q.messages) - q.taken }

// add puts a message behind the others. Where there is no room for it, that of
// those gone is used before more is taken.
func (q *queue) add(message any) {
	if len(q.messages) == cap(q.messages) && q.taken > len(q.messages)/2 {
		left := copy(q.messages, q.messages[q.taken:])
		clear(q.messages[left:])
		q.messages, q.taken = q.messages[:left], 0
	}
	q.messages = append(q.messages, message)
}

// first removes the oldest. There must be one.
func (q *queue) first() any {
	message := q.messages[q.taken]
	q.messages[q.taken] = nil
	if q.taken++; q.taken == len(q.messages) {
		q.messages, q.taken = q.messages[:0], 0
	}
	return message
}
