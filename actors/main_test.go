package actors

import (
	"flag"
	"testing"

	"go.uber.org/goleak"
)

var (
	seeds   = flag.Int("seeds", 10, "how many runs of each random test")
	oneSeed = flag.Uint64("seed", 0, "the one run of the simulation to repeat; 0: -seeds runs")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
