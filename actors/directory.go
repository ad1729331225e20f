package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// directory knows the rooms there are: it answers what clients ask of them, and
// has the public ones told to those who watch.
type directory struct {
	// static after construction
	node *Node

	// owned by the actor
	self    *actor.PID
	index   *roomIndex // of the rooms in memory, and of some at rest
	resting *atRest
	feed    *feed
	lists   lists
	stream  *stream    // of the feed; nil: nobody comes back
	welcome *delivered // what a watcher without rooms of its own is told first; nil: to be made anew
}

// delivered is what some are told at once.
type delivered struct {
	frames []Frame
	places []position
	at     time.Time
}

func newDirectory(n *Node, stored *storedRooms) *directory {
	d := &directory{node: n, index: newRoomIndex(), stream: n.newStream()}
	d.resting = newAtRest(d.index, stored)
	d.feed = newFeed(d.tell)
	if n.returning != nil {
		d.watchOn(n.returning, stored.left)
	}
	return d
}

// Receive keeps the directory.
func (d *directory) Receive(ctx actor.Context) {
	defer d.node.logPanic("directory")
	d.self = ctx.Self()
	switch m := ctx.Message().(type) {
	case *listingChanged:
		d.change(m)
	case *listingEnded:
		d.end(m.room)
	case *listingRead:
		d.resting.read(m.listing)
	case *listingRested:
		d.rest(m.listing)
	case *listingsRead:
		d.goOn(m)
	case *welcome:
		d.chooseOwn(m)
	case *watch:
		d.watch(m)
	case *unwatch:
		d.feed.watchers.remove(m.connection)
	case *watchWanted:
		d.watchWanted(m)
	case *listWanted:
		d.list(m)
	case *listsDue:
		d.answerLists()
	case *statsWanted:
		d.stats(ctx.Sender())
	case *allWanted:
		d.all(ctx.Sender(), m.query)
	case *tellHeld:
		d.feed.tick()
	case *actor.Stopping:
		d.feed.stop()
		d.lists.stop()
		d.leave()
		return
	}
	d.feed.schedule(func() { d.node.send(ctx.Self(), &tellHeld{}) })
}

func (d *directory) change(m *listingChanged) {
	if d.node.stopping.Load() { // it is the server that goes, not those inside
		return
	}
	d.welcome = nil
	d.resting.wake(m.listing)
	was, known := d.index.put(m.listing)
	switch {
	case m.listing.Public():
		d.feed.change(m.listing, m.by, known && was.Public())
	case known && was.Public():
		d.feed.end(m.listing.ID)
	}
}

func (d *directory) end(id string) {
	if d.node.stopping.Load() {
		return
	}
	d.welcome = nil
	was, known := d.index.remove(id)
	if !known {
		return
	}
	d.resting.end(was)
	if was.Public() {
		d.feed.end(id)
	}
}

// rest takes in that a room has left memory, and how it is stored.
func (d *directory) rest(l room.Listing) {
	if d.node.stopping.Load() {
		return
	}
	d.change(&listingChanged{listing: l})
	d.feed.rest(l.ID)
	d.resting.rest(l)
}

// watch tells a connection what rooms there are, and from then on what
// changes. Should the store fail, it is told those that are known without.
func (d *directory) watch(m *watch) {
	if len(m.rooms) == 0 && d.welcome != nil && time.Since(d.welcome.at) <= welcomeAge {
		d.begin(m.connection, func() { d.welcome.offer(m.connection) })
		return
	}
	d.ask(&question{by: m.connection, answer: func(r *restingRead) fetch {
		if m.connection.hasEnded() {
			return nil
		}
		rooms, lack := d.first(m.rooms, r)
		if lack == nil {
			d.begin(m.connection, func() { d.tellFirst(m.connection, rooms, len(m.rooms) > 0) })
		}
		return lack
	}})
}

// begin makes a connection a watcher that is told what rooms there are now. One
// that has not ended by now sends its unwatch later.
func (d *directory) begin(c *Connection, tell func()) {
	if c.hasEnded() {
		return
	}
	c.welcomed = true
	if !c.unwatched.Load() {
		d.feed.watchers.put(c, struct{}{})
	}
	tell()
}

