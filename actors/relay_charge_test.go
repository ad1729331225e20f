package actors

import (
	"testing"
	"testing/synctest"

	"roomd/actors/room"
)

// TestDeliveriesAreCharged: who says something, comes or goes owes what all inside are
// told of it, by the size of that; who only asks, or is told, owes nothing.
func TestDeliveriesAreCharged(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b, c := w.connect("a"), w.connect("b"), w.connect("c")
		a.must("r", create(room.Settings{}))
		synctest.Wait() // it owes after its reply
		for _, step := range []struct {
			who     *client
			command room.Command
			want    int
		}{
			{b, room.Join{}, 2},
			{c, room.Join{}, 3},
			{a, send("x"), 3},
			{b, send("y"), 3},
			{c, room.Emit{Event: "e", Data: []byte("1")}, 3},
			{a, room.GetHistory{}, 0},
			{c, room.Join{}, 0}, // it is inside
			{c, room.Leave{}, 2},
			{a, send("x"), 2},
		} {
			others := 0
			for _, client := range w.clients {
				others -= client.owes()
			}
			before := step.who.owes()
			step.who.must("r", step.command)
			synctest.Wait()
			if got := step.who.owes() - before; got != step.want {
				t.Errorf("%T: owes %d deliveries, want %d", step.command, got, step.want)
			}
			for _, client := range w.clients {
				others += client.owes()
			}
			if others != step.want {
				t.Errorf("%T: all together owe %d more", step.command, others)
			}
		}
	})
}

// TestLargeDeliveries: large events count as several.
func TestLargeDeliveries(t *testing.T) {
	for _, c := range []struct{ receivers, events, bytes, want int }{
		{10, 1, deliveryBlockBytes - 1, 10}, {10, 1, deliveryBlockBytes, 20}, {3, 2, 5 * deliveryBlockBytes, 21}, {0, 1, 100, 0},
	} {
		if got := deliveriesOf(c.receivers, c.events, c.bytes); got != c.want {
			t.Errorf("%+v: counts as %d", c, got)
		}
	}
}

func (c *client) owes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.owed
}
