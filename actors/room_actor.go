package actors

import (
	"errors"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// roomActor owns one room: it decides requests one after another, puts on disk
// what is to last, and hands every outcome to the room's relay. The same value
// serves again after a restart.
type roomActor struct {
	// static after construction
	node      *Node
	id        string
	leftovers *leftovers

	// owned by the actor
	state        *room.Room
	loaded       bool // state is what the store has; if not, it only keeps who is inside
	found        bool // it was loaded in this life before, so the directory knows whether the room is there
	disk         roomDisk
	activation   uint64
	number       uint64     // of the last outcome
	together     bool       // what is released waits for the rest of it
	released     []*outcome // that wait for it
	told         uint64     // seq of the newest record that those inside know of
	waited       int        // requests that wait for a password or for old messages
	started      bool       // it has come to life before: if it does again, it has failed
	failures     failures
	reborn       bool         // waits for the relay's roster
	held         []*request   // wait for it too; bounded by the connections' credit
	underWay     []*pending   // their write is
	gathered     []*pending   // wait for it, and for the next one
	writeOutcome <-chan error // of the last write, for an actor that stops and gets no more messages
	pace         writePace    // of what has gathered, but in a relaxed room
	relaxed      bool         // what is to last is told before it is on disk; that it is so is
	flush        *time.Timer  // of what has gathered in a relaxed room or a busy one; nil: it doesn't run
	reading      reading      // connections that wait for old messages
	unsure       []string     // ids of users whose membership was about to change when a write failed
	listed       bool         // the directory shows it
	listing      room.Listing // as the directory was told
}

func newRoomActor(n *Node, id string) *roomActor {
	return &roomActor{node: n, id: id, state: room.New(id), leftovers: &leftovers{node: n}}
}

func (a *roomActor) props() *actor.Props {
	return a.node.props(same(a), actor.WithMailbox(a.node.workers.mailboxes(a.leftovers.received)))
}

// Receive decides requests.
func (a *roomActor) Receive(ctx actor.Context) {
	defer a.node.logPanic("room")
	switch m := ctx.Message().(type) {
	case *actor.Started:
		a.start(ctx)
	case *request:
		a.handle(ctx, m)
	case *resumed:
		a.resume(ctx, m)
	case *stored:
		a.stored(ctx, m)
	case *fanOutPlanned:
		a.planWrite(ctx, m)
	case *flushDue:
		a.flushNow(ctx)
	case *roster:
		a.reseat(ctx, m)
	case *end:
		a.end(ctx)
	case *actor.Stopping:
		a.passivate(ctx)
	case *actor.Stopped:
		a.node.counts.liveRooms.Add(-1)
		a.node.log.Debug("room has left memory", "room", a.id)
		a.leaveBehind()
	}
}

// start loads the room, the first time that it is called.
func (a *roomActor) start(ctx actor.Context) {
	a.activation, a.number = a.node.activations.Add(1), 0
	if a.started {
		a.restart(ctx)
		return
	}
	a.started = true
	a.node.counts.liveRooms.Add(1)
	a.node.log.Debug("room comes to memory", "room", a.id)
	if a.load() {
		a.told = a.state.Seq()
	}
	a.takeSeats(ctx)
}

func (a *roomActor) handle(ctx actor.Context, q *request) {
	if a.reborn {
		a.held = append(a.held, q)
		return
	}
	if a.reading.holds(q) {
		return
	}
	if len(a.gathered) >= roomGatheredMax && !q.onlySeats() {
		a.node.refuse(q) // the store hangs
		return
	}
	decided := false
	defer func() {
		if !decided { // a panic is under way: nobody knows how far it came
			a.node.refuse(q)
		}
	}()
	a.decide(ctx, q)
	decided = true
	a.offerToEnd(ctx)
}

// decide brings one request to its outcome.
func (a *roomActor) decide(ctx actor.Context, q *request) {
	if !a.loaded && !a.reload(ctx, a.state.Members()) {
		a.suspend(ctx, q)
		return
	}
	d := a.rule(q)
	switch {
	case d.Check != nil:
		a.judge(ctx, q, *d.Check)
		return
	case d.Fetch != nil:
		a.reading.begin(q)
		a.submit(ctx, &pending{outcome: &outcome{request: q}, fetch: d.Fetch})
		return
	}
	p := &pending{outcome: &outcome{request: q, reply: d.Reply, events: d.Events}}
	if a.beginsRun(d.Events) {
		d.Events, p.beginsRun = append(slices.Clip(d.Events), room.RunBegan{}), true
	}
	if err := a.disk.prepare(a, d.Events, p); err != nil {
		a.node.log.Error("room could not be encoded", "room", a.id, "error", err)
		a.refuse(ctx, q)
		return
	}
	p.effects = effects{by: q.connection, errands: a.errands(d.Events)}
	for _, e := range d.Events {
		a.state.Apply(e)
	}
	p.outcome.inside = a.state.Inside(q.from.ID, q.connection)
	p.effects.told = a.state.Seq()
	p.effects.listing, p.effects.exists = a.state.Listing()
	a.submit(ctx, p)
}

// rule asks the rules. A panic in them costs the caller an "internal", and
// the room nothing: Decide changes nothing.
func (a *roomActor) rule(q *request) room.Decision {
	if q.late {
		return a.ruleLate()
	}
	r := room.Request{
		From: q.from, Connection: q.connection, Command: q.command,
		At: time.Now().UTC().Truncate(time.Millisecond), // as fine as clients see it
	}
	if !a.state.Exists() {
		r.Epoch = a.node.newEpoch()
	}
	var err error // logged where it happened
	d := func() (d room.Decision) {
		defer a.node.rescue("room rules", &err)
		return a.state.Decide(r)
	}()
	if err != nil {
		return room.Decision{Reply: room.ErrInternal}
	}
	return d
}

// ruleLate answers a request that was meant for a room which is gone, as that
// one would have. This one may have its connection inside, since a later join:
// the earlier request must not take effect after it.
func (a *roomActor) ruleLate() room.Decision {
	if a.state.Exists() {
		return room.Decision{Reply: room.ErrNotInRoom}
	}
	return room.Decision{Reply: room.ErrRoomNotFound}
}

// suspend answers a request that can't be decided while the store fails.
// Connections end, go away and come back all the same: seats are not stored.
func (a *roomActor) suspend(ctx actor.Context, q *request) {
	o := &outcome{request: q, reply: room.ErrUnavailable}
	if q.onlySeats() {
		for _, e := range a.rule(q).Events {
			switch e.(type) {
			case room.Left, room.WentAway, room.CameBack:
				a.state.Apply(e)
				o.events = append(o.events, e)
			}
		}
	}
	o.inside = a.state.Inside(q.from.ID, q.connection)
	a.release(ctx, o)
}

// release numbers an outcome and hands it to the relay.
func (a *roomActor) release(ctx actor.Context, o *outcome) {
	a.number++
	o.room, o.pid, o.activation, o.number = a.id, ctx.Self(), a.activation, a.number
	o.durable = a.state.Persistent() && !a.relaxed
	if o.request != nil {
		if o.request.answer != nil {
			o.request.answer(o.reply)
		}
	}
	if a.together {
		a.released = append(a.released, o)
		return
	}
	ctx.Send(a.node.relay(a.id), o)
}

// releaseTogether hands the relay at once what letGo releases.
func (a *roomActor) releaseTogether(ctx actor.Context, letGo func()) {
	a.together = true
	defer func() {
		all := a.released
		a.together, a.released = false, nil
		if len(all) > 0 {
			ctx.Send(a.node.relay(a.id), &outcomes{all})
		}
	}()
	letGo()
}

// judge has a password compared without holding the room up.
func (a *roomActor) judge(ctx actor.Context, q *request, check room.Check) {
	a.waited++
	n, self := a.node, ctx.Self()
	n.passwords.comparisons.Go(func() {
		by := passwordFor{origin: n.connection(q.connection).origin(), room: q.room}
		matches, err := n.passwords.matches(by, check.Password, check.PasswordHash)
		if err != nil && !errors.Is(err, errPasswordsBusy) { // a flood must not fill the log
			n.log.Warn("password could not be compared", "room", q.room, "error", err)
		}
		join := q.command.(room.Join)
		join.Verdict = &room.Verdict{PasswordHash: check.PasswordHash, Matches: matches}
		again := *q
		again.command = join
		n.send(self, &resumed{request: &again, failed: err != nil})
	})
}

// resume decides a request again, now that it has what it waited for.
func (a *roomActor) resume(ctx actor.Context, m *resumed) {
	a.waited = max(0, a.waited-1) // 0 after a restart
	behind := a.reading.end(m.request)
	if m.failed {
		a.refuse(ctx, m.request)
		a.offerToEnd(ctx)
	} else {
		a.handle(ctx, m.request)
	}
	for _, q := range behind {
		a.handle(ctx, q)
	}
}

// refuse answers a request with "unavailable", in its turn.
func (a *roomActor) refuse(ctx actor.Context, q *request) {
	o := &outcome{request: q, reply: room.ErrUnavailable, inside: a.state.Inside(q.from.ID, q.connection)}
	p := &pending{outcome: o, effects: effects{told: a.state.Seq()}}
	p.effects.listing, p.effects.exists = a.state.Listing()
	a.submit(ctx, p)
}

// isIdle reports whether nothing needs this room in memory.
func (a *roomActor) isIdle() bool {
	return a.waited == 0 && !a.reborn && !a.isWriting() && (!a.state.Exists() || a.state.Empty())
}

func (a *roomActor) offerToEnd(ctx actor.Context) {
	if a.isIdle() {
		ctx.Send(ctx.Parent(), &idle{roomKey(a.id), a.worth()})
	}
}

// worth returns how many bytes it takes to keep the room in memory though
// nothing needs it; 0: it shall go. One that is not stored has to, and a relaxed
// one, so that a hard stop later costs it no epoch.
func (a *roomActor) worth() int {
	if !a.loaded || a.relaxed || !a.state.Exists() || !a.state.Persistent() {
		return 0
	}
	return a.state.Bytes()
}

// end ends the actor, unless someone has come since it offered that.
func (a *roomActor) end(ctx actor.Context) {
	if a.isIdle() {
		ctx.Stop(ctx.Self())
		return
	}
	ctx.Send(ctx.Parent(), &staying{roomKey(a.id)})
}

// passivate leaves a snapshot behind, if it would say anything new, and the
// directory right also where the room was given up with people inside. A panic
// here must not reach the supervisor: it would start the room again, which
// would end again, without end.
func (a *roomActor) passivate(ctx actor.Context) {
	var err error // logged where it happened
	defer a.node.rescue("end of a room", &err)
	a.endRun()
	a.leave()
	rests := a.loaded  // as the store has it
	if a.isWriting() { // given up, or the node stops: the next life must not begin before it is done
		a.giveUpWrites()
		err = a.node.journal.commit()
		rests = false
	} else if a.loaded && a.disk.stale {
		rests = a.disk.snapshot(a)
	}
	switch {
	case a.state.Persistent():
		a.tellRest(ctx, rests)
	case a.listed:
		ctx.Send(a.node.directory, &listingEnded{a.id})
	}
	if !a.state.Persistent() && !a.node.stopping.Load() { // given up, and gone with all seats
		a.tellAccounts(a.state.Members(), nil)
	}
}

// tellRest tells the directory how a persistent room is stored that leaves memory.
// If its actor can't say, since nobody knows what became of what it last stored,
// the store does.
func (a *roomActor) tellRest(ctx actor.Context, rests bool) {
	stored, err := a.disk.summary, error(nil)
	if !rests {
		stored, err = a.storedListing()
	}
	switch {
	case !a.found: // to the directory it has been at rest all the time
	case err != nil && a.listed:
		a.listing.UserCount = 0
		ctx.Send(a.node.directory, &listingChanged{listing: a.listing})
	case err == nil && stored.ID != "":
		ctx.Send(a.node.directory, &listingRested{stored})
	case err == nil && a.listed:
		ctx.Send(a.node.directory, &listingEnded{a.id})
	}
}

func (a *roomActor) storedListing() (l room.Listing, err error) {
	defer a.node.rescue("store", &err)
	return storedListing(a.node.config.Store, a.id)
}

// leaveBehind has what comes from now on sent to the shard. What waited for a
// roster that didn't help is refused: it might be what the room fails on.
func (a *roomActor) leaveBehind() {
	a.leftovers.stopped = true
	held := append(a.held, a.reading.endAll()...)
	a.held = nil
	for _, q := range held {
		a.node.refuse(q)
	}
}

// tellDirectory tells how the room is to be shown, where that has changed.
func (a *roomActor) tellDirectory(ctx actor.Context, e effects) {
	now, exists, by := e.listing, e.exists, e.by
	switch {
	case exists && (!a.listed || differs(a.listing, now)):
		if a.listed { // it is not new, though it may be public only now
			by = ""
		}
		ctx.Send(a.node.directory, &listingChanged{listing: now, by: by})
	case !exists && a.listed:
		ctx.Send(a.node.directory, &listingEnded{a.id})
	default:
		return
	}
	a.listing, a.listed = now, exists
}

// differs reports whether the directory should be told: of a later activity
// only when it is late enough.
func differs(told, now room.Listing) bool {
	if now.LastActivity.Sub(told.LastActivity) < activityInterval {
		now.LastActivity = told.LastActivity
	}
	return told != now
}
