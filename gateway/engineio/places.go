package engineio

import (
	"net/netip"
	"time"
)

// places are the sessions that a server has place for, in all and at each
// address. A place is taken before anything of a session is made, so that one
// too many costs nothing, and is given back when the session has ended. The
// server's mu guards them.
type places struct {
	all       int
	byAddress map[netip.Addr]*place // those with any, or that had some lately
}

// A place is that of all sessions of one address.
type place struct {
	sessions   int
	pace       *sharedPace // nil: none
	recovering bool        // a timer forgets the address if it has no sessions then
}

// takePlace takes a place for a client's session, or says why there is none.
func (s *Server) takePlace(client netip.Addr) *Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, key := &s.places, AddressKey(client)
	switch {
	case s.config.SessionsMax > 0 && p.all >= s.config.SessionsMax:
		s.stats.RefusedByServer++
		return &Refusal{RetryAfter: placeRetryAfter}
	case s.config.SessionsPerAddressMax > 0 && key.IsValid() && p.sessionsOf(key) >= s.config.SessionsPerAddressMax:
		s.stats.RefusedByAddress++
		return &Refusal{RetryAfter: placeRetryAfter}
	}
	p.all++
	if key.IsValid() {
		if p.byAddress[key] == nil {
			p.byAddress[key] = &place{pace: newSharedPace(s.config.PacketsPerSecondPerAddressMax, s.done)}
		}
		p.byAddress[key].sessions++
	}
	return nil
}

func (p *places) sessionsOf(key netip.Addr) int {
	if at := p.byAddress[key]; at != nil {
		return at.sessions
	}
	return 0
}

// sharedPaceOf is that of a client that has a place; nil if there is none.
func (s *Server) sharedPaceOf(client netip.Addr) *sharedPace {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.places.byAddress[AddressKey(client)]; at != nil {
		return at.pace
	}
	return nil
}

// leavePlace gives back what takePlace gave. The caller has mu. An address is
// remembered until its pace has recovered: else who ends and begins sessions would
// have sharedBurst's packets at once each time.
func (s *Server) leavePlace(client netip.Addr) {
	p, key := &s.places, AddressKey(client)
	p.all--
	at := p.byAddress[key]
	if at == nil {
		return
	}
	if at.sessions--; !at.recovering {
		s.letGo(key, at)
	}
}

// letGo forgets an address without sessions, at once or when its pace has
// recovered. The caller has mu.
func (s *Server) letGo(key netip.Addr, at *place) {
	owed := at.pace.owed(time.Now())
	at.recovering = at.sessions == 0 && owed > 0
	switch {
	case at.recovering:
		time.AfterFunc(owed, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.letGo(key, at)
		})
	case at.sessions == 0:
		delete(s.places.byAddress, key)
	}
}

// giveUp gives back the place of a session that never began.
func (s *Server) giveUp(client netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leavePlace(client)
}

// AddressKey is what limits by address count as one: an IPv4 address, or of an
// IPv6 address the first 64 bits, which are what a single customer has at
// least. An address that isn't valid stays so: it isn't known.
func AddressKey(address netip.Addr) netip.Addr {
	address = address.Unmap()
	if !address.Is6() {
		return address
	}
	prefix, err := address.Prefix(addressPrefixBits)
	if err != nil {
		panic("engineio: " + err.Error()) // every IPv6 address has such a prefix
	}
	return prefix.Addr()
}
