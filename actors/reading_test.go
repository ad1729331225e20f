package actors

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// TestMarkRead wants a mark told to the user's other connections, those too that
// are not inside, and to nobody else; and there to stay.
func TestMarkRead(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a, b, inside, outside := w.connect("a"), w.connect("b"), w.connect("b"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		inside.must("r", room.Join{})
		for range 5 {
			a.must("r", send("hello"))
		}
		if read := b.must("r", room.MarkRead{Seq: 2}).(room.ReadReply); read.Unread != 3 {
			t.Errorf("%d unread", read.Unread)
		}
		b.must("r", room.MarkRead{Seq: 1}) // never backwards
		outside.must("r", room.MarkRead{Seq: 99})
		wantNotes(t, inside, "read r to 2, 3 unread", "read r to 5, 0 unread")
		wantNotes(t, outside, "read r to 2, 3 unread")
		wantNotes(t, b, "read r to 5, 0 unread")
		wantNotes(t, a)
		a.must("r", send("one more"))
		w = restart(w)
		if got := brief(w.connect("b").welcome()); !reflect.DeepEqual(got, []string{"r 1"}) {
			t.Errorf("got %q", got)
		}
	})
}

// longRoom makes a persistent room with more messages than are in memory:
// "1", "2", … of which every 10th is edited and every 25th deleted.
func longRoom(a *client, messages int) {
	a.must("r", create(room.Settings{Persistent: true}))
	var ids sync.Map
	for i := range messages {
		a.doThen("r", send(fmt.Sprint(i+1)), func(r room.Reply) { ids.Store(i+1, r.(room.SendReply).MessageID) })
	}
	synctest.Wait()
	for i := 1; i <= messages; i++ {
		id, _ := ids.Load(i)
		switch {
		case i%25 == 0:
			a.must("r", room.DeleteMessage{MessageID: id.(string)})
		case i%10 == 0:
			a.must("r", room.EditMessage{MessageID: id.(string), Text: fmt.Sprint("edited ", i)})
		}
	}
}

// shownAs is how a message of a long room is to be read.
func shownAs(i int) string {
	switch {
	case i%25 == 0:
		return ""
	case i%10 == 0:
		return fmt.Sprint("edited ", i)
	}
	return fmt.Sprint(i)
}

// TestHistoryWhileDiskHangs wants old messages read while a commit doesn't come
// back from the disk: a reader makes way for commits, but not for ever.
func TestHistoryWhileDiskHangs(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		longRoom(a, room.HistoryEntriesMax+150)
		defer w.store.block()()
		b.do("other", create(room.Settings{Persistent: true}))
		synctest.Wait()
		begin := time.Now()
		page := a.must("r", room.GetHistory{Before: 101, Limit: 100}).(room.HistoryReply)
		if took := time.Since(begin); len(page.Messages) != 100 || took != 100/readBurst*readWaitMax {
			t.Errorf("%d messages after %v", len(page.Messages), took)
		}
	})
}

// TestHistory wants all of a long room read page by page, in both directions,
// with edits and deletions, on the next node too, and while others write.
func TestHistory(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		const messages = room.HistoryEntriesMax + 150
		longRoom(w.connect("a"), messages)
		for range 2 {
			a, reader := w.connect("a"), w.connect("a")
			a.must("r", room.Join{})
			stop := make(chan struct{})
			var writing sync.WaitGroup
			writing.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
						a.ask("r", send("newer"))
					}
				}
			})
			checkPages(t, reader, messages)
			close(stop)
			writing.Wait()
			w = restart(w)
		}
	})
}

// checkPages reads the first messages of a room from both ends.
func checkPages(t *testing.T, c *client, messages int) {
	t.Helper()
	want := 1
	for after, more := uint64(0), true; more && want <= messages; {
		page := c.must("r", room.GetHistory{After: after, HasAfter: true, Limit: 70}).(room.HistoryReply)
		for _, m := range page.Messages {
			after = m.Seq
			if want <= messages && (m.Text != shownAs(want) || int(m.Seq) != want) {
				t.Fatalf("got %q as %d, want %q as %d", m.Text, m.Seq, shownAs(want), want)
			}
			want++
		}
		more = page.HasMore
	}
	if want <= messages {
		t.Errorf("read %d messages forwards", want-1)
	}
	want = messages
	for before, more := uint64(messages+1), true; more; {
		page := c.must("r", room.GetHistory{Before: before, Limit: 70}).(room.HistoryReply)
		for i := len(page.Messages) - 1; i >= 0; i-- {
			m := page.Messages[i]
			before = m.Seq
			if m.Text != shownAs(want) || int(m.Seq) != want {
				t.Fatalf("got %q as %d, want %q as %d", m.Text, m.Seq, shownAs(want), want)
			}
			want--
		}
		more = page.HasMore
	}
	if want != 0 {
		t.Errorf("%d messages were not read backwards", want)
	}
}

