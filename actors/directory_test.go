package actors

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// TestDirectory wants watchers told what rooms there are, and what changes; the
// creator's connection not that its room is new; and nobody of rooms that are
// private or came into being by a join.
func TestDirectory(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		synctest.Wait()
		a.must("private", create(room.Settings{Private: true}))
		a.must("implicit", room.Join{})
		a.must("public", create(room.Settings{Name: "Plaza", MaxUsers: 7, PasswordHash: "x"}))
		late := w.connect("late")
		synctest.Wait()
		a.must("public", room.Leave{})
		a.must("implicit", room.Leave{})
		a.must("private", room.Leave{})

		wantDirectory(t, a, "listed 0", "unlisted public")
		wantDirectory(t, b, "listed 0", "new public", "unlisted public")
		wantDirectory(t, late, "listed 1", "unlisted public")
		shown := b.directory()[1].(room.RoomListed).Listing
		if shown.Name != "Plaza" || shown.MaxUsers != 7 || !shown.HasPassword || shown.Creator != a.user || shown.UserCount != 1 {
			t.Errorf("got %+v", shown)
		}
	})
}

func wantDirectory(t *testing.T, c *client, want ...string) {
	t.Helper()
	got := []string{}
	for _, e := range c.directory() {
		switch e := e.(type) {
		case room.RoomsListed:
			got = append(got, fmt.Sprintf("listed %d", len(e.Rooms)))
		case room.RoomListed:
			got = append(got, "new "+e.Listing.ID)
		case room.RoomCounted:
			got = append(got, fmt.Sprintf("%s has %d", e.RoomID, e.UserCount))
		case room.RoomUnlisted:
			got = append(got, "unlisted "+e.RoomID)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s got  %q\nwant %q", c.id, got, want)
	}
}

// TestCounts wants a room's count told at once when it has been quiet, then at
// most once an interval, the last one always.
func TestCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		watcher, a := w.connect("watcher"), w.connect("a")
		synctest.Wait()
		a.must("r", create(room.Settings{}))
		time.Sleep(newsInterval + time.Millisecond) // clear of the directory's own timer
		var others []*client
		for i := range 10 {
			others = append(others, w.connect(fmt.Sprintf("user%d", i)))
			others[i].must("r", room.Join{})
		}
		time.Sleep(newsInterval + time.Millisecond)
		for _, c := range others[:4] {
			c.must("r", room.Leave{})
		}
		others[0].must("r", room.Join{})
		time.Sleep(2 * newsInterval)
		// There and back within an interval: nothing new.
		others[1].must("r", room.Join{})
		time.Sleep(2 * newsInterval)
		others[2].must("r", room.Join{})
		others[3].must("r", room.Join{})
		others[3].must("r", room.Leave{})
		time.Sleep(2 * newsInterval)
		wantDirectory(t, watcher, "listed 0", "new r", "r has 2", "r has 11", "r has 8", "r has 9", "r has 10")
		if d := counted(watcher); len(d) != 5 {
			t.Errorf("got %v", d)
		}
	})
}

// TestNewsFlood wants watchers to be told no more than the budget allows: the
// rest later, and nothing of rooms that have gone by then.
func TestNewsFlood(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		watcher, restless := w.connect("watcher"), w.connect("restless")
		synctest.Wait()
		for i := range 3 * newsMax {
			id := fmt.Sprint("passing ", i)
			restless.must(id, create(room.Settings{}))
			restless.must(id, room.Leave{})
		}
		if n := len(watcher.directory()); n != 1+newsMax {
			t.Errorf("told %d things at once, want the welcome and %d", n, newsMax)
		}
		time.Sleep(newsInterval)
		synctest.Wait()
		if n := len(watcher.directory()); n > 2+newsMax {
			t.Errorf("told %d things, though the other rooms have gone", n)
		}
		var founders []*client
		for i := range newsMax + newsMax/2 {
			if i%connectionRoomsMax == 0 {
				founders = append(founders, w.connect(fmt.Sprint("founder ", i)))
			}
			founders[len(founders)-1].must(fmt.Sprint("lasting ", i), create(room.Settings{}))
		}
		time.Sleep(3 * newsInterval)
		synctest.Wait()
		if known := known(watcher.directory()); len(known) != newsMax+newsMax/2 {
			t.Errorf("knows %d rooms in the end", len(known))
		}
	})
}

