package actors

import (
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomd/persistence"
)

// testCodec stores the test's frames by a number that stands for them.
type testCodec struct{}

var storedFrames struct {
	mu     sync.Mutex
	frames []Frame
}

func (testCodec) Bytes(f Frame) []byte {
	storedFrames.mu.Lock()
	defer storedFrames.mu.Unlock()
	storedFrames.frames = append(storedFrames.frames, f)
	return binary.BigEndian.AppendUint64(nil, uint64(len(storedFrames.frames)-1))
}

func (testCodec) Frame(bytes []byte) (Frame, error) {
	storedFrames.mu.Lock()
	defer storedFrames.mu.Unlock()
	if len(bytes) != 8 || binary.BigEndian.Uint64(bytes) >= uint64(len(storedFrames.frames)) {
		return nil, errors.New("no such frame")
	}
	return storedFrames.frames[binary.BigEndian.Uint64(bytes)], nil
}

// inRestarts is inGrace with a node whose sessions outlive it.
func inRestarts(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newWorldOf(t, carrying(persistence.NewMemory()))) })
}

func carrying(store persistence.Store) Config {
	return Config{Store: store, Grace: testGrace, Unnoticed: testUnnoticed, Frames: testCodec{}}
}

// end ends the node in order: as for a server that is told to, all clients lose
// their transports.
func (w *world) end() {
	w.t.Helper()
	w.Drain()
	for _, c := range w.clients {
		c.connection.Detach(c)
	}
	synctest.Wait()
	w.clients = nil
	if err := w.Shutdown(w.t.Context(), time.Second); err != nil {
		w.t.Error(err)
	}
}

// next is the node that comes after one that has ended, on the same store.
func (w *world) next() *world {
	w.t.Helper()
	next := newWorldOf(w.t, carrying(w.store.Store))
	synctest.Wait()
	return next
}

// restart is end and next, with that much time between.
func (w *world) restart(down time.Duration) *world {
	w.t.Helper()
	w.end()
	time.Sleep(down)
	return w.next()
}
