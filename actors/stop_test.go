package actors

import (
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
