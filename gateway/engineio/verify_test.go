package engineio

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The error bodies of the reference server, in its order of checks.
func TestErrors(t *testing.T) {
	config := quietConfig()
	config.AllowedOrigins = []string{"https://friend.example"}
	s := newTCPServer(t, config)
	polling := s.openPolling()
	_, opened := s.openWebSocket()
	messages := []string{"Transport unknown", "Session ID unknown", "Bad handshake method",
		"Bad request", "Forbidden", "Unsupported protocol version"}
	const foe = "https://foe.example"
	for _, c := range []struct {
		method, query, origin string
		code                  int
	}{
		{"GET", "", "", 0},
		{"GET", "EIO=4", "", 0},
		{"GET", "EIO=4&transport=abc", "", 0},
		{"GET", "EIO=4&transport=webtransport", "", 0},
		{"GET", "EIO=4&transport=polling&transport=abc", "", 0},
		{"GET", "EIO=4&transport=abc&sid=nobody", foe, 0},
		{"GET", pollingOf("nobody"), "", 1},
		{"POST", pollingOf("nobody"), foe, 1},
		{"GET", "EIO=4&transport=websocket&sid=nobody", "", 1},
		{"POST", "EIO=4&transport=polling", "", 2},
		{"PUT", "EIO=4&transport=polling", "", 2},
		{"HEAD", "EIO=4&transport=polling", "", 2},
		{"POST", "EIO=3&transport=websocket", foe, 2},
		{"GET", "EIO=4&transport=websocket", "", 3},
		{"GET", "EIO=3&transport=websocket", foe, 3},
		{"GET", "EIO=4&transport=websocket&sid=" + polling, foe, 3},
		{"GET", pollingOf(opened.SID), "", 3},
		{"POST", pollingOf(opened.SID), "", 3},
		{"GET", "EIO=4&transport=websocket&sid=" + opened.SID, "", 3},
		{"PUT", pollingOf(polling), "", 3},
		{"DELETE", pollingOf(polling), "", 3},
		{"GET", "EIO=4&transport=polling", foe, 4},
		{"GET", "EIO=3&transport=polling", foe, 4},
		{"GET", pollingOf(polling), foe, 4},
		{"GET", "transport=polling", "", 5},
		{"GET", "EIO=3&transport=polling", "", 5},
		{"GET", "EIO=abc&transport=polling", "", 5},
	} {
		got := s.do(c.method, c.query, "", "Origin", c.origin)
		status, body := 400, fmt.Sprintf(`{"code":%d,"message":"%s"}`, c.code, messages[c.code])
		if c.code == 4 {
			status = 403
		}
		if c.method == "HEAD" {
			body = ""
		}
		if got.status != status || got.body != body || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %q: %d %q %q, want %d %q", c.method, c.query, got.status, got.body, got.header.Get("Content-Type"), status, body)
		}
	}
	s.post(polling, "4still there").want(t, 200, "ok")
}