// TestNewsOfRebirth wants a room that ends and begins again while news are held
// back to be told as another one.
func TestNewsOfRebirth(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		watcher, a := w.connect("watcher"), w.connect("a")
		synctest.Wait()
		a.must("r", create(room.Settings{Name: "first"}))
		for i := range newsMax {
			a.must(fmt.Sprint("other ", i), create(room.Settings{}))
		}
		a.must("r", room.Leave{})
		a.must("r", create(room.Settings{Name: "second"}))
		time.Sleep(2 * newsInterval)
		synctest.Wait()
		if l := known(watcher.directory())["r"]; l.Name != "second" {
			t.Errorf("knows %+v", l)
		}
	})
}

// known returns the rooms that one who was told this knows.
func known(told []room.DirectoryEvent) map[string]room.Listing {
	rooms := map[string]room.Listing{}
	for _, e := range told {
		switch e := e.(type) {
		case room.RoomListed:
			rooms[e.Listing.ID] = e.Listing
		case room.RoomUnlisted:
			delete(rooms, e.RoomID)
		}
	}
	return rooms
}

// TestCountInterval wants no two counts of a room closer than the interval,
// whatever happens, and the last count right.
func TestCountInterval(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		creator, restless := w.connect("creator"), w.connect("restless")
		creator.must("r", create(room.Settings{}))
		watcher := &timedOutbox{}
		c, err := w.Connect(room.User{ID: "watcher"}, "watcher", watcher)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		synctest.Wait()
		for i := range 100 {
			restless.must("r", room.Join{})
			time.Sleep(time.Duration(i%13) * newsInterval / 7)
			if i < 99 {
				restless.must("r", room.Leave{})
				time.Sleep(time.Duration(i%5) * newsInterval / 11)
			}
		}
		time.Sleep(2 * newsInterval)
		synctest.Wait()
		if len(watcher.counts) < 10 || watcher.counts[len(watcher.counts)-1] != 2 {
			t.Errorf("counts: %v", watcher.counts)
		}
		for i := 1; i < len(watcher.at); i++ {
			if d := watcher.at[i].Sub(watcher.at[i-1]); d < newsInterval {
				t.Errorf("two counts within %v", d)
			}
		}
	})
}

// timedOutbox notes when it was told which count.
type timedOutbox struct {
	client
	counts []int
	at     []time.Time
}

func (o *timedOutbox) Offer(f Frame) {
	if frame, ok := f.(directoryFrame); ok {
		if e, ok := frame.event.(room.RoomCounted); ok {
			o.counts, o.at = append(o.counts, e.UserCount), append(o.at, time.Now())
		}
	}
}

func counted(c *client) (counts []int) {
	for _, e := range c.directory() {
		if e, ok := e.(room.RoomCounted); ok {
			counts = append(counts, e.UserCount)
		}
	}
	return counts
}

// TestCountOfEndedRoom wants a count that was held back forgotten with its room.
func TestCountOfEndedRoom(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		watcher, a, b := w.connect("watcher"), w.connect("a"), w.connect("b")
		synctest.Wait()
		a.must("r", create(room.Settings{AutoDelete: true}))
		b.must("r", room.Join{})
		a.must("r", room.Leave{})
		time.Sleep(3 * newsInterval)
		wantDirectory(t, watcher, "listed 0", "new r", "unlisted r")
	})
}

// TestRoomsListedMax wants the latest active rooms told at first, no more than
// the limit, and activity noticed at its interval.
func TestRoomsListedMax(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		for i := range roomsListedMax + 5 {
			a.must(fmt.Sprintf("r%d", i), create(room.Settings{}))
			time.Sleep(time.Millisecond)
		}
		a.must("r0", send("soon after")) // within activityInterval of its creation
		wantFirst(t, w, roomsListedMax, fmt.Sprintf("r%d", roomsListedMax+4))
		time.Sleep(activityInterval)
		a.must("r1", send("later"))
		wantFirst(t, w, roomsListedMax, "r1")
		a.must("r1", room.Leave{})
		wantFirst(t, w, roomsListedMax, fmt.Sprintf("r%d", roomsListedMax+4))
	})
}

