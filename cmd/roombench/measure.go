package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"roomd/bench"
)

// measure runs what the arguments ask for and prints a table a scenario.
func measure(ctx context.Context, arguments []string, stdout, stderr io.Writer) error {
	// Before the arguments are checked: they may ask for many connections.
	if err := bench.RaiseFileLimit(); err != nil {
		return err
	}
	o, err := parseOptions(arguments, stdout)
	if err != nil {
		return err
	}
	if err := errors.Join(checkFolder(o.jsonPath), checkFolder(o.pagePath)); err != nil {
		return err
	}
	targets, cleanUp, err := o.targets(ctx, stderr)
	if err != nil {
		return err
	}
	defer cleanUp()
	plans := o.plans(ctx, targets, stderr)
	o.announce(plans, stderr)
	var reports []*bench.Report
	var failures []error
	for i, e := range o.entries {
		fmt.Fprintf(stderr, "[%d/%d] %s: about %v\n", i+1, len(plans), e.scenario.Name(), roundTime(plans[i].TimeNeeded()))
		report, err := measureOne(ctx, plans[i], stdout)
		if report != nil {
			reports = append(reports, report)
		}
		if err != nil && (!o.suite || ctx.Err() != nil) {
			return errors.Join(err, o.write(reports, stderr))
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", e.scenario.Name(), err))
		}
	}
	return errors.Join(append(failures, o.write(reports, stderr))...)
}

// plans are those of the entries, in order.
func (o options) plans(ctx context.Context, targets []bench.Target, stderr io.Writer) []bench.Plan {
	commit := o.commit(ctx)
	var plans []bench.Plan
	for _, e := range o.entries {
		plans = append(plans, bench.Plan{Scenario: e.scenario, Targets: e.targets(targets), Rounds: o.rounds, Commit: commit, Note: e.note, Progress: stderr})
	}
	return plans
}

// announce says how long all of a suite will take.
func (o options) announce(plans []bench.Plan, stderr io.Writer) {
	if !o.suite {
		return
	}
	needed, runs := timeNeeded(plans)
	fmt.Fprintf(stderr, "%d scenarios, %d runs, about %v\n", len(plans), runs, roundTime(needed))
}

func timeNeeded(plans []bench.Plan) (needed time.Duration, runs int) {
	for _, plan := range plans {
		needed += plan.TimeNeeded()
		runs += plan.Rounds * len(plan.Targets)
	}
	return needed, runs
}

// roundTime leaves out what nobody can foretell.
func roundTime(d time.Duration) time.Duration { return d.Round(10 * time.Second) }

// measureOne runs one scenario. The report is nil if a run gave no result.
func measureOne(ctx context.Context, plan bench.Plan, stdout io.Writer) (*bench.Report, error) {
	report, err := plan.Run(ctx)
	if err != nil {
		return nil, err
	}
	return report, show(report, stdout)
}

// show prints the table. Faults in it are an error.
func show(report *bench.Report, stdout io.Writer) error {
	if err := report.WriteTable(stdout); err != nil {
		return err
	}
	fmt.Fprintln(stdout)
	if report.Faulty() {
		return errFaulty
	}
	return nil
}

// write writes the reports where they were asked for: one as itself, those of
// a suite as a list.
func (o options) write(reports []*bench.Report, stderr io.Writer) error {
	if len(reports) == 0 {
		return nil
	}
	var report any = reports
	if !o.suite {
		report = reports[0]
	}
	return errors.Join(
		writeFile(o.jsonPath, stderr, func(w io.Writer) error { return bench.WriteJSON(w, report) }),
		writeFile(o.pagePath, stderr, func(w io.Writer) error { return bench.WritePage(w, reports) }),
	)
}

// checkFolder finds out before the first run what writeFile would meet with after
// the last: that there is no such folder, or that it may not be written.
func checkFolder(path string) error {
	if path == "" {
		return nil
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".roombench-*")
	if err != nil {
		return fmt.Errorf("write the report to %s: %w", path, err)
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// writeFile does nothing without a path.
func writeFile(path string, stderr io.Writer, write func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return fmt.Errorf("write the report to %s: %w", path, err)
	}
	fmt.Fprintln(stderr, "wrote", path)
	return nil
}
