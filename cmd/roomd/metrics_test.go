package main

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"roomd/actors"
	"roomd/actors/room"
	"roomd/gateway"
	"roomd/gateway/engineio"
	"roomd/persistence"
)

// testSight has something in every figure.
func testSight() *sight {
	s := &sight{
		listener: listenerStats{3, map[string]uint64{reasonServerFull: 1}},
		waiting:  engineio.Waiting{Sessions: 1, Frames: 2, Bytes: 3, BytesMax: 4},
		node:     actors.Stats{Connections: 5, Away: 2, Grace: map[string]uint64{"expired": 7}, Panics: 8},
		rooms:    room.Stats{TotalRooms: 9, PersistentRooms: 4, PublicRooms: 3, EmptyRooms: 2, TotalUsersInRooms: 11},
		health:   persistence.ErrSlow,
	}
	s.gateway.Engine = engineio.Stats{Sessions: 6, PollingSessions: 2, Opened: 20, OpenedPolling: 15, Closed: 14}
	s.gateway.Engine.ClosedFor = map[string]uint64{"ping timeout": 12, "of nobody's making": 2}
	s.gateway.Connects = map[string]uint64{"recovered": 13}
	return s
}

func testMetrics() *metrics {
	m := newMetrics()
	m.registry.MustRegister(newFigureCollector(testSight))
	m.answered("joinRoom", gateway.CodeNone, time.Millisecond)
	m.answered(gateway.CommandUnknown, room.CodeUnknownEvent, time.Microsecond)
	m.committed(actors.Commit{Writes: 3, Bytes: 600, Took: 2 * time.Millisecond})
	m.committed(actors.Commit{Writes: 1, Took: time.Second, Err: errors.New("disk is full")})
	return m
}

// scraped returns what Prometheus reads.
func scraped(t *testing.T, h http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	text := scraped(t, testMetrics().handler())
	for _, want := range []string{
		`roomd_tcp_connections 3`,
		`roomd_tcp_connections_refused_total{reason="too many connections"} 1`,
		`roomd_tcp_connections_refused_total{reason="too many connections from the address"} 0`,
		`roomd_tcp_connections_refused_total{reason="too many new connections from the address"} 0`,
		`roomd_sessions{transport="polling"} 2`,
		`roomd_sessions{transport="websocket"} 4`,
		`roomd_sessions_opened_total{transport="websocket"} 5`,
		`roomd_sessions_closed_total{reason="ping timeout"} 12`,
		`roomd_sessions_closed_total{reason="slow consumer"} 0`,
		`roomd_sessions_closed_total{reason="other"} 2`,
		`roomd_outbox_largest_bytes 4`,
		`roomd_connects_total{result="recovered"} 13`,
		`roomd_connections{state="away"} 2`,
		`roomd_grace_total{outcome="expired"} 7`,
		`roomd_rooms{kind="ephemeral"} 5`,
		`roomd_panics_total{in="actors"} 8`,
		`roomd_unready{reason="store slow"} 1`,
		`roomd_unready{reason="draining"} 0`,
		`roomd_commands_total{code="ok",command="joinRoom"} 1`,
		`roomd_commands_total{code="ok",command="leaveRoom"} 0`,
		`roomd_commands_total{code="unknown_event",command="unknown"} 1`,
		`roomd_command_duration_seconds_bucket{command="joinRoom",le="0.001"} 1`,
		`roomd_command_duration_seconds_bucket{command="joinRoom",le="0.00025"} 0`,
		`roomd_journal_commit_writes_bucket{le="2"} 1`,
		`roomd_journal_commit_writes_count 2`,
		`roomd_journal_commits_failed_total 1`,
	} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestMetricsLint has Prometheus's own linter say what it thinks of them.
func TestMetricsLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(testMetrics().registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, metricsNamespace) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// TestDocumentedMetrics: the table has every metric of the server's own, with its
// kind and labels, and no other.
func TestDocumentedMetrics(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(repository, "gateway", "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := contractSection{"DESIGN.md", string(data)}.table(t, "metric", "kind", "labels", "meaning")
	families, err := testMetrics().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		name := f.GetName()
		if !strings.HasPrefix(name, metricsNamespace) {
			continue
		}
		names = append(names, name)
		labels := map[string]bool{}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels["`"+l.GetName()+"`"] = true
			}
		}
		want := []string{"`" + name + "`", strings.ToLower(f.GetType().String()), strings.Join(slices.Sorted(maps.Keys(labels)), ", ")}
		if !slices.ContainsFunc(documented, func(row []string) bool { return slices.Equal(row[:3], want) }) {
			t.Errorf("there is no row | %s |", strings.Join(want, " | "))
		}
	}
	var rows []string
	for _, row := range documented {
		rows = append(rows, strings.Trim(row[0], "`"))
	}
	sameNames(t, "metric", rows, names)
}

