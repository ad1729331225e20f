package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// The tests run the program itself: this test binary, told so by its environment.
const runMain = "ECHO_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) != "" {
		main()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func command(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), runMain+"=1")
	return c
}

// start runs the program on a free port and returns its base URL.
func start(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	c := command(append([]string{"--listen", "127.0.0.1:0"}, args...)...)
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait(); http.DefaultClient.CloseIdleConnections() })
	line, err := bufio.NewReader(stderr).ReadString('\n')
	address := regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(line)
	if err != nil || address == nil {
		t.Fatalf("first line %q, error %v", line, err)
	}
	return c, "http://" + address[1]
}

// A polled session, from the client's side.
type polled struct {
	t   *testing.T
	url string
}

func open(t *testing.T, url string) (*polled, map[string]any) {
	t.Helper()
	p := &polled{t: t, url: url + "?EIO=4&transport=polling"}
	var handshake map[string]any
	if err := json.Unmarshal([]byte(strings.TrimPrefix(p.get(), "0")), &handshake); err != nil {
		t.Fatal(err)
	}
	p.url += "&sid=" + handshake["sid"].(string)
	return p, handshake
}

func (p *polled) get() string {
	p.t.Helper()
	return p.body(http.Get(p.url))
}

func (p *polled) post(body string) {
	p.t.Helper()
	p.body(http.Post(p.url, "text/plain;charset=UTF-8", strings.NewReader(body)))
}

func (p *polled) body(response *http.Response, err error) string {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %q, error %v", response.Status, body, err)
	}
	return string(body)
}

func (p *polled) want(packets ...string) {
	p.t.Helper()
	if got := p.get(); got != strings.Join(packets, "\x1e") {
		p.t.Fatalf("got %q, want %q", got, packets)
	}
}

func TestEngineIO(t *testing.T) {
	_, url := start(t, "--ping-interval", "1m")
	p, _ := open(t, url+"/engine.io/")
	p.post("4hello\x1ebAQID\x1e4€")
	p.want("4hello", "bAQID", "4€")
}

func TestSocketIO(t *testing.T) {
	_, url := start(t, "--ping-interval", "1m")
	p, _ := open(t, url+"/socket.io/")
	connected := regexp.MustCompile(`"sid":"[^"]+"`)
	connect := func(packet, want string) {
		t.Helper()
		p.post(packet)
		if got := connected.ReplaceAllString(p.get(), `"sid":"*"`); got != want {
			t.Fatalf("%s: got %q, want %q", packet, got, want)
		}
	}
	connect("40", "40{\"sid\":\"*\"}\x1e42[\"auth\",{}]")
	connect(`40/custom,{"token":"abc"}`, "40/custom,{\"sid\":\"*\"}\x1e42/custom,[\"auth\",{\"token\":\"abc\"}]")
	connect("40/random", `44/random,{"message":"Invalid namespace"}`)

	p.post(`42["message",1,"2",{"3":[true]}]`)
	p.want(`42["message-back",1,"2",{"3":[true]}]`)
	p.post(`42456["message-with-ack",1,"2",{"3":[false]}]`)
	p.want(`43456[1,"2",{"3":[false]}]`)
	p.post("451-7[\"message-with-ack\",{\"_placeholder\":true,\"num\":0}]\x1ebAQID")
	p.want(`461-7[{"_placeholder":true,"num":0}]`, "bAQID")
	p.post("42/custom,[\"message\"]\x1e42[\"another\"]\x1e42[\"message-with-ack\"]\x1e42[\"message\"]")
	p.want(`42["message-back"]`)
}

func TestDefaults(t *testing.T) {
	for name, test := range map[string]struct {
		args                   []string
		interval, timeout, max float64
	}{
		"the suites'": {nil, 300, 200, 1e6},
		"flags":       {[]string{"--ping-interval=5s", "--ping-timeout", "4s", "--max-payload", "1000"}, 5000, 4000, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			_, url := start(t, test.args...)
			for _, path := range []string{"/engine.io/", "/socket.io/"} {
				_, got := open(t, url+path)
				if got["pingInterval"] != test.interval || got["pingTimeout"] != test.timeout || got["maxPayload"] != test.max {
					t.Errorf("%s: %v", path, got)
				}
			}
		})
	}
}

func TestSignals(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			c, url := start(t)
			open(t, url+"/socket.io/")
			open(t, url+"/engine.io/")
			if err := c.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := c.Wait(); err != nil {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// What can't be done is said in one line, with exit code 1.
func TestRefusals(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"busy port":           {[]string{"--listen", busy.Addr().String()}, "address already in use"},
		"unknown flag":        {[]string{"--nonsense"}, "-nonsense"},
		"unexpected argument": {[]string{"3000"}, `unexpected argument "3000"`},
		"not a duration":      {[]string{"--ping-interval", "soon"}, "soon"},
		"not positive":        {[]string{"--ping-timeout", "0s"}, "must be positive"},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			c := command(test.args...)
			c.Stderr = &stderr
			c.Run()
			if c.ProcessState.ExitCode() != 1 {
				t.Errorf("exit code %d", c.ProcessState.ExitCode())
			}
			if strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), test.want) {
				t.Errorf("said %q", stderr.String())
			}
		})
	}
}

func TestHelp(t *testing.T) {
	said, err := command("--help").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"-listen", "-ping-interval", "-ping-timeout", "-max-payload"} {
		if !strings.Contains(string(said), flag) {
			t.Errorf("help doesn't mention %s:\n%s", flag, said)
		}
	}
}
