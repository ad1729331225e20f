package main

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"testing"
)

var (
	crashRounds = flag.Int("crash-rounds", 20, "how often TestCrash kills the server")
	crashSeed   = flag.Uint("crash-seed", 0, "of what TestCrash does; 0: a new one")
)

// crashRoundsPerLife is how often one store is crashed. Each life is checked as
// a whole in each round, so the rounds of a long one would take ever longer.
const crashRoundsPerLife = 20

// TestCrash kills the server under load and compares what it knows afterwards
// with what it has acknowledged. The seed gives what is done, but not when it
// happens.
func TestCrash(t *testing.T) {
	t.Parallel()
	seed := uint32(*crashSeed)
	if seed == 0 {
		seed = rand.Uint32()
	}
	for left := *crashRounds; left > 0; left -= crashRoundsPerLife {
		t.Run("seed="+strconv.Itoa(int(seed)), func(t *testing.T) {
			runNodeWithRestarts(t, "crash.js", nil,
				"SEED="+strconv.Itoa(int(seed)), "ROUNDS="+strconv.Itoa(min(left, crashRoundsPerLife)))
		})
		seed++
	}
}
