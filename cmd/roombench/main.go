// Command roombench measures roomd, or any server that speaks its contract,
// over the real protocol, with the floor beside it: how much CPU a delivery
// costs, how late deliveries are, and that none is missing, repeated or out of
// order. Package bench explains the method.
//
// Without arguments it builds roomd from this module and measures one big room.
// The exit code is 1 if a run failed or anything was lost, repeated or
// reordered; 2 if the arguments are wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"roomd/bench"
)

// Exit codes.
const (
	exitGood = iota
	exitFailed
	exitUsage
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one ends at once: children die too.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	if len(arguments) > 0 && arguments[0] == "floor" {
		return exitCode(runFloor(ctx, arguments[1:], stdout), stderr)
	}
	err := runBench(ctx, arguments, stdout, stderr)
	if err != nil && ctx.Err() != nil {
		err = errInterrupted // whatever it made fail
	}
	return exitCode(err, stderr)
}

var (
	// errUsage marks an error in the arguments.
	errUsage = errors.New("wrong arguments")
	// errFaulty is a report that was printed and holds faults.
	errFaulty      = errors.New("the servers were not without fault")
	errInterrupted = errors.New("interrupted")
)

// exitCode prints the one line of an error.
func exitCode(err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return exitGood
	}
	fmt.Fprintln(stderr, "roombench:", err)
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailed
}

// options are the flags of a measurement.
type options struct {
	room      bench.BigRoom
	rounds    int
	targetURL string
	targetPID int
	jsonPath  string
}

func parseOptions(arguments []string, stdout io.Writer) (options, error) {
	o := options{room: bench.DefaultBigRoom()}
	flags := flag.NewFlagSet("roombench", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed once, by exitCode
	flags.IntVar(&o.room.Members, "members", o.room.Members, "members of the room")
	flags.IntVar(&o.room.Senders, "senders", o.room.Senders, "members that send")
	flags.Float64Var(&o.room.RatePerSecond, "rate", o.room.RatePerSecond, "messages a second, of all senders together")
	flags.IntVar(&o.room.TextBytes, "text-bytes", o.room.TextBytes, "length of each message's text")
	flags.DurationVar(&o.room.Warmup, "warmup", o.room.Warmup, "time under load before the measured window")
	flags.DurationVar(&o.room.Duration, "duration", o.room.Duration, "the measured window")
	flags.IntVar(&o.rounds, "rounds", 3, "rounds; the table has their medians")
	flags.StringVar(&o.targetURL, "target", "", "`URL` of a running server to measure in roomd's place, as http://host:port")
	flags.IntVar(&o.targetPID, "target-pid", 0, "process id of that server, for its CPU and memory")
	flags.StringVar(&o.jsonPath, "json", "", "write the whole report to this `file` too")
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(stdout, "roombench measures roomd, or the server at --target, beside the floor:")
			flags.SetOutput(stdout)
			flags.PrintDefaults()
			return o, err
		}
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("%w: %q is not understood", errUsage, flags.Arg(0))
	case o.targetPID != 0 && o.targetURL == "":
		return o, fmt.Errorf("%w: --target-pid needs --target", errUsage)
	}
	return o, nil
}

func runBench(ctx context.Context, arguments []string, stdout, stderr io.Writer) error {
	o, err := parseOptions(arguments, stdout)
	if err != nil {
		return err
	}
	if err := bench.RaiseFileLimit(); err != nil {
		return err
	}
	if err := o.room.Validate(); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	targets, cleanUp, err := o.targets(ctx, stderr)
	if err != nil {
		return err
	}
	defer cleanUp()
	plan := bench.Plan{Scenario: o.room, Targets: targets, Rounds: o.rounds, Progress: stderr}
	report, err := plan.Run(ctx)
	if err != nil {
		return err
	}
	return o.deliver(report, stdout)
}

// deliver prints the report, and writes it where it was asked for.
func (o options) deliver(report *bench.Report, stdout io.Writer) error {
	if err := report.WriteTable(stdout); err != nil {
		return err
	}
	if o.jsonPath != "" {
		if err := writeJSON(o.jsonPath, report); err != nil {
			return err
		}
	}
	if report.Faulty() {
		return errFaulty
	}
	return nil
}

func writeJSON(path string, report *bench.Report) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := errors.Join(report.WriteJSON(file), file.Close()); err != nil {
		return fmt.Errorf("write the report to %s: %w", path, err)
	}
	return nil
}
