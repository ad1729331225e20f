package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"roomd/bench/floor"
)

// fakeScenario gives results without any load, and notes where it ran.
type fakeScenario struct {
	invalid error
	run     func(*Server) (Result, error)
}

func (fakeScenario) Name() string              { return "fake" }
func (fakeScenario) Describe() string          { return "no load" }
func (fakeScenario) Flags(*flag.FlagSet)       {}
func (s fakeScenario) Validate() error         { return s.invalid }
func (fakeScenario) TimeNeeded() time.Duration { return 10 * time.Second }
func (s fakeScenario) Run(_ context.Context, server *Server) (Result, error) {
	return s.run(server)
}

func startFloor(t *testing.T) *floor.Server {
	t.Helper()
	f, err := floor.Listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestPlanRunsTargetsInTurn(t *testing.T) {
	url := "http://" + startFloor(t).Address()
	var ran []string
	plan := Plan{
		Scenario: fakeScenario{run: func(s *Server) (Result, error) {
			ran = append(ran, s.Name)
			return Result{Deliveries: 10, ServerCPUMicrosPerDelivery: 2}, nil
		}},
		Targets:  []Target{{Name: "floor", URL: url}, {Name: "roomd", URL: url}},
		Rounds:   3,
		Progress: io.Discard,
	}
	report, err := plan.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(ran); got != "[floor roomd floor roomd floor roomd]" {
		t.Errorf("ran %s", got)
	}
	if len(report.Rows) != 2 || report.Rows[1].Target != "roomd" || report.Rows[1].Deliveries != 30 || report.Rows[1].Ratio != 1 {
		t.Errorf("rows %+v", report.Rows)
	}
	if last := report.Results[5]; last.Round != 3 || last.Target != "roomd" {
		t.Errorf("last result %+v", last)
	}
}

func TestPlanRefuses(t *testing.T) {
	invalid := errors.New("invalid")
	target := []Target{{Name: "floor", URL: "http://127.0.0.1:1"}}
	for name, plan := range map[string]Plan{
		"no round":         {Scenario: fakeScenario{}, Targets: target},
		"too many rounds":  {Scenario: fakeScenario{}, Targets: target, Rounds: roundsMax + 1},
		"no target":        {Scenario: fakeScenario{}, Rounds: 1},
		"a wrong URL":      {Scenario: fakeScenario{}, Targets: []Target{{URL: "https://h"}}, Rounds: 1},
		"a wrong scenario": {Scenario: fakeScenario{invalid: invalid}, Targets: target, Rounds: 1},
	} {
		if _, err := plan.Run(t.Context()); err == nil {
			t.Errorf("%s was run", name)
		}
	}
}

// A server that dies under load is an error with its last words, whatever the
// scenario made of it.
func TestPlanReportsADeadServer(t *testing.T) {
	target := childTarget(t, "floor")
	plan := Plan{
		Scenario: fakeScenario{run: func(s *Server) (Result, error) {
			process, err := os.FindProcess(s.PID)
			if err != nil {
				return Result{}, err
			}
			process.Kill()
			<-s.child.exited
			return Result{Missing: 1000}, nil
		}},
		Targets:  []Target{target},
		Rounds:   1,
		Progress: io.Discard,
	}
	_, err := plan.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "round 1, floor: it ended by itself: signal: killed") {
		t.Errorf("%v, want that it was killed", err)
	}
}

// What a target has in the scenario's place counts in its stead.
func TestPlanTimeNeeded(t *testing.T) {
	short := smallRoom() // 50 members, 1.25 s of load
	plan := Plan{Scenario: fakeScenario{}, Targets: []Target{{Name: "a"}, {Name: "b", Scenario: &short}}, Rounds: 3}
	b := 50*joinTimeExpected + 1250*time.Millisecond + 2*settleTimeExpected
	if got, want := plan.TimeNeeded(), 3*(10*time.Second+b+2*serverTimeExpected); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
