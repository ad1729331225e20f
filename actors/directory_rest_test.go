package actors

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// restWorld is a directory's index over a store, without actors, and what the
// lists have to show.
type restWorld struct {
	t       *testing.T
	random  *rand.Rand
	store   persistence.Store
	index   *roomIndex
	resting *atRest
	ms      int

	list   naive                   // as everybody has to see the rooms
	live   map[string]bool         // of them
	stored map[string]room.Listing // as the store has them
}

func newRestWorld(t *testing.T, seed uint64) *restWorld {
	w := &restWorld{
		t: t, random: rand.New(rand.NewPCG(seed, 19)), store: persistence.NewMemory(), index: newRoomIndex(),
		list: naive{}, live: map[string]bool{}, stored: map[string]room.Listing{},
	}
	w.resting = newAtRest(w.index, &storedRooms{nearMax: 1 + w.random.IntN(6), whole: true})
	return w
}

// commit stores a room as it is; its zero value: as one that has ended.
func (w *restWorld) commit(id string, now room.Listing) {
	summary := tombstone(indexBegin)
	now.UserCount = 0
	if now.ID != "" {
		var err error
		if summary, err = json.Marshal(now); err != nil {
			w.t.Fatal(err)
		}
	}
	changes := append(entryChanges(w.stored[id], now), persistence.Change{Key: roomKey(id), Owner: ownerEpoch, Summary: summary})
	if err := w.store.Commit(changes...); err != nil {
		w.t.Fatal(err)
	}
	w.stored[id] = now
}

// step has something happen to a room.
func (w *restWorld) step() {
	l := randomListing(w.random)
	id := l.ID
	w.ms++
	l.LastActivity, l.Persistent = indexBegin.Add(time.Duration(50+w.ms)*time.Millisecond), true
	was, exists := w.list[id]
	switch {
	case !exists:
		w.commit(id, l)
		w.change(l)
	case !w.live[id]:
		w.resting.read(was)
		w.live[id] = true
	case w.random.IntN(4) == 0:
		w.commit(id, room.Listing{})
		if was, known := w.index.remove(id); known {
			w.resting.end(was)
		}
		delete(w.list, id)
		delete(w.live, id)
	case w.random.IntN(2) == 0:
		was.UserCount = 0
		w.commit(id, was)
		w.change(was)
		w.resting.rest(was)
		delete(w.live, id)
	default:
		if w.random.IntN(2) == 0 {
			w.commit(id, l)
		} else { // activity is stored some time later
			was.LastActivity, was.UserCount = l.LastActivity, l.UserCount
			l = was
		}
		w.change(l)
	}
}

func (w *restWorld) change(l room.Listing) {
	w.resting.wake(l)
	w.index.put(l)
	w.list[l.ID], w.live[l.ID] = l, true
}

// asked is a question that is being answered.
type asked struct {
	q     room.ListRooms
	mine  []string // nil: not of one's own
	all   bool     // an administrator's
	read  restingRead
	began uint64
	lack  fetch
}

func (w *restWorld) ask() *asked {
	q := &asked{q: room.ListRooms{Limit: 1 + w.random.IntN(12)}, read: w.resting.known(), began: w.resting.begin()}
	switch w.random.IntN(5) {
	case 0:
		q.mine = []string{}
		for range 20 {
			q.mine = append(q.mine, fmt.Sprint("room ", w.random.IntN(60)))
		}
		slices.Sort(q.mine)
		q.mine = slices.Compact(q.mine)
	case 1:
		q.all = true
	case 2:
		q.q.Search = []string{"t", "tea", "x", "cof te", "xx x", "y"}[w.random.IntN(6)]
	}
	return q
}

func (w *restWorld) page(q *asked) (room.Reply, fetch) {
	switch {
	case q.mine != nil:
		return w.index.pageOf(q.mine, q.q, &q.read)
	case q.all:
		return w.index.everything(q.q, &q.read)
	}
	return w.index.page(q.q, &q.read)
}

// goOn takes a question a step on: it reads, or is answered. It reports whether it
// is done, having compared the answer with what there is now.
func (w *restWorld) goOn(q *asked) bool {
	if q.lack != nil {
		if err := q.lack(w.store); err != nil {
			w.t.Fatal(err)
		}
		q.lack = nil
		return false
	}
	reply, lack := w.page(q)
	if lack != nil {
		q.lack = lack
		return false
	}
	w.compare(q, reply)
	w.resting.done(q.began)
	return true
}

