package actors

import (
	"container/list"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// directory knows the public rooms, and tells its watchers what changes.
type directory struct {
	// static after construction
	node *Node

	// owned by the actor
	rooms    map[string]*list.Element // of recent
	recent   *list.List               // of *listed, the latest activity first
	watchers map[room.ConnectionID]*Connection
	welcome  []Frame            // what a new watcher is told; nil: to be made anew
	held     map[string]*listed // counts not told yet
	timer    *time.Timer        // runs while counts are held back; nil: it does not
}

// listed is a room in the directory.
type listed struct {
	listing room.Listing
	told    int       // the count that watchers know
	toldAt  time.Time // since when
}

func newDirectory(n *Node, listings []room.Listing) *directory {
	d := &directory{
		node:     n,
		rooms:    map[string]*list.Element{},
		recent:   list.New(),
		watchers: map[room.ConnectionID]*Connection{},
		held:     map[string]*listed{},
	}
	for _, l := range listings {
		d.rooms[l.ID] = d.recent.PushBack(&listed{listing: l})
	}
	return d
}

// Receive keeps the directory.
func (d *directory) Receive(ctx actor.Context) {
	defer d.node.logPanic("directory")
	switch m := ctx.Message().(type) {
	case *listingChanged:
		d.change(ctx.Self(), m)
	case *listingEnded:
		d.end(m.room)
	case *watch:
		d.watch(m.connection)
	case *unwatch:
		delete(d.watchers, m.connection.id)
	case *tellCounts:
		d.tellHeld(ctx.Self())
	case *actor.Stopping:
		if d.timer != nil {
			d.timer.Stop()
		}
	}
}

// watch tells a connection what rooms there are, and from then on what
// changes. One that has not ended by now sends its unwatch later.
func (d *directory) watch(c *Connection) {
	if c.hasEnded() {
		return
	}
	d.watchers[c.id] = c
	if d.welcome == nil {
		d.welcome = d.encode(room.RoomsListed{Rooms: d.first(roomsListedMax)})
	}
	offer(c, d.welcome)
}

// encode returns an event's frames; none if the encoder fails, so that the
// directory is right all the same.
func (d *directory) encode(e room.DirectoryEvent) []Frame {
	var err error // logged where it happened
	defer d.node.rescue("encoder", &err)
	return d.node.config.Encoder.DirectoryEvent(e)
}

func (d *directory) first(limit int) []room.Listing {
	rooms := make([]room.Listing, 0, limit)
	for e := d.recent.Front(); e != nil && len(rooms) < limit; e = e.Next() {
		rooms = append(rooms, e.Value.(*listed).listing)
	}
	return rooms
}

func (d *directory) change(self *actor.PID, m *listingChanged) {
	d.welcome = nil
	e := d.rooms[m.listing.ID]
	if e == nil {
		d.rooms[m.listing.ID] = d.recent.PushFront(&listed{listing: m.listing, told: m.listing.UserCount, toldAt: time.Now()})
		d.tell(room.RoomListed{Listing: m.listing}, m.by)
		return
	}
	l := e.Value.(*listed)
	if m.listing.LastActivity.After(l.listing.LastActivity) {
		d.recent.MoveToFront(e)
	}
	l.listing = m.listing
	d.count(self, l)
}

// count tells a room's new count, unless the last one was told just now: then
// it is told a little later, whatever it is by then.
func (d *directory) count(self *actor.PID, l *listed) {
	now := time.Now()
	if l.listing.UserCount == l.told {
		return
	}
	if now.Sub(l.toldAt) >= countInterval {
		d.tellCount(l, now)
		return
	}
	d.held[l.listing.ID] = l
	if d.timer == nil {
		d.timer = time.AfterFunc(countInterval, func() { d.node.send(self, &tellCounts{}) })
	}
}

func (d *directory) tellCount(l *listed, now time.Time) {
	l.told, l.toldAt = l.listing.UserCount, now
	d.tell(room.RoomCounted{RoomID: l.listing.ID, UserCount: l.told}, "")
}

func (d *directory) tellHeld(self *actor.PID) {
	d.timer = nil
	held := d.held
	d.held = map[string]*listed{}
	for _, l := range held {
		d.count(self, l)
	}
}

func (d *directory) end(id string) {
	e := d.rooms[id]
	if e == nil {
		return
	}
	d.welcome = nil
	d.recent.Remove(e)
	delete(d.rooms, id)
	delete(d.held, id)
	d.tell(room.RoomUnlisted{RoomID: id}, "")
}

func (d *directory) tell(e room.DirectoryEvent, except room.ConnectionID) {
	frames := d.encode(e)
	for id, c := range d.watchers {
		if id != except {
			offer(c, frames)
		}
	}
}

func offer(c *Connection, frames []Frame) {
	for _, f := range frames {
		c.outbox.Offer(f)
	}
}

// loadListings reads the public persistent rooms, the latest activity first.
func (n *Node) loadListings() ([]room.Listing, error) {
	var listings []room.Listing
	err := n.config.Store.Rooms(func(id string, summary []byte) error {
		var l *room.Listing
		if err := json.Unmarshal(summary, &l); err != nil {
			return fmt.Errorf("actors: summary of room %q: %w", id, err)
		}
		if l != nil {
			listings = append(listings, *l)
		}
		return nil
	})
	slices.SortFunc(listings, func(a, b room.Listing) int { return b.LastActivity.Compare(a.LastActivity) })
	return listings, err
}

// notListed is the entry in the stored directory of a room that is not shown.
var notListed = []byte("null")

// encodeSummary returns a room's entry in the stored directory.
func encodeSummary(r *room.Room) ([]byte, error) {
	l, shown := r.Listing()
	if !shown {
		return notListed, nil
	}
	return json.Marshal(l)
}
