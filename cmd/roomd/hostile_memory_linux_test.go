package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hostilePasses are how often all patterns are let loose; memory is compared after the
// first and the last.
const hostilePasses = 2

// memoryPatience is how long a server may take to give memory back.
const memoryPatience = time.Minute

// TestMemoryAfterHostileClients lets all hostile patterns loose, more than once, on a
// server beside clients that behave. Each time its live heap is back within 10 % of
// what it was after the first time. It is more than that of a server that has just
// begun, by what is made when it is first used, and by what the runtime and the actor
// library keep for the most goroutines and actors that there have been.
func TestMemoryAfterHostileClients(t *testing.T) {
	clients, each := 20, 100*time.Millisecond
	if *hostileFull {
		clients, each = 200, *hostileDuration
	}
	s := startServer(t, "--data", t.TempDir(), "--rate-limits", "--max-connections-per-address", strconv.Itoa(5*clients),
		"--ping-interval", "2s", "--ping-timeout", "4s", "--connect-timeout", "2s",
		"--grace", "2s", "--ops-listen", "127.0.0.1:0")
	ops := s.operations(t)
	address := strings.TrimPrefix(s.url, "http://")
	crowd := newCrowd(t, address, crowdSize{clients: 100, rooms: 10, every: 100 * time.Millisecond})
	crowd.measure(time.Second)
	if *hostileFull {
		crowd.measure(hostileWarmUp)
	}
	s.liveBytes(t, ops) // which takes memory for good, the first time
	t.Logf("at the start: %s", s.memoryUse(t, ops))
	first := serverMemory{}
	for pass := range hostilePasses {
		most := 0
		for i, pattern := range hostilePatterns {
			if !*hostileFull && i%2 != 0 {
				continue // the small size takes half of them
			}
			a := startAttackers(t, attackOrder{pattern.name, hostileAddress(i), address, clients})
			time.Sleep(each)
			most = max(most, s.memoryBytes(t))
			a.end(t)
		}
		allowed := first.live + first.live/10
		switch {
		case pass == 0:
			allowed = 16 << 20
		case !*hostileFull:
			allowed += 1 << 20 // to be sure of it on any machine
		}
		got := s.awaitMemory(t, ops, allowed)
		t.Logf("after pass %d: %s; %d KiB resident at most", pass+1, got, most>>10)
		if got.live > allowed {
			t.Errorf("%s are still in use; %s", got, strings.Join(heldFigures.FindAllString(get(t, ops+"/metrics").body, -1), ", "))
		}
		if pass == 0 {
			first = got
		}
	}
	crowd.wantAlive(t)
}

// awaitMemory waits until a server's live heap is as small as it is allowed to be and
// does not shrink any more, or for a while.
func (s *server) awaitMemory(t *testing.T, ops string, allowed int) serverMemory {
	t.Helper()
	got := s.memoryUse(t, ops)
	for begin := time.Now(); time.Since(begin) < memoryPatience; {
		before := got.live
		time.Sleep(time.Second)
		got = s.memoryUse(t, ops)
		if got.live <= allowed && got.live > before-before/100 {
			break
		}
	}
	return got
}

// serverMemory is what a server takes, in bytes.
type serverMemory struct {
	resident int // of the machine's memory
	live     int // of its heap, what it still needs
}

func (m serverMemory) String() string {
	return fmt.Sprintf("%d KiB resident, %d KiB of live heap", m.resident>>10, m.live>>10)
}

func (s *server) memoryUse(t *testing.T, ops string) serverMemory {
	return serverMemory{s.memoryBytes(t), s.liveBytes(t, ops)}
}
