package actors

import (
	"runtime"
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// mailbox is an actor's queue of messages. It never blocks its senders, and takes
// next to nothing while it is empty. Messages are handled by one worker at a time,
// for as long as there are some.
type mailbox struct {
	// static after the start
	workers  *workers
	invoker  actor.MessageInvoker
	received func(message any) // is called behind each message; nil: nothing is

	mu sync.Mutex
	// guarded by mu
	system    []any
	user      []any
	running   bool // somebody handles messages: nobody else may
	suspended bool // system messages only
}

// mailboxes returns a producer of mailboxes.
func (p *workers) mailboxes(received func(message any)) actor.MailboxProducer {
	return func() actor.Mailbox { return &mailbox{workers: p, received: received} }
}

// RegisterHandlers is called once, before the first message.
func (m *mailbox) RegisterHandlers(invoker actor.MessageInvoker, _ actor.Dispatcher) {
	m.invoker = invoker
}

// Start does nothing: messages start what handles them.
func (m *mailbox) Start() {}

// UserMessageCount returns how many messages wait.
func (m *mailbox) UserMessageCount() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.user)
}

// PostUserMessage queues a message.
func (m *mailbox) PostUserMessage(message any) {
	m.mu.Lock()
	m.user = append(m.user, message)
	starts := !m.running && !m.suspended
	m.running = m.running || starts
	m.mu.Unlock()
	if starts {
		m.workers.handle(m)
	}
}

// PostSystemMessage queues a message that comes before all others.
func (m *mailbox) PostSystemMessage(message any) {
	m.mu.Lock()
	m.system = append(m.system, message)
	starts := !m.running
	m.running = true
	m.mu.Unlock()
	if starts {
		m.workers.handle(m)
	}
}

func (m *mailbox) handleAll() {
	for m.handle(messagesInTurnMax) {
		runtime.Gosched()
	}
}

// growStack makes the stack of a goroutine that has just begun larger than its own
// frame, at once and while there is nothing on it. Step by step, below all the
// calls that a message takes, that cost more than the rules of the rooms.
//
//go:noinline
func growStack() byte {
	var frame [4 << 10]byte
	return frame[growStackAt]
}

var growStackAt = 0 // a variable, so that the frame isn't optimized away

// handle handles so many messages at most, and reports whether there are more.
// If not, nobody handles messages any more.
func (m *mailbox) handle(most int) (more bool) {
	for range most {
		message, system, ok := m.take()
		if !ok {
			return false
		}
		m.invoke(message, system)
	}
	return true
}

// take removes the next message; false: there is none, and whoever has asked is
// done.
func (m *mailbox) take() (message any, system, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case len(m.system) > 0:
		return first(&m.system), true, true
	case len(m.user) > 0 && !m.suspended:
		return first(&m.user), false, true
	}
	m.running = false
	return nil, false, false
}

// first removes the first of a queue's messages. An empty queue keeps no memory.
func first(queue *[]any) any {
	q := *queue
	message := q[0]
	q[0] = nil
	if q = q[1:]; len(q) == 0 {
		q = nil
	}
	*queue = q
	return message
}

// invoke has the actor handle a message. Should it panic, its supervisor says
// what becomes of it.
func (m *mailbox) invoke(message any, system bool) {
	defer func() {
		if reason := recover(); reason != nil {
			m.invoker.EscalateFailure(reason, message)
		}
	}()
	if system {
		m.invokeSystem(message)
	} else {
		m.invoker.InvokeUserMessage(message)
	}
	if m.received != nil {
		m.received(message)
	}
}

func (m *mailbox) invokeSystem(message any) {
	switch message.(type) {
	case *actor.SuspendMailbox:
		m.suspend(true)
	case *actor.ResumeMailbox:
		m.suspend(false)
	default:
		m.invoker.InvokeSystemMessage(message)
	}
}

func (m *mailbox) suspend(yes bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.suspended = yes
}
