package actors

import (
	"context"
	"errors"

	"roomd/actors/user"
)

// An account's actor has a mailbox, but no process of the actor library, which
// would take as much again as all that it knows: nobody has to find it by a name.
// Its shard starts it, gives it all that is for its user, and has it end.

// startAccount starts the actor of a user's account.
func startAccount(n *Node, kind *mailboxKind, id string) *accountActor {
	n.counts.accounts.Add(1)
	n.accounts.Add(1)
	a := &accountActor{node: n, id: id, state: *user.New(id)}
	a.mailbox.mailboxKind = kind
	a.mailbox.RegisterHandlers(a, nil)
	return a
}

// post gives it a message. It may be called from any goroutine.
func (a *accountActor) post(message any) { a.mailbox.PostUserMessage(message) }

// InvokeUserMessage handles a message of its mailbox.
func (a *accountActor) InvokeUserMessage(message any) {
	if !a.ended {
		a.receive(message)
	}
}

// InvokeSystemMessage handles the one that comes before all others: it is to stop.
func (a *accountActor) InvokeSystemMessage(any) {
	if !a.ended {
		a.stop()
	}
}

// EscalateFailure has the actor go on after a panic, which has been logged: it
// reads its state anew.
func (a *accountActor) EscalateFailure(_, _ any) {}

// isIdle reports whether nothing needs this account in memory.
func (a *accountActor) isIdle() bool {
	return a.state.IsIdle() && len(a.welcomes) == 0 && len(a.held) == 0
}

// offerToEnd tells its shard if nothing needs it. At the end of the node, all are
// stopped anyway.
func (a *accountActor) offerToEnd() {
	if a.isIdle() && !a.node.stopping.Load() {
		a.sayToShard(&accountIdle{a})
	}
}

// end ends the actor, unless someone has come since it offered that. All that
// could be in its mailbox comes through its shard, which has waited, or is
// about a welcome that is over.
func (a *accountActor) end() {
	ends := a.isIdle()
	if ends {
		a.stop()
	}
	a.sayToShard(&accountAnswered{a, ends})
}

func (a *accountActor) sayToShard(message any) {
	a.node.send(a.node.region.shard(userKey(a.id)), message)
}

// stop ends the actor. It can't panic: it would not be gone then.
func (a *accountActor) stop() {
	a.ended = true
	if a.retry != nil {
		a.retry.Stop()
	}
	for _, w := range a.welcomes {
		w.timer.Stop()
	}
	a.leave()
	a.node.counts.accounts.Add(-1)
	a.node.accounts.Done()
}

// endAccounts waits for the accounts, which their shards have told to end, until the
// context ends, or for as long as the library waits for any actor.
func (n *Node) endAccounts(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	if !within(ctx, n.accounts.Wait) {
		return errors.New("actors: accounts did not end in time")
	}
	return nil
}
