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
