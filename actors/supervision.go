package actors

import (
	"fmt"
	"runtime/debug"

	"github.com/asynkron/protoactor-go/actor"
)

// What becomes of an actor that panics. In every case the message that it
// panicked on is lost, and its mailbox stays.
var (
	// resuming lets the actor go on as it is. It is for those whose state is
	// right after every step, or read anew, and which nothing could take the
	// place of: restarting one would stop all its children.
	resuming = &strategy{actor.Supervisor.ResumeChildren}

	// restarting has the actor build its state anew. It is for rooms, which
	// give themselves up if that doesn't help.
	restarting = &strategy{actor.Supervisor.RestartChildren}

	// givingUp stops the actor, which ends the one connection behind it.
	givingUp = &strategy{actor.Supervisor.StopChildren}
)

// strategy does the same with every actor that fails. The library's own keep
// the time of each failure for ever, and leave the mailbox of an actor that
// they stop suspended, with all that is in it.
type strategy struct {
	handle func(supervisor actor.Supervisor, children ...*actor.PID)
}

// HandleFailure is called on the supervisor's goroutine, or on that of an
// actor without one. The panic has been logged.
func (s *strategy) HandleFailure(_ *actor.ActorSystem, supervisor actor.Supervisor, child *actor.PID, _ *actor.RestartStatistics, _, _ any) {
	s.handle(supervisor, child)
}

// props returns the props of an actor. What bounds its mailbox is the credit of
// the connections.
func (n *Node) props(produce func() actor.Actor, options ...actor.PropsOption) *actor.Props {
	mailbox := actor.WithMailbox(n.workers.mailboxes(nil))
	return actor.PropsFromProducer(produce, append([]actor.PropsOption{mailbox}, options...)...)
}

// same returns a producer that gives this actor, also after a restart.
func same(a actor.Actor) func() actor.Actor { return func() actor.Actor { return a } }

// forgetStopped lets go of a child whose end has just been told: the library's set
// of children keeps it in the slot behind its end, with all that can be reached
// from its mailbox, until another child takes the slot.
func forgetStopped(ctx actor.Context) {
	children := ctx.Children()
	if n := len(children); n < cap(children) {
		children[:n+1][n] = nil
	}
}

// logPanic logs a panic with its stack, which supervision would lose, and
// panics on. It is deferred by every Receive.
func (n *Node) logPanic(kind string) {
	if reason := recover(); reason != nil {
		n.countPanic(kind, reason)
		panic(reason)
	}
}

// rescue turns a panic into an error. It is deferred around what is not this
// package's own: rules, store, encoder, replies and outboxes.
func (n *Node) rescue(kind string, err *error) {
	if reason := recover(); reason != nil {
		n.countPanic(kind, reason)
		*err = fmt.Errorf("panic in %s: %v", kind, reason)
	}
}

func (n *Node) countPanic(kind string, reason any) {
	n.panics.Add(1)
	n.log.Error("panic", "in", kind, "reason", reason, "stack", string(debug.Stack()))
}

// Panics returns how many panics the node has survived.
func (n *Node) Panics() uint64 { return n.panics.Load() }

// leftovers is the end of a room's mailbox. Once the room's actor has stopped,
// what is still in its mailbox, and what comes too late to be a dead letter,
// would be discarded without a word: leftovers sends it on.
type leftovers struct {
	// static after construction
	node *Node

	// owned by whoever handles the mailbox's messages
	stopped bool
}

// received is called behind each message.
func (l *leftovers) received(message any) {
	if l.stopped {
		l.node.reroute(message)
	}
}

// rerouteDeadLetter sends on what was sent to a room that had ended already.
func (n *Node) rerouteDeadLetter(event any) {
	if dead, ok := event.(*actor.DeadLetterEvent); ok && n.region != nil {
		if q := requestIn(dead.Message); q != nil && n.region.shard(q.key()).Equal(dead.PID) {
			n.refuse(q) // nobody is left to ask: the node is stopping
			return
		}
		n.reroute(dead.Message)
	}
}

// reroute sends a request that its room's actor has not seen to the shard,
// which knows what to do. Nobody waits for one without a number, which is
// about a place in a room that is gone.
func (n *Node) reroute(message any) {
	q := requestIn(message)
	if q == nil || q.answer == nil && (q.number == 0 || n.connection(q.connection) == nil) {
		return
	}
	if q.answer == nil && !q.changesMembership() {
		late := *q
		late.late = true
		q = &late
	}
	n.region.route(q)
}

// requestIn returns the request that a message to a room brings, or nil.
func requestIn(message any) *request {
	switch m := message.(type) {
	case *request:
		return m
	case *resumed:
		return m.request
	}
	return nil
}
