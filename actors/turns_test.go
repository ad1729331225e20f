package actors

import (
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// TestTurns wants each origin served in turn, its own in the order in which they came.
func TestTurns(t *testing.T) {
	turns := newTurns(1)
	if turn, err := turns.await("a"); turn != nil || err != nil {
		t.Fatalf("the free slot is not given: %v", err)
	}
	names := []string{"a1", "a2", "a3", "b1", "c1", "b2"}
	waiting := map[string]chan struct{}{}
	for _, name := range names {
		turn, err := turns.await(name[:1])
		if turn == nil || err != nil {
			t.Fatalf("%s has a slot that is taken: %v", name, err)
		}
		waiting[name] = turn
	}
	var order []string
	for range names {
		turns.leave()
		for name, turn := range waiting {
			select {
			case <-turn:
				order = append(order, name)
				delete(waiting, name)
			default:
			}
		}
	}
	if want := []string{"a1", "b1", "c1", "a2", "b2", "a3"}; !reflect.DeepEqual(order, want) {
		t.Errorf("served %q, want %q", order, want)
	}
	turns.leave()
	if turns.free != 1 || len(turns.waiting)+len(turns.origins) != 0 {
		t.Errorf("%d free, %d and %d wait in the end", turns.free, len(turns.waiting), len(turns.origins))
	}
}

func TestReadsWaitingMax(t *testing.T) {
	turns := newTurns(0)
	for range readsWaitingMax {
		if _, err := turns.await("a"); err != nil {
			t.Fatal(err)
		}
	}
	if err := turns.enter("a"); !errors.Is(err, errTurnsTaken) {
		t.Errorf("one more: %v", err)
	}
	if _, err := turns.await("b"); err != nil {
		t.Errorf("of another origin: %v", err)
	}
}

// TestReadsInTurn wants who reads old messages to wait for one page of another
// address at most, however many wait there; and those that are too many refused.
func TestReadsInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &gatedStore{Store: persistence.NewMemory()}
		w := newWorld(t, store)
		longRoom(w.connect("a"), room.HistoryEntriesMax+10)
		gate := make(chan struct{})
		store.set(gate, nil, false)
		old := room.GetHistory{Before: 5, Limit: 3}
		var flood []*client
		for range (readsParallelMax+readsWaitingMax)/commandsUnderWayMax + 1 {
			c := w.connectFrom("flood", "a")
			flood = append(flood, c)
			for range commandsUnderWayMax {
				c.do("r", old)
			}
			synctest.Wait()
		}
		refused := 0
		for _, c := range flood {
			for _, r := range c.replies() {
				if codeOf(r.reply) != room.CodeUnavailable {
					t.Fatalf("%+v before anything was read", r.reply)
				}
				refused++
			}
		}
		if want := len(flood)*commandsUnderWayMax - readsParallelMax - readsWaitingMax; refused != want {
			t.Errorf("%d were refused, want %d", refused, want)
		}
		one := w.connectFrom("elsewhere", "a")
		one.do("r", old)
		for range 2*readsParallelMax + 1 {
			gate <- struct{}{}
			time.Sleep(time.Millisecond) // the slot is given on, and who has it waits at the gate
		}
		if replies := one.replies(); len(replies) != 1 || codeOf(replies[0].reply) != "" {
			t.Errorf("got %d replies, want the page", len(replies))
		}
		close(gate)
		synctest.Wait()
	})
}
