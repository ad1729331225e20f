package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var hostileFull = flag.Bool("hostile-full", false,
	"hold the latency beside hostile clients to twice the quiet one, with ten times the clients")

var hostileDuration = flag.Duration("hostile-duration", 500*time.Millisecond, "of each pattern of TestHostileClients")

var hostileElsewhere = flag.Bool("hostile-elsewhere", false,
	"have a server of its own attacked, which runs when nobody else does: what is measured then is what the attack costs on one machine, whoever is attacked")

var hostileProfile = flag.String("hostile-profile", "", "`folder` for CPU profiles of the server beside each pattern of TestHostileClients, and of its heap before and after them")

// hostileWarmUp is how long those who behave are alone until what the server keeps
// for them, in case they lose their connections, is as much as it will be.
const hostileWarmUp = 15 * time.Second

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
	flags := []string{"--rate-limits", "--max-connections-per-address", strconv.Itoa(5 * size.clients),
		"--ping-interval", "2s", "--ping-timeout", "4s", "--connect-timeout", "2s",
		"--grace", "2s", "--ops-listen", "127.0.0.1:0"}
	s := startServer(t, append(flags, "--data", t.TempDir())...)
	ops := s.operations(t)
	address := strings.TrimPrefix(s.url, "http://")
	crowd := newCrowd(t, address, crowdSize{clients: 100, rooms: 10, every: 100 * time.Millisecond})
	crowd.measure(time.Second) // warms up
	if *hostileFull {
		crowd.measure(hostileWarmUp)
	}
	begin := s.processorTime(t)
	quiet := crowd.measure(2 * size.duration)
	if quiet.count == 0 {
		t.Fatal("nothing was delivered while all was quiet")
	}
	quietShare := share(s.processorTime(t)-begin, 2*size.duration)
	s.liveBytes(t, ops) // which takes memory for good, the first time
	startBytes := s.liveBytes(t, ops)
	s.profileHeap(t, ops, "before")
	target := address
	if *hostileElsewhere {
		target = startElsewhere(t, flags)
	}
	t.Logf("quiet: p99 %s of %d deliveries; %d %% of a core; %d KiB resident", quiet.p99, quiet.count, quietShare, s.memoryBytes(t)>>10)
	for i, pattern := range hostilePatterns {
		t.Run(strings.ReplaceAll(pattern.name, " ", "-"), func(t *testing.T) {
			a := startAttackers(t, attackOrder{pattern.name, hostileAddress(i), target, size.clients})
			profiled := s.profile(t, ops, pattern.name, size.duration)
			begin := s.processorTime(t)
			got := crowd.measure(size.duration)
			<-profiled
			t.Logf("p99 %s of %d deliveries; %d %% of a core; %d KiB; %s", got.p99, got.count,
				share(s.processorTime(t)-begin, size.duration), s.memoryBytes(t)>>10, a.outcome())
			if got.count == 0 || got.p99 > quiet.allowed() {
				t.Errorf("p99 is %s of %d deliveries, %s while all was quiet", got.p99, got.count, quiet.p99)
			}
			seen := a.await(pattern.want, 5*time.Second)
			a.end(t)
			if *hostileFull {
				s.rest(t, quietShare+5)
			}
			if !seen && !pattern.isSeen(a.outcome()) { // where there is no core left for the least of all
				a = startAttackersAs(t, "equal", attackOrder{pattern.name, hostileAddress(i), target, size.clients})
				a.await(pattern.want, patienceOfClients)
				a.end(t)
			}
			if !pattern.isSeen(a.outcome()) {
				t.Errorf("its outcome was %s, want %s", a.outcome(), pattern.want)
			}
		})
	}
	crowd.wantAlive(t)
	s.wantMemory(t, ops, startBytes)
	s.profileHeap(t, ops, "after")
}

// startElsewhere starts a server for nobody but attackers.
func startElsewhere(t *testing.T, flags []string) (address string) {
	cmd := serveCommand(binary(t), append(flags, "--data", t.TempDir())...)
	environment := cmd.Env
	cmd = withPriority("idle", cmd.Args...)
	cmd.Env = environment
	s, err := launch(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t, syscall.SIGTERM) })
	return strings.TrimPrefix(s.url, "http://")
}

