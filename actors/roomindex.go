package actors

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/tidwall/btree"

	"roomd/actors/room"
)

// roomIndex is the rooms there are, in the orders in which they are asked for:
// no answer looks at all of them. It is the directory's own.
type roomIndex struct {
	rooms  map[string]room.Listing  // by id
	recent *btree.BTreeG[recentKey] // the public ones, the latest activity first
	words  *btree.BTreeG[wordKey]   // of the public ones
	seats  *btree.BTreeG[seatsKey]  // of all, the fullest first
	users  int                      // seats in all rooms together
	empty  int                      // rooms without a seat taken
	kept   int                      // persistent rooms
}

// recentKey puts rooms in the order of their last activity.
type recentKey struct {
	activity time.Time
	id       string
}

func (k recentKey) less(other recentKey) bool {
	if c := other.activity.Compare(k.activity); c != 0 {
		return c < 0
	}
	return k.id < other.id
}

func recentKeyOf(l room.Listing) recentKey { return recentKey{l.LastActivity, l.ID} }

// wordKey finds rooms by the words of their names.
type wordKey struct{ word, id string }

func (k wordKey) less(other wordKey) bool {
	if c := cmp.Compare(k.word, other.word); c != 0 {
		return c < 0
	}
	return k.id < other.id
}

// seatsKey puts rooms in the order of how many are inside.
type seatsKey struct {
	count int
	id    string
}

func (k seatsKey) less(other seatsKey) bool {
	if k.count != other.count {
		return k.count > other.count
	}
	return k.id < other.id
}

func newRoomIndex() *roomIndex {
	noLocks := btree.Options{NoLocks: true} // one actor's own
	return &roomIndex{
		rooms:  map[string]room.Listing{},
		recent: btree.NewBTreeGOptions(recentKey.less, noLocks),
		words:  btree.NewBTreeGOptions(wordKey.less, noLocks),
		seats:  btree.NewBTreeGOptions(seatsKey.less, noLocks),
	}
}

// put takes in how a room is now, and returns how it was, if it was there.
func (x *roomIndex) put(l room.Listing) (was room.Listing, known bool) {
	was, known = x.rooms[l.ID]
	if known {
		x.forget(was, l)
	}
	x.rooms[l.ID] = l
	x.users += l.UserCount
	if l.Persistent {
		x.kept++
	}
	if l.UserCount == 0 {
		x.empty++
	}
	x.seats.Set(seatsKey{l.UserCount, l.ID})
	if !l.Public() {
		return was, known
	}
	x.recent.Set(recentKeyOf(l))
	if !known || !was.Public() || was.Name != l.Name {
		for _, w := range wordsOf(l.Name) {
			x.words.Set(wordKey{w, l.ID})
		}
	}
	return was, known
}

// forget takes a room out that may come in again, as it is now.
func (x *roomIndex) forget(was, now room.Listing) {
	x.users -= was.UserCount
	if was.Persistent {
		x.kept--
	}
	if was.UserCount == 0 {
		x.empty--
	}
	x.seats.Delete(seatsKey{was.UserCount, was.ID})
	if !was.Public() {
		return
	}
	x.recent.Delete(recentKeyOf(was))
	if !now.Public() || now.Name != was.Name {
		for _, w := range wordsOf(was.Name) {
			x.words.Delete(wordKey{w, was.ID})
		}
	}
}

// remove takes out a room that is gone, and returns how it was, if it was there.
func (x *roomIndex) remove(id string) (was room.Listing, known bool) {
	was, known = x.rooms[id]
	if known {
		x.forget(was, room.Listing{Private: true})
		delete(x.rooms, id)
	}
	return was, known
}

// latest yields the public rooms, the latest activity first, until it is told
// to stop.
func (x *roomIndex) latest(yield func(room.Listing) bool) {
	x.recent.Scan(func(k recentKey) bool { return yield(x.rooms[k.id]) })
}

