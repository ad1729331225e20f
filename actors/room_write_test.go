package actors

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// TestRoomGathers wants what is decided while a write is under way stored
// together, answered and told in its order, and nothing of it known before.
func TestRoomGathers(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b, late := w.connect("a"), w.connect("b"), w.connect("late")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		told, attempts := len(b.events("r")), w.store.tried()

		release := w.store.block()
		for i := range 20 {
			a.do("r", room.Send{Text: fmt.Sprint(i), ClientID: fmt.Sprint(i)})
		}
		a.do("r", emit("after"))
		a.do("r", room.Send{Text: "again", ClientID: "7"}) // what it repeats could still be lost
		synctest.Wait()                                    // others' commands may come in any order
		late.do("r", room.Join{})
		b.do("r", room.GetHistory{Limit: 50})
		if n := len(a.replies()) - 1; n != 0 { // but for that of create
			t.Errorf("%d replies before anything is on disk", n)
		}
		if n := len(b.events("r")) - told; n != 0 {
			t.Errorf("%d events before anything is on disk", n)
		}
		if n := len(late.replies()) + len(late.events("r")); n != 0 {
			t.Errorf("one who joins has seen %d things", n)
		}
		release()
		synctest.Wait()
		if n := w.store.tried() - attempts; n != 2 {
			t.Errorf("%d commits, want the first message's and the rest's", n)
		}
		replies := a.replies()[1:]
		for i, r := range replies[:20] {
			if sent, ok := r.reply.(room.SendReply); !ok || sent.Seq != uint64(i+1) {
				t.Errorf("reply %d: %+v", i, r.reply)
			}
		}
		if sent, ok := replies[21].reply.(room.SendReply); !ok || sent.Seq != 8 {
			t.Errorf("the repetition: %+v", replies[21].reply)
		}
		if texts := b.texts("r"); len(texts) != 20 || texts[19] != "19" {
			t.Errorf("b has %q", texts)
		}
		if joined, ok := late.replies()[0].reply.(room.JoinReply); !ok || len(joined.Messages) != 20 {
			t.Errorf("late: %+v", late.replies()[0].reply)
		}
	})
}

// TestWriteFails wants all that was decided on a write which fails to be
// answered with "unavailable" and never to have been, whoever came or went; and
// the room to go on.
func TestWriteFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(0)
		a, b, c, gone := w.connect("a"), w.connect("b"), w.connect("c"), w.connect("gone")
		a.must("r", create(room.Settings{Persistent: true}))
		b.must("r", room.Join{})
		gone.must("r", room.Join{})
		release := w.store.block()
		w.store.set(func(s *testStore) { s.before = fails })
		a.do("r", send("lost"))
		synctest.Wait()
		c.do("r", room.Join{})
		b.do("r", room.Leave{})
		gone.connection.Close()
		a.do("r", emit("lost too"))
		synctest.Wait()
		release()
		synctest.Wait()
		w.store.heal()
		for _, client := range []*client{a, b, c} {
			replies := client.replies()
			if last := replies[len(replies)-1]; codeOf(last.reply) != room.CodeUnavailable {
				t.Errorf("%s: %T got %+v", client.id, last.command, last.reply)
			}
		}
		if got := a.must("r", send("first")).(room.SendReply); got.Seq != 1 {
			t.Errorf("seq %d", got.Seq)
		}
		b.must("r", emit("still inside"))
		c.refused("r", emit("not inside"), room.CodeNotInRoom)
		info := c.must("r", room.Join{}).(room.JoinReply)
		if info.Room.UserCount != 3 || info.Room.MemberCount != 4 || len(info.Messages) != 1 {
			t.Errorf("got %+v", info)
		}
		if texts := b.texts("r"); len(texts) != 1 || texts[0] != "first" {
			t.Errorf("b has %q", texts)
		}
	})
}