func (w *restWorld) compare(q *asked, reply room.Reply) {
	w.t.Helper()
	answer := reply.(room.RoomsReply)
	var got []string
	for _, l := range answer.Rooms {
		got = append(got, l.ID)
		want := w.list[l.ID]
		if l != want {
			w.t.Errorf("shown as %+v, is %+v", l, want)
		}
	}
	var want []string
	switch {
	case q.mine != nil:
		want = w.list.sorted(func(l room.Listing) bool { return slices.Contains(q.mine, l.ID) }, latestFirst)
	case q.all:
		want = w.list.sorted(func(room.Listing) bool { return true }, fullestFirst)
	case q.q.Search != "":
		want = w.list.sorted(func(l room.Listing) bool { return l.Public() && hasWords(l, q.q.Search) }, anyOrder)
		for _, id := range got {
			if !slices.Contains(want, id) {
				w.t.Errorf("search %q finds %q", q.q.Search, id)
			}
		}
		if len(got) != min(len(want), q.q.Limit) || len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(got) {
			w.t.Errorf("search %q finds %q of %q", q.q.Search, got, want)
		}
		return
	default:
		want = w.list.sorted(room.Listing.Public, latestFirst)
	}
	want = want[:min(len(want), q.q.Limit)]
	if !slices.Equal(got, want) {
		w.t.Errorf("%+v: got %q, want %q", q.q, got, want)
	}
}

