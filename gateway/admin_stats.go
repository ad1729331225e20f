package gateway

import (
	"os"
	"time"

	"roomd/actors/room"
	"roomd/gateway/engineio"
)

// roomStatsJSON is what administrators are told of the rooms.
type roomStatsJSON struct {
	TotalRooms        int              `json:"totalRooms"`
	EmptyRooms        int              `json:"emptyRooms"`
	TotalUsersInRooms int              `json:"totalUsersInRooms"`
	RoomsBreakdown    []roomStatsEntry `json:"roomsBreakdown"` // the largest
}

type roomStatsEntry struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	UserCount int      `json:"userCount"`
	CreatedAt timeJSON `json:"createdAt"`
	Type      string   `json:"type"`
}

func newRoomStatsJSON(s room.Stats) roomStatsJSON {
	return roomStatsJSON{s.TotalRooms, s.EmptyRooms, s.TotalUsersInRooms, list(s.Largest, newRoomStatsEntry)}
}

func newRoomStatsEntry(l room.Listing) roomStatsEntry {
	return roomStatsEntry{l.ID, l.Name, l.UserCount, timeJSON(l.CreatedAt), roomType(l)}
}

// uiConfig tells the stock Admin UI what this server can do for it: figures,
// but not every socket and event, which it couldn't show for thousands.
type uiConfig struct {
	SupportedFeatures []string `json:"supportedFeatures"`
}

// serverStatsJSON is how the server is doing, in the stock Admin UI's words.
type serverStatsJSON struct {
	ServerID            string            `json:"serverId"`
	Hostname            string            `json:"hostname"`
	PID                 int               `json:"pid"`
	Uptime              float64           `json:"uptime"` // seconds
	ClientsCount        int               `json:"clientsCount"`
	PollingClientsCount int               `json:"pollingClientsCount"`
	AggregatedEvents    []aggregatedEvent `json:"aggregatedEvents"`
	Namespaces          []namespaceStats  `json:"namespaces"`
}

// aggregatedEvent is how much of something there was since the figures before.
type aggregatedEvent struct {
	Timestamp int64  `json:"timestamp"` // ms since 1970, whole seconds
	Type      string `json:"type"`
	Count     uint64 `json:"count"`
}

type namespaceStats struct {
	Name         string `json:"name"`
	SocketsCount int    `json:"socketsCount"`
}

// serverStats returns the figures of now. The namespaces are always the same
// ones, in the same order: the Admin UI takes the second for the second.
func (a *admin) serverStats(traffic *trafficSince) serverStatsJSON {
	now, stats := time.Now(), a.stats()
	return serverStatsJSON{
		ServerID:            a.hostname,
		Hostname:            a.hostname,
		PID:                 os.Getpid(),
		Uptime:              now.Sub(a.started).Seconds(),
		ClientsCount:        stats.Engine.Sessions,
		PollingClientsCount: stats.Engine.PollingSessions,
		AggregatedEvents:    traffic.next(stats.Engine, now),
		Namespaces: []namespaceStats{
			{mainNamespace, stats.Sockets[mainNamespace]},
			{adminNamespace, stats.Sockets[adminNamespace]},
		},
	}
}

// trafficSince finds out what has come to counters that only go up.
type trafficSince struct{ last engineio.Stats }

// next returns what has come since the call before, without what didn't.
func (t *trafficSince) next(stats engineio.Stats, now time.Time) []aggregatedEvent {
	last := t.last
	t.last = stats
	events := []aggregatedEvent{} // [], not null
	for _, c := range []struct {
		kind        string
		now, before uint64
	}{
		{"rawConnection", stats.Opened, last.Opened},
		{"rawDisconnection", stats.Closed, last.Closed},
		{"packetsIn", stats.PacketsIn, last.PacketsIn},
		{"packetsOut", stats.PacketsOut, last.PacketsOut},
		{"bytesIn", stats.BytesIn, last.BytesIn},
		{"bytesOut", stats.BytesOut, last.BytesOut},
	} {
		if c.now > c.before {
			events = append(events, aggregatedEvent{now.Truncate(time.Second).UnixMilli(), c.kind, c.now - c.before})
		}
	}
	return events
}
