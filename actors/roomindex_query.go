package actors

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"roomd/actors/room"
)

// The questions to the index. Each is answered from what the index has and what
// was read of the store, as one list; where that doesn't reach, the answer is
// what has to be read first, and then the question is asked again. What the index
// has it knows better than the store.

// ordered is a key of an order.
type ordered[K any] interface {
	comparable
	less(other K) bool
	room() string // its id
}

// merge visits the keys that scan yields of the index and those that were read, in
// their order, until visit returns false. It reports false when what was read ended
// before that. What was read of a room that the index knows is not visited.
func merge[K ordered[K]](x *roomIndex, scan func(yield func(K) bool), read *reach[K], visit func(K) bool) (reached bool) {
	going, i := true, 0
	reached = true
	step := func(k K) bool {
		if !read.all && !k.less(read.to) {
			going, reached = false, false
			return false
		}
		going = visit(k)
		return going
	}
	scan(func(k K) bool {
		for ; i < len(read.keys) && read.keys[i].less(k); i++ {
			if !x.hides(read.keys[i].room()) && !step(read.keys[i]) {
				return false
			}
		}
		return step(k)
	})
	for ; going && i < len(read.keys); i++ {
		if !x.hides(read.keys[i].room()) {
			step(read.keys[i])
		}
	}
	return reached && (!going || read.all)
}

// scan returns what yields the keys of a tree, from one on; nil: all.
func scan[K any](tree *btree.BTreeG[K], from *K) func(yield func(K) bool) {
	return func(yield func(K) bool) {
		if from == nil {
			tree.Scan(yield)
		} else {
			tree.Ascend(*from, yield)
		}
	}
}

// listing returns how a room is, if it is there as far as is known.
func (x *roomIndex) listing(id string, r *restingRead) (room.Listing, bool) {
	if l, exists := x.rooms.entries[id]; exists {
		return l, true
	}
	if _, gone := x.gone[id]; gone {
		return room.Listing{}, false
	}
	l, exists := r.listings[id]
	return l, exists
}

// hides reports whether the index knows better than the store.
func (x *roomIndex) hides(id string) bool {
	_, known := x.rooms.entries[id]
	_, gone := x.gone[id]
	return known || gone
}

// latest yields the public rooms, the latest activity first, until it is told
// to stop.
func (x *roomIndex) latest(r *restingRead, limit int, yield func(room.Listing) bool) fetch {
	reached := merge(x, scan(x.recent, nil), &r.recent, func(k recentKey) bool {
		l, exists := x.listing(k.id, r)
		return !exists || yield(l)
	})
	if !reached {
		return r.moreRecent("", limit)
	}
	return nil
}

