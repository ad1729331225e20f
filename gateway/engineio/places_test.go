package engineio

import (
	"net/netip"
	"testing"
)

const bodyTooMany = `{"code":4,"message":"Too many connections"}`

// An address has so many sessions and no more, whatever its clients' transports;
// others have theirs, and a place that is given back is there for the next.
func TestSessionsPerAddress(t *testing.T) {
	config := quietConfig()
	config.SessionsPerAddressMax, config.TrustedProxies = 2, testProxies
	s := newTCPServer(t, config)
	from := func(address string) reply {
		return s.do("GET", "EIO=4&transport=polling", "", "X-Forwarded-For", address)
	}
	w, _ := s.openWebSocket()
	sid := s.openPolling()
	refused := s.do("GET", "EIO=4&transport=polling", "")
	refused.want(t, 429, bodyTooMany)
	if got := refused.header.Get("Retry-After"); got != "5" {
		t.Errorf("Retry-After: %q", got)
	}
	response, text := s.upgradeResponse("EIO=4&transport=websocket")
	if response.StatusCode != 429 || text != messageTooMany {
		t.Errorf("a WebSocket: %d %q", response.StatusCode, text)
	}
	for _, address := range []string{"203.0.113.7", "203.0.113.7", "203.0.113.8", "2001:db8::1", "2001:db8::2"} {
		from(address).wantStatus(t, 200)
	}
	for _, address := range []string{"203.0.113.7", "2001:db8::3"} {
		from(address).want(t, 429, bodyTooMany)
	}
	if got := s.Stats().RefusedByAddress; got != 4 {
		t.Errorf("%d refusals are counted", got)
	}
	s.post(sid, "4x").want(t, 200, "ok") // who is in stays in
	w.conn.Close()
	eventually(t, "the place is given back", func() bool { return s.SessionCount() == 6 })
	s.openPolling()
}

func TestSessionsMax(t *testing.T) {
	config := quietConfig()
	config.SessionsMax = 2
	s := newTCPServer(t, config)
	w, _ := s.openWebSocket()
	sid := s.openPolling()
	s.do("GET", "EIO=4&transport=polling", "").want(t, 429, bodyTooMany)
	probe := s.openProbe(sid) // takes none
	probe.send("2probe")
	probe.want("3probe")
	w.send("1")
	eventually(t, "the place is given back", func() bool { return s.SessionCount() == 1 })
	s.openPolling()
	s.do("GET", "EIO=4&transport=polling", "").want(t, 429, bodyTooMany)
	if got := s.Stats().RefusedByServer; got != 2 {
		t.Errorf("%d refusals are counted", got)
	}
}

// What doesn't become a session gives its place back.
func TestPlaceOfNoSession(t *testing.T) {
	var g gate
	config := quietConfig()
	config.SessionsMax, config.Admit = 1, g.admit
	s := newTCPServer(t, config)
	g.set(&Refusal{})
	s.do("GET", "EIO=4&transport=polling", "").want(t, 429, bodyTooMany)
	g.set(nil)
	// A handshake of WebSocket's without its key.
	s.do("GET", "EIO=4&transport=websocket", "", "Connection", "Upgrade", "Upgrade", "websocket").wantStatus(t, 400)
	eventually(t, "the place is given back", func() bool { // the refusal comes first
		s.Server.mu.Lock()
		defer s.Server.mu.Unlock()
		return s.places.all == 0
	})
	s.openPolling()
	s.Server.mu.Lock()
	defer s.Server.mu.Unlock()
	if s.places.all != 1 || len(s.places.byAddress) != 1 {
		t.Errorf("%+v", s.places)
	}
}

func TestAddressKey(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "fe80::1%eth0": "fe80::",
	} {
		if got := AddressKey(netip.MustParseAddr(address)); got != netip.MustParseAddr(want) {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	if AddressKey(netip.Addr{}).IsValid() {
		t.Error("no address became one")
	}
}