// TestMetricsOfAServer: a server that has done something says so on the address of
// operations, and nothing on that of its clients; and no label is of a client's
// choice.
func TestMetricsOfAServer(t *testing.T) {
	s := startServer(t, "--data", t.TempDir(), "--ops-listen", "127.0.0.1:0")
	ops := s.operations(t)
	client := openRaw(t, s)
	if err := errors.Join(client.open(), client.join("a-user", "a-room")); err != nil {
		t.Fatal(err)
	}
	if err := client.send(`425["no-command",1]`); err != nil {
		t.Fatal(err)
	}
	if _, err := client.readUntil("435"); err != nil {
		t.Fatal(err)
	}
	text := get(t, ops+"/metrics").body
	for name, want := range map[string]float64{
		`roomd_sessions{transport="websocket"}`:                        1,
		`roomd_sessions_opened_total{transport="websocket"}`:           1,
		`roomd_connects_total{result="accepted"}`:                      1,
		`roomd_connections{state="here"}`:                              1,
		`roomd_rooms{kind="ephemeral"}`:                                1,
		`roomd_rooms_in_memory`:                                        1,
		`roomd_room_seats`:                                             1,
		`roomd_commands_total{code="ok",command="joinRoom"}`:           1,
		`roomd_commands_total{code="unknown_event",command="unknown"}`: 1,
		`roomd_command_duration_seconds_count{command="joinRoom"}`:     1,
		`roomd_panics_total{in="actors"}`:                              0,
		`roomd_build_info{goversion="` + runtime.Version() + `",revision="",version="` + version + `"}`: 1,
	} {
		if got, ok := metricOf(text, name); !ok || got != want {
			t.Errorf("%s is %v (%t), want %v", name, got, ok, want)
		}
	}
	for _, theirs := range []string{"a-user", "a-room", "no-command"} {
		if strings.Contains(text, theirs) {
			t.Errorf("%q is in the metrics", theirs)
		}
	}
	for _, want := range []string{"go_goroutines", "go_memstats_heap_alloc_bytes", "process_open_fds"} {
		if _, ok := metricOf(text, want); !ok {
			t.Errorf("there is no %s", want)
		}
	}
	for path, status := range map[string]int{"/readyz": 200, "/healthz": 200, "/debug/pprof/": 200, "/debug/pprof/goroutine": 200, "/debug/pprof/cmdline": 404, "/": 404} {
		if got := get(t, ops+path).StatusCode; got != status {
			t.Errorf("operations: %s got %d", path, got)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
		if got := get(t, s.url+path).StatusCode; got != http.StatusNotFound {
			t.Errorf("clients: %s got %d", path, got)
		}
	}
}

// metricOf returns the value of a metric in what was scraped.
func metricOf(text, name string) (float64, bool) {
	match := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(text)
	if match == nil {
		return 0, false
	}
	value, err := strconv.ParseFloat(match[1], 64)
	return value, err == nil
}

var operationsLine = regexp.MustCompile(`msg=operations url=(\S+)`)

// operations returns the URL of a server's operations.
func (s *server) operations(t *testing.T) string {
	t.Helper()
	match := operationsLine.FindStringSubmatch(s.log.String())
	if match == nil {
		t.Fatalf("there are no operations:\n%s", s.log)
	}
	return match[1]
}

// openRaw connects to a server, and hangs up when the test ends.
func openRaw(t *testing.T, s *server) *rawClient {
	t.Helper()
	conn, err := dialFrom("127.0.0.1", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return newRawClient(conn)
}

// BenchmarkAnswered is what a command costs more because it is counted.
func BenchmarkAnswered(b *testing.B) {
	m := newMetrics()
	for b.Loop() {
		m.answered("sendMessage", gateway.CodeNone, 30*time.Microsecond)
	}
}

// BenchmarkScrape is what one look of Prometheus's costs.
func BenchmarkScrape(b *testing.B) {
	h := testMetrics().handler()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil))
	}
}