// TestListsWhileRoomsRest has rooms come to memory, change, rest and end while
// questions are being read for, and wants each answer right when it is given.
func TestListsWhileRoomsRest(t *testing.T) {
	for seed := range uint64(*seeds) {
		w := newRestWorld(t, seed)
		var questions []*asked
		for range 1_500 {
			switch {
			case w.random.IntN(3) > 0:
				w.step()
			case len(questions) < 4:
				questions = append(questions, w.ask())
			default:
				i := w.random.IntN(len(questions))
				if w.goOn(questions[i]) {
					questions = slices.Delete(questions, i, i+1)
				}
			}
		}
		for _, q := range questions {
			for !w.goOn(q) {
			}
		}
		w.atEnd()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// read answers questions with what they lack.
func (w *restWorld) read(page func(room.ListRooms, *restingRead) (room.Reply, fetch)) func(room.ListRooms) room.Reply {
	return func(q room.ListRooms) room.Reply {
		known := w.resting.known()
		for {
			reply, lack := page(q, &known)
			if lack == nil {
				return reply
			}
			if err := lack(w.store); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// atEnd wants nothing kept that is not needed, whole lists, and right figures.
func (w *restWorld) atEnd() {
	r := w.resting
	if len(r.leaving)+len(r.departs)+len(w.index.gone)+len(r.reads) > 0 || r.near.Len() > r.nearMax {
		w.t.Errorf("%+v", r)
	}
	if n := len(w.index.rooms.entries); n != len(w.live)+r.near.Len() {
		w.t.Errorf("%d rooms in the index, %d live, %d near", n, len(w.live), r.near.Len())
	}
	any := func(room.Listing) bool { return true }
	q := room.ListRooms{Limit: 1 + w.random.IntN(20)}
	if got := walk(w.t, w.read(w.index.page), q, nothing); !slices.Equal(got, w.list.sorted(room.Listing.Public, latestFirst)) {
		w.t.Errorf("pages: %q", got)
	}
	if got := walk(w.t, w.read(w.index.everything), q, nothing); !slices.Equal(got, w.list.sorted(any, fullestFirst)) {
		w.t.Errorf("everything: %q", got)
	}
	for _, search := range []string{"t", "tea", "cof te"} {
		q.Search = search
		got := walk(w.t, w.read(w.index.page), q, nothing)
		slices.Sort(got)
		if want := w.list.sorted(func(l room.Listing) bool { return l.Public() && hasWords(l, search) }, anyOrder); !slices.Equal(got, want) {
			w.t.Errorf("search %q: %q, want %q", search, got, want)
		}
		got = walk(w.t, w.read(w.index.everything), q, nothing)
		if want := w.list.sorted(func(l room.Listing) bool { return hasWords(l, search) }, fullestFirst); !slices.Equal(got, want) {
			w.t.Errorf("everything %q: %q, want %q", search, got, want)
		}
	}
	known := everyRoom()
	s, _ := w.index.stats(&known)
	r.count(&s)
	public := len(w.list.sorted(room.Listing.Public, anyOrder))
	empty := len(w.list.sorted(func(l room.Listing) bool { return l.UserCount == 0 }, anyOrder))
	if s.TotalRooms != len(w.list) || s.PersistentRooms != len(w.list) || s.PublicRooms != public || s.EmptyRooms != empty {
		w.t.Errorf("%+v of %d rooms, %d public, %d empty", s, len(w.list), public, empty)
	}
}

// TestStoredScannedMax wants a page cut short for which too much of the store would
// be read, and to go on to the end.
func TestStoredScannedMax(t *testing.T) {
	const rooms = 2*scannedMax + 700
	w := newRestWorld(t, 1)
	hidden := newRestWorld(t, 1)
	for i := range rooms {
		l := listing(fmt.Sprintf("%06d", i), "common", i, 0)
		if l.Persistent = true; i%scannedMax == 5 {
			l.Name = "common zz"
		}
		w.commit(l.ID, l)
		w.change(l)
		w.resting.rest(l)
		hidden.commit(l.ID, l)
		if l.LastActivity = indexBegin.Add(-time.Hour); i >= 3 {
			hidden.change(l) // not stored yet
		}
	}
	hidden.resting.edge, hidden.resting.whole = recentKey{activity: indexBegin.Add(time.Hour)}, false
	hidden.resting.rooms, hidden.resting.public = 3, 3
	for what, test := range map[string]struct {
		page  func(room.ListRooms) room.Reply
		q     room.ListRooms
		found int
	}{
		"search":     {w.read(w.index.page), room.ListRooms{Search: "zz common", Limit: 10}, 3},
		"everything": {w.read(w.index.everything), room.ListRooms{Search: "zz common", Limit: 10}, 3},
		"page":       {hidden.read(hidden.index.page), room.ListRooms{Limit: 100}, rooms},
	} {
		pages, short := 1, 0
		got := walk(t, func(q room.ListRooms) room.Reply {
			reply := test.page(q)
			if r := reply.(room.RoomsReply); r.Next != "" && len(r.Rooms) < q.Limit {
				short++
			}
			return reply
		}, test.q, func() { pages++ })
		if len(got) != test.found || short == 0 {
			t.Errorf("%s: %d rooms on %d pages, %d of them short", what, len(got), pages, short)
		}
	}
}

// TestIndexIsBuilt wants rooms of a store found that has no entries of them, or
// others, and those of one that has them left alone.
func TestIndexIsBuilt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := persistence.NewMemory()
		var want []string
		for i := range 50 {
			id := fmt.Sprint("room ", i)
			want = append(want, id)
			if err := store.Commit(storedRoom(t, id, 1)); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(want)
		wrong := entryChanges(room.Listing{}, listing("no room", "room", 1, 0))
		if err := store.Commit(append(wrong, persistence.Change{Key: roomKey("gone"), Owner: ownerEpoch, Summary: tombstone(indexBegin)})...); err != nil {
			t.Fatal(err)
		}
		for run := range 2 {
			w := newWorld(t, store)
			c := w.connect("c")
			for _, search := range []string{"", "room", "the ro"} {
				got := walk(t, c.list, room.ListRooms{Limit: 7, Search: search}, nothing)
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("search %q: %q", search, got)
				}
			}
			if s := w.RoomStats(); s.TotalRooms != 50 || s.PublicRooms != 50 || len(s.Largest) != 50 {
				t.Errorf("%+v", s)
			}
			built := slices.ContainsFunc(w.store.committed(), func(c persistence.Change) bool { return c.Key == indexKey })
			if built != (run == 0) {
				t.Errorf("run %d: built is %v", run, built)
			}
			w.close()
		}
	})
}

// TestListsOfFailingStore wants lists refused that can't be read, and all others
// as ever.
func TestListsOfFailingStore(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		for i := range 5 {
			id := fmt.Sprint("r", i)
			a.must(id, create(room.Settings{Persistent: true}))
			time.Sleep(time.Second)
		}
		a.connection.Close()
		synctest.Wait()
		w.store.set(func(s *testStore) { s.list = errTest })
		b := w.connect("b")
		synctest.Wait()
		if listed := b.directory()[0].(room.RoomsListed); len(listed.Rooms) != 1 || listed.Rooms[0].ID != "r4" {
			t.Errorf("told %+v", listed)
		}
		if got := codeOf(b.list(room.ListRooms{Limit: 5})); got != room.CodeUnavailable {
			t.Errorf("listed: %v", got)
		}
		if _, err := w.AllRooms(room.ListRooms{Limit: 5}); err == nil || err.Code != room.CodeUnavailable {
			t.Errorf("all rooms: %v", err)
		}
		if s := w.RoomStats(); s.TotalRooms != 5 || len(s.Largest) != 1 {
			t.Errorf("%+v", s)
		}
		w.store.heal()
		if got := walk(t, b.list, room.ListRooms{Limit: 2}, nothing); !reflect.DeepEqual(got, []string{"r4", "r3", "r2", "r1", "r0"}) {
			t.Errorf("got %q", got)
		}
	})
}

