package gateway

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const uiAuth = `{"username":"admin","password":"` + testAdminToken + `"}`

// serverStats reads the next server_stats.
func (c *adminClient) serverStats() serverStatsJSON {
	c.server.t.Helper()
	const prefix = `42/admin,["server_stats",`
	var stats serverStatsJSON
	text := strings.TrimSuffix(strings.TrimPrefix(c.event(prefix), prefix), "]")
	if err := json.Unmarshal([]byte(text), &stats); err != nil {
		c.server.t.Fatalf("%s: %v", text, err)
	}
	return stats
}

// count returns how many of an event the figures have; -1: they don't have it.
func (s serverStatsJSON) count(kind string) int {
	for _, e := range s.AggregatedEvents {
		if e.Type == kind {
			return int(e.Count)
		}
	}
	return -1
}

// TestUISignIn is what the stock Admin UI is told, in this order.
func TestUISignIn(t *testing.T) {
	withAdmin(t, func(t *testing.T, s *adminServer) {
		c := s.connect(uiAuth)
		var session string
		if first := c.next(); !strings.HasPrefix(first, `42/admin,["session","`) {
			t.Fatalf("first %s", first)
		} else {
			session = strings.TrimSuffix(strings.TrimPrefix(first, `42/admin,["session","`), `"]`)
		}
		for _, want := range []string{
			`40/admin,{"sid":`,
			`42/admin,["session","` + session + `"]`, // for the page that has lost the first
			`42/admin,["config",{"supportedFeatures":["AGGREGATED_EVENTS"]}]`,
			`42/admin,["server_stats",{"serverId":`,
		} {
			if got := c.next(); !strings.HasPrefix(got, want) {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		again := s.connect(`{"sessionId":"` + session + `"}`)
		for _, want := range []string{`40/admin,{"sid":`, `42/admin,["config",`} {
			if got := again.next(); !strings.HasPrefix(got, want) {
				t.Errorf("by session: got %s, want %s", got, want)
			}
		}
		time.Sleep(uiSessionTimeMax)
		if got := s.connect(`{"sessionId":"` + session + `"}`).next(); !strings.HasPrefix(got, "44/admin,") {
			t.Errorf("a day later: %s", got)
		}
	})
}

func TestUISessionsAreBounded(t *testing.T) {
	var sessions uiSessions
	now := time.Now()
	ids := make([]string, uiSessionsMax+1)
	for i := range ids {
		ids[i] = sessions.open(fmt.Sprint(i), now)
	}
	for i, id := range ids {
		name, found := sessions.find(id, now)
		if found != (i > 0) || found && name != fmt.Sprint(i) {
			t.Errorf("session %d: %q %t", i, name, found)
		}
	}
	if _, found := sessions.find(ids[5], now.Add(uiSessionTimeMax)); found || len(sessions.list) != 0 {
		t.Errorf("found %t, %d kept after their time", found, len(sessions.list))
	}
}

// TestServerStats: figures at once, then every 2 s what has come since.
func TestServerStats(t *testing.T) {
	withAdmin(t, func(t *testing.T, s *adminServer) {
		s.open("192.0.2.9:1")
		c, began := s.connect(uiAuth), time.Now()
		stats := c.serverStats()
		if stats.ClientsCount != 2 || stats.PollingClientsCount != 2 || stats.PID != os.Getpid() || stats.ServerID == "" {
			t.Errorf("at once: %+v", stats)
		}
		if stats.AggregatedEvents == nil || len(stats.AggregatedEvents) != 0 {
			t.Errorf("at once, events %+v", stats.AggregatedEvents)
		}
		if want := []namespaceStats{{"/", 0}, {"/admin", 1}}; dump(stats.Namespaces) != dump(want) {
			t.Errorf("namespaces %+v, want %+v", stats.Namespaces, want)
		}

		time.Sleep(time.Second)
		s.open("192.0.2.9:2")
		stats = c.serverStats()
		if took := time.Since(began); took != serverStatsInterval || stats.Uptime != took.Seconds() {
			t.Errorf("after %s, uptime %v", took, stats.Uptime)
		}
		if stats.ClientsCount != 3 || stats.count("rawConnection") != 1 || stats.count("rawDisconnection") != -1 ||
			stats.count("packetsOut") < 1 || stats.count("bytesOut") < 100 {
			t.Errorf("after 2 s: %+v", stats)
		}
		if at := stats.AggregatedEvents[0].Timestamp; at != time.Now().Truncate(time.Second).UnixMilli() {
			t.Errorf("timestamp %d", at)
		}

		c.send(`42/admin,["listRooms"]`)
		stats = c.serverStats()
		if stats.count("rawConnection") != -1 || stats.count("packetsIn") != 1 || stats.count("bytesIn") != len(`2/admin,["listRooms"]`) {
			t.Errorf("after a packet: %+v", stats)
		}
		synctest.Wait()
	})
}
