package actors

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

var relaxedRoom = room.Settings{Persistent: true, Relaxed: true}

// stopHard makes a world that has what the store has now, as after kill -9: of
// the one before nothing more is stored.
func stopHard(w *world) *world {
	w.t.Helper()
	w.store.set(func(s *testStore) { s.before = fails })
	w.announce(anyPanics)
	w.close()
	w.store.heal()
	return newWorld(w.t, &testStore{Store: w.store.Store})
}

// TestRelaxed wants messages of a relaxed room acknowledged and told at once,
// and on disk relaxedFlushInterval later, together.
func TestRelaxed(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(relaxedRoom))
		a.must("r", room.Send{Text: "the first to last waits for the disk"})
		synctest.Wait()
		w.store.set(func(s *testStore) { s.attempts = 0 })
		for range 100 {
			a.must("r", room.Send{Text: "hello"})
		}
		attempts := func() int {
			w.store.mu.Lock()
			defer w.store.mu.Unlock()
			return w.store.attempts
		}
		time.Sleep(relaxedFlushInterval - time.Nanosecond)
		synctest.Wait()
		if n := attempts(); n != 0 {
			t.Errorf("%d commits before they were due", n)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		page, err := w.store.Messages(roomKey("r"), persistence.Query{Before: persistence.Newest, Limit: 1})
		if n := attempts(); n != 1 || err != nil || len(page) != 1 || page[0].Seq != 101 {
			t.Errorf("%d commits, newest %+v, %v", n, page, err)
		}
	})
}

// TestRelaxedBegins wants what was decided while the first record went to disk
// told before anything later, and not after the disk once more.
func TestRelaxedBegins(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(relaxedRoom))
		synctest.Wait()
		commits, tried := make(chan struct{}), 0
		defer close(commits)
		w.store.set(func(s *testStore) {
			s.before = func(persistence.Change) error { tried++; <-commits; return nil }
		})
		for _, text := range []string{"1", "2", "3"} {
			a.do("r", room.Send{Text: text})
		}
		synctest.Wait()
		if texts := a.texts("r"); len(texts) != 0 {
			t.Errorf("%q are told before the first is on disk", texts)
		}
		commits <- struct{}{}
		synctest.Wait()
		a.must("r", room.Send{Text: "4"})
		wantTexts(t, a, "r", "1", "2", "3", "4")
		if tried != 2 {
			t.Errorf("%d commits were begun", tried)
		}
	})
}

// TestRelaxedReads wants old messages read as they were told.
func TestRelaxedReads(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(relaxedRoom))
		for range room.HistoryEntriesMax + 50 {
			a.must("r", room.Send{Text: "hello"})
		}
		page := a.must("r", room.GetHistory{HasAfter: true, Limit: 10}).(room.HistoryReply)
		if len(page.Messages) != 10 || page.Messages[0].Seq != 1 {
			t.Errorf("got %+v", page)
		}
	})
}

// TestRelaxedStops wants an orderly end to lose nothing, and the epoch to last.
func TestRelaxedStops(t *testing.T) {
	ends := map[string]func(w *world, a *client) *world{
		"node stops": func(w *world, _ *client) *world { w.close(); return newWorld(w.t, w.store) },
		"room is left": func(w *world, a *client) *world {
			a.connection.Close()
			time.Sleep(time.Minute)
			synctest.Wait()
			return stopHard(w)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				a := w.connect("a")
				a.must("r", create(relaxedRoom))
				for range 10 {
					a.must("r", room.Send{Text: "hello"})
				}
				before := a.must("r", room.Join{}).(room.JoinReply)
				w = end(w, a)
				since := &room.Since{Epoch: before.Epoch, Seq: 8}
				after := w.connect("a").must("r", room.Join{Since: since}).(room.JoinReply)
				if after.Epoch != before.Epoch || after.Gap || len(after.Messages) != 2 || after.Seq != 10 {
					t.Errorf("got %+v", after)
				}
			})
		})
	}
}

// TestRelaxedCrash wants a new epoch after an end without a word: what was told
// may be lost, and other messages come under its numbers.
func TestRelaxedCrash(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(relaxedRoom))
		a.must("r", room.Send{Text: "stored"})
		lost := a.must("r", room.Send{Text: "lost"}).(room.SendReply)
		before := a.must("r", room.Join{}).(room.JoinReply)
		w = stopHard(w)
		a = w.connect("a")
		since := &room.Since{Epoch: before.Epoch, Seq: before.Seq}
		after := a.must("r", room.Join{Since: since}).(room.JoinReply)
		if after.Epoch == before.Epoch || !after.Gap || after.Seq != 1 {
			t.Errorf("got %+v", after)
		}
		if sent := a.must("r", room.Send{Text: "another"}).(room.SendReply); sent.Seq != 2 || sent.MessageID == lost.MessageID {
			t.Errorf("got %+v", sent)
		}
	})
}

// TestRelaxedStoreFails wants those inside to come anew when what they have
// been told could not be stored.
func TestRelaxedStoreFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(0)
		a := w.connect("a")
		a.must("r", create(relaxedRoom))
		a.must("r", room.Send{Text: "stored"})
		before := a.must("r", room.Join{}).(room.JoinReply)
		w.store.set(func(s *testStore) { s.before = fails })
		a.must("r", room.Send{Text: "told, and lost"})
		time.Sleep(relaxedFlushInterval)
		synctest.Wait()
		w.store.heal()
		b := w.connect("b")
		after := b.must("r", room.Join{}).(room.JoinReply)
		if after.Epoch == before.Epoch || after.Seq != 1 {
			t.Errorf("got %+v", after)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if !slices.Contains(a.why, WhyRoomFailed) {
			t.Errorf("the one inside was closed for %q", a.why)
		}
	})
}

// TestRelaxedRoomIsDeleted wants the end of a relaxed room told when it is on
// disk, with all that was told before it, and not at all if it can't be stored.
func TestRelaxedRoomIsDeleted(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(relaxedRoom))
		b.must("r", room.Join{})
		a.must("r", send("one"))
		a.must("r", send("two"))
		release := w.store.block()
		var deleted room.Reply
		a.doThen("r", room.Delete{}, func(r room.Reply) { deleted = r })
		time.Sleep(2 * relaxedFlushInterval)
		synctest.Wait()
		if deleted != nil || slices.ContainsFunc(b.events("r"), isRemoval) {
			t.Errorf("told before it was stored: %+v", deleted)
		}
		release()
		synctest.Wait()
		if _, done := deleted.(room.Done); !done || !slices.ContainsFunc(b.events("r"), isRemoval) {
			t.Errorf("not told when it was stored: %+v", deleted)
		}
		w = stopHard(w)
		w.connect("a").refused("r", create(relaxedRoom), room.CodeRoomExists)
		page, err := w.store.Messages(roomKey("r"), persistence.Query{})
		if err != nil || len(page) != 2 {
			t.Errorf("%d messages, %v", len(page), err)
		}
	})
}

func isRemoval(e room.Event) bool {
	_, removed := e.(room.Removed)
	return removed
}