// profile begins to write a profile, if that is wanted, and closes what it returns
// when it is done.
func (s *server) profile(t *testing.T, ops, name string, d time.Duration) <-chan struct{} {
	done := make(chan struct{})
	if *hostileProfile == "" {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		seconds := max(1, int(d.Seconds()))
		saveProfile(t, fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", ops, seconds), strings.ReplaceAll(name, " ", "-")+".cpu")
	}()
	return done
}

// profileHeap writes a profile of the heap, if that is wanted.
func (s *server) profileHeap(t *testing.T, ops, name string) {
	if *hostileProfile != "" {
		saveProfile(t, ops+"/debug/pprof/heap?gc=1", name+".heap")
	}
}

func saveProfile(t *testing.T, url, file string) {
	r, err := fetch(url)
	if err == nil {
		err = os.WriteFile(filepath.Join(*hostileProfile, file), []byte(r.body), 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

var closedAsSlow = regexp.MustCompile(`msg="engineio: session closed".*reason="slow consumer"`)

// TestStalledReaders has as many readers that stall as others in one room. They
// are closed as slow consumers; the others notice nothing, and the server holds
// what is unread once, not once a reader.
func TestStalledReaders(t *testing.T) {
	size := crowdSize{clients: 20, rooms: 1, every: 50 * time.Millisecond, paddingBytes: 150_000}
	stalled, duration := 20, 5*time.Second
	if *hostileFull {
		size = crowdSize{clients: 1000, rooms: 1, every: 100 * time.Millisecond, paddingBytes: 6_000}
		stalled, duration = 1000, 120*time.Second
	}
	// Those who stall answer no pings, either: their outbox is to be full before.
	s := startServer(t, "--data", t.TempDir(), "--log-level", "debug", "--ping-interval", "2m", "--ping-timeout", "1m")
	address := strings.TrimPrefix(s.url, "http://")
	crowd := newCrowd(t, address, size)
	crowd.measure(time.Second)
	quiet := crowd.measure(duration / 5)
	startBytes := s.memoryBytes(t)
	startAttackers(t, attackOrder{stallPattern, hostileAddress(0), address, stalled})
	got := crowd.measure(duration)
	closed := 0
	for begin := time.Now(); closed < stalled && time.Since(begin) < patienceOfClients; time.Sleep(100 * time.Millisecond) {
		closed = len(closedAsSlow.FindAllString(s.log.String(), -1)) // later where it takes longer to say so much
	}
	grown := s.memoryBytes(t) - startBytes
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
const latencySlack = 3 * time.Second

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

// processorTime is what the server has had of the cores so far, to 10 ms.
func (s *server) processorTime(t *testing.T) time.Duration {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(status), ") ")
	fields := strings.Fields(rest)
	if err != nil || len(fields) < 13 {
		t.Fatalf("the server's processor time: %v", err)
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// share is the part of one core, in percent.
func share(used, of time.Duration) int { return int(100 * used / of) }

// rest waits until the server has no more to do than so many percent of a core: what
// attackers have sent is read at its pace, and their connections linger.
func (s *server) rest(t *testing.T, percent int) {
	t.Helper()
	const step = 300 * time.Millisecond
	for begin := time.Now(); time.Since(begin) < patienceOfClients; {
		before := s.processorTime(t)
		time.Sleep(step)
		if share(s.processorTime(t)-before, step) <= percent {
			return
		}
	}
	t.Error("the server is still busy")
}

// liveBytes is what of its heap the server still needs, by a collection that is had for
// it: what it takes to tell is not in it.
func (s *server) liveBytes(t *testing.T, ops string) int {
	t.Helper()
	get(t, ops+"/debug/pprof/heap?gc=1")
	v, found := metricOf(get(t, ops+"/metrics").body, "go_gc_heap_live_bytes")
	if !found {
		t.Fatal("the server doesn't say what its heap is")
	}
	return int(v)
}

// heldFigures say what a server holds.
var heldFigures = regexp.MustCompile(`(?m)^(go_goroutines|roomd_(accounts_in_memory|connections|room_seats|rooms|rooms_in_memory|sessions|tcp_connections))(\{.*\})? \S+$`)

// firstUseBytes is what stays in the heap of a new server when it has been attacked,
// see TestMemoryAfterHostileClients.
const firstUseBytes = 2 << 20

// wantMemory waits until what the server needs is what it was, but for 10 % and for
// firstUseBytes: by then the time of grace is over for all that were hostile. The
// resident memory takes longer to fall, since the runtime gives it back by and by.
func (s *server) wantMemory(t *testing.T, ops string, startBytes int) {
	t.Helper()
	allowed := startBytes + startBytes/10 + firstUseBytes
	if !*hostileFull {
		allowed += 4 << 20 // to be sure of it on any machine
	}
	got := 0
	for begin := time.Now(); time.Since(begin) < 2*patienceOfClients; time.Sleep(200 * time.Millisecond) {
		if got = s.liveBytes(t, ops); got <= allowed {
			t.Logf("%d KiB of heap after %s, %d at the start; %d KiB resident", got>>10,
				time.Since(begin).Round(time.Second), startBytes>>10, s.memoryBytes(t)>>10)
			return
		}
	}
	t.Errorf("%d KiB of heap are still in use, %d at the start; %s", got>>10, startBytes>>10,
		strings.Join(heldFigures.FindAllString(get(t, ops+"/metrics").body, -1), ", "))
}
