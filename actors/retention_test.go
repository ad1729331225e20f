package actors

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// keeping is a world that keeps no more than that.
func keeping(t *testing.T, w *world, keeps Retention) *world {
	w.close()
	return startWorld(t, w.store, func(c *Config) { c.Retention = keeps })
}

// aRound is when retention has looked at everything once more.
const aRound = retentionInterval + time.Minute

// sendMany sends as many messages to a room, and waits for them.
func sendMany(c *client, roomID string, n int) {
	for range n {
		c.do(roomID, send("hello"))
	}
	synctest.Wait()
}

// storedSeqs returns which messages of a room are stored, the first and the last.
func storedSeqs(t *testing.T, w *world, roomID string) (first, last uint64) {
	t.Helper()
	oldest, err := w.store.Messages(roomKey(roomID), persistence.Query{Limit: 1})
	if err != nil || len(oldest) == 0 {
		t.Fatal(oldest, err)
	}
	newest, err := w.store.Messages(roomKey(roomID), persistence.Query{Before: persistence.Newest, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return oldest[0].Seq, newest[0].Seq
}

// TestTrim wants each limit kept, no more removed than that, and the room as it
// was otherwise: also when it is read again, and to those who ask for what is
// gone.
func TestTrim(t *testing.T) {
	const sent = 2_000
	perMessage := uint64(0)
	for _, c := range []struct {
		name  string
		keeps func() Retention
		first uint64
	}{
		{"nothing", func() Retention { return Retention{} }, 1},
		{"count", func() Retention { return Retention{MessagesMax: 700} }, sent - 700 + 1},
		{"a low count", func() Retention { return Retention{MessagesMax: 1} }, sent - room.HistoryEntriesMax + 1},
		{"a count that is not reached", func() Retention { return Retention{MessagesMax: sent} }, 1},
		{"age", func() Retention { return Retention{Age: time.Hour} }, 1_001},
		{"bytes", func() Retention { return Retention{BytesMax: 500 * perMessage} }, sent - 500 + 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				a := w.connect("a")
				a.must("r", create(room.Settings{Persistent: true}))
				sendMany(a, "r", sent/2)
				time.Sleep(2 * time.Hour)
				sendMany(a, "r", sent/2)
				page, _ := w.store.Messages(roomKey("r"), persistence.Query{Before: persistence.Newest, Limit: 1000})
				perMessage = size(page) / 1000
				epoch := a.must("r", room.Join{}).(room.JoinReply).Epoch
				w = keeping(t, w, c.keeps())
				time.Sleep(aRound)
				first, last := storedSeqs(t, w, "r")
				if off := int64(first) - int64(c.first); last != sent || off < -10 || off > 10 || off != 0 && c.name != "bytes" {
					t.Errorf("stored are %d to %d, want %d to %d", first, last, c.first, sent)
				}
				b := w.connect("a")
				joined := b.must("r", room.Join{Since: &room.Since{Epoch: epoch, Seq: 10}}).(room.JoinReply)
				if !joined.Gap || joined.Seq != sent || len(joined.Messages) != 50 {
					t.Errorf("join: gap %v, seq %d, %d messages", joined.Gap, joined.Seq, len(joined.Messages))
				}
				history := b.must("r", room.GetHistory{Before: first + 10, Limit: 100}).(room.HistoryReply)
				if n := len(history.Messages); history.HasMore || uint64(n) != min(first+9, 10) {
					t.Errorf("%d messages before %d, more: %v", n, first+10, history.HasMore)
				}
				if sent := b.must("r", send("on")).(room.SendReply); sent.Seq != joined.Seq+1 {
					t.Errorf("went on with %d", sent.Seq)
				}
			})
		})
	}
}

// TestTrimInSteps wants no commit that removes more than a step.
func TestTrimInSteps(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		sendMany(a, "r", 2_000)
		w = keeping(t, w, Retention{MessagesMax: 300})
		before := len(w.store.committed())
		time.Sleep(aRound)
		last := uint64(1)
		steps := 0
		for _, c := range w.store.committed()[before:] {
			if c.TrimMessagesBefore == 0 {
				continue
			}
			steps++
			if n := c.TrimMessagesBefore - last; n > trimStep {
				t.Errorf("a commit removes %d messages", n)
			}
			last = c.TrimMessagesBefore
		}
		if want := (1_700 + trimStep - 1) / trimStep; steps != want {
			t.Errorf("%d steps, want %d", steps, want)
		}
	})
}

// TestDeletedRoomsEnd wants a deleted room's id taken, and its messages kept, for
// as long as is said, and then nothing left of it: a room of that name is a new
// one. A tombstone without a time has it from the day on which it is found.
func TestDeletedRoomsEnd(t *testing.T) {
	for _, old := range []bool{false, true} {
		t.Run(fmt.Sprint("without a time: ", old), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				const keeps = 24 * time.Hour
				w = keeping(t, w, Retention{DeletedRooms: keeps})
				a := w.connect("a")
				a.must("other", create(room.Settings{Persistent: true}))
				a.must("r", create(room.Settings{Persistent: true}))
				sendMany(a, "r", 600)
				a.must("r", room.Delete{})
				synctest.Wait()
				if old {
					if err := w.store.Commit(persistence.Change{Key: roomKey("r"), Owner: ownerEpoch, Summary: []byte("null")}); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(keeps - time.Minute)
				a.refused("r", create(room.Settings{}), room.CodeRoomExists)
				if first, last := storedSeqs(t, w, "r"); first != 1 || last != 600 {
					t.Errorf("kept are %d to %d", first, last)
				}
				time.Sleep(aRound + time.Minute)
				if old {
					time.Sleep(aRound)
				}
				for _, key := range keysOf(t, w) {
					if strings.HasSuffix(key, "r") && strings.HasPrefix(key, roomPrefix) && key != roomKey("other") {
						t.Errorf("%q is still there", key)
					}
				}
				a.must("r", create(room.Settings{Persistent: true}))
				if sent := a.must("r", send("anew")).(room.SendReply); sent.Seq != 1 {
					t.Errorf("the new room begins with %d", sent.Seq)
				}
				time.Sleep(3 * keeps)
				a.must("r", send("still there"))
				a.must("other", send("and so is this"))
			})
		})
	}
}

func keysOf(t *testing.T, w *world) (keys []string) {
	t.Helper()
	err := w.store.Keys("", func(key string, _ []byte) error { keys = append(keys, key); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestUnreadAfterTrim wants unread only what is kept behind a mark that was moved over
// what is kept no more: nobody's edits, and nothing of one's own. So it is after a
// restart, in the list of one's rooms.
func TestUnreadAfterTrim(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		sendMany(a, "r", 500)
		sendMany(b, "r", 300)
		last := a.must("r", send("last")).(room.SendReply)
		for range 199 {
			a.do("r", room.EditMessage{MessageID: last.MessageID, Text: "edited"})
		}
		synctest.Wait()
		w = keeping(t, w, Retention{MessagesMax: 800})
		time.Sleep(aRound)
		if first, last := storedSeqs(t, w, "r"); first != 201 || last != 1000 {
			t.Fatalf("stored are %d to %d", first, last)
		}
		b = w.connect("b")
		if read := b.must("r", room.MarkRead{Seq: 400}).(room.ReadReply); read.Unread != 101 {
			t.Errorf("%d unread, want 101", read.Unread)
		}
		w = keeping(t, w, Retention{})
		if got := brief(w.connect("b").welcome()); !slices.Equal(got, []string{"r 101"}) {
			t.Errorf("got %q", got)
		}
	})
}
