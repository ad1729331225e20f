package actors

import (
	"testing"

	"roomd/actors/room"
	"roomd/persistence"
)

// restoredStore is one that has lost what a backup did not have.
type restoredStore struct {
	persistence.Store
	generation string
}

func (s restoredStore) Generation() string { return s.generation }

// TestRestoredStore wants a new epoch in each room of a store that was restored
// from a backup, once, and everything else as it was.
func TestRestoredStore(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, _ func(*world) *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		sent := a.must("r", room.Send{Text: "one", ClientID: "c"}).(room.SendReply)
		before := a.must("r", room.Join{}).(room.JoinReply)
		w.close()
		w = newWorld(t, restoredStore{w.store, "another"})
		a = w.connect("a")
		since := &room.Since{Epoch: before.Epoch, Seq: before.Seq}
		after := a.must("r", room.Join{Since: since}).(room.JoinReply)
		if after.Epoch == before.Epoch || !after.Gap || after.Seq != 1 || len(after.Messages) != 1 {
			t.Errorf("before %+v\nafter  %+v", before, after)
		}
		if again := a.must("r", room.Send{Text: "one", ClientID: "c"}); again != room.Reply(sent) {
			t.Errorf("a retry gives %+v, want %+v", again, sent)
		}
		a.must("r", room.EditMessage{MessageID: sent.MessageID, Text: "edited"})
		next := a.must("r", room.Send{Text: "two"}).(room.SendReply)
		if next.Seq != 3 || next.MessageID == before.Epoch+"-3" {
			t.Errorf("sent %+v", next)
		}
		w.close()
		w = newWorld(t, w.store)
		if again := w.connect("a").must("r", room.Join{}).(room.JoinReply); again.Epoch != after.Epoch || again.Seq != 3 {
			t.Errorf("restarted %+v", again)
		}
	})
}