// TestOldMessages wants one that is no longer in memory edited and taken back,
// told to those inside, and found so.
func TestOldMessages(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		first := a.must("r", send("first")).(room.SendReply)
		second := a.must("r", send("second")).(room.SendReply)
		for range room.HistoryEntriesMax + 10 {
			a.do("r", send("x"))
		}
		b.refused("r", room.EditMessage{MessageID: first.MessageID, Text: "mine now"}, room.CodeForbidden)
		a.must("r", room.EditMessage{MessageID: first.MessageID, Text: "edited"})
		a.must("r", room.DeleteMessage{MessageID: second.MessageID})
		var changed int
		for _, e := range b.events("r") {
			if _, ok := e.(room.MessageChanged); ok {
				changed++
			}
		}
		if changed != 2 {
			t.Errorf("b was told of %d changes", changed)
		}
		for range 2 {
			page := w.connect("a").must("r", room.GetHistory{Before: 3, Limit: 10}).(room.HistoryReply)
			if len(page.Messages) != 2 || page.Messages[0].Text != "edited" || page.Messages[1].Text != "" {
				t.Errorf("got %+v", page.Messages)
			}
			w = restart(w)
		}
	})
}

// TestOrderAroundReads wants a connection's commands to take effect in the order
// that it sent them, though one of them waits for an old message.
func TestOrderAroundReads(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		first := a.must("r", send("first")).(room.SendReply)
		for range room.HistoryEntriesMax {
			a.do("r", send("x"))
		}
		synctest.Wait()
		newest := uint64(room.HistoryEntriesMax + 1)
		a.do("r", room.EditMessage{MessageID: first.MessageID, Text: "edited"})
		a.do("r", send("after the edit"))
		a.do("r", room.DeleteMessage{MessageID: first.MessageID})
		a.do("r", send("after the deletion"))
		b.do("r", send("b's own"))
		replies := a.replies()
		var seqs []uint64
		for _, r := range replies[len(replies)-4:] {
			seqs = append(seqs, r.reply.(room.SendReply).Seq)
		}
		if !slices.IsSorted(seqs) || seqs[0] <= newest {
			t.Errorf("took effect as %d", seqs)
		}
		a.must("r", room.Leave{}) // nothing is held back for ever
	})
}

// gatedStore counts how many pages are read at a time, and holds them.
type gatedStore struct {
	persistence.Store
	gate chan struct{}

	mu          sync.Mutex
	now, most   int
	err         error
	shallPanics bool
}

func (s *gatedStore) Messages(key string, q persistence.Query) ([]persistence.Message, error) {
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	gate, err, panics := s.gate, s.err, s.shallPanics
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.now--; s.mu.Unlock() }()
	if gate != nil {
		<-gate
	}
	if panics {
		panic("store is broken")
	}
	if err != nil {
		return nil, err
	}
	return s.Store.Messages(key, q)
}

func (s *gatedStore) set(gate chan struct{}, err error, panics bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate, s.err, s.shallPanics, s.most = gate, err, panics, 0
}

// TestReadsParallelMax wants no more pages read at a time than the limit, the
// room to go on meanwhile, and every reader answered in the end.
func TestReadsParallelMax(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &gatedStore{Store: persistence.NewMemory()}
		w := newWorld(t, store)
		a := w.connect("a")
		longRoom(a, room.HistoryEntriesMax+10)
		gate := make(chan struct{})
		store.set(gate, nil, false)
		for range 10 {
			a.do("r", room.GetHistory{Before: 5, Limit: 3})
		}
		synctest.Wait()
		if store.now != readsParallelMax {
			t.Errorf("%d reads at a time", store.now)
		}
		a.must("r", send("meanwhile"))
		close(gate)
		synctest.Wait()
		pages := 0
		for _, r := range a.replies() {
			if page, ok := r.reply.(room.HistoryReply); ok && len(page.Messages) == 3 {
				pages++
			}
		}
		if pages != 10 || store.most != readsParallelMax {
			t.Errorf("%d pages, at most %d at a time", pages, store.most)
		}
	})
}

// TestReadsFail wants "unavailable" for what can't be read, the room to go on,
// and to leave memory all the same.
func TestReadsFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &gatedStore{Store: persistence.NewMemory()}
		w := newWorld(t, store)
		w.announce(1)
		before := w.actors()
		a := w.connect("a")
		longRoom(a, room.HistoryEntriesMax+10)
		for _, panics := range []bool{false, true} {
			store.set(nil, errTest, panics)
			a.refused("r", room.GetHistory{Before: 5, Limit: 3}, room.CodeUnavailable)
			a.must("r", send("goes on"))
			store.set(nil, nil, false)
			a.must("r", room.GetHistory{Before: 5, Limit: 3})
		}
		gate := make(chan struct{})
		store.set(gate, nil, false)
		a.do("r", room.GetHistory{Before: 5, Limit: 3})
		synctest.Wait()
		a.connection.Close()
		close(gate)
		if left := w.actors() - before; left != 0 {
			t.Errorf("%d actors are left", left)
		}
	})
}
