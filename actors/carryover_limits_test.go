package actors

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// largeCodec stores frames as if they were so large.
type largeCodec struct {
	testCodec
	bytes int
}

func (c largeCodec) Bytes(f Frame) []byte {
	return append(c.testCodec.Bytes(f), make([]byte, c.bytes)...)
}

func (c largeCodec) Frame(bytes []byte) (Frame, error) { return c.testCodec.Frame(bytes[:8]) }

// TestLoudRoomCostsItsOwn: where there is no place for all frames, those of a
// flooded room are left out.
func TestLoudRoomCostsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := carrying(persistence.NewMemory())
		config.Frames = largeCodec{bytes: 1 << 20}
		w := newWorldOf(t, config)
		a, b := w.persistentPair()
		c, d := w.arrive("c"), w.arrive("d")
		c.must("loud", create(room.Settings{Persistent: true}))
		d.must("loud", room.Join{})
		atB, atD := b.last(), d.last()
		b.lose()
		d.lose()
		a.must("r", send("1"))
		for range carriedFramesBytesMax / (1 << 20) {
			c.must("loud", send("x"))
		}
		synctest.Wait()
		w.end()
		config.Store = w.store.Store
		w = newWorldOf(t, config)
		wantMissed(t, w.comeBack(b, atB), "1")
		if w.comeBack(d, atD) != nil {
			t.Error("came back to what has no place")
		}
	})
}

// TestWhoMissedTooMuchCostsHimself: one who has missed more than is kept doesn't come
// back to the next process, and keeps nobody else from it.
func TestWhoMissedTooMuchCostsHimself(t *testing.T) {
	inRestarts(t, func(t *testing.T, w *world) {
		a, b := w.persistentPair()
		c := w.arrive("c")
		c.must("r", room.Join{})
		atB := b.last()
		b.lose()
		for range streamFramesMax {
			a.must("r", room.Act{Action: json.RawMessage("1")})
		}
		atC := c.last()
		c.lose()
		a.must("r", send("1"))
		synctest.Wait()
		w = w.restart(time.Second)
		wantMissed(t, w.comeBack(c, atC), "1")
		if w.comeBack(b, atB) != nil {
			t.Error("came back to what is not kept")
		}
	})
}

// TestCarryoverIsBounded: nobody is left to the next node when there are too many.
func TestCarryoverIsBounded(t *testing.T) {
	c := &carryover{Secret: make([]byte, carryoverBytesMax)}
	if _, err := c.changes(); !errors.Is(err, errCarryoverTooLarge) {
		t.Errorf("too many bytes: %v", err)
	}
	inRestarts(t, func(t *testing.T, w *world) {
		for i := range carriedConnectionsMax + 1 {
			id := room.ConnectionID(fmt.Sprint(i))
			w.connections.store(id, newConnection(w.Node, room.User{ID: "many"}, id, nil))
		}
		if _, err := w.carryover(); !errors.Is(err, errCarryoverTooLarge) {
			t.Errorf("too many connections: %v", err)
		}
		w.connections.remove("0", w.connections.load("0"))
		if left, err := w.carryover(); err != nil || len(left.Connections) != carriedConnectionsMax {
			t.Errorf("as many as may be: %v", err)
		}
		for c := range w.connections.all() {
			w.connections.remove(c.id, c)
		}
	})
}

// FuzzCarryover: whatever is found in the store, the node starts.
func FuzzCarryover(f *testing.F) {
	c := &carryover{Version: carryoverVersion, Secret: make([]byte, offsetKeyBytes)}
	c.Connections = []carriedConnection{{ID: "a"}}
	c.Rooms = []carriedRoom{{ID: "r", Inside: []int{0}}}
	changes, err := c.changes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(changes[1].Messages[0].Data)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decodeCarryover(data)
		if err == nil && len(c.Secret) != offsetKeyBytes {
			t.Error("a secret that isn't one")
		}
	})
}
