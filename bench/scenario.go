package bench

import (
	"context"
	"flag"
	"time"
)

// Scenario is one load on one server. Its value's JSON is its parameters in
// the report. A new one is a file of its own: it fills a crowd, drives it, and
// returns what the crowd counted.
type Scenario interface {
	// Name identifies the scenario in reports and on the command line.
	Name() string
	// Describe is one line for people: the parameters.
	Describe() string
	// Flags makes the parameters flags, with their values as the defaults.
	Flags(flags *flag.FlagSet)
	// Validate says which parameter is out of its limits.
	Validate() error
	// TimeNeeded is about how long Run takes, on a server that can bear the load.
	TimeNeeded() time.Duration
	// Run puts the load on a server and returns when all is counted. Faults
	// of the server are in the Result; an error means that there is none.
	Run(ctx context.Context, server *Server) (Result, error)
}
