package actors

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

func TestWritePace(t *testing.T) {
	const ms = time.Millisecond
	fanOut := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	asked := func(c room.Command, bytes int) *pending {
		return &pending{
			outcome: &outcome{request: &request{command: c}},
			changes: []persistence.Change{{Summary: make([]byte, bytes)}},
		}
	}
	said := asked(room.Send{}, 100)
	passing := func(e room.Event) *pending { // is told, and not stored
		return &pending{outcome: &outcome{request: &request{command: room.Emit{}}, events: []room.Event{e}}}
	}
	many := func(n int) (all []*pending) {
		for range n {
			all = append(all, said)
		}
		return all
	}
	for name, test := range map[string]struct {
		waits []*pending
		want  time.Time
	}{
		"said":                {many(1), fanOut.Add(-2 * ms)},
		"one less than many":  {many(gatherEventsMax - 1), fanOut.Add(-2 * ms)},
		"many":                {many(gatherEventsMax), time.Time{}},
		"one byte too little": {[]*pending{said, asked(room.MarkRead{}, gatherBytesMax-101)}, fanOut.Add(-2 * ms)},
		"large":               {[]*pending{said, asked(room.EditMessage{}, gatherBytesMax-100)}, time.Time{}},
		"a large event":       {[]*pending{said, passing(room.Emitted{Data: make([]byte, 100), Binary: [][]byte{make([]byte, gatherBytesMax-200)}})}, time.Time{}},
		"a smaller event":     {[]*pending{said, passing(room.Emitted{Data: make([]byte, 99), Binary: [][]byte{make([]byte, gatherBytesMax-200)}})}, fanOut.Add(-2 * ms)},
		"a large action":      {[]*pending{said, passing(room.Acted{Action: make([]byte, gatherBytesMax-100)})}, time.Time{}},
		"a join before":       {[]*pending{asked(room.Join{}, 100), said}, time.Time{}},
		"a join behind":       {[]*pending{said, asked(room.Join{}, 100)}, time.Time{}},
		"a read behind":       {[]*pending{said, {outcome: said.outcome, fetch: &room.Fetch{}}}, time.Time{}},
		"of nobody":           {[]*pending{said, {outcome: &outcome{}}}, time.Time{}},
		"the beginning":       {[]*pending{{outcome: said.outcome, beginsRun: true}}, time.Time{}},
	} {
		p := writePace{fanOut: fanOut}
		p.begin(fanOut.Add(-10 * ms))
		p.end(fanOut.Add(-9 * ms))
		p.gather(asked(room.Leave{}, gatherBytesMax))
		p.clear() // only what waits counts
		for _, q := range test.waits {
			p.gather(q)
		}
		if got := p.due(); !got.Equal(test.want) {
			t.Errorf("%s: due %v, want %v", name, got, test.want)
		}
	}
}

// busyDurableRoom is a persistent room to whose members it takes 8 ms to write, on
// a disk that takes 1 ms. Its first message is written at 1,000 ms and goes out
// from 1,001 to 1,009 ms, so the next ones may at 1,027 ms.
type busyDurableRoom struct {
	*world
	sender *client
	slow   *slowOutbox
}

func newBusyDurableRoom(t *testing.T, w *world) busyDurableRoom {
	const ms = time.Millisecond
	r := busyDurableRoom{w, w.connect("sender"), &slowOutbox{takes: 8 * ms, begin: time.Now()}}
	listener, err := w.Connect(room.User{ID: "slow"}, "slow", r.slow)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(listener.Close)
	r.sender.must("r", create(room.Settings{Persistent: true}))
	listener.Do("r", room.Join{}, func(room.Reply) {})
	synctest.Wait()
	r.take(ms, nil)
	r.at(1000, send("quiet"))
	synctest.Wait()
	return r
}

// take has a commit take so long, and come to this.
func (r busyDurableRoom) take(d time.Duration, err error) {
	r.store.set(func(s *testStore) {
		s.before = func(persistence.Change) error { time.Sleep(d); return err }
	})
}