// TestStoreHangs wants a room to hold no more than it may while its store
// hangs, and to do what it has taken when the store goes on.
func TestStoreHangs(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		var others []*client
		for i := range roomGatheredMax/commandsUnderWayMax + 10 {
			c := w.connect(fmt.Sprint("user ", i))
			c.must("r", room.Join{})
			others = append(others, c)
		}
		release := w.store.block()
		for _, c := range others {
			for range commandsUnderWayMax {
				c.do("r", send("x"))
			}
		}
		synctest.Wait()
		refused := 0
		for _, c := range others {
			for _, r := range c.replies() {
				if codeOf(r.reply) == room.CodeUnavailable {
					refused++
				}
			}
		}
		if want := len(others)*commandsUnderWayMax - roomGatheredMax - 1; refused != want {
			t.Errorf("%d refused, want %d", refused, want)
		}
		release()
		synctest.Wait()
		if got := a.must("r", send("last")).(room.SendReply); got.Seq != roomGatheredMax+2 {
			t.Errorf("seq %d", got.Seq)
		}
	})
}

// TestFaults wants every message that was acknowledged, and every one that
// anybody was told, in the history once under that number, whatever the store
// does: fails, fails but is made, panics, takes its time.
func TestFaults(t *testing.T) {
	for seed := uint64(1); seed <= uint64(*seeds); seed++ {
		inBubble(t, func(t *testing.T, w *world) { faults(t, w, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func faults(t *testing.T, w *world, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 29))
	w.errorsWanted, w.panicsWanted = true, anyPanics
	var clients []*client
	for i := range 4 {
		clients = append(clients, w.connect(fmt.Sprint("user ", i)))
	}
	clients[0].must("r", create(room.Settings{Persistent: true}))
	w.store.beFaulty(random.Uint64())
	texts := 0
	for range 200 {
		c := clients[random.IntN(len(clients))]
		switch random.IntN(8) {
		case 0, 1:
			c.do("r", room.Join{})
		case 2:
			c.do("r", room.Leave{})
		case 3:
			time.Sleep(time.Duration(random.IntN(3)) * time.Millisecond)
		default:
			texts++
			c.do("r", send(fmt.Sprint(texts)))
		}
	}
	synctest.Wait()
	time.Sleep(time.Second)
	w.store.heal()
	time.Sleep(2 * commandTimeout)
	checkFaults(t, w, clients)
}

// checkFaults compares what clients have seen with the history.
func checkFaults(t *testing.T, w *world, clients []*client) {
	reader := w.connect("reader")
	joined := reader.must("r", room.Join{}).(room.JoinReply)
	history := map[uint64]string{}
	for after := uint64(0); after < joined.Seq; {
		page := reader.must("r", room.GetHistory{After: after, HasAfter: true, Limit: room.PageMax}).(room.HistoryReply)
		if len(page.Messages) == 0 {
			t.Fatalf("history ends at %d of %d", after, joined.Seq)
		}
		for _, m := range page.Messages {
			if m.Seq != after+1 {
				t.Fatalf("message %d after %d", m.Seq, after)
			}
			history[m.Seq], after = m.Text, m.Seq
		}
	}
	for _, c := range clients {
		for _, r := range c.replies() {
			sent, ok := r.reply.(room.SendReply)
			if ok && history[sent.Seq] != r.command.(room.Send).Text {
				t.Errorf("%s: acknowledged %q as %d, which is %q", c.id, r.command.(room.Send).Text, sent.Seq, history[sent.Seq])
			}
		}
		for _, e := range c.events("r") {
			if sent, ok := e.(room.MessageSent); ok && history[sent.Message.Seq] != sent.Message.Text {
				t.Errorf("%s: was told %q as %d, which is %q", c.id, sent.Message.Text, sent.Message.Seq, history[sent.Message.Seq])
			}
		}
	}
}

// beFaulty makes every fourth commit go wrong in one of several ways.
func (s *testStore) beFaulty(seed uint64) {
	random := rand.New(rand.NewPCG(seed, 31))
	odds := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return random.IntN(16)
	}
	s.set(func(s *testStore) {
		s.before = func(persistence.Change) error {
			switch odds() {
			case 0:
				return errTest
			case 1:
				panic("store is broken")
			case 2:
				time.Sleep(time.Millisecond)
			}
			return nil
		}
		s.after = func(persistence.Change) error {
			if odds() == 0 {
				return errTest
			}
			return nil
		}
	})
}

// tried returns how many commits there were, made or not.
func (s *testStore) tried() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts
}
