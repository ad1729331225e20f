package actors

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"roomd/actors/room"
)

var indexBegin = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

func listing(id, name string, ms, users int) room.Listing {
	return room.Listing{ID: id, Name: name, LastActivity: indexBegin.Add(time.Duration(ms) * time.Millisecond), UserCount: users}
}

// walk reads all pages of a query, and has between called after each.
func walk(t *testing.T, page func(room.ListRooms) room.Reply, q room.ListRooms, between func()) []string {
	t.Helper()
	ids := []string{}
	for range 10_000 {
		reply, ok := page(q).(room.RoomsReply)
		if !ok || len(reply.Rooms) > q.Limit || reply.Rooms == nil {
			t.Fatalf("%+v: got %+v", q, page(q))
		}
		for _, l := range reply.Rooms {
			ids = append(ids, l.ID)
		}
		if q.Cursor = reply.Next; q.Cursor == "" {
			return ids
		}
		between()
	}
	t.Fatalf("%+v has no end", q)
	return nil
}

func nothing() {}

// everyRoom is what has to be read where the index has every room.
func everyRoom() (r restingRead) {
	r.giveUp()
	return r
}

// alone returns a question to an index that has every room.
func alone(page func(room.ListRooms, *restingRead) (room.Reply, fetch)) func(room.ListRooms) room.Reply {
	return func(q room.ListRooms) room.Reply {
		all := everyRoom()
		reply, _ := page(q, &all)
		return reply
	}
}

func (x *roomIndex) pageOfAlone(ids []string, q room.ListRooms) room.Reply {
	return alone(func(q room.ListRooms, r *restingRead) (room.Reply, fetch) { return x.pageOf(ids, q, r) })(q)
}

// TestIndexSearch wants rooms found by how the words of their names begin.
func TestIndexSearch(t *testing.T) {
	x := newRoomIndex()
	for i, name := range []string{
		"Kitchen Table", "kitchenette", "The KITCHEN kitten", "Café Ωmega", "Ärger & Ärzte", "a-b_c", "R2-D2", "日本 語", "12 Monkeys",
	} {
		x.put(listing(fmt.Sprint(i), name, i, 0))
	}
	x.put(room.Listing{ID: "private", Name: "Kitchen", Private: true})
	x.put(room.Listing{ID: "unlisted", Name: "Kitchen", Unlisted: true})
	for search, want := range map[string]string{
		"kit": "0 1 2", "KITCHEN": "0 1 2", "kitchen ta": "0", "ta kitchen": "0", "kit kit": "0 1 2", "kitt": "2", "itchen": "",
		"café": "3", "CAFÉ ω": "3", "ärz": "4", "ÄRGER": "4", "b": "5", "a c": "5", "d2": "6", "語": "7", "日本": "7", "12": "8",
		"kitchen nowhere": "", "!?": "", " ": "", "the": "2",
	} {
		for _, limit := range []int{1, 2, 100} {
			got := walk(t, alone(x.page), room.ListRooms{Search: search, Limit: limit}, nothing)
			slices.Sort(got)
			if strings.Join(got, " ") != want {
				t.Errorf("%q finds %q, want %q", search, got, want)
			}
		}
	}
	if got := walk(t, func(q room.ListRooms) room.Reply { return x.pageOfAlone([]string{"0", "private", "gone"}, q) },
		room.ListRooms{Search: "kitchen", Limit: 1}, nothing); !reflect.DeepEqual(got, []string{"0", "private"}) {
		t.Errorf("of one's own: %q", got)
	}
	for _, page := range []func(room.ListRooms) room.Reply{
		alone(x.everything), func(q room.ListRooms) room.Reply { return x.pageOfAlone([]string{"0"}, q) },
	} {
		if got := walk(t, page, room.ListRooms{Search: "!?", Limit: 1}, nothing); len(got) != 0 {
			t.Errorf("signs find %q", got)
		}
	}
}

// naive is the rooms there are, in no order.
type naive map[string]room.Listing

