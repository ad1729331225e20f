package actors

import (
	"encoding/json"
	"fmt"
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
	index   *roomIndex
	feed    *feed
	stream  *stream    // of the feed; nil: nobody comes back
	welcome *delivered // what a watcher without rooms of its own is told first; nil: to be made anew
}

// delivered is what some are told at once.
type delivered struct {
	frames []Frame
	places []position
	at     time.Time
}

func newDirectory(n *Node, listings []room.Listing) *directory {
	d := &directory{node: n, index: newRoomIndex(), stream: n.newStream()}
	d.feed = newFeed(d.tell)
	for _, l := range listings {
		d.index.put(l)
		if l.Public() {
			d.feed.know(l)
		}
	}
	if n.returning != nil {
		d.watchOn(n.returning)
	}
	return d
}

// Receive keeps the directory.
func (d *directory) Receive(ctx actor.Context) {
	defer d.node.logPanic("directory")
	switch m := ctx.Message().(type) {
	case *listingChanged:
		d.change(m)
	case *listingEnded:
		d.end(m.room)
	case *welcome:
		listings := d.index.latestOf(m.rooms, roomsListedMax)
		ctx.Send(m.account, &welcomeRooms{connection: m.connection, listings: listings})
	case *watch:
		d.watch(m)
	case *unwatch:
		delete(d.feed.watchers, m.connection.id)
	case *watchWanted:
		d.watchWanted(m)
	case *listWanted:
		d.list(m)
	case *statsWanted:
		ctx.Respond(d.index.stats())
	case *allWanted:
		ctx.Respond(d.index.everything(m.query))
	case *tellHeld:
		d.feed.tick()
	case *actor.Stopping:
		d.feed.stop()
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
	was, known := d.index.put(m.listing)
	switch {
	case m.listing.Public():
		d.feed.change(m.listing, m.by)
	case known && was.Public():
		d.feed.end(m.listing.ID)
	}
}

func (d *directory) end(id string) {
	if d.node.stopping.Load() {
		return
	}
	d.welcome = nil
	if was, known := d.index.remove(id); known && was.Public() {
		d.feed.end(id)
	}
}

// watch tells a connection what rooms there are, and from then on what
// changes. One that has not ended by now sends its unwatch later.
func (d *directory) watch(m *watch) {
	if m.connection.hasEnded() {
		return
	}
	m.connection.welcomed = true
	if !m.connection.unwatched.Load() {
		d.feed.watchers[m.connection.id] = m.connection
	}
	if len(m.rooms) > 0 {
		m.connection.tellOwn(func(next func() string) []Frame {
			return d.encode(room.RoomsListed{Rooms: d.first(m.rooms)}, next)
		})
		return
	}
	if d.welcome == nil || time.Since(d.welcome.at) > welcomeAge {
		d.welcome = d.deliver(d.node.newStream(), room.RoomsListed{Rooms: d.first(nil)}, "")
	}
	d.welcome.offer(m.connection)
}

// first returns the user's own rooms, as they are by now, and after them public
// ones, by last activity. Private ones are as they were when they said that he
// is in them: what they are now, he may not know any more.
func (d *directory) first(own []room.ListedRoom) []room.ListedRoom {
	rooms := make([]room.ListedRoom, 0, roomsListedMax)
	shown := make(map[string]bool, len(own))
	for _, r := range own {
		if now, exists := d.index.rooms[r.ID]; exists {
			if !now.Private {
				r.Listing = now
			}
			rooms = append(rooms, r)
			shown[r.ID] = true
		}
	}
	d.index.latest(func(l room.Listing) bool {
		if len(rooms) < roomsListedMax && !shown[l.ID] {
			rooms = append(rooms, room.ListedRoom{Listing: l})
		}
		return len(rooms) < roomsListedMax
	})
	return rooms
}

// watchWanted begins or ends a connection's watching. One that is still to be
// told what rooms there are begins with that.
func (d *directory) watchWanted(m *watchWanted) {
	switch {
	case !m.on:
		delete(d.feed.watchers, m.connection.id)
	case m.connection.welcomed && !m.connection.hasEnded():
		d.feed.watchers[m.connection.id] = m.connection
	}
	m.connection.settle(m.number, room.Done{})
}

func (d *directory) list(m *listWanted) {
	if m.query.Mine {
		m.connection.settle(m.number, d.index.pageOf(m.mine, m.query))
		return
	}
	m.connection.settle(m.number, d.index.page(m.query))
}

// tell offers an event to every watcher but one.
func (d *directory) tell(e room.DirectoryEvent, except room.ConnectionID) {
	one := d.deliver(d.stream, e, except)
	for id, c := range d.feed.watchers {
		if id != except {
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

// loadListings reads the persistent rooms.
func (n *Node) loadListings() ([]room.Listing, error) {
	var listings []room.Listing
	err := n.config.Store.Keys(roomPrefix, func(key string, summary []byte) error {
		var l storedSummary
		if err := json.Unmarshal(summary, &l); err != nil {
			return fmt.Errorf("actors: summary of room %q: %w", roomOf(key), err)
		}
		if l.ID != "" {
			listings = append(listings, l.Listing)
		}
		return nil
	})
	return listings, err
}

// storedSummary is a room's entry in the stored directory: a listing, or of a
// room that is gone when that was. Of one that was deleted before that was noted
// it is null.
type storedSummary struct {
	room.Listing
	DeletedAt time.Time `json:"deletedAt,omitzero"`
}

// tombstone returns the entry of a room that was deleted then.
func tombstone(at time.Time) []byte {
	return at.AppendFormat(nil, `{"deletedAt":"`+time.RFC3339Nano+`"}`)
}

// encodeSummary returns a room's entry in the stored directory.
func encodeSummary(r *room.Room) ([]byte, error) {
	l, exists := r.Listing()
	if !exists {
		return tombstone(r.RemovedAt()), nil
	}
	return json.Marshal(l)
}
