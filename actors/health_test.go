package actors

import (
	"errors"
	"testing"

	"roomd/persistence"
)

// sickStore is one that says that it is slow.
type sickStore struct{ persistence.Store }

func (sickStore) Health() error { return persistence.ErrSlow }

// TestHealth wants a node well while its store is, until it is about to stop.
func TestHealth(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		if err := w.Health(); err != nil {
			t.Errorf("well: %v", err)
		}
		w.store.Store = sickStore{w.store.Store}
		if err := w.Health(); !errors.Is(err, persistence.ErrSlow) {
			t.Errorf("slow: %v", err)
		}
		w.store.Store = w.store.Store.(sickStore).Store
		w.Drain()
		if err := w.Health(); !errors.Is(err, ErrDraining) {
			t.Errorf("draining: %v", err)
		}
		w.Stop()
		if err := w.Health(); !errors.Is(err, ErrDraining) {
			t.Errorf("stopped: %v", err)
		}
	})
}
