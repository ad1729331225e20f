package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// failures counts how often an actor has failed of late.
type failures struct {
	count int
	since time.Time
}

// tooMany counts one more, and reports whether they are too many.
func (f *failures) tooMany(now time.Time) bool {
	if now.Sub(f.since) >= restartWindow {
		f.count, f.since = 0, now
	}
	f.count++
	return f.count > restartsMax
}

// restart goes on after a panic: it first asks the relay who is inside.
// Everything that this actor has sent there before is done by then. What it has
// made of the room is not to be stored: nobody knows how far it came.
func (a *roomActor) restart(ctx actor.Context) {
	a.waited, a.loaded = 0, false
	if a.isWriting() { // nothing is read again before that is done, whatever becomes of it
		a.giveUpWrites()
		if err := a.node.journal.commit(); err != nil {
			a.node.log.Warn("store fails while a room begins anew", "room", a.id, "error", err)
		}
	}
	if a.failures.tooMany(time.Now()) {
		a.node.log.Error("room was given up", "room", a.id, "failures", a.failures.count)
		ctx.Stop(ctx.Self())
		return
	}
	a.awaitRoster(ctx)
}

// awaitRoster holds all requests until the relay has said who is inside: of
// those that were on their way in or out nobody was told.
func (a *roomActor) awaitRoster(ctx actor.Context) {
	a.loaded, a.reborn = false, true
	a.held = append(a.held, a.reading.endAll()...)
	ctx.Send(a.node.relay(a.id), &rosterWanted{room: a.id, pid: ctx.Self()})
}

// load reads the room from the store; there, it may not exist.
func (a *roomActor) load() bool {
	state, err := a.disk.load(a)
	if err != nil {
		a.node.log.Error("room could not be loaded", "room", a.id, "error", err)
		return false
	}
	if err := a.disk.renewEpoch(a, state); err != nil {
		a.node.log.Error("room could not begin a new epoch", "room", a.id, "error", err)
		return false
	}
	a.state, a.loaded, a.relaxed = state, true, state.Running()
	if !a.found {
		a.found = true
		if a.listing, a.listed = state.Listing(); a.listed {
			a.node.send(a.node.directory, &listingRead{a.listing})
		}
	}
	return true
}

// reload reads the room again after a failure, and seats those who are inside.
// Accounts learn who is a member now that was none, and the other way round. It
// reports whether the room can go on.
func (a *roomActor) reload(ctx actor.Context, members []string) bool {
	inside := a.state.Connections()
	if !a.load() {
		return false
	}
	a.seat(ctx, inside)
	listing, exists := a.state.Listing()
	a.tellDirectory(ctx, effects{listing: listing, exists: exists})
	a.tellAccounts(members, a.state.Members())
	a.tellUnsure()
	if a.told != a.state.Seq() { // a record is on disk that nobody was told of
		a.told = a.state.Seq()
		ctx.Send(a.node.relay(a.id), &roomFailed{a.id})
	}
	return true
}

// seat brings connections in that were inside before. A room that is gone has
// none.
func (a *roomActor) seat(ctx actor.Context, inside []room.Joined) {
	if !a.state.Exists() {
		if len(inside) > 0 {
			a.release(ctx, &outcome{events: []room.Event{room.Removed{At: time.Now().UTC()}}})
		}
		return
	}
	for _, e := range inside {
		a.state.Apply(e)
	}
}

// reseat goes on after a failure, with those inside whom the relay knows. A
// persistent room is what the store has; an ephemeral one, of which nothing is
// left, begins a new epoch.
func (a *roomActor) reseat(ctx actor.Context, m *roster) {
	if !a.reborn {
		return
	}
	a.reborn = false
	members := a.state.Members()
	origin := a.state.Origin(a.node.newEpoch(), time.Now().UTC().Truncate(time.Millisecond))
	survives := a.state.Exists() && !a.state.Persistent() && len(m.inside) > 0
	if !survives {
		origin = room.Created{Settings: room.Settings{Persistent: true}} // stands in until the store answers
	}
	a.state = room.New(a.id)
	a.state.Apply(origin)
	a.seat(ctx, m.inside)
	a.loaded = survives
	if survives {
		a.tellAccounts(members, a.state.Members())
	} else {
		a.reload(ctx, members) // should it fail, the next request tries again
	}
	for len(a.held) > 0 { // one by one: should one fail, the rest waits for the next roster
		q := a.held[0]
		a.held = a.held[1:]
		a.handle(ctx, q)
	}
	a.held = nil
	a.offerToEnd(ctx)
}
