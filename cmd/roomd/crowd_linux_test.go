package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A crowdSize is how many clients there are and what they do.
type crowdSize struct {
	clients, rooms int
	every          time.Duration // somebody talks in each room
	paddingBytes   int           // of what is said
}

// A crowd is clients that behave: each is in a room, and in each room one says
// what time it is.
type crowd struct {
	size    crowdSize
	clients []*rawClient
	lost    atomic.Int32 // connections

	mu    sync.Mutex
	times []time.Duration // guarded by mu: of deliveries since measure began
}

// latencies are those of the deliveries that were measured.
type latencies struct {
	p99   time.Duration
	count int
}

func newCrowd(t *testing.T, address string, size crowdSize) *crowd {
	t.Helper()
	c := &crowd{size: size}
	done := make(chan struct{})
	var running sync.WaitGroup
	t.Cleanup(func() {
		close(done)
		for _, client := range c.clients {
			client.conn.Close()
		}
		running.Wait()
	})
	for i := range size.clients {
		client, err := openFrom(goodAddress, address)
		if err != nil {
			t.Fatal(err)
		}
		c.clients = append(c.clients, client)
		room := fmt.Sprintf("crowd-%d", i%size.rooms)
		if err := client.join(fmt.Sprintf("good-%d", i), room); err != nil {
			t.Fatal(err)
		}
	}
	for i, client := range c.clients {
		running.Go(func() { c.listen(client, done) })
		if i < size.rooms {
			running.Go(func() { c.talk(client, i, done) })
		}
	}
	return c
}

// openFrom opens a WebSocket from a local address.
func openFrom(local, address string) (*rawClient, error) {
	conn, err := dialFrom(local, address)
	if err != nil {
		return nil, err
	}
	client := newRawClient(conn)
	if err := client.open(); err != nil {
		conn.Close()
		return nil, err
	}
	return client, nil
}

// talk says the time until done.
func (c *crowd) talk(client *rawClient, room int, done <-chan struct{}) {
	ticker := time.NewTicker(c.size.every)
	defer ticker.Stop()
	padding := strings.Repeat("x", c.size.paddingBytes)
	for {
		select {
		case <-done:
			return
		case now := <-ticker.C:
			client.send(fmt.Sprintf(`42["emitToRoom",{"roomId":"crowd-%d","event":"now","data":[%d,"%s"],"includeSelf":true}]`, room, now.UnixNano(), padding))
		}
	}
}

// listen notes how long each delivery took, until the connection ends.
func (c *crowd) listen(client *rawClient, done <-chan struct{}) {
	for {
		text, err := client.read()
		if err != nil {
			select {
			case <-done:
			default:
				c.lost.Add(1)
			}
			return
		}
		rest, found := strings.CutPrefix(text, `42["now",[`)
		if !found {
			continue
		}
		number, _, _ := strings.Cut(rest, ",")
		sent, _ := strconv.ParseInt(number, 10, 64)
		took := time.Since(time.Unix(0, sent))
		c.mu.Lock()
		c.times = append(c.times, took)
		c.mu.Unlock()
	}
}

// measure returns the latencies of a while, which lasts until there is one: who waits
// for latencySlack and is served is slow, not lost.
func (c *crowd) measure(d time.Duration) latencies {
	c.mu.Lock()
	c.times = nil
	c.mu.Unlock()
	time.Sleep(d)
	for begin := time.Now(); !c.served() && time.Since(begin) < patienceOfClients; {
		time.Sleep(20 * time.Millisecond)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.times) == 0 {
		return latencies{}
	}
	slices.Sort(c.times)
	return latencies{p99: c.times[len(c.times)*99/100], count: len(c.times)}
}

// served reports whether there was a delivery since measure began.
func (c *crowd) served() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.times) > 0
}

func (c *crowd) wantAlive(t *testing.T) {
	t.Helper()
	if lost := c.lost.Load(); lost > 0 {
		t.Errorf("%d of %d clients that behaved were disconnected", lost, c.size.clients)
	}
}
