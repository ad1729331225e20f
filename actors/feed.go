package actors

import (
	"time"

	"roomd/actors/room"
)

// feed says what changes among the public rooms. What can't be told at once,
// since too much has been told already, it tells later, as it is by then:
// nothing at all of a room that has come and gone meanwhile. It is the
// directory's own.
type feed struct {
	watchers map[room.ConnectionID]*Connection
	tell     func(e room.DirectoryEvent, except room.ConnectionID)

	rooms  map[string]*news // the public ones, and those that are held
	held   map[string]*news // what there is to tell of them waits
	budget int              // how much may be told before the next tick
	timer  *time.Timer      // of that tick; nil: nothing waits for one
}

// news is a public room as it is, and as the watchers know it.
type news struct {
	listing room.Listing
	ended   bool              // it is public no more
	by      room.ConnectionID // that has made it, and need not be told

	known  bool      // watchers know it
	stale  bool      // what they know has ended, and begun again
	told   int       // the count that they know
	toldAt time.Time // since when
}

func newFeed(tell func(room.DirectoryEvent, room.ConnectionID)) *feed {
	return &feed{
		watchers: map[room.ConnectionID]*Connection{},
		tell:     tell,
		rooms:    map[string]*news{},
		held:     map[string]*news{},
		budget:   newsMax,
	}
}

// know takes in a room that was there before anybody watched.
func (f *feed) know(l room.Listing) { f.rooms[l.ID] = &news{listing: l, known: true} }

// change takes in how a public room is now. Watchers may not have been told yet
// that another of its id has ended.
func (f *feed) change(l room.Listing, by room.ConnectionID) {
	n := f.rooms[l.ID]
	if n == nil {
		n = &news{}
		f.rooms[l.ID] = n
	}
	if n.ended || n.listing.ID == "" {
		n.stale, n.ended, n.by = n.known, false, by
	}
	n.listing = l
	f.news(n)
}

// end takes in that a room is public no more.
func (f *feed) end(id string) {
	if n := f.rooms[id]; n != nil {
		n.ended = true
		f.news(n)
	}
}

// news tells what there is to tell of a room, or holds it back.
func (f *feed) news(n *news) {
	now := time.Now()
	switch {
	case !n.isNews():
		delete(f.held, n.listing.ID)
	case f.budget > 0 && n.isDue(now):
		f.budget--
		delete(f.held, n.listing.ID)
		f.tellNews(n, now)
	default:
		f.held[n.listing.ID] = n
		return
	}
	if n.ended {
		delete(f.rooms, n.listing.ID)
	}
}

// schedule sees to it that there is a tick while something waits for it.
func (f *feed) schedule(tick func()) {
	if f.timer == nil && (len(f.held) > 0 || f.budget < newsMax) {
		f.timer = time.AfterFunc(newsInterval, tick)
	}
}

// isNews reports whether watchers know the room otherwise than it is.
func (n *news) isNews() bool {
	return n.known == n.ended || n.stale || !n.ended && n.listing.UserCount != n.told
}

// isDue reports whether that may be told already: a count only some time after
// the last one.
func (n *news) isDue(now time.Time) bool {
	return n.ended || n.stale || !n.known || now.Sub(n.toldAt) >= newsInterval
}

func (f *feed) tellNews(n *news, now time.Time) {
	if n.known && (n.ended || n.stale) {
		n.known, n.stale = false, false
		f.tell(room.RoomUnlisted{RoomID: n.listing.ID}, "")
	}
	if n.ended {
		return
	}
	n.told, n.toldAt = n.listing.UserCount, now
	if n.known {
		f.tell(room.RoomCounted{RoomID: n.listing.ID, UserCount: n.told}, "")
		return
	}
	n.known = true
	f.tell(room.RoomListed{Listing: n.listing}, n.by)
}

// tick tells what was held back, as far as the new budget goes.
func (f *feed) tick() {
	f.timer, f.budget = nil, newsMax
	for _, n := range f.held {
		f.news(n)
	}
}

func (f *feed) stop() {
	if f.timer != nil {
		f.timer.Stop()
	}
}
