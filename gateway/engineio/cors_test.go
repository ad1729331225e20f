package engineio

import "testing"

// A page that connects with credentials (withCredentials), as the stock Admin
// UI does, can read every kind of response: each names the page's origin,
// never "*", and allows credentials. To another page none says so.
func TestCredentials(t *testing.T) {
	const friend, foe = "https://admin.example", "https://foe.example"
	for _, allowed := range []string{friend, anyOrigin} {
		config := quietConfig()
		config.AllowedOrigins, config.PayloadBytesMax = []string{allowed}, 100
		s := newTCPServer(t, config)
		sid := s.openPolling()
		do := func(method, query, body string) func(origin string) reply {
			return func(origin string) reply {
				return s.do(method, query, body, "Origin", origin, "Cookie", "io=x", "Access-Control-Request-Method", "POST")
			}
		}
		for _, c := range []struct {
			name   string
			do     func(origin string) reply
			status int
		}{
			{"preflight", do("OPTIONS", pollingOf(sid), ""), 204},
			{"handshake", do("GET", "EIO=4&transport=polling", ""), 200},
			{"POST", do("POST", pollingOf(sid), "4x"), 200},
			{"poll", do("GET", pollingOf(sid), ""), 200},
			{"POST, too large", do("POST", pollingOf(sid), "4"+string(make([]byte, 100))), 413},
			{"unknown session", do("GET", pollingOf("nobody"), ""), 400},
			{"unknown transport", do("GET", "EIO=4", ""), 400},
			{"WebSocket", func(origin string) reply {
				response, _ := s.upgradeResponse("EIO=4&transport=websocket", "Origin", origin)
				return reply{status: response.StatusCode, header: response.Header}
			}, 101},
		} {
			got := c.do(friend)
			if got.err != nil || got.status != c.status {
				t.Errorf("%s: %d, %v, want %d", c.name, got.status, got.err, c.status)
			}
			got.wantCORS(t, c.name, friend, "true")
			if allowed != anyOrigin {
				c.do(foe).wantCORS(t, c.name+", foe", "", "")
			}
		}
		s.Server.Close(ReasonServerShutdown)
		got := do("GET", "EIO=4&transport=polling", "")(friend)
		got.wantStatus(t, 503)
		got.wantCORS(t, "closed server", friend, "true")
	}
}

func (got reply) wantCORS(t *testing.T, what, origin, credentials string) {
	t.Helper()
	if o, c := got.header["Access-Control-Allow-Origin"], got.header["Access-Control-Allow-Credentials"]; len(o) > 1 || len(c) > 1 {
		t.Errorf("%s: origins %q, credentials %q, want one of each at most", what, o, c)
	}
	if o, c := got.header.Get("Access-Control-Allow-Origin"), got.header.Get("Access-Control-Allow-Credentials"); o != origin || c != credentials {
		t.Errorf("%s: origin %q, credentials %q, want %q and %q", what, o, c, origin, credentials)
	}
	if got.header.Get("Vary") == "" {
		t.Errorf("%s: caches aren't told that the response depends on the origin", what)
	}
}