func wantFirst(t *testing.T, w *world, n int, id string) {
	t.Helper()
	synctest.Wait()
	c := w.connect("watcher")
	listed := c.directory()[0].(room.RoomsListed)
	if len(listed.Rooms) != n || listed.Rooms[0].ID != id {
		t.Errorf("%d rooms, %s first; want %d, %s", len(listed.Rooms), listed.Rooms[0].ID, n, id)
	}
}

// TestLatestFirst wants the rooms of the welcome by their last activity, also
// where the directory hears of it in another order.
func TestLatestFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		begin := time.Now()
		hear := func(id string, active time.Duration) {
			w.send(w.directory, &listingChanged{listing: room.Listing{ID: id, LastActivity: begin.Add(active)}})
			synctest.Wait()
		}
		hear("a", 2)
		hear("b", 3)
		hear("c", 1)
		hear("d", 2) // beside a: then by id
		hear("c", 4)
		watcher := w.connect("watcher")
		synctest.Wait()
		var order string
		for _, l := range watcher.directory()[0].(room.RoomsListed).Rooms {
			order += l.ID
		}
		if order != "cbad" {
			t.Errorf("listed as %s", order)
		}
	})
}

// TestDirectoryRestart wants public persistent rooms listed after a restart,
// the latest active first, with nobody inside.
func TestDirectoryRestart(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a := w.connect("a")
		for _, id := range []string{"one", "two", "three"} {
			a.must(id, create(room.Settings{Persistent: true}))
			time.Sleep(time.Second)
		}
		a.must("hidden", create(room.Settings{Persistent: true, Private: true}))
		a.must("ephemeral", create(room.Settings{}))
		a.must("two", send("hello"))
		w = restart(w)
		watcher, c := w.connect("watcher"), w.connect("c")
		synctest.Wait()
		listed := watcher.directory()[0].(room.RoomsListed)
		var got []string
		for _, l := range listed.Rooms {
			got = append(got, fmt.Sprintf("%s %d %d", l.ID, l.MemberCount, l.UserCount))
		}
		if want := []string{"two 1 0", "three 1 0", "one 1 0"}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		c.must("one", room.Join{})
		time.Sleep(2 * newsInterval)
		wantDirectory(t, watcher, "listed 3", "one has 1")
	})
}

// TestWatchAfterClose wants no watcher left behind, whatever comes first.
func TestWatchAfterClose(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		d := newDirectory(w.Node, &storedRooms{whole: true})
		pid := w.system.Root.Spawn(w.props(same(d)))
		a, b, c := w.connect("a"), w.connect("b"), w.connect("c")
		synctest.Wait() // they are the other directory's until then
		for _, c := range []*client{a, b} {
			w.send(pid, &watch{connection: c.connection})
		}
		synctest.Wait()
		a.connection.markEnded() // as Close does, before it sends unwatch
		w.send(pid, &unwatch{a.connection})
		w.send(pid, &watch{connection: a.connection})
		w.send(pid, &watch{connection: c.connection})
		synctest.Wait()
		if len(d.feed.watchers.entries) != 2 || isWatching(d, a.connection) {
			t.Errorf("watchers: %v", d.feed.watchers.entries)
		}
		w.system.Root.Stop(pid)
		w.system.Root.Poison(a.connection.pid)
	})
}

// TestSummary wants what encodeSummary writes read again.
func TestSummary(t *testing.T) {
	store := persistence.NewMemory()
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	r := room.New("r")
	r.Apply(room.Created{Settings: room.Settings{Name: "Kitchen", Persistent: true, MaxUsers: 4}, Creator: room.User{ID: "u", Name: "U"}, At: at})
	for _, id := range []string{"shown", "gone"} {
		summary, err := encodeSummary(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Commit(persistence.Change{Key: roomKey(id), Owner: ownerEpoch, Summary: summary}); err != nil {
			t.Fatal(err)
		}
		r.Apply(room.Removed{At: at})
	}
	listings, err := listingsIn(store)
	want := room.Listing{ID: "r", Name: "Kitchen", Creator: room.User{ID: "u", Name: "U"}, CreatedAt: at, LastActivity: at, Persistent: true, MaxUsers: 4}
	if err != nil || len(listings) != 1 || listings[0] != want {
		t.Errorf("got %+v, %v", listings, err)
	}
}

func isWatching(d *directory, c *Connection) bool {
	_, watches := d.feed.watchers.entries[c]
	return watches
}
