package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
)

// TestListsInTurn has an address ask for more lists than the directory can answer. Who asks
// from elsewhere waits for two of these and the rests behind them, and who asks for something
// else only for one. What is too much is refused.
func TestListsInTurn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		const took = 4 * time.Millisecond
		one := w.connectFrom("elsewhere", "one")
		synctest.Wait()
		answered, refused := 0, 0 // the directory's own
		var flood []*client
		for range readsWaitingMax/commandsUnderWayMax + 2 {
			c := w.connectFrom("flood", "a")
			flood = append(flood, c)
		}
		synctest.Wait()
		for _, c := range flood {
			for range commandsUnderWayMax {
				c.connection.List(room.ListRooms{Limit: 1}, func(r room.Reply) {
					if codeOf(r) == room.CodeUnavailable {
						refused++
						return
					}
					answered++
					time.Sleep(took) // as a search does
				})
			}
		}
		synctest.Wait() // the first is under way
		asked := len(flood) * commandsUnderWayMax
		type moment struct {
			after             time.Duration
			answered, refused int
		}
		told := make(chan moment, 1)
		begin := time.Now()
		one.connection.List(room.ListRooms{Limit: 1}, func(r room.Reply) {
			if codeOf(r) != "" {
				t.Errorf("from elsewhere: %+v", r)
			}
			told <- moment{time.Since(begin), answered, refused}
		})
		if got, want := <-told, (moment{2 * (1 + listsRestTimes) * took, 2, asked - readsWaitingMax - 1}); got != want {
			t.Errorf("from elsewhere: after %+v, want %+v", got, want)
		}
		begin = time.Now()
		one.watch(true)
		if got := time.Since(begin); got > took {
			t.Errorf("a watcher waits for %v", got)
		}
	})
}

// TestListsRest wants the directory to rest behind what has taken listsTimeMin, thrice as
// long, up to listsRestMax, and not behind less.
func TestListsRest(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		c := w.connect("a")
		for _, tt := range []struct{ took, rest time.Duration }{
			{0, 0}, {listsTimeMin - 1, 0}, {listsTimeMin, listsRestTimes * listsTimeMin},
			{listsRestMax / 4, listsRestMax * 3 / 4}, {listsRestMax, listsRestMax}, {time.Second, listsRestMax},
		} {
			synctest.Wait()
			var ended time.Time
			c.connection.List(room.ListRooms{Limit: 1}, func(room.Reply) { time.Sleep(tt.took); ended = time.Now() })
			rested := make(chan time.Duration, 1)
			c.connection.List(room.ListRooms{Limit: 1}, func(room.Reply) { rested <- time.Since(ended) })
			if got := <-rested; got != tt.rest {
				t.Errorf("took %v: rested for %v, want %v", tt.took, got, tt.rest)
			}
		}
	})
}
