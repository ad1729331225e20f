package actors

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// question is something that the directory is asked. It is answered at once if the
// index has what it takes, and else when that has been read. Other questions, and
// what changes meanwhile, don't wait for it.
type question struct {
	answer func(*restingRead) fetch // gives the answer, or says what it lacks
	refuse func()                   // what it lacks can't be read; nil: it is answered with what is known
	by     *Connection              // that it is answered for; nil: an administrator

	read  restingRead
	began uint64 // the read; 0: none was needed
}

// ask answers a question, now or later.
func (d *directory) ask(q *question) {
	q.read = d.resting.known()
	d.answer(q)
}

// askFor is ask where the answer is a reply.
func (d *directory) askFor(by *Connection, reply func(room.Reply), answer func(*restingRead) (room.Reply, fetch)) {
	d.ask(&question{
		answer: func(r *restingRead) fetch {
			answered, lack := answer(r)
			if lack == nil {
				reply(answered)
			}
			return lack
		},
		refuse: func() { reply(room.ErrUnavailable) },
		by:     by,
	})
}

func (d *directory) answer(q *question) {
	lack := q.answer(&q.read)
	if lack == nil {
		d.answered(q)
		return
	}
	if q.began == 0 {
		q.began = d.resting.begin()
	}
	n, self := d.node, d.self
	n.reads.Go(func() { n.send(self, &listingsRead{q, n.reads.list(q.by, lack)}) })
}

func (d *directory) answered(q *question) {
	if q.began != 0 {
		d.resting.done(q.began)
	}
}

// goOn answers a question with what was read for it, or reads more.
func (d *directory) goOn(m *listingsRead) {
	q := m.question
	if m.err == nil {
		d.answer(q)
		return
	}
	if !errors.Is(m.err, errTurnsTaken) {
		d.node.log.Warn("lists of rooms could not be read", "error", m.err)
	}
	if q.refuse == nil {
		q.read.giveUp()
		d.answer(q)
		return
	}
	q.refuse()
	d.answered(q)
}

// storedRooms is what the directory begins with.
type storedRooms struct {
	nearMax int
	near    []room.Listing // the public rooms that were active last
	edge    recentKey      // the next one
	whole   bool           // there is none
	rooms   int            // persistent ones
	public  int            // of them

	left map[string]room.Listing // of those that watchers of the former node know otherwise than they were
}

// openDirectory reads what the directory begins with: it counts the rooms, and
// looks at no more of them than it keeps.
func (n *Node) openDirectory() (*storedRooms, error) {
	if err := n.completeIndex(); err != nil {
		return nil, err
	}
	store := n.config.Store
	s := &storedRooms{nearMax: cmp.Or(n.config.nearRoomsMax, nearRoomsMax)}
	err := store.Keys(roomPrefix, func(_ string, summary []byte) error {
		if isListing(summary) {
			s.rooms++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := store.Keys(recentPrefix, func(string, []byte) error { s.public++; return nil }); err != nil {
		return nil, err
	}
	read := restingRead{}
	read.recent.to = recentKey{activity: time.UnixMilli(math.MaxInt64)}
	for !read.recent.all && len(read.recent.keys) <= s.nearMax {
		if err := read.moreRecent("", persistence.KeysPageMax)(store); err != nil {
			return nil, err
		}
	}
	for i, k := range read.recent.keys {
		if i == s.nearMax {
			s.edge = k
			break
		}
		s.near = append(s.near, read.listings[k.id])
	}
	s.whole = len(read.recent.keys) <= s.nearMax
	return s, n.readLeft(s)
}

// readLeft reads what the watchers of the former node know otherwise.
func (n *Node) readLeft(s *storedRooms) error {
	if n.returning == nil {
		return nil
	}
	s.left = map[string]room.Listing{}
	var ids []string
	for _, left := range n.returning.carryover.Directory.Rooms {
		ids = append(ids, left.ID)
	}
	for len(ids) > 0 {
		some := ids[:min(len(ids), persistence.SummariesMax)]
		ids = ids[len(some):]
		listings, err := storedListings(n.config.Store, some...)
		if err != nil {
			return fmt.Errorf("rooms that watchers know: %w", err)
		}
		for _, l := range listings {
			if l.ID != "" && l.Public() {
				s.left[l.ID] = l
			}
		}
	}
	return nil
}