// at gives the sender's command at so many milliseconds.
func (r busyDurableRoom) at(ms time.Duration, c room.Command) {
	r.sleepUntil(ms)
	r.sender.do("r", c)
}

func (r busyDurableRoom) sleepUntil(ms time.Duration) {
	time.Sleep(ms*time.Millisecond - time.Since(r.slow.begin))
}

// answered returns when the sender's commands were answered, in milliseconds.
func (r busyDurableRoom) answered() (at []time.Duration) {
	for _, reply := range r.sender.replies()[1:] { // but for that of create
		at = append(at, reply.at.Sub(r.slow.begin)/time.Millisecond)
	}
	return at
}

// TestBusyRoomSharesCommits wants what is said in a busy room written together, in
// time for the fan-out that tells it, and answered then; at once with what is more
// than said; and at once in a quiet room.
func TestBusyRoomSharesCommits(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		const ms = time.Millisecond
		r := newBusyDurableRoom(t, w)
		late := w.connect("late")
		before := w.store.tried()
		r.at(1003, send("while the first goes out"))
		r.at(1012, send("one"))
		r.at(1015, emit("not stored"))
		r.at(1019, send("two"))
		r.at(1030, send("while those go out"))
		r.sleepUntil(1040)
		late.do("r", room.Join{})
		r.at(1043, send("behind a join"))
		r.at(2000, send("quiet again"))
		r.sleepUntil(3000)
		synctest.Wait()

		want := []offered{
			{1001 * ms, []string{"quiet"}},
			{1027 * ms, []string{"while the first goes out", "one", "two"}},
			{1053 * ms, []string{"while those go out", "behind a join"}},
			{2001 * ms, []string{"quiet again"}},
		}
		if !reflect.DeepEqual(r.slow.seen, want) {
			t.Errorf("got  %v\nwant %v", r.slow.seen, want)
		}
		// The second is answered by a relay that was busy until then.
		if got, want := r.answered(), []time.Duration{1001, 1009, 1026, 1026, 1026, 1041, 1052, 2001}; !reflect.DeepEqual(got, want) {
			t.Errorf("answers at %v, want %v", got, want)
		}
		if joined := late.replies()[0].at.Sub(r.slow.begin); joined != 1041*ms {
			t.Errorf("the join is answered at %v", joined)
		}
		if got := w.store.tried() - before; got != 5 { // 1003, 1025, 1040 with the join, 1051, 2000
			t.Errorf("%d commits, want 5", got)
		}
	})
}

// TestBusyRoomFails wants what waits for a write that then fails told to nobody,
// and its senders told so.
func TestBusyRoomFails(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.announce(0)
		r := newBusyDurableRoom(t, w)
		r.at(1012, send("lost"))
		r.at(1015, send("lost too"))
		r.take(time.Millisecond, errTest)
		r.sleepUntil(1500)
		w.store.heal()
		defer r.sleepUntil(2000) // nothing can be closed while it is written to
		if got := r.sender.must("r", send("second")).(room.SendReply); got.Seq != 2 {
			t.Errorf("seq %d", got.Seq)
		}
		for _, reply := range r.sender.replies()[2:4] {
			if codeOf(reply.reply) != room.CodeUnavailable {
				t.Errorf("got %+v", reply.reply)
			}
		}
		wantTexts(t, r.sender, "r", "quiet", "second")
	})
}

// TestBusyRoomStops wants a node that ends in order to store what waits, and to
// answer it.
func TestBusyRoomStops(t *testing.T) {
	inRestarts(t, func(t *testing.T, w *world) {
		r := newBusyDurableRoom(t, w)
		r.at(1012, send("one"))
		r.at(1015, send("two"))
		r.store.heal() // it is given commits of nothing
		w.end()
		page, err := w.store.Messages(roomKey("r"), persistence.Query{Before: persistence.Newest})
		if err != nil || len(page) != 3 {
			t.Errorf("%d messages are stored, %v", len(page), err)
		}
		if got, want := r.answered(), []time.Duration{1001, 1025, 1025}; !reflect.DeepEqual(got, want) {
			t.Errorf("answers at %v, want %v", got, want)
		}
	})
}