// latestOf returns the first of these rooms, as far as they exist, the latest
// activity first.
func (x *roomIndex) latestOf(ids []string, limit int, r *restingRead) ([]room.Listing, fetch) {
	if lack := x.lookUp(ids, r); lack != nil {
		return nil, lack
	}
	found := make([]room.Listing, 0, len(ids))
	for _, id := range ids {
		if l, exists := x.listing(id, r); exists {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, func(a, b room.Listing) int {
		if recentKeyOf(a).less(recentKeyOf(b)) {
			return -1
		}
		return 1
	})
	return found[:min(limit, len(found))], nil
}

// lookUp returns what reads those of these rooms of which nothing is known; nil:
// there are none.
func (x *roomIndex) lookUp(ids []string, r *restingRead) fetch {
	if r.allIDs {
		return nil
	}
	var unknown []string
	for _, id := range ids {
		if !r.looked[id] && !x.hides(id) {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return r.look(unknown)
}

// page returns a page of the public rooms.
func (x *roomIndex) page(q room.ListRooms, r *restingRead) (room.Reply, fetch) {
	if q.Search != "" {
		return x.search(wordsOf(q.Search), q, r)
	}
	from, err := recentCursor(q.Cursor)
	if err != nil {
		return err, nil
	}
	var p roomsPage
	start, after := (*recentKey)(nil), ""
	if q.Cursor != "" {
		start, after = &from, recentStoredKey(from)+"\x00"
	}
	reached := merge(x, scan(x.recent, start), &r.recent, func(k recentKey) bool {
		if k == from {
			return true
		}
		l, exists := x.listing(k.id, r)
		return !exists || p.add(l, encodeRecent(k), q.Limit)
	})
	if !reached {
		if r.recent.scanned < scannedMax {
			return nil, r.moreRecent(after, q.Limit)
		}
		p.cut(encodeRecent(r.recent.to))
	}
	return p.reply(), nil
}

// pageOf returns a page of these rooms.
func (x *roomIndex) pageOf(ids []string, q room.ListRooms, r *restingRead) (room.Reply, fetch) {
	from, err := recentCursor(q.Cursor)
	if err != nil {
		return err, nil
	}
	all, lack := x.latestOf(ids, len(ids), r)
	if lack != nil {
		return nil, lack
	}
	words := wordsOf(q.Search)
	var p roomsPage
	for _, l := range all {
		k := recentKeyOf(l)
		if q.Cursor != "" && !from.less(k) || q.Search != "" && !matches(wordsOf(l.Name), words) {
			continue
		}
		if !p.add(l, encodeRecent(k), q.Limit) {
			break
		}
	}
	return p.reply(), nil
}

// everything returns a page of all rooms, the fullest first.
func (x *roomIndex) everything(q room.ListRooms, r *restingRead) (room.Reply, fetch) {
	words := wordsOf(q.Search)
	var start *seatsKey
	var from, last seatsKey
	if q.Cursor != "" {
		var err *room.Error
		if from, err = seatsCursor(q.Cursor); err != nil {
			return err, nil
		}
		start = &from
	}
	var p roomsPage
	seen := 0
	reached := merge(x, scan(x.seats, start), &r.seats, func(k seatsKey) bool {
		if q.Cursor != "" && k == from {
			return true
		}
		if seen++; seen > scannedMax {
			return p.cut(encodeSeats(last))
		}
		last = k
		l, exists := x.listing(k.id, r)
		return !exists || q.Search != "" && !matches(wordsOf(l.Name), words) || p.add(l, encodeSeats(k), q.Limit)
	})
	if !reached {
		if r.seats.scanned < scannedMax {
			return nil, r.moreSeats(from, q.Search != "", words, q.Limit)
		}
		p.cut(encodeSeats(r.seats.to))
	}
	return p.reply(), nil
}

// search returns a page of the public rooms in whose names every one of these
// words begins a word. It looks at the entries of the longest, and at most at
// scannedMax of them: the page may be short then, and goes on where it ended.
func (x *roomIndex) search(words []string, q room.ListRooms, r *restingRead) (room.Reply, fetch) {
	if len(words) == 0 {
		return room.RoomsReply{Rooms: []room.Listing{}}, nil
	}
	prefix := slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	from, err := wordCursor(q.Cursor, prefix)
	if err != nil {
		return err, nil
	}
	var p roomsPage
	var last wordKey
	seen := 0
	reached := merge(x, scan(x.words, &from), &r.words, func(k wordKey) bool {
		if !strings.HasPrefix(k.word, prefix) {
			return false
		}
		if q.Cursor != "" && k == from {
			return true
		}
		if seen++; seen > scannedMax {
			return p.cut(encodeWord(last))
		}
		last = k
		l, exists := x.listing(k.id, r)
		own := wordsOf(l.Name)
		if !exists || firstWith(own, prefix) != k.word || !matches(own, words) { // a room is found by one of its words only
			return true
		}
		return p.add(l, encodeWord(k), q.Limit)
	})
	if !reached {
		if r.words.scanned < scannedMax {
			return nil, r.moreWords(from, q.Cursor != "", prefix, words, q.Limit)
		}
		p.cut(encodeWord(r.words.to))
	}
	return p.reply(), nil
}

// stats counts the rooms that the index has, and names the largest of all.
func (x *roomIndex) stats(r *restingRead) (room.Stats, fetch) {
	s := room.Stats{
		TotalRooms: len(x.rooms.entries), PersistentRooms: x.kept, PublicRooms: x.recent.Len(), EmptyRooms: x.empty,
		TotalUsersInRooms: x.users,
	}
	reached := merge(x, scan(x.seats, nil), &r.seats, func(k seatsKey) bool {
		if l, exists := x.listing(k.id, r); exists {
			s.Largest = append(s.Largest, l)
		}
		return len(s.Largest) < room.StatsRoomsMax
	})
	if !reached && r.seats.scanned < scannedMax {
		return s, r.moreSeats(seatsKey{}, false, nil, room.StatsRoomsMax)
	}
	return s, nil
}
