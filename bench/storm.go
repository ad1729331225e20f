package bench

import (
	"context"
	"flag"
	"fmt"
	"time"
)

// Storm is the scenario of many clients that connect, and then join, as fast
// as the server lets them.
type Storm struct {
	Connections int `json:"connections"`
	Rooms       int `json:"rooms"`
}

// DefaultStorm is the load that roomd's own figures are about.
func DefaultStorm() Storm { return Storm{Connections: 5000, Rooms: 500} }

// Name implements Scenario.
func (Storm) Name() string { return "storm" }

// Describe implements Scenario.
func (s Storm) Describe() string {
	return fmt.Sprintf("%d clients connect, %d at a time, then join %d rooms", s.Connections, dialersMax, s.Rooms)
}

// Flags implements Scenario.
func (s *Storm) Flags(flags *flag.FlagSet) {
	flags.IntVar(&s.Connections, "connections", s.Connections, "clients")
	flags.IntVar(&s.Rooms, "rooms", s.Rooms, "rooms that they join")
}

// Validate implements Scenario.
func (s Storm) Validate() error { return validateRooms(s.Connections, s.Rooms) }

// TimeNeeded implements Scenario.
func (s Storm) TimeNeeded() time.Duration {
	return time.Duration(s.Connections)*joinTimeExpected + 2*settleTimeExpected
}

// Run implements Scenario.
func (s Storm) Run(ctx context.Context, server *Server) (Result, error) {
	c, err := newCrowd(crowdSize{roomCount: s.Rooms, perRoom: s.Connections / s.Rooms, senders: 1, textBytes: textBytesMin})
	if err != nil {
		return Result{}, err
	}
	defer c.close()
	endpoint, err := endpoint(server.URL)
	if err != nil {
		return Result{}, err
	}
	var figures []Figure
	phase := func(name string, do func(index int) error) error {
		meter := startMeter(server)
		begin, heard := c.clock.now(), c.packets.Load()
		if err := eachOf(ctx, len(c.members), do); err != nil {
			return err
		}
		took := c.clock.now() - begin
		// The news of it is part of what it costs.
		if err := c.settle(ctx); err != nil {
			return err
		}
		meter.stop(server)
		if meter.serverKnown {
			figures = append(figures, Figure{"CPU µs a " + name, meter.server.microsPer(len(c.members))})
		}
		figures = append(figures, Figure{name + "s a second", float64(len(c.members)) / took.Seconds()},
			Figure{"packets a " + name, float64(c.packets.Load()-heard) / float64(len(c.members))})
		return nil
	}
	err = phase("connect", func(index int) error {
		_, err := c.connect(ctx, endpoint, index)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	if err := phase("join", func(index int) error { return c.members[index].enter(ctx) }); err != nil {
		return Result{}, err
	}
	used, _ := server.usage()
	result := c.result()
	result.WindowSeconds = c.clock.now().Truncate(time.Millisecond).Seconds()
	result.RSSBytes = used.rssBytes
	result.Figures = figures
	return result, nil
}
