// Command roombench measures roomd, or any server that speaks its contract,
// over the real protocol, with the floor beside it: how much CPU a delivery
// costs, how late deliveries are, and that none is missing, repeated or out of
// order. Package bench explains the method.
//
// roombench [scenario] measures one scenario, without a name one big room;
// roombench suite measures all, and writes a page. It builds roomd from this
// module.
//
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
	err := measure(ctx, arguments, stdout, stderr)
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
