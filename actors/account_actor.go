package actors

import (
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
)

// accountActor owns one user's account: it decides errands one after another,
// puts on disk what is to last, and tells the user's connections.
//
// What it knows of connections and rooms comes from those, so it goes on with
// that while the store fails, and after a panic. What is stored is read again
// then, and what nobody waits for is held until it can be.
type accountActor struct {
	mailbox mailbox

	// static after construction
	node *Node
	id   string // the user's

	rooms userRooms // shared with the user's connections

	// owned by the actor
	state    user.Account
	loaded   bool // state is what the store has; if not, it only knows who is connected, and to which rooms
	known    bool // it was so before
	ended    bool // nothing is received any more
	disk     accountDisk
	held     []*errand   // nobody waits for them, and they wait for the store; at most heldErrandsMax
	retry    *time.Timer // of the next try; nil: nothing waits
	welcomes map[room.ConnectionID]*welcoming
	stream   *stream // of notices; nil: none has been told yet, or nobody comes back

	ending *ending // its shard's own; nil: it goes on
}

// receive decides errands.
func (a *accountActor) receive(message any) {
	defer a.logPanic()
	switch m := message.(type) {
	case *errand:
		a.handle(m)
	case *listWanted:
		a.list(m)
	case *tryAgain:
		a.tryAgain()
	case *welcomeRooms:
		a.gather(m)
	case *glanced:
		a.glanced(m)
	case *welcomeDue:
		a.finishWelcome(m.connection)
	case *end:
		a.end()
		return
	}
	a.offerToEnd()
}

// logPanic is the node's, and has the account read again: nobody knows how far it
// came.
func (a *accountActor) logPanic() {
	if reason := recover(); reason != nil {
		a.loaded = false
		a.node.countPanic("account", reason)
		panic(reason)
	}
}

func (a *accountActor) handle(e *errand) {
	connection, begins := beginning(e.command)
	if begins && a.node.connection(connection) == nil {
		return // it has ended already; one that ends later says so behind this
	}
	done := false
	defer func() {
		if done {
			return
		}
		a.node.refuse(e) // a panic is under way
		if ended := a.node.connection(connection); ended != nil {
			ended.closeTransport(WhyInternal)
		}
	}()
	if !a.loaded {
		a.load()
	}
	if !a.loaded && a.needsStore(e.command) || !a.decide(e) {
		a.postpone(e)
	}
	done = true
}

// list gives a query for the user's own rooms on.
func (a *accountActor) list(m *listWanted) {
	if !a.loaded {
		a.load()
	}
	if !a.loaded {
		a.node.refuse(m)
		return
	}
	wanted := *m
	wanted.mine = a.state.Rooms()
	a.node.send(a.node.directory, &wanted)
}

// decide brings an errand to its end; false: the store has failed.
func (a *accountActor) decide(e *errand) bool {
	d := a.rule(e.command)
	if err := a.commit(e.command, d.Events); err != nil {
		a.node.log.Error("account could not be stored", "user", a.id, "error", err)
		a.loaded = false // what is on disk now is not known
		return false
	}
	for _, event := range d.Events {
		a.state.Apply(event)
	}
	a.node.settle(e.connection, e.number, d.Reply)
	a.tell(d.Tells)
	for _, s := range d.Sends {
		a.node.region.route(&errand{user: s.UserID, command: s.Command})
	}
	a.follow(e, d.Reply)
	return true
}

// rule asks the rules. A panic in them costs the caller an "internal".
func (a *accountActor) rule(c user.Command) user.Decision {
	var err error // logged where it happened
	d := func() (d user.Decision) {
		defer a.node.rescue("account rules", &err)
		return a.state.Decide(c)
	}()
	if err != nil {
		return user.Decision{Reply: room.ErrInternal}
	}
	return d
}

// follow does what a command means beyond the account.
func (a *accountActor) follow(e *errand, reply user.Reply) {
	_, refused := reply.(*room.Error)
	switch c := e.command.(type) {
	case user.Connect:
		a.connected(c.Connection, refused)
	case user.Return:
		a.node.accountsLeft.Delete(a.id)
		a.connected(c.Connection, refused)
	case user.Disconnect:
		a.takeWelcome(c.Connection)
	case user.JoinedRoom, user.LeftRoom:
		a.rooms.replace(a.state.Rooms())
	}
}

// beginning returns which connection a command brings, if it does.
func beginning(c user.Command) (id room.ConnectionID, begins bool) {
	switch c := c.(type) {
	case user.Connect:
		return c.Connection, true
	case user.Return:
		return c.Connection, true
	}
	return "", false
}

func (a *accountActor) connected(id room.ConnectionID, refused bool) {
	c := a.node.connection(id)
	switch {
	case c == nil: // its Disconnect follows
	case refused:
		c.closeTransport(WhyTooManyConnections)
	default:
		a.node.send(c.pid, &entered{&a.rooms})
		if !c.wasWelcomed {
			a.welcome(c)
		}
	}
}

// tell offers notices to connections of the user.
func (a *accountActor) tell(tells []user.Tell) {
	for _, t := range tells {
		if err := a.offer(t); err != nil { // nobody knows who has missed it
			for _, id := range t.To {
				if c := a.node.connection(id); c != nil {
					c.closeTransport(WhyInternal)
				}
			}
		}
	}
}

func (a *accountActor) offer(t user.Tell) (err error) {
	defer a.node.rescue("encoder or outbox", &err)
	s := a.notices()
	frame := a.node.config.Encoder.Notice(t.Notice, a.node.nextOffset(s))
	p := s.tell(frame, "", false)
	for _, id := range t.To {
		if c := a.node.connection(id); c != nil {
			c.trail.offer(p, frame, false)
		}
	}
	return nil
}

// notices returns the stream of notices, which few accounts ever need.
func (a *accountActor) notices() *stream {
	if a.stream == nil {
		a.stream = a.node.streamOf(userKey(a.id))
	}
	return a.stream
}
