package main

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"roomd/gateway/engineio"
	"roomd/gateway/ratelimit"
)

// A boundedListener accepts so many TCP connections at a time, in all and from
// one address, whatever they say or don't say: a connection costs an open file
// from its first packet on. One too many is accepted and closed at once, since
// one that waits in the kernel's queue keeps others out. Its methods may be
// called concurrently, but for Accept.
type boundedListener struct {
	net.Listener

	// static after construction
	max           int // not positive: no bound
	perAddressMax int
	trusted       []netip.Prefix       // proxies, whose connections are those of many
	newcomers     *ratelimit.Addresses // how many an address has; nil: no bound
	log           *slog.Logger

	pace acceptPace // owned by who accepts

	// guarded by mu
	mu        sync.Mutex
	all       int
	byAddress map[netip.Addr]int // those with any
	refused   int                // since loggedAt
	refusals  map[string]uint64  // so far, by reason
	loggedAt  time.Time
}

// The reasons a connection is closed with before anything is read from it.
const (
	reasonServerFull  = "too many connections"
	reasonAddressFull = "too many connections from the address"
	reasonAddressFast = "too many new connections from the address"
)

// listenerReasons are all of them.
func listenerReasons() []string {
	return []string{reasonServerFull, reasonAddressFull, reasonAddressFast}
}

// listenerStats are a listener's figures of now.
type listenerStats struct {
	connections int
	refused     map[string]uint64 // so far, by reason
}

func (l *boundedListener) stats() listenerStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return listenerStats{l.all, maps.Clone(l.refusals)}
}

// refusalLogInterval is how often refusals are logged, as their number: a flood
// must not fill the disk.
const refusalLogInterval = 10 * time.Second

// Accept returns the next connection that there is room for.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		l.pace.step()
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp, ok := conn.(*net.TCPConn)
		if !ok { // from no address
			return conn, nil
		}
		address := l.countedAddress(tcp)
		if reason := l.enter(address); reason != "" {
			l.logRefusal(reason, address, time.Now()) // who sees that it was refused is counted
			tcp.SetLinger(0)                          // nothing of it stays behind, on either side
			tcp.Close()
			continue
		}
		tcp.SetWriteBuffer(sendBufferBytes) // can only fail where the connection has
		return &boundedConn{TCPConn: tcp, listener: l, address: address}, nil
	}
}

// countedAddress is whose connection it is; not valid for a trusted proxy's.
func (l *boundedListener) countedAddress(conn *net.TCPConn) netip.Addr {
	address := conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().WithZone("").Unmap()
	for _, proxy := range l.trusted {
		if proxy.Contains(address) {
			return netip.Addr{}
		}
	}
	return engineio.AddressKey(address)
}

// enter counts a connection in, or says why there is no room for it.
func (l *boundedListener) enter(address netip.Addr) (reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.max > 0 && l.all >= l.max:
		return reasonServerFull
	case l.perAddressMax > 0 && address.IsValid() && l.byAddress[address] >= l.perAddressMax:
		return reasonAddressFull
	case !l.newcomers.Allow(address, time.Now()):
		return reasonAddressFast
	}
	l.all++
	if address.IsValid() {
		l.byAddress[address]++
	}
	return ""
}

func (l *boundedListener) leave(address netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.byAddress[address]--; l.byAddress[address] <= 0 {
		delete(l.byAddress, address)
	}
}

func (l *boundedListener) logRefusal(reason string, address netip.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused++
	if l.refusals == nil {
		l.refusals = make(map[string]uint64)
	}
	l.refusals[reason]++
	if now.Sub(l.loggedAt) < refusalLogInterval {
		return
	}
	l.log.Warn("connections refused", "reason", reason, "address", address, "count", l.refused)
	l.refused, l.loggedAt = 0, now
}

// A boundedConn is counted until it is closed. It is a TCPConn in all else:
// engineio writes to its descriptor.
type boundedConn struct {
	*net.TCPConn

	// static after construction
	listener *boundedListener
	address  netip.Addr

	closed atomic.Bool
}

// Close closes the connection and counts it out.
func (c *boundedConn) Close() error {
	err := c.TCPConn.Close()
	if c.closed.CompareAndSwap(false, true) {
		c.listener.leave(c.address)
	}
	return err
}

// checkConnections refuses bounds that nothing or everything is within.
func (c config) checkConnections() error {
	for name, value := range map[string]int{
		"max-connections": c.maxConnections, "max-connections-per-address": c.maxConnectionsPerAddress,
	} {
		if value < 1 || value > maxConnectionsMax {
			return fmt.Errorf("%s: %d is not between 1 and %d", name, value, maxConnectionsMax)
		}
	}
	return nil
}
