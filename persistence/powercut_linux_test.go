package persistence_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"roomd/persistence"
	"roomd/persistence/persistencetest"
)

var cuts = flag.Int("cuts", 20, "power cuts that are simulated")

// cutsPerRecording: a recording is of one seed and costs as much as some cuts.
const cutsPerRecording = 50

// The child of TestPowerCuts gets the folder and the seed of what it does in the environment.
const (
	powerCutFolder = "PERSISTENCE_POWER_CUT_FOLDER"
	powerCutSeed   = "PERSISTENCE_POWER_CUT_SEED"
)

// acknowledged is what the child prints when a commit has returned.
const acknowledged = "+"

// TestPowerCuts has a process make random commits while its writes and syncs are recorded from outside, and opens what a
// power cut at any moment may leave of its files: all that was acknowledged by then is there, once and in order. Of the
// commit under way all is there or nothing.
func TestPowerCuts(t *testing.T) {
	if folder := os.Getenv(powerCutFolder); folder != "" {
		seed, err := strconv.ParseUint(os.Getenv(powerCutSeed), 10, 64)
		must(t, err)
		runPowered(t, folder, seed)
		return
	}
	for first := 0; first < *cuts; first += cutsPerRecording {
		seed := uint64(first / cutsPerRecording)
		folder := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^TestPowerCuts$")
		cmd.Env = append(os.Environ(), powerCutFolder+"="+folder, powerCutSeed+"="+fmt.Sprint(seed))
		r := record(t, folder, cmd)
		states := poweredStates(seed)
		if n := strings.Count(r.said(), acknowledged); n != len(states)-1 {
			t.Fatalf("%d commits were recorded, want %d: %.100q", n, len(states)-1, r.said())
		}
		for i := range min(cutsPerRecording, *cuts-first) {
			t.Run(fmt.Sprintf("seed=%d/cut=%d", seed, i), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				checkPowerCut(t, r[:rng.IntN(len(r)+1)], rng, states)
			})
		}
	}
}

// poweredCommits is how many commits are recorded, with a compaction in their midst.
const poweredCommits = 60

// runPowered is what is recorded.
func runPowered(t *testing.T, folder string, seed uint64) {
	rng, m := poweredRandom(seed)
	s := openBolt(t, folder)
	for i := range poweredCommits {
		if i == poweredCommits/2 {
			closeStore(t, s)
			if _, _, err := persistence.Compact(folder); err != nil {
				t.Fatal(err)
			}
			s = openBolt(t, folder)
		}
		if m.Step(t, s, rng) == nil {
			os.Stdout.WriteString(acknowledged)
		}
	}
	closeStore(t, s)
}

func poweredRandom(seed uint64) (*rand.Rand, *persistencetest.Model) {
	return rand.New(rand.NewPCG(seed, 8)), persistencetest.NewModel()
}

// poweredStates are what the store holds after each commit, the first one being before any.
func poweredStates(seed uint64) []*persistencetest.Model {
	rng, m := poweredRandom(seed)
	states := []*persistencetest.Model{m.Clone()}
	for range poweredCommits {
		if m.Commit(m.RandomChanges(rng)) == nil {
			states = append(states, m.Clone())
		}
	}
	return states
}

// checkPowerCut opens what is left of a recording.
func checkPowerCut(t *testing.T, r recording, rng *rand.Rand, states []*persistencetest.Model) {
	folder := t.TempDir()
	for name, data := range r.cut(rng) {
		must(t, os.WriteFile(filepath.Join(folder, name), data, 0o600))
	}
	if _, err := os.Stat(filepath.Join(folder, persistence.FileName)); err == nil {
		if _, err := persistence.Check(folder); err != nil {
			t.Errorf("before it is opened: %v", err)
		}
	}
	s := openBolt(t, folder)
	acked := strings.Count(r.said(), acknowledged)
	err := states[acked].Diff(s, rng)
	if err != nil && acked+1 < len(states) && states[acked+1].Diff(s, rng) == nil {
		err = nil // the commit under way
	}
	if err != nil {
		t.Errorf("after %d commits: %v", acked, err)
	}
	commit(t, s, persistence.Change{Key: "after", Summary: []byte("s")})
	closeStore(t, s)
	if _, err := persistence.Check(folder); err != nil {
		t.Errorf("after it was opened: %v", err)
	}
}
