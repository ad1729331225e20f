package bench

import (
	"context"
	"net"
	"sync/atomic"
)

// dials counts connections, to deal them to addresses.
var dials atomic.Uint32

// dial connects, to loopback from one of several loopback addresses in turn: one
// address has too few ports for many connections and those that ended lately.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Control: bindWithoutPort}
	host, _, err := net.SplitHostPort(address)
	if err == nil && manyLoopbacks {
		if ip := net.ParseIP(host).To4(); ip != nil && ip.IsLoopback() {
			last := byte(1 + dials.Add(1)%loopbacksMax)
			dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, last)}
		}
	}
	return dialer.DialContext(ctx, network, address)
}