// tellFirst tells a connection these rooms: a list that is nobody's own is encoded
// once.
func (d *directory) tellFirst(c *Connection, rooms []room.ListedRoom, own bool) {
	if own {
		c.tellOwn(func(next func() string) []Frame { return d.encode(room.RoomsListed{Rooms: rooms}, next) })
		return
	}
	d.welcome = d.deliver(d.node.newStream(), room.RoomsListed{Rooms: rooms}, "")
	d.welcome.offer(c)
}

// first returns the user's own rooms, as they are by now, and after them public
// ones, by last activity. Private ones are as they were when they said that he
// is in them: what they are now, he may not know any more.
func (d *directory) first(own []room.ListedRoom, r *restingRead) ([]room.ListedRoom, fetch) {
	rooms := make([]room.ListedRoom, 0, roomsListedMax)
	shown := make(map[string]bool, len(own))
	ids := make([]string, len(own))
	for i := range own {
		ids[i] = own[i].ID
	}
	if lack := d.index.lookUp(ids, r); lack != nil {
		return nil, lack
	}
	for _, o := range own {
		if now, exists := d.index.listing(o.ID, r); exists {
			if !now.Private {
				o.Listing = now
			}
			rooms = append(rooms, o)
			shown[o.ID] = true
		}
	}
	lack := d.index.latest(r, roomsListedMax, func(l room.Listing) bool {
		if len(rooms) < roomsListedMax && !shown[l.ID] {
			rooms = append(rooms, room.ListedRoom{Listing: l})
		}
		return len(rooms) < roomsListedMax
	})
	return rooms, lack
}

// chooseOwn tells an account which of its user's rooms come first.
func (d *directory) chooseOwn(m *welcome) {
	d.ask(&question{by: m.connection, answer: func(r *restingRead) fetch {
		listings, lack := d.index.latestOf(m.rooms, roomsListedMax, r)
		if lack == nil {
			m.account.post(&welcomeRooms{connection: m.connection, listings: listings})
		}
		return lack
	}})
}

// watchWanted begins or ends a connection's watching. One that is still to be
// told what rooms there are begins with that.
func (d *directory) watchWanted(m *watchWanted) {
	switch {
	case !m.on:
		d.feed.watchers.remove(m.connection)
	case m.connection.welcomed && !m.connection.hasEnded():
		d.feed.watchers.put(m.connection, struct{}{})
	}
	m.connection.settle(m.number, room.Done{})
}

func (d *directory) all(administrator *actor.PID, q room.ListRooms) {
	respond := func(reply room.Reply) { d.node.send(administrator, reply) }
	d.askFor(nil, respond, func(r *restingRead) (room.Reply, fetch) { return d.index.everything(q, r) })
}

// stats counts the rooms for an administrator. Should the store fail, the largest
// are those that are known without.
func (d *directory) stats(administrator *actor.PID) {
	d.ask(&question{answer: func(r *restingRead) fetch {
		s, lack := d.index.stats(r)
		if lack == nil {
			d.resting.count(&s)
			d.node.send(administrator, s)
		}
		return lack
	}})
}

// tell offers an event to every watcher but one.
func (d *directory) tell(e room.DirectoryEvent, except room.ConnectionID) {
	one := d.deliver(d.stream, e, except)
	for c := range d.feed.watchers.entries {
		if c.id != except {
			one.offer(c)
		}
	}
}

// deliver makes of an event what is told of it.
func (d *directory) deliver(s *stream, e room.DirectoryEvent, except room.ConnectionID) *delivered {
	one := &delivered{at: time.Now(), frames: d.encode(e, d.node.offsets(s))}
	for _, f := range one.frames {
		one.places = append(one.places, s.tell(f, except, false))
	}
	return one
}

func (one *delivered) offer(c *Connection) {
	for i, f := range one.frames {
		c.trail.offer(one.places[i], f, false)
	}
}

// encode returns an event's frames; none if the encoder fails, so that the
// directory is right all the same.
func (d *directory) encode(e room.DirectoryEvent, nextOffset func() string) []Frame {
	var err error // logged where it happened
	defer d.node.rescue("encoder", &err)
	return d.node.config.Encoder.DirectoryEvent(e, nextOffset)
}
