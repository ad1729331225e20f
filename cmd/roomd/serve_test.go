package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// httpClient doesn't follow redirects, and keeps no connection.
var httpClient = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       patienceOfClients,
}

// response is one that has been read.
type response struct {
	*http.Response
	body string
}

// fetch gets a URL, with these names and values in the header.
func fetch(url string, header ...string) (response, error) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return response{}, err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return readResponse(httpClient.Do(r))
}

// readResponse reads what a client got.
func readResponse(answer *http.Response, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return response{answer, string(body)}, err
}

func get(t *testing.T, url string, header ...string) response {
	t.Helper()
	r, err := fetch(url, header...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// session is what a server tells a new client.
type session struct {
	SID          string `json:"sid"`
	PingInterval int    `json:"pingInterval"` // ms
	PingTimeout  int    `json:"pingTimeout"`  // ms
	MaxPayload   int    `json:"maxPayload"`   // bytes
}

func openSession(t *testing.T, s *server) session {
	t.Helper()
	opened := get(t, s.url+"/socket.io/?EIO=4&transport=polling")
	var terms session
	if err := json.Unmarshal([]byte(strings.TrimPrefix(opened.body, "0")), &terms); err != nil {
		t.Fatalf("%d %s: %v", opened.StatusCode, opened.body, err)
	}
	return terms
}

// TestSettings gives settings in all three ways: the flag counts before the
// environment, that before the file, that before the default.
func TestSettings(t *testing.T) {
	file := writeFile(t, "roomd.conf", `# settings
dev true
listen 127.0.0.1:0
ping-interval 11s
ping-timeout 12s
max-payload 13000
`)
	cmd := exec.Command(binary(t), "serve", "--ping-interval", "31s")
	cmd.Env = cleanEnvironment(
		"ROOMD_CONFIG="+file, "ROOMD_PING_INTERVAL=21s", "ROOMD_PING_TIMEOUT=22s", "ROOMD_DATA="+t.TempDir())
	s, err := launch(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop(t, syscall.SIGTERM)
	terms := openSession(t, s)
	terms.SID = ""
	if want := (session{PingInterval: 31_000, PingTimeout: 22_000, MaxPayload: 13_000}); terms != want {
		t.Errorf("got %+v, want %+v", terms, want)
	}
}

func TestDefaults(t *testing.T) {
	terms := openSession(t, startServer(t, "--data", t.TempDir()))
	terms.SID = ""
	if want := (session{PingInterval: 25_000, PingTimeout: 20_000, MaxPayload: 1_000_000}); terms != want {
		t.Errorf("got %+v, want %+v", terms, want)
	}
}

// TestDevelopmentModeIsLogged also says when others can reach it.
func TestDevelopmentModeIsLogged(t *testing.T) {
	local := startServer(t, "--data", t.TempDir())
	open := startServer(t, "--data", t.TempDir(), "--listen", "0.0.0.0:0")
	for s, want := range map[*server]int{local: 1, open: 2} {
		if got := strings.Count(s.log.String(), `level=WARN msg="DEVELOPMENT MODE`); got != want {
			t.Errorf("%d warnings of development mode, want %d:\n%s", got, want, s.log)
		}
	}
}

func TestAllowedOrigins(t *testing.T) {
	const ours, others = "https://chat.example", "https://other.example"
	closed := startServer(t, "--data", t.TempDir(), "--allowed-origins", ours+", https://second.example")
	open := startServer(t, "--data", t.TempDir())
	for _, c := range []struct {
		server  *server
		origin  string
		status  int
		allowed string
	}{
		{closed, ours, http.StatusOK, ours},
		{closed, others, http.StatusForbidden, ""},
		{closed, closed.url, http.StatusOK, closed.url},
		{open, others, http.StatusOK, others}, // development mode
	} {
		r := get(t, c.server.url+"/socket.io/?EIO=4&transport=polling", "Origin", c.origin)
		if allowed := r.Header.Get("Access-Control-Allow-Origin"); r.StatusCode != c.status || allowed != c.allowed {
			t.Errorf("%s: %d %q %s; want %d %q", c.origin, r.StatusCode, allowed, r.body, c.status, c.allowed)
		}
	}
}

// TestSignals ends servers that have a client waiting for news: it is told, and
// not made to wait.
func TestSignals(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			for attempt := 1; ; attempt++ {
				told, waited := signalWhilePolling(t, signal)
				if told == "1" {
					return
				}
				if waited || attempt == 5 {
					t.Fatalf("the client was told %q, want a close packet", told)
				}
			}
		})
	}
}

// signalWhilePolling returns what a client is told whose server gets a signal, and
// whether it can have been waiting: nobody sees when its poll arrives, and one that
// comes after the signal is refused.
func signalWhilePolling(t *testing.T, signal syscall.Signal) (told string, waited bool) {
	t.Helper()
	s := startServer(t, "--data", t.TempDir())
	poll := s.url + "/socket.io/?EIO=4&transport=polling&sid=" + openSession(t, s).SID
	answered := make(chan response, 1)
	go func() {
		r, _ := fetch(poll) // an error: there was no server any more
		answered <- r
	}()
	for range 3 { // each takes about as long as the poll's way
		openSession(t, s)
	}
	began := time.Now()
	s.stop(t, signal)
	if took := time.Since(began); took > 10*time.Second { // a client that isn't told holds it up for 15 s
		t.Errorf("took %s", took)
	}
	r := <-answered
	return r.body, r.Response != nil && r.StatusCode == http.StatusOK
}

var bundleNames = []string{
	"socket.io.js", "socket.io.js.map", "socket.io.min.js", "socket.io.min.js.map",
	"socket.io.esm.min.js", "socket.io.esm.min.js.map", "socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
}

func TestBundleFromFolder(t *testing.T) {
	needNode(t)
	s := startServer(t, "--data", t.TempDir(), "--client-bundle", bundleFolder)
	for _, name := range bundleNames {
		want, err := os.ReadFile(filepath.Join(bundleFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		url := s.url + "/socket.io/" + name
		r := get(t, url)
		kind := "application/javascript; charset=utf-8"
		if strings.HasSuffix(name, ".map") {
			kind = "application/json; charset=utf-8"
		}
		if r.StatusCode != http.StatusOK || r.body != string(want) || r.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %d, %d bytes of %d, %s", name, r.StatusCode, len(r.body), len(want), r.Header.Get("Content-Type"))
		}
		if again := get(t, url, "If-None-Match", r.Header.Get("ETag")); again.StatusCode != http.StatusNotModified || again.body != "" {
			t.Errorf("%s again: %d", name, again.StatusCode)
		}
	}
}

// TestBundleFromCDN: without a folder the official one serves, in the version
// that the tests use.
func TestBundleFromCDN(t *testing.T) {
	s := startServer(t, "--data", t.TempDir())
	for _, name := range bundleNames {
		r := get(t, s.url+"/socket.io/"+name)
		want := "https://cdn.socket.io/" + stockClientVersion(t) + "/" + name
		if r.StatusCode != http.StatusFound || r.Header.Get("Location") != want {
			t.Errorf("%s: %d to %s, want %s", name, r.StatusCode, r.Header.Get("Location"), want)
		}
	}
}

func stockClientVersion(t *testing.T) string {
	t.Helper()
	var manifest struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	readJSON(t, "package.json", &manifest)
	return manifest.Dependencies["socket.io-client"]
}
