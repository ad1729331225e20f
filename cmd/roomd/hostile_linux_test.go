package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var hostileFull = flag.Bool("hostile-full", false,
	"hold the latency beside hostile clients to twice the quiet one and the memory to 10 %, with ten times the clients")

var hostileDuration = flag.Duration("hostile-duration", 500*time.Millisecond, "of each pattern of TestHostileClients")

// Those who behave have an address of their own, and each hostile pattern has
// one: limits by address are a part of what is tested.
const goodAddress = "127.0.0.2"

func hostileAddress(pattern int) string { return fmt.Sprintf("127.0.1.%d", 1+pattern) }

// TestHostileClients lets each hostile pattern loose on a server beside 100
// clients that behave, who should hardly notice: in the small size their p99 may
// rise by latencySlack, since the attackers use the same two cores. Afterwards
// the server's memory is what it was and it has not panicked (its log is looked
// at when it ends).
func TestHostileClients(t *testing.T) {
	size := hostileSize{duration: *hostileDuration, clients: 20}
	if *hostileFull {
		size.clients = 200
	}
	s := startServer(t, "--data", t.TempDir(), "--rate-limits", "--max-connections-per-address", strconv.Itoa(5*size.clients),
		"--ping-interval", "2s", "--ping-timeout", "4s", "--connect-timeout", "2s")
	address := strings.TrimPrefix(s.url, "http://")
	crowd := newCrowd(t, address, crowdSize{clients: 100, rooms: 10, every: 100 * time.Millisecond})
	crowd.measure(time.Second) // warms up
	quiet := crowd.measure(2 * size.duration)
	if quiet.count == 0 {
		t.Fatal("nothing was delivered while all was quiet")
	}
	startBytes := s.memoryBytes(t)
	t.Logf("quiet: p99 %s of %d deliveries; %d KiB", quiet.p99, quiet.count, startBytes>>10)
	for i, pattern := range hostilePatterns {
		t.Run(strings.ReplaceAll(pattern.name, " ", "-"), func(t *testing.T) {
			a := startAttackers(t, attackOrder{pattern.name, hostileAddress(i), address, size.clients})
			got := crowd.measure(size.duration)
			t.Logf("p99 %s of %d deliveries; %d KiB; %s", got.p99, got.count, s.memoryBytes(t)>>10, a.outcome())
			if got.count == 0 || got.p99 > quiet.allowed() {
				t.Errorf("p99 is %s of %d deliveries, %s while all was quiet", got.p99, got.count, quiet.p99)
			}
			a.await(pattern.want)
			a.end(t)
			if pattern.want != "" && !regexp.MustCompile(pattern.want).MatchString(a.outcome()) {
				t.Errorf("its outcome was %s, want %s", a.outcome(), pattern.want)
			}
		})
	}
	crowd.wantAlive(t)
	s.wantMemory(t, startBytes)
}

var closedAsSlow = regexp.MustCompile(`msg="engineio: session closed".*reason="slow consumer"`)

// TestStalledReaders has as many readers that stall as others in one room. They
// are closed as slow consumers; the others notice nothing, and the server holds
// what is unread once, not once a reader.
func TestStalledReaders(t *testing.T) {
	size := crowdSize{clients: 20, rooms: 1, every: 50 * time.Millisecond, paddingBytes: 150_000}
	stalled, duration := 20, 5*time.Second
	if *hostileFull {
		size = crowdSize{clients: 1000, rooms: 1, every: 100 * time.Millisecond, paddingBytes: 4_000}
		stalled, duration = 1000, 120*time.Second
	}
	s := startServer(t, "--data", t.TempDir(), "--log-level", "debug")
	address := strings.TrimPrefix(s.url, "http://")
	crowd := newCrowd(t, address, size)
	crowd.measure(time.Second)
	quiet := crowd.measure(duration / 5)
	startBytes := s.memoryBytes(t)
	startAttackers(t, attackOrder{stallPattern, hostileAddress(0), address, stalled})
	got := crowd.measure(duration)
	grown := s.memoryBytes(t) - startBytes
	closed := len(closedAsSlow.FindAllString(s.log.String(), -1))
	t.Logf("p99 %s of %d deliveries, %s of %d while all read; %d KiB more; %d closed as slow consumers",
		got.p99, got.count, quiet.p99, quiet.count, grown>>10, closed)
	if got.count == 0 || got.p99 > quiet.allowed() {
		t.Errorf("p99 is %s, %s while all read", got.p99, quiet.p99)
	}
	if closed < stalled {
		t.Errorf("%d of %d were closed as slow consumers", closed, stalled)
	}
	if boundBytes := 64 << 20; grown > boundBytes {
		t.Errorf("memory grew by %d KiB", grown>>10)
	}
	crowd.wantAlive(t)
}

type hostileSize struct {
	duration time.Duration // of each pattern
	clients  int           // that do it
}

// latencySlack is what the machine, which has two cores for the server, its
// clients and other tests, and the race detector may add in the small size. The
// attackers themselves are in a process that has to wait for the others.
const latencySlack = time.Second

// allowed is the p99 beside hostile clients.
func (q latencies) allowed() time.Duration {
	if *hostileFull {
		return 2 * q.p99
	}
	return 2*q.p99 + latencySlack
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// memoryBytes is what the server has of the machine's memory.
func (s *server) memoryBytes(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	match := residentLine.FindSubmatch(status)
	if err != nil || match == nil {
		t.Fatalf("the server's memory: %v", err)
	}
	kib, _ := strconv.Atoi(string(match[1]))
	return kib << 10
}

// wantMemory waits until the memory is what it was. The runtime gives it back
// by and by, and looks for what to give every two minutes: the small size
// doesn't wait for that, and allows for what is kept until then: more with the
// race detector, which needs several times the memory.
func (s *server) wantMemory(t *testing.T, startBytes int) {
	t.Helper()
	slackBytes := 64 << 20
	if raceEnabled() {
		slackBytes *= 4
	}
	allowed, patience := startBytes+startBytes/10+slackBytes, 10*time.Second
	if *hostileFull {
		allowed, patience = startBytes+startBytes/10, 6*time.Minute
	}
	got := 0
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(100 * time.Millisecond) {
		if got = s.memoryBytes(t); got <= allowed {
			t.Logf("%d KiB after %s, %d at the start", got>>10, time.Since(begin).Round(time.Second), startBytes>>10)
			return
		}
	}
	t.Errorf("%d KiB are still in use, %d at the start", got>>10, startBytes>>10)
}
