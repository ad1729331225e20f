package bench

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// A child of TestChild… is this program again.
	if behaviour := os.Getenv(childVariable); behaviour != "" {
		behave(behaviour)
		return
	}
	goleak.VerifyTestMain(m)
}
