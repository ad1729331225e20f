package engineio

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

var testProxies = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("fd00::/8"),
	netip.MustParsePrefix("fe80::/10"),
}

func forwardedRequest(peer string, forwardedFor ...string) *http.Request {
	return &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": forwardedFor}}
}

func TestClientAddr(t *testing.T) {
	const proxy = "10.0.0.1:1234"
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string // "": the zero Addr
	}{
		"no proxy":                 {"203.0.113.7:80", nil, "203.0.113.7"},
		"no proxy, IPv6":           {"[2001:db8::7]:80", nil, "2001:db8::7"},
		"no port":                  {"203.0.113.7", nil, "203.0.113.7"},
		"IPv4 as IPv6":             {"[::ffff:203.0.113.7]:80", nil, "203.0.113.7"},
		"a pipe":                   {"pipe", []string{"203.0.113.7"}, ""},
		"nobody":                   {"", nil, ""},
		"a liar":                   {"203.0.113.7:80", []string{"198.51.100.1"}, "203.0.113.7"},
		"proxy":                    {proxy, []string{"203.0.113.7"}, "203.0.113.7"},
		"proxy, IPv6":              {proxy, []string{"2001:db8::7"}, "2001:db8::7"},
		"proxy as IPv6":            {"[::ffff:10.0.0.1]:1234", []string{"203.0.113.7"}, "203.0.113.7"},
		"proxy with a zone":        {"[fe80::1%eth0]:1234", []string{"203.0.113.7"}, "203.0.113.7"},
		"proxy by itself":          {proxy, nil, "10.0.0.1"},
		"a liar behind a proxy":    {proxy, []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		"he claims to be one":      {proxy, []string{"198.51.100.1, 10.0.0.9, 203.0.113.7"}, "203.0.113.7"},
		"two proxies":              {proxy, []string{"198.51.100.1, 203.0.113.7, fd00::2"}, "203.0.113.7"},
		"two lines":                {proxy, []string{"198.51.100.1, 203.0.113.7", "10.0.0.2"}, "203.0.113.7"},
		"two lines of two":         {proxy, []string{"198.51.100.1", "203.0.113.7,10.0.0.3 ,\t10.0.0.2"}, "203.0.113.7"},
		"mapped in the list":       {proxy, []string{"203.0.113.7, ::ffff:10.0.0.2"}, "203.0.113.7"},
		"with ports":               {proxy, []string{"203.0.113.7:5555, [fd00::2]:80"}, "203.0.113.7"},
		"with a zone":              {proxy, []string{"2001:db8::7%1"}, "2001:db8::7"},
		"from inside":              {proxy, []string{"10.1.2.3, 10.0.0.2"}, "10.1.2.3"},
		"not an address":           {proxy, []string{"203.0.113.7, unknown"}, "10.0.0.1"},
		"not an address, farther":  {proxy, []string{"203.0.113.7, unknown, 10.0.0.2"}, "10.0.0.2"},
		"not an address, farthest": {proxy, []string{"unknown, 203.0.113.7"}, "203.0.113.7"},
		"empty":                    {proxy, []string{""}, "10.0.0.1"},
		"empty entry":              {proxy, []string{"203.0.113.7,,10.0.0.2"}, "10.0.0.2"},
		"ends with a comma":        {proxy, []string{"203.0.113.7,"}, "10.0.0.1"},
		"begins with a comma":      {proxy, []string{"203.0.113.7", ",10.0.0.2"}, "10.0.0.2"},
		"a network":                {proxy, []string{"203.0.113.0/24"}, "10.0.0.1"},
		"quoted":                   {proxy, []string{`"203.0.113.7"`}, "10.0.0.1"},
	} {
		want := netip.Addr{}
		if c.want != "" {
			want = netip.MustParseAddr(c.want)
		}
		if got := ClientAddr(forwardedRequest(c.peer, c.forwarded...), testProxies); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if got := ClientAddr(forwardedRequest(proxy, "203.0.113.7"), nil); got != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("nobody is trusted: %v", got)
	}
}

// FuzzClientAddr compares with the rule in its plainest form: one list, from
// its end.
func FuzzClientAddr(f *testing.F) {
	f.Add("10.0.0.1:80", "203.0.113.7, 10.0.0.2", "10.0.0.3")
	f.Add("[::ffff:10.0.0.1]:80", "[2001:db8::1%x]:99", ",")
	f.Add("203.0.113.7", "1", "")
	f.Fuzz(func(t *testing.T, peer, first, second string) {
		got := ClientAddr(forwardedRequest(peer, first, second), testProxies)
		want, ok := parseAddr(peer)
		if !ok {
			want = netip.Addr{}
		}
		for _, entry := range slices.Backward(strings.Split(first+","+second, ",")) {
			next, good := parseAddr(entry)
			if !ok || !good || !isTrusted(want, testProxies) {
				break
			}
			want = next
		}
		if got != want || got.Zone() != "" || got.Is4In6() {
			t.Fatalf("%q, %q for %q: %v, want %v", first, second, peer, got, want)
		}
	})
}

// The session's handshake has the address.
func TestHandshakeClientAddr(t *testing.T) {
	config := quietConfig()
	config.TrustedProxies = testProxies
	s := newTCPServer(t, config)
	s.do("GET", "EIO=4&transport=polling", "", "X-Forwarded-For", "203.0.113.7, 10.0.0.2").wantStatus(t, 200)
	h := s.recorder(0).session.Handshake()
	if h.ClientAddr != netip.MustParseAddr("203.0.113.7") {
		t.Errorf("client %v", h.ClientAddr)
	}
}
