package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/persistence"
)

// A persistent room decides on, and applies, without waiting for the disk. What
// leaves it waits: its outcomes are released in their order, each when it is on
// disk, and so is all before it. One write of a room is under way at a time;
// what is decided meanwhile gathers for the next.

// pending is an outcome that waits for the disk, with what goes out beside it.
type pending struct {
	outcome   *outcome // nil: it has been let go already
	beginsRun bool     // from then on outcomes of this relaxed room don't wait
	effects   effects
	changes   []persistence.Change // none: it only waits its turn
	remaining []persistence.Change // memberships and invitations of a very large room that is gone, for commits of their own
	fetch     *room.Fetch          // in the place of an outcome: what is to be read then, when all before it is on disk
}

// effects is what an outcome means to others than those inside.
type effects struct {
	by      room.ConnectionID
	listing room.Listing
	exists  bool
	errands []*errand
	told    uint64 // seq of the newest record once those inside know of it
}

// stored tells a room what became of its write.
type stored struct {
	activation uint64
	err        error
}

// isWriting reports whether anything waits for the disk.
func (a *roomActor) isWriting() bool { return len(a.underWay) > 0 || len(a.gathered) > 0 }

// submit lets an outcome go, now or in its turn.
func (a *roomActor) submit(ctx actor.Context, p *pending) {
	if a.relaxed && !a.state.Exists() {
		a.endRelaxed() // that a room is gone is told when it is on disk
	}
	if a.relaxed && p.fetch == nil {
		a.submitRelaxed(ctx, p)
		return
	}
	if len(p.changes) == 0 && !a.isWriting() {
		a.letGo(ctx, p)
		return
	}
	a.gathered = append(a.gathered, p)
	a.pace.gather(p)
	a.write(ctx)
}

// write hands the journal what has gathered, unless a write is under way or the
// room is so busy that it waits for more.
func (a *roomActor) write(ctx actor.Context) {
	if len(a.underWay) > 0 || len(a.gathered) == 0 || a.waitsForMore(ctx) {
		return
	}
	a.pace.begin(time.Now())
	n, changes := storedAtOnce(a.gathered)
	a.underWay, a.gathered = a.gathered[:n:n], a.gathered[n:]
	if len(a.gathered) == 0 { // so the room is what these changes make it
		a.pace.clear()
		changes = a.disk.addSnapshot(a, changes)
	}
	node, self, activation := a.node, ctx.Self(), a.activation
	var result chan error // which a relaxed room waits for at its end
	if a.relaxed {
		result = make(chan error, 1)
	}
	a.writeOutcome = result
	node.journal.give(changes, func(err error) {
		if result != nil {
			result <- err
		}
		node.send(self, &stored{activation, err})
	})
}

// waitsForMore reports whether what has gathered waits for what follows, until a
// timer writes it. A relaxed room has its own reason to write.
func (a *roomActor) waitsForMore(ctx actor.Context) bool {
	wait := time.Until(a.pace.due())
	if a.relaxed || wait <= 0 {
		return false
	}
	a.flushIn(ctx, wait)
	return true
}

// planWrite has what waits written in time for the next fan-out.
func (a *roomActor) planWrite(ctx actor.Context, m *fanOutPlanned) {
	a.pace.fanOut = m.at
	if !a.relaxed {
		a.stopFlush()
		a.write(ctx)
	}
}

// storedAtOnce returns how many of these outcomes are stored together, and their
// changes.
func storedAtOnce(gathered []*pending) (n int, changes []persistence.Change) {
	for n < min(len(gathered), roomWriteMax) && len(changes) < roomChangesMax {
		changes = append(changes, gathered[n].changes...)
		n++
	}
	return n, changes
}

// stored releases what is on disk by now, and writes on.
func (a *roomActor) stored(ctx actor.Context, m *stored) {
	if m.activation != a.activation {
		return // of a former life, which has answered
	}
	if m.err != nil {
		a.node.log.Error("room could not be stored", "room", a.id, "error", m.err)
		a.giveUpWrites()
		a.awaitRoster(ctx)
		return
	}
	a.pace.end(time.Now())
	done, begins := a.underWay, false
	a.underWay = nil
	a.releaseTogether(ctx, func() {
		for _, p := range done {
			a.letGo(ctx, p)
			begins = begins || p.beginsRun
		}
		if begins {
			a.beginRun(ctx)
		}
		for len(a.gathered) > 0 && len(a.gathered[0].changes) == 0 {
			a.letGo(ctx, a.gathered[0])
			a.gathered = a.gathered[1:]
		}
	})
	for _, p := range done {
		a.removeRelations(p.remaining)
	}
	if len(a.gathered) == 0 {
		a.pace.clear()
	}
	a.write(ctx)
	a.offerToEnd(ctx)
}

// giveUpWrites answers all that waits for the disk: what became of it is not
// known, and nobody is told of it. The accounts of those whose membership it
// was about are told when the room is read again.
func (a *roomActor) giveUpWrites() {
	lost := append(a.underWay, a.gathered...)
	a.underWay, a.gathered = nil, nil
	a.pace.clear()
	for _, p := range lost {
		if p.outcome != nil && p.outcome.request != nil {
			a.node.refuse(p.outcome.request)
		}
		for _, e := range p.effects.errands {
			switch e.command.(type) {
			case user.JoinedRoom, user.LeftRoom:
				a.unsure = append(a.unsure, e.user)
			}
		}
	}
}

// tellUnsure tells accounts what became of memberships that were lost sight of.
func (a *roomActor) tellUnsure() {
	for _, id := range a.unsure {
		var c user.Command = user.LeftRoom{RoomID: a.id}
		if a.state.IsMember(id) {
			c = user.JoinedRoom{RoomID: a.id}
		}
		a.node.region.route(&errand{user: id, command: c})
	}
	a.unsure = nil
}

// letGo releases an outcome. The directory and the accounts come first, in this
// order: whoever has read the reply must find there what it says, and accounts
// ask the directory about the room.
func (a *roomActor) letGo(ctx actor.Context, p *pending) {
	if p.outcome == nil {
		return
	}
	if p.fetch != nil {
		a.read(ctx, p.outcome.request, *p.fetch)
		return
	}
	a.tellDirectory(ctx, p.effects)
	for _, e := range p.effects.errands {
		a.node.region.route(e)
	}
	a.release(ctx, p.outcome)
	a.told = p.effects.told
}
