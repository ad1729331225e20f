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

// roomIndex is the rooms that the directory has in memory, in the orders in which
// they are asked for: no answer looks at all of them. It is the directory's own.
type roomIndex struct {
	rooms  shrinkingMap[string, room.Listing] // by id
	recent *btree.BTreeG[recentKey]           // the public ones, the latest activity first
	words  *btree.BTreeG[wordKey]             // of the public ones
	seats  *btree.BTreeG[seatsKey]            // of all, the fullest first
	users  int                                // seats in all rooms together
	empty  int                                // rooms without a seat taken
	kept   int                                // persistent rooms
	gone   map[string]uint64                  // ids of ended rooms that a read under way may return, see atRest
}

// recentKey puts rooms in the order of their last activity.
type recentKey struct {
	activity time.Time
	id       string
}

func (k recentKey) room() string { return k.id }

func (k recentKey) less(other recentKey) bool {
	if c := other.activity.Compare(k.activity); c != 0 {
		return c < 0
	}
	return k.id < other.id
}

func recentKeyOf(l room.Listing) recentKey { return recentKey{l.LastActivity, l.ID} }

// wordKey finds rooms by the words of their names.
type wordKey struct{ word, id string }

func (k wordKey) room() string { return k.id }

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

func (k seatsKey) room() string { return k.id }

func (k seatsKey) less(other seatsKey) bool {
	if k.count != other.count {
		return k.count > other.count
	}
	return k.id < other.id
}

func newRoomIndex() *roomIndex {
	noLocks := btree.Options{NoLocks: true} // one actor's own
	return &roomIndex{
		gone:   map[string]uint64{},
		recent: btree.NewBTreeGOptions(recentKey.less, noLocks),
		words:  btree.NewBTreeGOptions(wordKey.less, noLocks),
		seats:  btree.NewBTreeGOptions(seatsKey.less, noLocks),
	}
}

// put takes in how a room is now, and returns how it was, if it was there.
func (x *roomIndex) put(l room.Listing) (was room.Listing, known bool) {
	was, known = x.rooms.entries[l.ID]
	if known {
		x.forget(was, l)
	}
	x.rooms.put(l.ID, l)
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
	was, known = x.rooms.entries[id]
	if known {
		x.forget(was, room.Listing{Private: true})
		x.rooms.remove(id)
	}
	return was, known
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
