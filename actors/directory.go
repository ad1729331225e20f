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

// directory knows the public rooms, and tells its watchers what changes. What
// can't be told at once, since too much has been told already, it tells later,
// as it is by then: nothing at all of a room that has come and gone meanwhile.
type directory struct {
	// static after construction
	node *Node

	// owned by the actor
	rooms    map[string]*list.Element // of recent
	recent   *list.List               // of *listed, the latest activity first
	watchers map[room.ConnectionID]*Connection
	welcome  []Frame            // what a new watcher is told; nil: to be made anew
	held     map[string]*listed // what there is to tell of them waits
	budget   int                // how much may be told before the next tick
	timer    *time.Timer        // of that tick; nil: nothing waits for one
}

// listed is a room as it is, and as the watchers know it.
type listed struct {
	listing room.Listing
	ended   bool              // it is in the directory no more
	by      room.ConnectionID // that has made it, and need not be told

	known  bool      // watchers know it
	stale  bool      // what they know has ended, and begun again
	told   int       // the count that they know
	toldAt time.Time // since when
}

func newDirectory(n *Node, listings []room.Listing) *directory {
	d := &directory{
		node:     n,
		rooms:    map[string]*list.Element{},
		recent:   list.New(),
		watchers: map[room.ConnectionID]*Connection{},
		held:     map[string]*listed{},
		budget:   newsMax,
	}
	for _, l := range listings {
		d.rooms[l.ID] = d.recent.PushBack(&listed{listing: l, known: true})
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
		d.end(ctx.Self(), m.room)
	case *watch:
		d.watch(m.connection)
	case *unwatch:
		delete(d.watchers, m.connection.id)
	case *tellHeld:
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
		d.begin(self, m)
		return
	}
	l := e.Value.(*listed)
	moved := m.listing.LastActivity.After(l.listing.LastActivity)
	l.listing = m.listing
	if moved {
		d.place(e)
	}
	d.news(self, l)
}

// place moves a room to where its last activity belongs: near the front, since
// rooms tell of their activity soon.
func (d *directory) place(e *list.Element) {
	active := e.Value.(*listed).listing.LastActivity
	for later := d.recent.Front(); later != nil && later != e; later = later.Next() {
		if !later.Value.(*listed).listing.LastActivity.After(active) {
			d.recent.MoveBefore(e, later)
			return
		}
	}
}

// begin takes a room in. Watchers may not have been told yet that another of
// its id has ended.
func (d *directory) begin(self *actor.PID, m *listingChanged) {
	l := d.held[m.listing.ID]
	if l == nil {
		l = &listed{}
	}
	l.stale, l.ended = l.known, false
	l.listing, l.by = m.listing, m.by
	e := d.recent.PushBack(l)
	d.rooms[m.listing.ID] = e
	d.place(e)
	d.news(self, l)
}

func (d *directory) end(self *actor.PID, id string) {
	e := d.rooms[id]
	if e == nil {
		return
	}
	d.welcome = nil
	d.recent.Remove(e)
	delete(d.rooms, id)
	l := e.Value.(*listed)
	l.ended = true
	d.news(self, l)
}

// news tells what there is to tell of a room, or holds it back.
func (d *directory) news(self *actor.PID, l *listed) {
	now := time.Now()
	switch {
	case !l.isNews():
		delete(d.held, l.listing.ID)
	case d.budget > 0 && l.isDue(now):
		d.budget--
		delete(d.held, l.listing.ID)
		d.tellNews(l, now)
	default:
		d.held[l.listing.ID] = l
	}
	if d.timer == nil && (len(d.held) > 0 || d.budget < newsMax) {
		d.timer = time.AfterFunc(newsInterval, func() { d.node.send(self, &tellHeld{}) })
	}
}

// isNews reports whether watchers know the room otherwise than it is.
func (l *listed) isNews() bool {
	return l.known == l.ended || l.stale || !l.ended && l.listing.UserCount != l.told
}

// isDue reports whether that may be told already: a count only some time after
// the last one.
func (l *listed) isDue(now time.Time) bool {
	return l.ended || l.stale || !l.known || now.Sub(l.toldAt) >= newsInterval
}

func (d *directory) tellNews(l *listed, now time.Time) {
	if l.known && (l.ended || l.stale) {
		l.known, l.stale = false, false
		d.tell(room.RoomUnlisted{RoomID: l.listing.ID}, "")
	}
	if l.ended {
		return
	}
	l.told, l.toldAt = l.listing.UserCount, now
	if l.known {
		d.tell(room.RoomCounted{RoomID: l.listing.ID, UserCount: l.told}, "")
		return
	}
	l.known = true
	d.tell(room.RoomListed{Listing: l.listing}, l.by)
}

// tellHeld tells what was held back, as far as the new budget goes.
func (d *directory) tellHeld(self *actor.PID) {
	d.timer, d.budget = nil, newsMax
	for _, l := range d.held {
		d.news(self, l)
	}
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
