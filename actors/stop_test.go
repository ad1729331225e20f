package actors

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
)

// TestStopStartsNobody wants a shard that waits for its rooms to end, when the
// node stops, to start no other: nobody would tell that one to stop.
func TestStopStartsNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		a.must("r", room.MarkRead{})
		a.must("r", send("hello")) // so that the room has a snapshot to leave behind
		release := w.store.block()
		stopped := make(chan time.Duration)
		go func() {
			begin := time.Now()
			w.Stop()
			stopped <- time.Since(begin)
		}()
		synctest.Wait() // the room waits for the store, its shard for the room
		var answer room.Reply
		late := &request{room: w.sameShard("r"), command: room.Glance{}, answer: func(r room.Reply) { answer = r }}
		w.region.route(late)
		synctest.Wait()
		release()
		if took := <-stopped; took > time.Second {
			t.Errorf("stopped after %s", took)
		}
		if codeOf(answer) != room.CodeUnavailable {
			t.Errorf("the late request got %+v", answer)
		}
	})
}

// sameShard returns the id of another room of the same shard.
func (w *world) sameShard(roomID string) string {
	for i := 0; ; i++ {
		id := fmt.Sprint(roomID, " ", i)
		if w.region.shard(roomKey(id)).Equal(w.region.shard(roomKey(roomID))) {
			return id
		}
	}
}

// TestShutdownIsBounded has the store hang when a node stops: the actors have until
// the context ends, and the journal its own time behind that.
func TestShutdownIsBounded(t *testing.T) {
	const patience, flushing = 3 * time.Second, 2 * time.Second
	for name, c := range map[string]struct {
		hangs   time.Duration // 0: for longer than anybody waits
		took    time.Duration
		flushed bool
	}{
		"for a moment":                {time.Second, time.Second, true},
		"until the actors are left":   {patience - 1, patience - 1, true},
		"until the journal is waited": {patience + flushing - 1, patience + flushing - 1, true},
		"for ever":                    {0, patience + flushing, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				a := w.connect("a")
				a.must("r", create(room.Settings{Persistent: true}))
				a.must("r", send("hello")) // so that the room has a snapshot to leave behind
				release := w.store.block()
				if c.hangs > 0 {
					time.AfterFunc(c.hangs, release)
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				begin := time.Now()
				err := w.Shutdown(ctx, flushing)
				if took := time.Since(begin); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
				if errors.Is(err, ErrNotFlushed) == c.flushed {
					t.Errorf("failed with %v", err)
				}
				if c.hangs == 0 {
					release()
				}
				time.Sleep(time.Minute) // for what was left
			})
		})
	}
}
