package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// options are the arguments of a measurement.
type options struct {
	suite     bool
	entries   []entry // what to measure, in order
	rounds    int
	quick     bool
	node      bool
	targetURL string
	targetPID int
	jsonPath  string
	pagePath  string
}

// parseOptions reads `[scenario | suite] flags`. A single scenario's own
// parameters are flags too.
func parseOptions(arguments []string, stdout io.Writer) (options, error) {
	name := "big-room"
	if len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-") {
		name, arguments = arguments[0], arguments[1:]
	}
	o := options{suite: name == "suite", entries: entries()}
	flags := flag.NewFlagSet("roombench", flag.ContinueOnError)
	if o.suite {
		o.pagePath = "roombench.html"
	}
	flags.SetOutput(io.Discard) // errors are printed once, by exitCode
	if o.suite {
		flags.BoolVar(&o.quick, "quick", false, "one round, without Node's socket.io")
		o.node = true
	} else {
		at := slices.IndexFunc(o.entries, func(e entry) bool { return e.scenario.Name() == name })
		if at < 0 {
			return o, fmt.Errorf("%w: no scenario %q; there are suite, %s", errUsage, name, strings.Join(names(o.entries), ", "))
		}
		o.entries = o.entries[at : at+1]
		o.entries[0].scenario.Flags(flags)
	}
	flags.BoolVar(&o.node, "node", o.node, "measure Node's socket.io too")
	flags.IntVar(&o.rounds, "rounds", 3, "rounds; the table has their medians")
	flags.StringVar(&o.targetURL, "target", "", "`URL` of a running server to measure in roomd's place, as http://host:port")
	flags.IntVar(&o.targetPID, "target-pid", 0, "process id of that server, for its CPU and memory")
	flags.StringVar(&o.jsonPath, "json", "", "write the whole report to this `file` too")
	flags.StringVar(&o.pagePath, "page", o.pagePath, "write a page with plots to this `file` too")
	return o, o.parse(flags, arguments, stdout)
}

func (o *options) parse(flags *flag.FlagSet, arguments []string, stdout io.Writer) error {
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(stdout, "roombench [scenario | suite] [flags] measures roomd, or the server at --target, beside the floor.")
			fmt.Fprintln(stdout, "Scenarios:", strings.Join(names(entries()), ", "))
			flags.SetOutput(stdout)
			flags.PrintDefaults()
			return err
		}
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%w: %q is not understood", errUsage, flags.Arg(0))
	case o.targetPID != 0 && o.targetURL == "":
		return fmt.Errorf("%w: --target-pid needs --target", errUsage)
	}
	if o.quick {
		o.rounds, o.node = 1, false
	}
	for _, e := range o.entries {
		e.align()
		if err := e.scenario.Validate(); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	return nil
}

func names(entries []entry) []string {
	var names []string
	for _, e := range entries {
		names = append(names, e.scenario.Name())
	}
	return names
}
