package engineio

import (
	"iter"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ClientAddr returns the address that a request comes from: the peer's, or
// where that is a trusted proxy, the last in X-Forwarded-For that is none.
// What a client itself puts there stands before what the first proxy adds, and
// so is believed only from a client within the trusted networks.
//
// An entry that is no address ends the search: the client is then the last
// proxy before it. Addresses are without zone or port, and IPv4 ones are never
// in IPv6's clothes. It is the zero Addr if the peer has none, as on a pipe.
func ClientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	addr, ok := parsePeer(r.RemoteAddr)
	if !ok {
		return netip.Addr{}
	}
	for entry := range forwardedFor(r.Header) {
		if !isTrusted(addr, trusted) {
			break
		}
		next, ok := parseAddr(entry)
		if !ok {
			break
		}
		addr = next
	}
	return addr
}

// forwardedFor returns the entries of X-Forwarded-For, the last first: several
// lines are one list.
func forwardedFor(header http.Header) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range slices.Backward(header["X-Forwarded-For"]) {
			for end := len(line); end >= 0; {
				comma := strings.LastIndexByte(line[:end], ',')
				if !yield(line[comma+1 : end]) {
					return
				}
				end = comma
			}
		}
	}
}

// parsePeer is parseAddr for what mostly has a port.
func parsePeer(text string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().WithZone("").Unmap(), true
	}
	return parseAddr(text)
}

// parseAddr reads an address with or without a port: some proxies add it.
func parseAddr(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	addr, err := netip.ParseAddr(text)
	if err != nil {
		var withPort netip.AddrPort
		withPort, err = netip.ParseAddrPort(text)
		addr = withPort.Addr()
	}
	return addr.WithZone("").Unmap(), err == nil
}

func isTrusted(addr netip.Addr, trusted []netip.Prefix) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}
