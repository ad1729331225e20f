package main

import (
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"roomd/actors"
	"roomd/actors/room"
	"roomd/gateway"
	"roomd/gateway/engineio"
)

// sight is what the server's parts say of themselves at one time.
type sight struct {
	gateway  gateway.Stats
	waiting  engineio.Waiting
	node     actors.Stats
	rooms    room.Stats
	listener listenerStats
	health   error
}

// figure is one metric that is read when Prometheus asks, with a value for each
// value of its label.
type figure struct {
	name  string
	kind  prometheus.ValueType
	label string // empty: there is none
	help  string
	read  func(s *sight, tell func(label string, value float64))
}

const (
	gauge   = prometheus.GaugeValue
	counter = prometheus.CounterValue
)

// figures are all of them. gateway/DESIGN.md has the table for those who read them.
var figures = []figure{
	{"tcp_connections", gauge, "", "TCP connections that are open.", one(func(s *sight) int { return s.listener.connections })},
	{"tcp_connections_refused_total", counter, "reason", "TCP connections that were closed at once, by reason.",
		each(func(s *sight) map[string]uint64 { return s.listener.refused }, listenerReasons)},
	{"sessions", gauge, "transport", "Clients' sessions that are open.", func(s *sight, tell func(string, float64)) {
		e := s.gateway.Engine
		tell("polling", float64(e.PollingSessions))
		tell("websocket", float64(e.Sessions-e.PollingSessions))
	}},
	{"sessions_opened_total", counter, "transport", "Handshakes that made a session, by the transport that it began on.",
		func(s *sight, tell func(string, float64)) {
			e := s.gateway.Engine
			tell("polling", float64(e.OpenedPolling))
			tell("websocket", float64(e.Opened-e.OpenedPolling))
		}},
	{"sessions_upgraded_total", counter, "", "Sessions that went from polling to a WebSocket.",
		one(func(s *sight) uint64 { return s.gateway.Engine.Upgraded })},
	{"sessions_closed_total", counter, "reason", "Sessions that ended, by the reason in the close frame and in the log.",
		each(func(s *sight) map[string]uint64 { return s.gateway.Engine.ClosedFor }, closeReasons)},
	{"sessions_refused_total", counter, "reason", "Handshakes that made no session, by reason.", func(s *sight, tell func(string, float64)) {
		e := s.gateway.Engine
		tell("too many sessions", float64(e.RefusedByServer))
		tell("too many sessions from the address", float64(e.RefusedByAddress))
		tell("too often", float64(e.RefusedByAdmit))
		tell("server shutdown", float64(e.RefusedByDrain))
	}},
	{"requests_refused_total", counter, "reason", "Requests of Engine.IO against the protocol's rules, by what was said of them.",
		each(func(s *sight) map[string]uint64 { return s.gateway.Engine.RefusedRequests }, engineio.RequestRefusals)},
	{"packets_total", counter, "direction", "Messages, pings and pongs.", func(s *sight, tell func(string, float64)) {
		tell("in", float64(s.gateway.Engine.PacketsIn))
		tell("out", float64(s.gateway.Engine.PacketsOut))
	}},
	{"packet_bytes_total", counter, "direction", "Bytes of messages, without what a transport puts around them.", func(s *sight, tell func(string, float64)) {
		tell("in", float64(s.gateway.Engine.BytesIn))
		tell("out", float64(s.gateway.Engine.BytesOut))
	}},
	{"frames_dropped_total", counter, "reason", "Frames that no client got, by reason.", func(s *sight, tell func(string, float64)) {
		d := s.gateway.Engine.Dropped
		tell("volatile", float64(d.Volatile))
		tell("session closed", float64(d.Closed))
		tell("unsent", float64(d.Unsent))
	}},
	{"outbox_sessions", gauge, "", "Sessions with something in their outbox.", one(func(s *sight) int { return s.waiting.Sessions })},
	{"outbox_frames", gauge, "", "Frames in all outboxes.", one(func(s *sight) int { return s.waiting.Frames })},
	{"outbox_bytes", gauge, "", "Bytes in all outboxes; frames that several share count for each.",
		one(func(s *sight) int { return s.waiting.Bytes })},
	{"outbox_largest_bytes", gauge, "", "Bytes in the fullest outbox.", one(func(s *sight) int { return s.waiting.BytesMax })},
	{"connects_total", counter, "result", "CONNECT packets, by what came of them.",
		each(func(s *sight) map[string]uint64 { return s.gateway.Connects }, gateway.ConnectResults)},
	{"connections", gauge, "state", "Connections: of clients that are here, and of those away that may come back.",
		func(s *sight, tell func(string, float64)) {
			tell("here", float64(s.node.Connections-s.node.Away))
			tell("away", float64(s.node.Away))
		}},
	{"grace_total", counter, "outcome", "Clients that were away, by what became of them.",
		each(func(s *sight) map[string]uint64 { return s.node.Grace }, actors.GraceOutcomes)},
	{"recoveries_total", counter, "outcome", "Clients that came back with the key of a session, by what became of them.",
		each(func(s *sight) map[string]uint64 { return s.node.Resumes }, actors.ResumeOutcomes)},
	{"rooms", gauge, "kind", "Rooms that exist, in memory or not.", func(s *sight, tell func(string, float64)) {
		tell("persistent", float64(s.rooms.PersistentRooms))
		tell("ephemeral", float64(s.rooms.TotalRooms-s.rooms.PersistentRooms))
	}},
	{"rooms_public", gauge, "", "Rooms in the public directory.", one(func(s *sight) int { return s.rooms.PublicRooms })},
	{"rooms_empty", gauge, "", "Rooms that nobody is inside of.", one(func(s *sight) int { return s.rooms.EmptyRooms })},
	{"rooms_in_memory", gauge, "", "Rooms with an actor.", one(func(s *sight) int { return s.node.LiveRooms })},
	{"rooms_lingering", gauge, "", "Rooms in memory that nobody needs.", one(func(s *sight) int { return s.node.Lingering })},
	{"room_seats", gauge, "", "Users inside of rooms; who is in two counts twice.", one(func(s *sight) int { return s.rooms.TotalUsersInRooms })},
	{"accounts_in_memory", gauge, "", "Accounts of users with an actor.", one(func(s *sight) int { return s.node.Accounts })},
	{"deliveries_total", counter, "", "Events of rooms, each once for each connection inside.", one(func(s *sight) uint64 { return s.node.Deliveries })},
	{"journal_queue_writes", gauge, "", "Writes that wait for the commit under way.", one(func(s *sight) int { return s.node.JournalWait })},
	{"kept_bytes", gauge, "", "Bytes of events that are kept for clients that may have missed them.", one(func(s *sight) int { return s.node.Kept })},
	{"panics_total", counter, "in", "Panics that were survived; each is in the log with its stack.", func(s *sight, tell func(string, float64)) {
		tell("actors", float64(s.node.Panics))
		tell("gateway", float64(s.gateway.Panics))
	}},
	{"unready", gauge, "reason", "1 while /readyz says so.", func(s *sight, tell func(string, float64)) {
		for _, reason := range unreadyReasons {
			tell(reason, is(s.unready() == reason))
		}
	}},
}

