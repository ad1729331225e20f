package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

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
	targets, cleanUp, err := o.targets(ctx, stderr)
	if err != nil {
		return err
	}
	defer cleanUp()
	var reports []*bench.Report
	var failures []error
	for _, e := range o.entries {
		report, err := o.measureOne(ctx, e, targets, stdout, stderr)
		if report != nil {
			reports = append(reports, report)
		}
		if err != nil && (!o.suite || ctx.Err() != nil) {
			return errors.Join(err, o.write(reports))
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", e.scenario.Name(), err))
		}
	}
	return errors.Join(append(failures, o.write(reports))...)
}

// measureOne runs one scenario. The report is nil if a run gave no result.
func (o options) measureOne(ctx context.Context, e entry, targets []bench.Target, stdout, stderr io.Writer) (*bench.Report, error) {
	plan := bench.Plan{Scenario: e.scenario, Targets: e.targets(targets), Rounds: o.rounds, Commit: o.commit(ctx), Note: e.note, Progress: stderr}
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
func (o options) write(reports []*bench.Report) error {
	if len(reports) == 0 {
		return nil
	}
	var report any = reports
	if !o.suite {
		report = reports[0]
	}
	return errors.Join(
		writeFile(o.jsonPath, func(w io.Writer) error { return bench.WriteJSON(w, report) }),
		writeFile(o.pagePath, func(w io.Writer) error { return bench.WritePage(w, reports) }),
	)
}

// writeFile does nothing without a path.
func writeFile(path string, write func(io.Writer) error) error {
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
	return nil
}
