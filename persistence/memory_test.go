package persistence_test

import (
	"testing"

	"go.uber.org/goleak"

	"roomd/persistence"
	"roomd/persistence/persistencetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	persistencetest.Run(t, persistencetest.Stores{
		Open: func(testing.TB) persistence.Store { return persistence.NewMemory() },
	})
}

// TestMemoryLetsGo: what is trimmed takes no memory.
func TestMemoryLetsGo(t *testing.T) {
	s := persistence.NewMemory()
	defer closeStore(t, s)
	commit(t, s, persistence.Change{Key: "r", Messages: messages(1, 100)})
	commit(t, s, persistence.Change{Key: "r", TrimMessagesBefore: 99})
	commit(t, s, persistence.Change{Key: "r", Messages: messages(1, 50)})
	if n := s.KeptMessages("r"); n != 2 {
		t.Errorf("%d messages are kept, want 2", n)
	}
}