// unready is why the server wants no new clients; empty: it does.
func (s *sight) unready() string {
	if s.health == nil {
		return ""
	}
	return reasonUnready(s.health)
}

func is(condition bool) float64 {
	if condition {
		return 1
	}
	return 0
}

// one reads a figure without a label.
func one[N int | uint64](value func(*sight) N) func(*sight, func(string, float64)) {
	return func(s *sight, tell func(string, float64)) { tell("", float64(value(s))) }
}

// otherReason is the label of what is not among the known names, which would be a
// mistake of ours.
const otherReason = "other"

// each reads a figure with a label of these values: each is there from the start,
// so that rates are right, and no other is.
func each(values func(*sight) map[string]uint64, names func() []string) func(*sight, func(string, float64)) {
	return func(s *sight, tell func(string, float64)) {
		counted := values(s)
		other := uint64(0)
		known := names()
		for name, value := range counted {
			if !slices.Contains(known, name) {
				other += value
			}
		}
		for _, name := range known {
			tell(name, float64(counted[name]))
		}
		if other > 0 {
			tell(otherReason, float64(other))
		}
	}
}

// closeReasons are all reasons that a session can end for.
func closeReasons() []string {
	reasons := map[string]bool{}
	for _, r := range gateway.CloseReasons() {
		reasons[r.Name] = true
	}
	for _, why := range actors.Whys() {
		reasons[string(why)] = true
	}
	return slices.Sorted(maps.Keys(reasons))
}

// A figureCollector reads the figures of a server when Prometheus asks.
type figureCollector struct {
	look  func() *sight
	descs []*prometheus.Desc // of figures

	mu sync.Mutex // one look at a time
}

func newFigureCollector(look func() *sight) *figureCollector {
	c := &figureCollector{look: look}
	for _, f := range figures {
		var labels []string
		if f.label != "" {
			labels = []string{f.label}
		}
		name := prometheus.BuildFQName(metricsNamespace, "", f.name)
		c.descs = append(c.descs, prometheus.NewDesc(name, f.help, labels, nil))
	}
	return c
}

// Describe says what there is.
func (c *figureCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		descs <- d
	}
}

// Collect reads all figures.
func (c *figureCollector) Collect(found chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.look()
	for i, f := range figures {
		f.read(s, func(label string, value float64) {
			var labels []string
			if f.label != "" {
				labels = []string{label}
			}
			found <- prometheus.MustNewConstMetric(c.descs[i], f.kind, value, labels...)
		})
	}
}
