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
	watchers shrinkingMap[*Connection, struct{}]
	tell     func(e room.DirectoryEvent, except room.ConnectionID)

	rooms   shrinkingMap[string, *news] // the public ones in memory, and those of which something is to be told
	held    shrinkingMap[string, *news] // what there is to tell of them waits
	resting shrinkingMap[string, *news] // they are at rest, and soon to be forgotten: watchers know them as all at rest
	budget  int                         // how much may be told before the next tick
	timer   *time.Timer                 // of that tick; nil: nothing waits for one
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
	return &feed{tell: tell, budget: newsMax}
}

// change takes in how a public room is now, which was there before or wasn't.
// Watchers may not have been told yet that another of its id has ended.
func (f *feed) change(l room.Listing, by room.ConnectionID, wasPublic bool) {
	n := f.rooms.entries[l.ID]
	if n == nil {
		n = &news{}
		if wasPublic { // and at rest
			n.listing, n.known = l, true
		}
		f.rooms.put(l.ID, n)
	}
	f.resting.remove(l.ID)
	if n.ended || n.listing.ID == "" {
		n.stale, n.ended, n.by = n.known, false, by
	}
	n.listing = l
	f.news(n)
}

// rest takes in that a room is at rest.
func (f *feed) rest(id string) {
	if n := f.rooms.entries[id]; n != nil {
		f.resting.put(id, n)
	}
}

// end takes in that a room is public no more.
func (f *feed) end(id string) {
	n := f.rooms.entries[id]
	if n == nil { // nothing of it has been told since it was at rest
		n = &news{listing: room.Listing{ID: id}, known: true}
		f.rooms.put(id, n)
	}
	f.resting.remove(id)
	n.ended = true
	f.news(n)
}

// news tells what there is to tell of a room, or holds it back.
func (f *feed) news(n *news) {
	now := time.Now()
	switch {
	case !n.isNews():
		f.held.remove(n.listing.ID)
	case f.budget > 0 && n.isDue(now):
		f.budget--
		f.held.remove(n.listing.ID)
		f.tellNews(n, now)
	default:
		f.held.put(n.listing.ID, n)
		return
	}
	if n.ended {
		f.rooms.remove(n.listing.ID)
	}
}

// schedule sees to it that there is a tick while something waits for it.
func (f *feed) schedule(tick func()) {
	if f.timer == nil && (len(f.held.entries) > 0 || len(f.resting.entries) > 0 || f.budget < f.fullBudget()) {
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

// fullBudget is how much may be told until the next tick: each thing goes to every
// watcher.
func (f *feed) fullBudget() int {
	return min(newsMax, max(newsMin, newsDeliveriesMax/max(1, len(f.watchers.entries))))
}

// tick tells what was held back, as far as the new budget goes: counts last.
func (f *feed) tick() {
	f.timer, f.budget = nil, f.fullBudget()
	for _, n := range f.held.entries {
		if n.ended || n.stale || !n.known {
			f.news(n)
		}
	}
	for _, n := range f.held.entries {
		f.news(n)
	}
	now := time.Now()
	for id, n := range f.resting.entries {
		if !n.isNews() && n.isDue(now) {
			f.resting.remove(id)
			f.rooms.remove(id)
		}
	}
}

func (f *feed) stop() {
	if f.timer != nil {
		f.timer.Stop()
	}
}
