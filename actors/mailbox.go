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
	*mailboxKind
	invoker actor.MessageInvoker

	mu sync.Mutex
	// guarded by mu
	waiting   *waiting // messages; nil: there are none
	running   bool     // somebody handles messages: nobody else may
	suspended bool     // system messages only
}

// mailboxKind is what the mailboxes of a producer have in common.
type mailboxKind struct {
	workers  *workers
	received func(message any) // is called behind each message; nil: nothing is
}

// mailboxes returns a producer of mailboxes.
func (p *workers) mailboxes(received func(message any)) actor.MailboxProducer {
	kind := &mailboxKind{p, received}
	return func() actor.Mailbox { return &mailbox{mailboxKind: kind} }
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
	if m.waiting == nil {
		return 0
	}
	return m.waiting.user.count()
}

// PostUserMessage queues a message.
func (m *mailbox) PostUserMessage(message any) {
	m.mu.Lock()
	m.queue().user.add(message)
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
	m.queue().system.add(message)
	starts := !m.running
	m.running = true
	m.mu.Unlock()
	if starts {
		m.workers.handle(m)
	}
}

// queue returns where messages wait. The caller has the lock.
func (m *mailbox) queue() *waiting {
	if m.waiting == nil {
		m.waiting = queues.Get().(*waiting)
	}
	return m.waiting
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
	w := m.waiting
	switch {
	case w != nil && w.system.count() > 0:
		message, system = w.system.first(), true
	case w != nil && w.user.count() > 0 && !m.suspended:
		message = w.user.first()
	default:
		m.running = false
		return nil, false, false
	}
	if w.system.count()+w.user.count() == 0 {
		m.waiting = nil
		w.release()
	}
	return message, system, true
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