// TestRoomAtRestIsNotNew wants watchers told nothing of a room that comes to
// memory and rests again but the count of those inside, once an interval, and its
// end; and nothing kept for that.
func TestRoomAtRestIsNotNew(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		for _, id := range []string{"r", "s"} {
			a.must(id, create(room.Settings{Persistent: true}))
			a.must(id, room.Leave{})
		}
		time.Sleep(3 * newsInterval)
		watcher := w.connect("watcher")
		synctest.Wait()
		a.must("r", room.Join{})
		a.must("r", room.Leave{})
		a.must("r", room.Join{})
		time.Sleep(2 * newsInterval)
		a.must("r", room.Leave{})
		time.Sleep(3 * newsInterval)
		a.must("r", room.Delete{})
		time.Sleep(2 * newsInterval)
		wantDirectory(t, watcher, "listed 2", "r has 1", "r has 0", "unlisted r")
	})
}

// TestFeedForgets wants nothing kept of rooms at rest when all is told.
func TestFeedForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		f := newFeed(func(room.DirectoryEvent, room.ConnectionID) { told++ })
		l := listing("r", "tea", 1, 1)
		f.change(l, "", true) // one is inside
		l.UserCount = 0
		f.change(l, "", true)
		f.rest("r")
		f.tick() // too early for the next count
		if len(f.rooms.entries) != 1 || told != 1 {
			t.Errorf("%d rooms are kept, %d told", len(f.rooms.entries), told)
		}
		time.Sleep(newsInterval)
		f.tick()
		time.Sleep(newsInterval)
		f.tick()
		if len(f.rooms.entries)+len(f.held.entries)+len(f.resting.entries) != 0 || told != 2 {
			t.Errorf("%d rooms are kept, %d told", len(f.rooms.entries), told)
		}
		f.end("r") // which was at rest
		if len(f.rooms.entries) != 0 || told != 3 {
			t.Errorf("%d rooms are kept, %d told", len(f.rooms.entries), told)
		}
	})
}

// TestStoredAtOnce wants outcomes with many changes stored some at a time, and all
// of them.
func TestStoredAtOnce(t *testing.T) {
	for _, each := range []int{0, 1, 102, 2_100, roomChangesMax + 1} {
		gathered := make([]*pending, 2*roomWriteMax)
		for i := range gathered {
			gathered[i] = &pending{changes: make([]persistence.Change, each)}
		}
		for len(gathered) > 0 {
			n, changes := storedAtOnce(gathered)
			if n == 0 || n > roomWriteMax || len(changes) != n*each || len(changes) >= roomChangesMax+max(each, 1) {
				t.Fatalf("%d outcomes, %d changes at once, each has %d", n, len(changes), each)
			}
			gathered = gathered[n:]
		}
	}
}

// TestEntryChanges wants a list to find a room where it is, and nowhere else.
func TestEntryChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 23))
	store, was := persistence.NewMemory(), room.Listing{}
	for range 500 {
		now := randomListing(random)
		now.ID = "r"
		if random.IntN(5) == 0 {
			now = room.Listing{}
		}
		if err := store.Commit(entryChanges(was, now)...); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		if now.ID != "" && now.Public() {
			words := wordsOf(now.Name)
			want[recentStoredKey(recentKeyOf(now))] = ""
			for _, w := range words {
				want[wordStoredKey(wordKey{w, "r"})] = strings.Join(words, " ")
			}
		}
		got := map[string]string{}
		if err := store.Keys("", func(key string, summary []byte) error { got[key] = string(summary); return nil }); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("after %+v: %q, want %q", now, got, want)
		}
		if changes := entryChanges(now, now); len(changes) != 0 {
			t.Fatalf("of the same: %+v", changes)
		}
		was = now
	}
}
