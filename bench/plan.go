package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Plan is a scenario run on each of its targets in turn, several rounds. The
// speed of a machine drifts, so targets take turns and are compared within a
// round.
type Plan struct {
	Scenario Scenario
	// Targets are measured in this order; the first is what the others'
	// ratios are to.
	Targets []Target
	Rounds  int
	// Commit is that of the servers' code, for the report; "" is not known.
	Commit string
	// Note is for the report: which targets it does without, and why.
	Note string
	// Progress gets one line a run, as it ends.
	Progress io.Writer
}

// Run runs all of the plan. An error means that a run gave no result; what a
// server did wrong is in the report (Report.Faulty).
func (p Plan) Run(ctx context.Context) (*Report, error) {
	if err := p.validate(); err != nil {
		return nil, err
	}
	report := newReport(p.Scenario, p.Rounds)
	report.Commit, report.Note = p.Commit, p.Note
	for round := 1; round <= p.Rounds; round++ {
		for _, target := range p.Targets {
			result, err := runOnce(ctx, p.scenarioOf(target), target)
			if err != nil {
				return nil, fmt.Errorf("round %d, %s: %w", round, target.Name, err)
			}
			result.Target, result.Round = target.Name, round
			report.Results = append(report.Results, result)
			fmt.Fprintln(p.Progress, progressLine(result, p.Rounds))
		}
	}
	report.summarize()
	return report, nil
}

// TimeNeeded is about how long Run takes where the servers can bear the load.
func (p Plan) TimeNeeded() time.Duration {
	var round time.Duration
	for _, target := range p.Targets {
		round += p.scenarioOf(target).TimeNeeded() + serverTimeExpected
	}
	return time.Duration(p.Rounds) * round
}

// scenarioOf is the plan's own, or what the target has in its place.
func (p Plan) scenarioOf(target Target) Scenario {
	if target.Scenario != nil {
		return target.Scenario
	}
	return p.Scenario
}

func (p Plan) validate() error {
	if p.Rounds < 1 || p.Rounds > roundsMax {
		return fmt.Errorf("rounds: 1 to %d", roundsMax)
	}
	if len(p.Targets) == 0 {
		return errors.New("no target to measure")
	}
	for _, target := range p.Targets {
		if err := target.validate(); err != nil {
			return err
		}
		if target.Scenario == nil {
			continue
		}
		if err := target.Scenario.Validate(); err != nil {
			return fmt.Errorf("%s: %w", target.Name, err)
		}
	}
	return p.Scenario.Validate()
}

func runOnce(ctx context.Context, scenario Scenario, target Target) (Result, error) {
	server, err := target.Start(ctx)
	if err != nil {
		return Result{}, err
	}
	defer server.Stop()
	result, err := scenario.Run(ctx, server)
	// A server that died explains the rest, and has no result.
	if died := server.Exited(); died != nil {
		err = died
	}
	return result, err
}

func progressLine(r Result, rounds int) string {
	var parts []string
	if r.Deliveries+r.Missing > 0 {
		parts = append(parts, fmt.Sprintf("%d deliveries in %v, p99 %.1f ms", r.Deliveries,
			time.Duration(r.WindowSeconds*float64(time.Second)).Round(100*time.Millisecond), r.Latency.P99Millis))
	}
	for _, figure := range r.Figures {
		parts = append(parts, fmt.Sprintf("%s: %.5g", figure.Name, figure.Value))
	}
	if r.ServerCPUMicrosPerDelivery > 0 {
		parts = append(parts, fmt.Sprintf("server %.2f µs a delivery", r.ServerCPUMicrosPerDelivery))
	}
	line := fmt.Sprintf("round %d/%d  %-8s %s", r.Round, rounds, r.Target, strings.Join(parts, ", "))
	if faults := r.Faults(); faults != "" {
		line += ": " + faults
	}
	return line
}
