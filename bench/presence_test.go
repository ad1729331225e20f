package bench

import (
	"fmt"
	"testing"
	"time"
)

// The floor has no presence: all news is missing, and is counted.
func TestPresenceMissed(t *testing.T) {
	scenario := Presence{Rooms: 2, Members: 3, MovesPerSecond: 20, Duration: 500 * time.Millisecond}
	r, err := scenario.Run(t.Context(), floorProcess(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Sent != 20 || r.Deliveries != 0 || r.Missing != 40 {
		t.Errorf("%d sent, %d delivered, %d missing; want 20, 0, 40", r.Sent, r.Deliveries, r.Missing)
	}
}

// News is counted once, in turn, and from those in the same room only.
func TestNewsCountsFaults(t *testing.T) {
	c, err := newCrowd(crowdSize{roomCount: 2, perRoom: 2, senders: 1, textBytes: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	n := newNews(c)
	n.moves = 2
	n.due[1].Store(int64(time.Second))
	observer := &member{crowd: c, room: c.rooms[0]}
	tell := func(event string, index int) {
		observer.event(fmt.Appendf(nil, `2["%s",{"roomId":"r","userId":"bench-%05d"},"offset"]`, event, index), time.Second+5*time.Millisecond)
	}
	tell("userLeft", 1)
	tell("userJoined", 1)
	tell("userJoined", 1) // twice
	tell("userLeft", 3)   // in another room
	tell("roomChanged", 1)
	r := c.result()
	n.report(&r)
	if r.Deliveries != 3 || r.Duplicated != 1 || r.Unknown != 1 || r.Missing != 1 || r.Sent != 4 {
		t.Errorf("result %+v", r)
	}
	if r.Latency.MaxMillis < 5 || r.Latency.MaxMillis > 5.01 {
		t.Errorf("latency %+v, want 5 ms from the due time", r.Latency)
	}
}
