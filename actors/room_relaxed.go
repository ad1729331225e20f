package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// A relaxed room tells what is to last when it has numbered it, and has it on
// disk within relaxedFlushInterval and one commit. The first thing to last in
// such a life waits for the disk as in any other room, with a mark that says so:
// a room that is read with that mark has ended without a word, and begins a new
// epoch, since numbers that clients have seen may be missing.

// flushDue makes a room store what has gathered.
type flushDue struct{}

// beginsRun reports whether these events are the first to last in this life of
// a relaxed room.
func (a *roomActor) beginsRun(events []room.Event) bool {
	if !a.state.Relaxed() || a.state.Running() {
		return false
	}
	for _, e := range events {
		if _, ends := e.(room.Removed); ends {
			return false
		}
	}
	for _, e := range events {
		if _, lasts := e.(room.Stored); lasts {
			return true
		}
	}
	return false
}

// beginRun lets outcomes go at once from now on, and first those that have
// gathered behind the mark: none may overtake another. A read of old messages
// waits for the disk still.
func (a *roomActor) beginRun(ctx actor.Context) {
	a.relaxed = true
	gathered := a.gathered
	a.gathered = nil
	for _, p := range gathered {
		if p.fetch == nil {
			a.letGo(ctx, p)
			p = &pending{changes: p.changes, remaining: p.remaining}
		}
		a.gathered = append(a.gathered, p)
	}
}

// submitRelaxed lets an outcome go at once, and keeps its changes for the disk.
func (a *roomActor) submitRelaxed(ctx actor.Context, p *pending) {
	a.letGo(ctx, p)
	if len(p.changes) == 0 {
		return
	}
	a.gathered = append(a.gathered, &pending{changes: p.changes, remaining: p.remaining})
	switch {
	case len(a.gathered) >= roomWriteMax:
		a.write(ctx)
	case len(a.underWay) == 0:
		a.flushIn(ctx, relaxedFlushInterval)
	}
}

// flushIn has what has gathered written after a while, unless it is to be
// already.
func (a *roomActor) flushIn(ctx actor.Context, wait time.Duration) {
	if a.flush != nil {
		return
	}
	n, self := a.node, ctx.Self()
	a.flush = time.AfterFunc(wait, func() { n.send(self, &flushDue{}) })
}

// endRelaxed makes it a room like any other, of which nobody hears anything that
// is not on disk.
func (a *roomActor) endRelaxed() {
	a.relaxed = false
	a.stopFlush()
}

func (a *roomActor) stopFlush() {
	if a.flush != nil {
		a.flush.Stop()
		a.flush = nil
	}
}

func (a *roomActor) flushNow(ctx actor.Context) {
	a.flush = nil
	a.write(ctx)
}

// endRun puts on disk what has been told already when a relaxed room leaves
// memory, and then that nothing is missing. Should it fail, the room begins a
// new epoch when it is read again.
func (a *roomActor) endRun() {
	a.stopFlush()
	if !a.relaxed || !a.loaded {
		return
	}
	if err := a.commitRun(); err != nil {
		a.node.log.Error("relaxed room could not be stored", "room", a.id, "error", err)
		return
	}
	a.underWay, a.gathered = nil, nil
	a.relaxed = false
	a.state.Apply(room.RunEnded{})
	a.disk.stale = true // its end is in the snapshot
}

// commitRun returns when all that is gathered is on disk, after what is under
// way: should that fail, nothing may follow it.
func (a *roomActor) commitRun() (err error) {
	defer a.node.rescue("store", &err)
	if len(a.underWay) > 0 {
		if err := <-a.writeOutcome; err != nil {
			return err
		}
	}
	for gathered := a.gathered; len(gathered) > 0; {
		n, changes := storedAtOnce(gathered)
		if err := a.node.journal.commit(changes...); err != nil {
			return err
		}
		gathered = gathered[n:]
	}
	return nil
}
