package bench

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is one scenario on one server, once. Units come last in the names. A
// figure of 0 in the CPU and memory fields means that it is not known.
type Result struct {
	Target string `json:"target"`
	Round  int    `json:"round"`

	// Of the measured window.
	Sent             int     `json:"sent"`
	Deliveries       int     `json:"deliveries"`
	BytesPerDelivery float64 `json:"bytesPerDelivery"` // of the Socket.IO packet
	WindowSeconds    float64 `json:"windowSeconds"`    // until the last delivery
	Latency          Latency `json:"latency"`
	SendLag          Latency `json:"sendLag"` // how late the client itself was

	ServerCPUMicrosPerDelivery float64 `json:"serverCPUMicrosPerDelivery"`
	ServerUserSeconds          float64 `json:"serverUserSeconds"`
	ServerSystemSeconds        float64 `json:"serverSystemSeconds"`
	ClientCPUMicrosPerDelivery float64 `json:"clientCPUMicrosPerDelivery"`
	RSSBytes                   int64   `json:"rssBytes"`      // at the window's end
	RSSEmptyBytes              int64   `json:"rssEmptyBytes"` // before the first connection

	// Faults, from the first message of the warm-up on.
	Missing      int `json:"missing"`      // deliveries
	Reordered    int `json:"reordered"`    // deliveries, or members where no seq tells more
	Duplicated   int `json:"duplicated"`   // deliveries
	Unknown      int `json:"unknown"`      // deliveries of messages that nobody sent
	Unsent       int `json:"unsent"`       // messages that the client could not send
	Refused      int `json:"refused"`      // messages with an ack other than success
	Unanswered   int `json:"unanswered"`   // messages without an ack
	Disconnected int `json:"disconnected"` // members

	// Figures are the scenario's own, Curves what changed on the way, Quantiles
	// the latency's distribution: percentiles and milliseconds.
	Figures   []Figure `json:"figures,omitempty"`
	Curves    []Curve  `json:"curves,omitempty"`
	Quantiles []Point  `json:"quantiles,omitempty"`

	// Note says more about the first fault of its kind.
	Note string `json:"note,omitempty"`
}

// Figure is a named measure; the unit is part of the name.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Curve is one measure over another.
type Curve struct {
	Title  string  `json:"title"`
	X      string  `json:"x"` // what is on the axis, with its unit
	Y      string  `json:"y"`
	Points []Point `json:"points"`
}

// Point is one place of a curve.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Latency is a distribution of times, in milliseconds.
type Latency struct {
	P50Millis float64 `json:"p50Millis"`
	P90Millis float64 `json:"p90Millis"`
	P99Millis float64 `json:"p99Millis"`
	MaxMillis float64 `json:"maxMillis"`
}

func latencyOf(h *hdrhistogram.Histogram) Latency {
	millis := func(micros int64) float64 { return float64(micros) / 1000 }
	return Latency{
		P50Millis: millis(h.ValueAtQuantile(50)),
		P90Millis: millis(h.ValueAtQuantile(90)),
		P99Millis: millis(h.ValueAtQuantile(99)),
		MaxMillis: millis(h.Max()),
	}
}

// quantilesOf is the distribution, finer and finer towards its tail.
func quantilesOf(h *hdrhistogram.Histogram) []Point {
	if h.TotalCount() == 0 {
		return nil
	}
	var points []Point
	for _, percentile := range []float64{1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.9, 99.99, 100} {
		points = append(points, Point{percentile, float64(h.ValueAtQuantile(percentile)) / 1000})
	}
	return points
}

// Faults names what went wrong, with counts; "" when nothing did.
func (r Result) Faults() string {
	var faults []string
	for _, fault := range []struct {
		count int
		name  string
	}{
		{r.Missing, "missing"},
		{r.Reordered, "reordered"},
		{r.Duplicated, "duplicated"},
		{r.Unknown, "unknown"},
		{r.Unsent, "unsent"},
		{r.Refused, "refused"},
		{r.Unanswered, "unanswered"},
		{r.Disconnected, "disconnected"},
	} {
		if fault.count > 0 {
			faults = append(faults, fmt.Sprintf("%d %s", fault.count, fault.name))
		}
	}
	if len(faults) > 0 && r.Note != "" {
		faults = append(faults, r.Note)
	}
	return strings.Join(faults, ", ")
}

// result ends the crowd and counts.
func (c *crowd) result() Result {
	c.close()
	faults, unknown := c.faults()
	sent := 0
	for _, count := range c.sent {
		sent += int(count)
	}
	r := Result{
		Sent:         int(c.lag.TotalCount()),
		Deliveries:   c.measured.deliveries,
		Latency:      latencyOf(c.latency),
		SendLag:      latencyOf(c.lag),
		Quantiles:    quantilesOf(c.latency),
		Missing:      faults.missing,
		Reordered:    faults.reordered,
		Duplicated:   faults.duplicated,
		Unknown:      unknown,
		Unsent:       c.unsent,
		Refused:      len(c.refused),
		Unanswered:   sent - int(c.acks.Load()),
		Disconnected: c.disconnected,
	}
	if r.Deliveries > 0 {
		r.BytesPerDelivery = float64(c.measured.bytes) / float64(r.Deliveries)
	}
	switch {
	case c.firstEnd != nil:
		r.Note = c.firstEnd.Error()
	case c.firstRefusal != "":
		r.Note = c.firstRefusal
	}
	return r
}

// faults sums up what the rooms' order checkers found. It is called once.
func (c *crowd) faults() (sum faults, unknown int) {
	unknown = c.unknown
	for _, room := range c.rooms {
		sent := make([]uint32, c.senders)
		for place := range sent {
			sent[place] = c.sent[place*len(c.rooms)+room.index]
		}
		f := room.order.finish(sent, func(place, number uint32) bool {
			_, refused := c.refused[[2]uint32{place*uint32(len(c.rooms)) + uint32(room.index), number}]
			return refused
		})
		sum.missing += f.missing
		sum.duplicated += f.duplicated
		sum.reordered += f.reordered
		unknown += room.order.unknown
	}
	return sum, unknown
}

// meter reads what server and client use between its start and its stop.
type meter struct {
	begin, end               time.Time
	server, client           usage // of the window
	serverKnown, clientKnown bool
}

func startMeter(server *Server) *meter {
	m := &meter{}
	m.server, m.serverKnown = server.usage()
	m.client, m.clientKnown = ownUsage()
	m.begin = time.Now()
	return m
}

func (m *meter) stop(server *Server) {
	m.end = time.Now()
	after, ok := server.usage()
	m.serverKnown = m.serverKnown && ok
	m.server = after.since(m.server)
	after, ok = ownUsage()
	m.clientKnown = m.clientKnown && ok
	m.client = after.since(m.client)
}

func ownUsage() (usage, bool) {
	u, err := readUsage(os.Getpid())
	return u, err == nil
}

func (m *meter) report(r *Result) {
	r.WindowSeconds = m.end.Sub(m.begin).Seconds()
	if m.serverKnown {
		r.ServerUserSeconds = m.server.user.Seconds()
		r.ServerSystemSeconds = m.server.system.Seconds()
		r.ServerCPUMicrosPerDelivery = m.server.microsPer(r.Deliveries)
		r.RSSBytes = m.server.rssBytes
	}
	if m.clientKnown {
		r.ClientCPUMicrosPerDelivery = m.client.microsPer(r.Deliveries)
	}
}
