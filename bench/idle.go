package bench

import (
	"context"
	"flag"
	"fmt"
	"time"
)

// Idle is the scenario of members that are inside and say nothing: what a
// connection costs in memory, and in heartbeats.
type Idle struct {
	Connections int `json:"connections"`
	Rooms       int `json:"rooms"`
	Steps       int `json:"steps"` // readings of the memory on the way
	// Wait is the time from the last join to the last reading: long enough for
	// a heartbeat, and for garbage to be given back.
	Wait time.Duration `json:"waitNanos"`
}

// DefaultIdle is the load that roomd's own figure is about.
func DefaultIdle() Idle {
	return Idle{Connections: 10_000, Rooms: 1000, Steps: 5, Wait: 30 * time.Second}
}

// Name implements Scenario.
func (Idle) Name() string { return "idle" }

// Describe implements Scenario.
func (s Idle) Describe() string {
	return fmt.Sprintf("%d connections in %d rooms, idle for %v", s.Connections, s.Rooms, s.Wait)
}

// Flags implements Scenario.
func (s *Idle) Flags(flags *flag.FlagSet) {
	flags.IntVar(&s.Connections, "connections", s.Connections, "connections, each inside one room")
	flags.IntVar(&s.Rooms, "rooms", s.Rooms, "rooms")
	flags.IntVar(&s.Steps, "steps", s.Steps, "readings of the memory while they join")
	flags.DurationVar(&s.Wait, "wait", s.Wait, "time from the last join to the last reading")
}

// Validate implements Scenario.
func (s Idle) Validate() error {
	if s.Steps < 1 || s.Steps > roundsMax || s.Wait < 0 || s.Wait > windowTimeMax {
		return fmt.Errorf("steps: 1 to %d; wait: 0 to %v", roundsMax, windowTimeMax)
	}
	return validateRooms(s.Connections, s.Rooms)
}

// TimeNeeded implements Scenario.
func (s Idle) TimeNeeded() time.Duration {
	return time.Duration(s.Connections)*joinTimeExpected + time.Duration(s.Steps)*settleTimeExpected + s.Wait
}

// Run implements Scenario.
func (s Idle) Run(ctx context.Context, server *Server) (Result, error) {
	c, err := newCrowd(crowdSize{roomCount: s.Rooms, perRoom: s.Connections / s.Rooms, senders: 1, textBytes: textBytesMin})
	if err != nil {
		return Result{}, err
	}
	defer c.close()
	empty, _ := server.usage()
	memory := Curve{Title: "memory against connections", X: "connections", Y: "RSS MiB", Points: []Point{{0, mib(empty.rssBytes)}}}
	joined := 0
	for step := 1; step <= s.Steps; step++ {
		from := joined
		joined = len(c.members) * step / s.Steps
		if err := c.joinRange(ctx, server.URL, from, joined); err != nil {
			return Result{}, err
		}
		if err := c.settle(ctx); err != nil {
			return Result{}, err
		}
		now, _ := server.usage()
		memory.Points = append(memory.Points, Point{float64(joined), mib(now.rssBytes)})
	}
	meter := startMeter(server)
	if err := sleep(ctx, s.Wait); err != nil {
		return Result{}, err
	}
	meter.stop(server)
	result := c.result()
	meter.report(&result)
	result.RSSEmptyBytes = empty.rssBytes
	result.Curves = []Curve{memory}
	if meter.serverKnown {
		result.Figures = []Figure{
			{"RSS KiB a connection", float64(result.RSSBytes-empty.rssBytes) / 1024 / float64(joined)},
			{"RSS KiB a connection, at the last join", (memory.Points[s.Steps].Y - memory.Points[0].Y) * 1024 / float64(joined)},
			{"CPU µs a second and connection, idle", meter.server.microsPer(joined) / result.WindowSeconds},
		}
	}
	return result, nil
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// validateRooms checks connections that fill rooms evenly.
func validateRooms(connections, rooms int) error {
	if connections < 1 || connections > membersMax || rooms < 1 || connections%rooms != 0 {
		return fmt.Errorf("connections: 1 to %d, and as many in each room", membersMax)
	}
	return checkFileLimit(connections)
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