// latestOf returns the first of these rooms, as far as they exist, the latest
// activity first.
func (x *roomIndex) latestOf(ids []string, limit int) []room.Listing {
	found := make([]room.Listing, 0, len(ids))
	for _, id := range ids {
		if l, exists := x.rooms[id]; exists {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, func(a, b room.Listing) int {
		if recentKeyOf(a).less(recentKeyOf(b)) {
			return -1
		}
		return 1
	})
	return found[:min(limit, len(found))]
}

// page returns a page of the public rooms.
func (x *roomIndex) page(q room.ListRooms) room.Reply {
	if q.Search != "" {
		return x.search(wordsOf(q.Search), q)
	}
	from, err := recentCursor(q.Cursor)
	if err != nil {
		return err
	}
	var p roomsPage
	visit := func(k recentKey) bool {
		return k == from || p.add(x.rooms[k.id], encodeRecent(k), q.Limit)
	}
	if q.Cursor == "" {
		x.recent.Scan(visit)
	} else {
		x.recent.Ascend(from, visit)
	}
	return p.reply()
}

// pageOf returns a page of these rooms.
func (x *roomIndex) pageOf(ids []string, q room.ListRooms) room.Reply {
	from, err := recentCursor(q.Cursor)
	if err != nil {
		return err
	}
	words := wordsOf(q.Search)
	var p roomsPage
	for _, l := range x.latestOf(ids, len(ids)) {
		k := recentKeyOf(l)
		if q.Cursor != "" && !from.less(k) || q.Search != "" && !matches(wordsOf(l.Name), words) {
			continue
		}
		if !p.add(l, encodeRecent(k), q.Limit) {
			break
		}
	}
	return p.reply()
}

// everything returns a page of all rooms, the fullest first.
func (x *roomIndex) everything(q room.ListRooms) room.Reply {
	words := wordsOf(q.Search)
	var p roomsPage
	var from, last seatsKey
	seen := 0
	visit := func(k seatsKey) bool {
		if q.Cursor != "" && k == from {
			return true
		}
		if seen++; seen > scannedMax {
			return p.cut(encodeSeats(last))
		}
		last = k
		l := x.rooms[k.id]
		return q.Search != "" && !matches(wordsOf(l.Name), words) || p.add(l, encodeSeats(k), q.Limit)
	}
	if q.Cursor == "" {
		x.seats.Scan(visit)
		return p.reply()
	}
	from, err := seatsCursor(q.Cursor)
	if err != nil {
		return err
	}
	x.seats.Ascend(from, visit)
	return p.reply()
}

// search returns a page of the public rooms in whose names every one of these
// words begins a word. It looks at the entries of the longest, and at most at
// scannedMax of them: the page may be short then, and goes on where it ended.
func (x *roomIndex) search(words []string, q room.ListRooms) room.Reply {
	if len(words) == 0 {
		return room.RoomsReply{Rooms: []room.Listing{}}
	}
	prefix := slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	from, err := wordCursor(q.Cursor, prefix)
	if err != nil {
		return err
	}
	var p roomsPage
	var last wordKey
	seen := 0
	x.words.Ascend(from, func(k wordKey) bool {
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
		l := x.rooms[k.id]
		own := wordsOf(l.Name)
		if firstWith(own, prefix) != k.word || !matches(own, words) { // a room is found by one of its words only
			return true
		}
		return p.add(l, encodeWord(k), q.Limit)
	})
	return p.reply()
}

// stats counts the rooms.
func (x *roomIndex) stats() room.Stats {
	s := room.Stats{
		TotalRooms: len(x.rooms), PersistentRooms: x.kept, PublicRooms: x.recent.Len(), EmptyRooms: x.empty,
		TotalUsersInRooms: x.users,
	}
	x.seats.Scan(func(k seatsKey) bool {
		s.Largest = append(s.Largest, x.rooms[k.id])
		return len(s.Largest) < room.StatsRoomsMax
	})
	return s
}

// wordsOf returns the words of a name, in lower case, each once, sorted.
func wordsOf(name string) []string {
	words := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsNumber(c) && !unicode.IsMark(c)
	})
	slices.Sort(words)
	return slices.Compact(words)
}

// firstWith returns the first of the sorted words that begins so.
func firstWith(words []string, prefix string) string {
	i, _ := slices.BinarySearch(words, prefix)
	if i < len(words) && strings.HasPrefix(words[i], prefix) {
		return words[i]
	}
	return ""
}

// matches reports whether every wanted word begins one of the sorted words. A
// search for nothing but signs wants none, and finds nothing.
func matches(words, wanted []string) bool {
	for _, w := range wanted {
		if firstWith(words, w) == "" {
			return false
		}
	}
	return len(wanted) > 0
}