// upgradeResponse asks for a WebSocket and returns what the server answers.
func (s *testServer) upgradeResponse(query string, header ...string) (*http.Response, string) {
	s.t.Helper()
	u, _ := url.Parse(s.url)
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	request := "GET /engine.io/?" + query + " HTTP/1.1\r\nHost: " + u.Host + "\r\nConnection: keep-alive, Upgrade\r\n" +
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for i := 0; i < len(header); i += 2 {
		request += header[i] + ": " + header[i+1] + "\r\n"
	}
	io.WriteString(conn, request+"\r\n")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if response.StatusCode == http.StatusSwitchingProtocols {
		return response, ""
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response, string(body)
}

func TestErrorsOnWebSocketRequests(t *testing.T) {
	config := quietConfig()
	config.AllowedOrigins = []string{"https://friend.example"}
	s := newTCPServer(t, config)
	sid := s.openPolling()
	for _, c := range []struct{ query, origin, message string }{
		{"EIO=4", "", "Transport unknown"},
		{"EIO=4&transport=websocket&sid=nobody", "", "Session ID unknown"},
		{"EIO=4&transport=polling", "", "Bad request"},
		{"EIO=4&transport=polling&sid=" + sid, "", "Bad request"},
		{"EIO=4&transport=websocket", "https://foe.example", "Forbidden"},
		{"EIO=4&transport=websocket&sid=" + sid, "https://foe.example", "Forbidden"},
		{"EIO=3&transport=websocket", "", "Unsupported protocol version"},
	} {
		response, body := s.upgradeResponse(c.query, "Origin", c.origin)
		if response.StatusCode != 400 || body != c.message || !response.Close || response.Header.Get("Content-Type") != "text/html" {
			t.Errorf("%q: %d %q %v, want 400 %q", c.query, response.StatusCode, body, response.Header, c.message)
		}
	}
	// WebSocket's own handshake can be wrong too.
	if response, _ := s.upgradeResponse("EIO=4&transport=websocket", "Sec-WebSocket-Key", "again"); response.StatusCode != 101 {
		t.Errorf("%d for a second key", response.StatusCode)
	}
	got := s.do("GET", "EIO=4&transport=websocket", "", "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "12",
		"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	got.wantStatus(t, 426)
	eventually(t, "only the good ones are counted", func() bool { return s.SessionCount() <= 2 })
}

func TestCORS(t *testing.T) {
	list := []string{"https://friend.example", "http://localhost:8080/"}
	for _, c := range []struct {
		allowed []string
		origin  string
		host    string
		status  int
		echoed  bool
		vary    bool
	}{
		{nil, "", "", 200, false, false},
		{nil, "https://foe.example", "", 200, false, false},
		{list, "", "", 200, false, true},
		{list, "https://friend.example", "", 200, true, true},
		{list, "HTTPS://Friend.example", "", 200, true, true},
		{list, "http://localhost:8080", "", 200, true, true},
		{list, "http://friend.example", "", 403, false, true},
		{list, "https://friend.example:444", "", 403, false, true},
		{list, "https://friend.example.foe.example", "", 403, false, true},
		{list, "null", "", 403, false, true},
		{list, "http://chat.example", "chat.example", 200, true, true},
		{list, "http://chat.example:81", "chat.example", 403, false, true},
		{[]string{"*"}, "https://anyone.example", "", 200, true, true},
		{[]string{"*"}, "null", "", 200, true, true},
	} {
		config := quietConfig()
		config.AllowedOrigins = c.allowed
		s := newTCPServer(t, config)
		header := []string{"Origin", c.origin}
		if c.host != "" {
			header = append(header, "Host", c.host)
		}
		got := s.do("GET", "EIO=4&transport=polling", "", header...)
		origin, credentials := "", ""
		if c.echoed {
			origin, credentials = c.origin, "true"
		}
		if got.status != c.status || got.header.Get("Access-Control-Allow-Origin") != origin ||
			got.header.Get("Access-Control-Allow-Credentials") != credentials || (got.header.Get("Vary") == "Origin") != c.vary {
			t.Errorf("%q for %q: %d %v", c.origin, c.allowed, got.status, got.header)
		}
	}
}

// A browser must be able to read a refusal, too.
func TestCORSOnErrorsAndUpgrades(t *testing.T) {
	config := quietConfig()
	config.AllowedOrigins = []string{"*"}
	s := newTCPServer(t, config)
	got := s.do("GET", pollingOf("nobody"), "", "Origin", "https://friend.example")
	if got.status != 400 || got.header.Get("Access-Control-Allow-Origin") != "https://friend.example" {
		t.Errorf("%d %v", got.status, got.header)
	}
	response, _ := s.upgradeResponse("EIO=4&transport=websocket", "Origin", "https://friend.example")
	if response.StatusCode != 101 || response.Header.Get("Access-Control-Allow-Origin") != "https://friend.example" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
}

func TestPreflight(t *testing.T) {
	for _, c := range []struct {
		allowed []string
		origin  string
		status  int
		methods string
	}{
		{[]string{"*"}, "https://friend.example", 204, "GET, POST"},
		{[]string{"https://friend.example"}, "https://friend.example", 204, "GET, POST"},
		{[]string{"https://friend.example"}, "https://foe.example", 400, ""},
		{nil, "https://friend.example", 400, ""},
	} {
		config := quietConfig()
		config.AllowedOrigins = c.allowed
		s := newTCPServer(t, config)
		got := s.do("OPTIONS", "EIO=4&transport=polling", "", "Origin", c.origin,
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-one, x-two")
		if got.status != c.status || got.header.Get("Access-Control-Allow-Methods") != c.methods {
			t.Errorf("%q for %q: %d %v", c.origin, c.allowed, got.status, got.header)
		}
		if c.status == 204 && (got.header.Get("Access-Control-Allow-Headers") != "x-one, x-two" ||
			got.header.Get("Access-Control-Allow-Origin") != c.origin ||
			got.header.Get("Access-Control-Allow-Credentials") != "true") {
			t.Errorf("%v", got.header)
		}
	}
}

func TestCookie(t *testing.T) {
	for _, c := range []struct {
		cookie *http.Cookie
		want   string
	}{
		{nil, ""},
		{&http.Cookie{}, "io=SID; Path=/; SameSite=Lax"},
		{&http.Cookie{Name: "lb", Path: "/x", HttpOnly: true, Secure: true, SameSite: http.SameSiteNoneMode, MaxAge: 60, Value: "ignored"},
			"lb=SID; Path=/x; Max-Age=60; HttpOnly; Secure; SameSite=None"},
	} {
		config := quietConfig()
		config.Cookie = c.cookie
		s := newTCPServer(t, config)
		got := s.do("GET", "EIO=4&transport=polling", "")
		sid := readOpen(t, got.body).SID
		if cookie := strings.Replace(got.header.Get("Set-Cookie"), sid, "SID", 1); cookie != c.want {
			t.Errorf("%q, want %q", cookie, c.want)
		}
		if got := s.post(sid, "4x"); got.header.Get("Set-Cookie") != "" {
			t.Errorf("a second cookie: %v", got.header)
		}
		response, _ := s.upgradeResponse("EIO=4&transport=websocket")
		if set := response.Header.Get("Set-Cookie") != ""; set != (c.want != "") {
			t.Errorf("on a WebSocket: %v", response.Header)
		}
	}
}

func TestCompression(t *testing.T) {
	for _, c := range []struct {
		least   int
		accept  string
		length  int
		gzipped bool
	}{
		{0, "gzip", 1024, true},
		{0, "gzip", 1023, false},
		{0, "gzip, deflate, br", 5000, true},
		{0, "br;q=1.0, GZIP;q=0.5", 5000, true},
		{0, "*", 5000, true},
		{0, "*;q=0", 5000, false},
		{0, "gzip;q=0, *", 5000, false},
		{0, "gzip; q=0.000", 5000, false},
		{0, "deflate", 5000, false},
		{0, "identity", 5000, false},
		{10, "gzip", 10, true},
		{10, "gzip", 9, false},
		{-1, "gzip", 100_000, false},
	} {
		config := quietConfig()
		config.CompressBytesMin = c.least
		s := newTCPServer(t, config)
		sid := s.openPolling()
		payload := "4" + strings.Repeat("z", c.length-1)
		s.post(sid, payload).want(t, 200, "ok")
		got := s.do("GET", pollingOf(sid), "", "Accept-Encoding", c.accept)
		if gzipped := got.header.Get("Content-Encoding") == "gzip"; gzipped != c.gzipped {
			t.Errorf("%d bytes for %q: gzipped %v", c.length, c.accept, gzipped)
		}
		if got.header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(strings.NewReader(got.body))
			if err != nil {
				t.Fatal(err)
			}
			plain, _ := io.ReadAll(z)
			got.body = string(plain)
		}
		got.want(t, 200, payload)
	}
}

func TestResponseHeaders(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	sid := s.openPolling()
	posted := s.post(sid, "4x")
	polled := s.get(sid)
	for _, c := range []struct {
		got               reply
		contentType, size string
	}{
		{posted, "text/html", "2"},
		{polled, "text/plain; charset=UTF-8", "2"},
		{s.get("nobody"), "application/json", "41"},
	} {
		h := c.got.header
		if h.Get("Content-Type") != c.contentType || h.Get("Content-Length") != c.size || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %v", c.got.body, h)
		}
	}
}

func TestHandshake(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	s.do("GET", "EIO=4&transport=polling&token=a%20b&x=1&x=2", "")
	s.openSocket("EIO=4&transport=websocket&token=c")
	eventually(t, "both are there", func() bool { return s.SessionCount() == 2 })
	first, second := s.recorder(0).session.Handshake(), s.recorder(1).session.Handshake()
	if first.Query("token") != "a b" || first.Query("x") == "" || second.Query("token") != "c" {
		t.Errorf("queries %v and %v", first, second)
	}
	if client := first.ClientAddr; client.String() != "127.0.0.1" {
		t.Errorf("address %q", client)
	}
}

func TestSIDsAreRandom(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		sid := newSID()
		if len(sid) != 20 || strings.Trim(sid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" || seen[sid] {
			t.Fatalf("sid %q", sid)
		}
		seen[sid] = true
	}
}
