package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An attack is one hostile pattern under way: many clients that do the same.
type attack struct {
	// static after construction
	local   string // the attackers' address
	address string // the server's
	clients int

	number  atomic.Int64 // of users so far
	running sync.WaitGroup
	done    chan struct{}
	once    sync.Once

	mu       sync.Mutex
	conns    []net.Conn     // guarded by mu
	outcomes map[string]int // guarded by mu: how often each was seen
}

func newAttack(local, address string, clients int) *attack {
	return &attack{local: local, address: address, clients: clients, done: make(chan struct{}), outcomes: map[string]int{}}
}

// user is who the attackers say they are: each pattern is another, since a user
// has so many connections, and those that are lost count while they may come back.
func (a *attack) user() string { return "hostile-" + a.local }

// end hangs up and waits.
func (a *attack) end() {
	a.once.Do(func() { close(a.done) })
	a.mu.Lock()
	for _, conn := range a.conns {
		conn.Close()
	}
	a.mu.Unlock()
	a.running.Wait()
}

func (a *attack) ended() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// note counts an outcome.
func (a *attack) note(outcome string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.outcomes[outcome]++
}

// outcome says what was seen, how often.
func (a *attack) outcome() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(a.outcomes)) {
		all = append(all, fmt.Sprintf("%d × %s", a.outcomes[name], name))
	}
	return strings.Join(all, ", ")
}

// dial connects as a hostile client, with as small a buffer for what it doesn't
// read as there is.
func (a *attack) dial() net.Conn {
	conn, err := dialFrom(a.local, a.address)
	if err != nil {
		a.note("not connected")
		return nil
	}
	conn.(*net.TCPConn).SetReadBuffer(1)
	a.keep(conn)
	return conn
}

// keep has a connection closed at the end at the latest.
func (a *attack) keep(conn net.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended() { // all others have been closed already
		conn.Close()
	}
	a.conns = append(a.conns, conn)
}

// each runs the pattern as so many clients at a time, each of them a
// connection, again and again until the end.
func (a *attack) each(clients int, run func(conn net.Conn) error) {
	for range clients {
		a.running.Go(func() {
			for !a.ended() {
				if conn := a.dial(); conn != nil {
					a.noteError(run(conn))
					conn.Close()
				}
				time.Sleep(10 * time.Millisecond) // not to measure the attackers
			}
		})
	}
}

// noteError notes what a client was told, unless the attack was over.
func (a *attack) noteError(err error) {
	var closed closedError
	switch {
	case err == nil:
		a.note("served")
	case errors.As(err, &closed):
		a.note(closed.reason)
	case a.ended():
		a.note("held")
	default:
		a.note("hung up on")
	}
}

// sockets runs the pattern as so many Socket.IO clients.
func (a *attack) sockets(run func(c *rawClient) error) {
	a.each(a.clients, func(conn net.Conn) error {
		c := newRawClient(conn)
		if err := c.open(); err != nil {
			return err
		}
		return run(c)
	})
}

// users runs the pattern as so many clients, each time another user.
func (a *attack) users(run func(c *rawClient, user string) error) {
	a.sockets(func(c *rawClient) error {
		user := fmt.Sprintf("%s-%d", a.user(), a.number.Add(1))
		if err := c.connect(user); err != nil {
			return err
		}
		return run(c, user)
	})
}

var answerCode = regexp.MustCompile(`^431\[.*"code":"(\w+)"`)

// answers notes so many answers to commands with the ack id 1.
func (a *attack) answers(c *rawClient, count int) error {
	for range count {
		text, err := c.readUntil("431[")
		if err != nil {
			return err
		}
		if code := answerCode.FindStringSubmatch(text); code != nil {
			a.note(code[1])
		} else {
			a.note("success")
		}
	}
	return nil
}

// send has each client connect, send the same, and read what comes of it.
func (a *attack) send(frames ...[]byte) {
	all := bytes.Join(frames, nil)
	a.sockets(func(c *rawClient) error {
		if err := c.connect(a.user()); err != nil {
			return err
		}
		go c.conn.Write(all)
		return a.drain(c)
	})
}

// flood has each client connect and send the same for ever. It reads or not.
func (a *attack) flood(reads bool, block []byte) {
	a.sockets(func(c *rawClient) error {
		if err := c.join(a.user(), "hostile"); err != nil {
			return err
		}
		if reads {
			go a.drain(c)
		}
		for {
			if _, err := c.conn.Write(block); err != nil {
				return err
			}
		}
	})
}

// drain reads to the end.
func (a *attack) drain(c *rawClient) error {
	for {
		if _, err := c.read(); err != nil {
			return err
		}
	}
}

// stall has each client join a room, once, and read nothing from then on.
func (a *attack) stall(room string) {
	a.sockets(func(c *rawClient) error {
		if err := c.join(a.user(), room); err != nil {
			return err
		}
		<-a.done
		return net.ErrClosed
	})
}

// drip has each client send text and then a byte at a time.
func (a *attack) drip(text string) {
	a.each(a.clients, func(conn net.Conn) error { return a.dripTo(conn, text) })
}

func (a *attack) dripTo(conn net.Conn, text string) error {
	if _, err := io.WriteString(conn, text); err != nil {
		return err
	}
	for {
		select {
		case <-a.done:
			return net.ErrClosed
		case <-time.After(100 * time.Millisecond):
		}
		if _, err := conn.Write([]byte("x")); err != nil {
			return err
		}
	}
}

// request sends a request and notes the status.
func (a *attack) request(text string) {
	a.each(a.clients, func(conn net.Conn) error {
		go io.WriteString(conn, text)
		return a.readStatus(conn)
	})
}

func (a *attack) readStatus(conn net.Conn) error {
	response, err := http.ReadResponse(newRawClient(conn).reader, nil)
	if err == nil {
		a.note(response.Status)
		response.Body.Close()
	}
	return err
}

func gzipped(text string) string {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}
