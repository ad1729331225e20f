package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// load reads the room from the store; there, it may not exist.
func (a *roomActor) load() bool {
	state, err := a.disk.load(a)
	if err != nil {
		a.node.log.Error("room could not be loaded", "room", a.id, "error", err)
		return false
	}
	a.state, a.loaded = state, true
	return true
}

// reload reads the room again after a failure, and seats those who are inside.
// It reports whether the room can go on.
func (a *roomActor) reload(ctx actor.Context) bool {
	inside := a.state.Connections()
	if !a.load() {
		return false
	}
	a.seat(ctx, inside)
	if a.told != a.state.Seq() { // a record is on disk that nobody was told of
		a.told = a.state.Seq()
		ctx.Send(a.node.relay(a.id), &roomFailed{a.id})
	}
	a.tellDirectory(ctx, "")
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
	origin := a.state.Origin(newEpoch(), time.Now().UTC().Truncate(time.Millisecond))
	survives := a.state.Exists() && !a.state.Persistent() && len(m.inside) > 0
	if !survives {
		origin = room.Created{Settings: room.Settings{Persistent: true}} // stands in until the store answers
	}
	a.state = room.New(a.id)
	a.state.Apply(origin)
	a.seat(ctx, m.inside)
	if survives {
		a.loaded, a.told = true, 0
		a.tellDirectory(ctx, "")
	} else {
		a.reload(ctx) // should it fail, the next request tries again
	}
	for len(a.held) > 0 { // one by one: should one fail, the rest waits for the next roster
		q := a.held[0]
		a.held = a.held[1:]
		a.handle(ctx, q)
	}
	a.held = nil
	a.offerToEnd(ctx)
}