// sorted returns the ids of the rooms that are wanted, in this order.
func (n naive) sorted(wanted func(room.Listing) bool, order func(a, b room.Listing) int) []string {
	var found []room.Listing
	for _, l := range n {
		if wanted(l) {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, func(a, b room.Listing) int { return cmp.Or(order(a, b), cmp.Compare(a.ID, b.ID)) })
	ids := []string{}
	for _, l := range found {
		ids = append(ids, l.ID)
	}
	return ids
}

func latestFirst(a, b room.Listing) int  { return b.LastActivity.Compare(a.LastActivity) }
func fullestFirst(a, b room.Listing) int { return cmp.Compare(b.UserCount, a.UserCount) }
func anyOrder(_, _ room.Listing) int     { return 0 }

// hasWords is what a person would do by hand.
func hasWords(l room.Listing, search string) bool {
	for want := range strings.FieldsSeq(search) {
		if !slices.ContainsFunc(strings.Fields(strings.ToLower(l.Name)), func(w string) bool { return strings.HasPrefix(w, want) }) {
			return false
		}
	}
	return true
}

var indexWords = []string{"tea", "team", "Teapot", "coffee", "cof", "x", "xx", "Xylophone", "tea"}

func randomListing(random *rand.Rand) room.Listing {
	var words []string
	for range 1 + random.IntN(3) {
		words = append(words, indexWords[random.IntN(len(indexWords))])
	}
	l := listing(fmt.Sprint("room ", random.IntN(60)), strings.Join(words, " "), random.IntN(50), random.IntN(4))
	l.Private, l.Unlisted = random.IntN(6) == 0, random.IntN(9) == 0
	return l
}

// TestIndexAgainstList compares every answer with that of a list.
func TestIndexAgainstList(t *testing.T) {
	for seed := range uint64(*seeds) {
		random := rand.New(rand.NewPCG(seed, 13))
		x, list := newRoomIndex(), naive{}
		for range 300 {
			l := randomListing(random)
			if random.IntN(4) == 0 {
				was, known := x.remove(l.ID)
				if before, there := list[l.ID]; known != there || was != before {
					t.Fatalf("seed %d: removed %+v, want %+v", seed, was, before)
				}
				delete(list, l.ID)
			} else {
				x.put(l)
				list[l.ID] = l
			}
			if random.IntN(10) == 0 {
				compareWithList(t, x, list, random)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func compareWithList(t *testing.T, x *roomIndex, list naive, random *rand.Rand) {
	t.Helper()
	q := room.ListRooms{Limit: 1 + random.IntN(20)}
	equal := func(what string, got, want []string) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	any := func(room.Listing) bool { return true }
	equal("page", walk(t, alone(x.page), q, nothing), list.sorted(room.Listing.Public, latestFirst))
	equal("everything", walk(t, alone(x.everything), q, nothing), list.sorted(any, fullestFirst))
	var own []string
	for range 30 {
		own = append(own, fmt.Sprint("room ", random.IntN(60)))
	}
	slices.Sort(own)
	own = slices.Compact(own)
	mine := func(l room.Listing) bool { return slices.Contains(own, l.ID) }
	pageOf := func(q room.ListRooms) room.Reply { return x.pageOfAlone(own, q) }
	equal("pageOf", walk(t, pageOf, q, nothing), list.sorted(mine, latestFirst))
	for _, search := range []string{"t", "tea", "team", "x", "cof te", "xx x", "y"} {
		q.Search = search
		found := func(l room.Listing) bool { return l.Public() && hasWords(l, search) }
		got := walk(t, alone(x.page), q, nothing)
		slices.Sort(got)
		equal("search "+search, got, list.sorted(found, anyOrder))
		equal("everything "+search, walk(t, alone(x.everything), q, nothing),
			list.sorted(func(l room.Listing) bool { return hasWords(l, search) }, fullestFirst))
	}
	all := everyRoom()
	stats, _ := x.stats(&all)
	users := 0
	for _, l := range list {
		users += l.UserCount
	}
	if empty := list.sorted(func(l room.Listing) bool { return l.UserCount == 0 }, anyOrder); stats.TotalRooms != len(list) ||
		stats.EmptyRooms != len(empty) || stats.TotalUsersInRooms != users {
		t.Errorf("got %+v", stats)
	}
}

// TestIndexWhileRoomsChange wants no room returned twice by one walk while
// rooms are active, come and go, and none passed over that stays as it is.
func TestIndexWhileRoomsChange(t *testing.T) {
	for seed := range uint64(*seeds) {
		for _, search := range []string{"", "tea"} {
			random := rand.New(rand.NewPCG(seed, 17))
			x := newRoomIndex()
			for i := range 200 {
				x.put(listing(fmt.Sprint("r", i), "tea time", i, 0))
			}
			changed := map[string]bool{}
			ms := 200
			got := walk(t, alone(x.page), room.ListRooms{Limit: 7, Search: search}, func() {
				ms++
				id := fmt.Sprint("r", random.IntN(250))
				changed[id] = true
				if random.IntN(4) == 0 {
					x.remove(id)
					return
				}
				x.put(listing(id, "tea time", ms, random.IntN(3)))
			})
			seen := map[string]bool{}
			for _, id := range got {
				if seen[id] {
					t.Fatalf("seed %d, search %q: %s twice", seed, search, id)
				}
				seen[id] = true
			}
			for i := range 200 {
				if id := fmt.Sprint("r", i); !seen[id] && !changed[id] {
					t.Fatalf("seed %d, search %q: %s was passed over", seed, search, id)
				}
			}
		}
	}
}

// TestScannedMax wants a page that would take too long cut short, and to go on
// to the end.
func TestScannedMax(t *testing.T) {
	const rooms = 3*scannedMax + 10
	x := newRoomIndex()
	for i := range rooms {
		name := "common"
		if i%scannedMax == 5 {
			name = "common zz"
		}
		x.put(listing(fmt.Sprintf("%06d", i), name, i, 0))
	}
	for what, page := range map[string]func(room.ListRooms) room.Reply{"page": alone(x.page), "everything": alone(x.everything)} {
		q := room.ListRooms{Search: "zz common", Limit: 10}
		if first := page(q).(room.RoomsReply); len(first.Rooms) != 1 || first.Next == "" {
			t.Errorf("%s: the first page has %d rooms, then %q", what, len(first.Rooms), first.Next)
		}
		pages := 1
		if got := walk(t, page, q, func() { pages++ }); len(got) != 4 || pages != 4 {
			t.Errorf("%s: %d rooms on %d pages", what, len(got), pages)
		}
	}
}

// TestBadCursors wants cursors refused that no list has given, or another one.
func TestBadCursors(t *testing.T) {
	x := newRoomIndex()
	for i := range 5 {
		x.put(listing(fmt.Sprint(i), "tea", i, 0))
	}
	other := alone(x.page)(room.ListRooms{Limit: 1, Search: "t"}).(room.RoomsReply).Next
	for _, cursor := range []string{"?", "e", other, base64.RawURLEncoding.EncodeToString([]byte("x\x01id")), encodeCursor("99999999999999999999", "id")} {
		for what, reply := range map[string]room.Reply{
			"page":       alone(x.page)(room.ListRooms{Limit: 1, Cursor: cursor}),
			"pageOf":     x.pageOfAlone([]string{"1"}, room.ListRooms{Limit: 1, Cursor: cursor}),
			"everything": alone(x.everything)(room.ListRooms{Limit: 1, Cursor: cursor}),
			"search":     alone(x.page)(room.ListRooms{Limit: 1, Search: "coffee", Cursor: cursor}),
		} {
			if codeOf(reply) != room.CodeBadRequest {
				t.Errorf("%s takes %q: %+v", what, cursor, reply)
			}
		}
	}
}

// FuzzDecodeCursor: garbage is refused or leads somewhere, and what is decoded
// is encoded to the same.
func FuzzDecodeCursor(f *testing.F) {
	f.Add("")
	f.Add(encodeCursor("tea", "r"))
	f.Add(encodeRecent(recentKey{indexBegin, "r"}))
	f.Add(encodeSeats(seatsKey{3, "r"}))
	x := newRoomIndex()
	for i := range 5 {
		x.put(listing(fmt.Sprint(i), "tea", i, i))
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		if key, id, ok := decodeCursor(cursor); ok {
			if k, i, again := decodeCursor(encodeCursor(key, id)); k != key || i != id || !again {
				t.Errorf("%q: %q, %q", cursor, key, id)
			}
		}
		for _, q := range []room.ListRooms{{Limit: 2, Cursor: cursor}, {Limit: 2, Cursor: cursor, Search: "t"}} {
			alone(x.page)(q)
			alone(x.everything)(q)
			x.pageOfAlone([]string{"1", "2"}, q)
		}
	})
}
