package bench

import (
	"context"
	"flag"
	"fmt"
	"math"
	"time"
)

// Capacity is the scenario of one room whose load grows step by step until
// deliveries come too late: how many a second the server can do.
type Capacity struct {
	Members   int     `json:"members"`
	Senders   int     `json:"senders"`
	TextBytes int     `json:"textBytes"`
	Begin     float64 `json:"beginPerSecond"` // messages, in the first step
	Growth    float64 `json:"growth"`         // of each step on the one before
	Steps     int     `json:"steps"`          // at most
	// StepTime is one step's; its first quarter warms up.
	StepTime time.Duration `json:"stepNanos"`
	// P99Max is the latency that ends it.
	P99Max time.Duration `json:"p99MaxNanos"`
}

// DefaultCapacity is the load that roomd's own figure is about.
func DefaultCapacity() Capacity {
	return Capacity{Members: 1000, Senders: 10, TextBytes: 100, Begin: 40, Growth: 1.25, Steps: 16, StepTime: 4 * time.Second, P99Max: 250 * time.Millisecond}
}

// Name implements Scenario.
func (Capacity) Name() string { return "capacity" }

// Describe implements Scenario.
func (s Capacity) Describe() string {
	return fmt.Sprintf("%d members, %d senders, from %g messages/s up by %g every %v until p99 is over %v",
		s.Members, s.Senders, s.Begin, s.Growth, s.StepTime, s.P99Max)
}

// Flags implements Scenario.
func (s *Capacity) Flags(flags *flag.FlagSet) {
	flags.IntVar(&s.Members, "members", s.Members, "members of the room")
	flags.IntVar(&s.Senders, "senders", s.Senders, "members that send")
	flags.IntVar(&s.TextBytes, "text-bytes", s.TextBytes, "length of each message's text")
	flags.Float64Var(&s.Begin, "begin", s.Begin, "messages a second in the first step")
	flags.Float64Var(&s.Growth, "growth", s.Growth, "of each step on the one before")
	flags.IntVar(&s.Steps, "steps", s.Steps, "steps at most")
	flags.DurationVar(&s.StepTime, "step-time", s.StepTime, "time of one step")
	flags.DurationVar(&s.P99Max, "p99", s.P99Max, "latency that ends it")
}

// Validate implements Scenario: each step is a Talk, and the largest decides.
func (s Capacity) Validate() error {
	if s.Steps < 1 || s.Steps > roundsMax || !(s.Growth > 1 && s.Growth <= 10) || s.P99Max <= 0 {
		return fmt.Errorf("steps: 1 to %d; growth: above 1, to 10; p99: above 0", roundsMax)
	}
	return s.step(s.Steps - 1).Validate()
}

func (s Capacity) step(index int) Talk {
	return Talk{
		Rooms: 1, Members: s.Members, Senders: s.Senders, TextBytes: s.TextBytes, Burst: 1,
		RatePerSecond: s.Begin * math.Pow(s.Growth, float64(index)),
		Warmup:        s.StepTime / 4,
		Duration:      s.StepTime - s.StepTime/4,
	}
}

// TimeNeeded implements Scenario: all steps, though a server may need fewer.
func (s Capacity) TimeNeeded() time.Duration {
	return time.Duration(s.Members)*joinTimeExpected + time.Duration(s.Steps)*s.StepTime + 2*settleTimeExpected
}

// Run implements Scenario.
func (s Capacity) Run(ctx context.Context, server *Server) (Result, error) {
	size := crowdSize{roomCount: 1, perRoom: s.Members, senders: s.Senders, textBytes: s.TextBytes, numbersMax: math.MaxUint32}
	c, err := assemble(ctx, server.URL, size)
	if err != nil {
		return Result{}, err
	}
	defer c.close()
	run := &climb{crowd: c, server: server}
	for index := 0; index < s.Steps && !run.over; index++ {
		if err := run.step(ctx, s.step(index), s.P99Max); err != nil {
			return Result{}, err
		}
	}
	result := c.result()
	run.report(&result)
	return result, nil
}

// climb is a Capacity under way.
type climb struct {
	// Static after construction.
	crowd  *crowd
	server *Server

	best             Result // of the last good step, as far as it was metered
	bestPerSecond    float64
	over             bool // a step was too much
	delivered, tails Curve
}

// step puts one load on the crowd.
func (r *climb) step(ctx context.Context, load Talk, p99Max time.Duration) error {
	c := r.crowd
	// The loop has counted all of the last step by then, and counts nothing
	// between the two stores.
	c.measureFrom.Store(math.MaxInt64)
	c.latency, c.measured = newHistogram(), counts{}
	if err := c.talk(ctx, schedule{rate: load.RatePerSecond, duration: load.Warmup}); err != nil {
		return err
	}
	meter := startMeter(r.server)
	c.measure()
	if err := c.talk(ctx, schedule{rate: load.RatePerSecond, duration: load.Duration}); err != nil {
		return err
	}
	meter.stop(r.server)
	c.measureFrom.Store(math.MaxInt64)
	step := Result{Deliveries: c.measured.deliveries, Latency: latencyOf(c.latency)}
	meter.report(&step)
	perSecond := float64(step.Deliveries) / step.WindowSeconds
	offered := load.RatePerSecond * float64(load.Members)
	r.delivered.Points = append(r.delivered.Points, Point{offered, perSecond})
	r.tails.Points = append(r.tails.Points, Point{offered, step.Latency.P99Millis})
	r.over = step.Latency.P99Millis > float64(p99Max.Milliseconds()) ||
		float64(step.Deliveries) < offered*load.Duration.Seconds()*0.99
	if !r.over {
		r.best, r.bestPerSecond = step, perSecond
	}
	return nil
}

func (r *climb) report(result *Result) {
	if r.over {
		// Too much was asked for, to find out: what was lost then, or who was
		// thrown out, is the answer. Twice or out of order is never one.
		result.Missing, result.Unanswered, result.Unsent, result.Refused, result.Disconnected = 0, 0, 0, 0, 0
		result.Note = ""
	} else {
		result.Note = "the last step was not too much"
	}
	result.Deliveries, result.Latency, result.WindowSeconds = r.best.Deliveries, r.best.Latency, r.best.WindowSeconds
	result.ServerCPUMicrosPerDelivery, result.ClientCPUMicrosPerDelivery = r.best.ServerCPUMicrosPerDelivery, r.best.ClientCPUMicrosPerDelivery
	result.RSSBytes = r.best.RSSBytes
	result.Figures = []Figure{{"most deliveries a second", r.bestPerSecond}}
	r.delivered.Title, r.delivered.X, r.delivered.Y = "throughput against offered load", "deliveries offered a second", "delivered a second"
	r.tails.Title, r.tails.X, r.tails.Y = "latency against offered load", "deliveries offered a second", "p99 ms"
	result.Curves = []Curve{r.delivered, r.tails}
}
