package engineio

import (
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// gate is an Admit that says whatever it is told to, and notes who asks.
type gate struct {
	mu      sync.Mutex
	refusal *Refusal
	asked   []netip.Addr
}

func (g *gate) admit(_ *http.Request, client netip.Addr) *Refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = append(g.asked, client)
	return g.refusal
}

// set changes the answer and returns who has asked so far.
func (g *gate) set(refusal *Refusal) []netip.Addr {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refusal = refusal
	return g.asked
}

func TestAdmit(t *testing.T) {
	var g gate
	config := quietConfig()
	config.Admit, config.TrustedProxies, config.AllowedOrigins = g.admit, testProxies, []string{"*"}
	s := newTCPServer(t, config)
	const body = `{"code":4,"message":"Too many connections"}`
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{0, "1"}, {-time.Hour, "1"}, {1, "1"}, {time.Second, "1"}, {time.Second + 1, "2"}, {90 * time.Second, "90"},
		{1<<63 - 1, "9223372037"},
	} {
		g.set(&Refusal{RetryAfter: c.after})
		got := s.do("GET", "EIO=4&transport=polling", "", "X-Forwarded-For", "203.0.113.7", "Origin", "https://a.example")
		got.want(t, 429, body)
		if got.header.Get("Retry-After") != c.want || got.header.Get("Content-Type") != "application/json" ||
			got.header.Get("Access-Control-Allow-Origin") != "https://a.example" {
			t.Errorf("%v: %v, want %s", c.after, got.header, c.want)
		}
		response, text := s.upgradeResponse("EIO=4&transport=websocket")
		if response.StatusCode != 429 || text != "Too many connections" || !response.Close || response.Header.Get("Retry-After") != c.want {
			t.Errorf("%v on a WebSocket: %d %q %v", c.after, response.StatusCode, text, response.Header)
		}
	}
	asked := g.set(nil)
	if len(asked) != 14 || asked[0] != netip.MustParseAddr("203.0.113.7") || asked[1] != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("asked for %v", asked)
	}
	if stats := s.Stats(); stats.Opened != 0 || stats.Sessions != 0 || stats.RefusedByAdmit != 14 {
		t.Errorf("refused clients made %+v", stats)
	}
}

// It is asked about handshakes that could begin a session, and about nothing
// else.
func TestAdmitIsAskedOnce(t *testing.T) {
	var g gate
	config := quietConfig()
	config.Admit, config.AllowedOrigins = g.admit, []string{"https://friend.example"}
	s := newTCPServer(t, config)
	sid := s.openPolling()
	_, opened := s.openWebSocket()
	if asked := g.set(&Refusal{}); len(asked) != 2 {
		t.Fatalf("asked %d times, want 2", len(asked))
	}
	s.post(sid, "4x").want(t, 200, "ok")
	s.get(sid).want(t, 200, "4x")
	w := s.openProbe(sid)
	w.send("2probe")
	w.want("3probe")
	s.get("nobody").want(t, 400, bodyUnknownSession)
	s.get(opened.SID).want(t, 400, bodyBadRequest)
	for _, query := range []string{"EIO=3&transport=polling", "transport=abc&EIO=4"} {
		s.do("GET", query, "").wantStatus(t, 400)
	}
	s.do("GET", "EIO=4&transport=polling", "", "Origin", "https://foe.example").wantStatus(t, 403)
	s.do("OPTIONS", "EIO=4&transport=polling", "", "Origin", "https://friend.example").wantStatus(t, 204)
	if asked := g.set(nil); len(asked) != 2 {
		t.Errorf("asked %d times more", len(asked)-2)
	}
}
