package actors

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"roomd/actors/room"
)

// TestCapacity has 500 connections join a room of 100 seats at once, many
// times.
func TestCapacity(t *testing.T) {
	const joins, seats = 500, 100
	for run := range 20 {
		inBubble(t, func(t *testing.T, w *world) {
			creator := w.connect("creator")
			creator.must("r", create(room.Settings{MaxUsers: seats, Persistent: run%2 == 0}))
			var clients []*client
			for i := range joins {
				clients = append(clients, w.connect(fmt.Sprintf("user%d", i)))
			}
			begin := time.Now()
			var all sync.WaitGroup
			for _, c := range clients {
				all.Go(func() { c.ask("r", room.Join{}) })
			}
			all.Wait()
			checkCapacity(t, clients, seats-1) // the creator has one
			if waited := time.Since(begin); waited != 0 {
				t.Errorf("a join waited %v", waited)
			}
			// A seat given up can be taken once.
			creator.must("r", room.Leave{})
			for _, c := range clients {
				all.Go(func() { c.ask("r", room.Join{}) })
			}
			all.Wait()
			last := 0
			for _, c := range clients {
				replies := c.replies()
				if codeOf(replies[1].reply) == "" && codeOf(replies[0].reply) != "" {
					last++
				}
			}
			if last != 1 {
				t.Errorf("run %d: %d took the seat that was given up", run, last)
			}
		})
	}
}

func checkCapacity(t *testing.T, clients []*client, seats int) {
	t.Helper()
	joined, full := 0, 0
	highest := 0
	for _, c := range clients {
		switch r := c.replies()[0].reply.(type) {
		case room.JoinReply:
			joined++
			highest = max(highest, r.Room.UserCount)
		case *room.Error:
			if r.Code == room.CodeRoomFull {
				full++
			}
		}
	}
	if joined != seats || full != len(clients)-seats || highest != seats+1 {
		t.Errorf("%d joined, %d found it full, %d seats; want %d, %d, %d",
			joined, full, highest, seats, len(clients)-seats, seats+1)
	}
}
