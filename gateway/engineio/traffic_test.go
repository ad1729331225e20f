package engineio

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A trafficClient does what a stock client does: it polls and posts, probes,
// stops polling, upgrades, and goes on, sending numbers all the time.
type trafficClient struct {
	*testServer
	sid      string
	sent     int
	received []int
}

func (c *trafficClient) take(packets ...string) {
	for _, p := range packets {
		switch {
		case strings.HasPrefix(p, "4"):
			n, _ := strconv.Atoi(p[1:])
			c.received = append(c.received, n)
		case p != "6":
			c.t.Errorf("got %q", p)
		}
	}
}

// number returns the next packet to send.
func (c *trafficClient) number() string {
	c.sent++
	return "4" + strconv.Itoa(c.sent-1)
}

// poll polls until told to stop: then it stops when its GET comes home.
func (c *trafficClient) poll(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		got := c.get(c.sid)
		if got.err != nil || got.status != 200 {
			c.t.Errorf("poll: %d %q %v", got.status, got.body, got.err)
			return
		}
		c.take(strings.Split(got.body, "\x1e")...)
	}
}

func (c *trafficClient) posts(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		if c.bubble { // where time passes only when everybody waits
			time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
		}
		payload := c.number()
		for range rand.IntN(3) {
			payload += "\x1e" + c.number()
		}
		if got := c.post(c.sid, payload); got.status != 200 {
			c.t.Errorf("post: %d %q %v", got.status, got.body, got.err)
			return
		}
	}
}

// upgrade does the whole course and returns the WebSocket.
func (c *trafficClient) upgrade(pause func()) *socket {
	c.sid = c.openPolling()
	stop := make(chan struct{})
	var transport sync.WaitGroup
	transport.Go(func() { c.poll(stop) })
	transport.Go(func() { c.posts(stop) })
	pause()
	w := c.openProbe(c.sid)
	w.send("2probe")
	w.want("3probe")
	pause()
	close(stop)
	transport.Wait()
	w.send("5")
	return w
}

// Traffic goes on in both directions over an upgrade: nothing is lost, repeated
// or out of order.
func TestUpgradeUnderTraffic(t *testing.T) {
	for i := range 30 {
		t.Run(fmt.Sprint("memory ", i), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runTraffic(t, newMemoryServer(t, quietConfig()), func() {
					time.Sleep(time.Duration(rand.IntN(5000)) * time.Microsecond)
				})
			})
		})
	}
	for i := range 20 {
		t.Run(fmt.Sprint("tcp ", i), func(t *testing.T) {
			s := newTCPServer(t, quietConfig())
			runTraffic(t, s, func() {
				for range rand.IntN(20) {
					s.get("nobody")
				}
			})
		})
	}
}

func runTraffic(t *testing.T, s *testServer, pause func()) {
	s.silent = true
	c := &trafficClient{testServer: s}
	stop := make(chan struct{})
	pushed := make(chan int)
	go func() { pushed <- s.push(stop) }()
	w := c.upgrade(pause)
	for range 100 {
		w.send(c.number())
		c.take(w.text())
	}
	close(stop)
	count := <-pushed
	for len(c.received) < count {
		c.take(w.text())
	}
	wantCount(t, "received by the client", c.received, count)
	r := s.recorder(0)
	eventually(t, "the server has it all", func() bool { return len(r.texts()) == c.sent })
	var received []int
	for _, text := range r.texts() {
		n, _ := strconv.Atoi(text)
		received = append(received, n)
	}
	wantCount(t, "received by the server", received, c.sent)
}

// push sends numbers to the first session until told to stop, a few at a time,
// and returns how many.
func (s *testServer) push(stop <-chan struct{}) int {
	ticker := time.NewTicker(200 * time.Microsecond)
	defer ticker.Stop()
	count := 0
	for {
		select {
		case <-stop:
			return count
		case <-ticker.C:
		}
		s.mu.Lock()
		open := len(s.recorders) > 0
		s.mu.Unlock()
		for range rand.IntN(4) {
			if open && s.recorder(0).session.Send(textFrame(strconv.Itoa(count))) {
				count++
			}
		}
	}
}

func wantCount(t *testing.T, what string, got []int, count int) {
	t.Helper()
	if len(got) != count {
		t.Fatalf("%s: %d of %d", what, len(got), count)
	}
	for i, n := range got {
		if n != i {
			t.Fatalf("%s: %d where %d should be", what, n, i)
		}
	}
}
