package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"roomd/actors"
	"roomd/gateway"
	"roomd/gateway/engineio"
)

// TestLogHasNoSecrets uses everything that is a secret, rightly and wrongly, and
// wants none of it in a log that leaves nothing out.
func TestLogHasNoSecrets(t *testing.T) {
	mint := func(flags ...string) string {
		run := runCommand(t, nil, append([]string{"token", "--secret", tokenSecretText, "--sub", "anna"}, flags...)...)
		return strings.TrimSpace(run.stdout)
	}
	good, admin, fresh, expired := mint(), mint("--admin"), mint("--ttl", "2h"), mint("--ttl", "1ms")
	secrets := map[string]string{
		"token": good, "admin's token": admin, "fresh token": fresh, "expired token": expired, "secret of tokens": tokenSecretText,
		"admin token": adminToken, "wrong admin token": "the-wrong-admin-token", "password": "open-sesame", "wrong password": "open-barley",
		"text": "what-was-said", "data": "what-was-played", "broken text": "what-was-broken", "refused token": "not.a.token-at-all",
	}
	s := startServer(t, "--data", t.TempDir(), "--log-level", "debug", "--token-secret", tokenSecretText, "--admin-token", adminToken,
		"--ops-listen", "127.0.0.1:0")
	talk := func(steps ...string) string { // what to say, and what to wait for; empty: nothing
		t.Helper()
		client := openRaw(t, s)
		if err := client.open(); err != nil {
			t.Fatal(err)
		}
		all := ""
		for i := 0; i < len(steps); i += 2 {
			if err := client.send(steps[i]); err != nil {
				t.Fatal(err)
			}
			if steps[i+1] == "" {
				continue
			}
			reply, err := client.readUntil(steps[i+1])
			if _, closed := err.(closedError); err != nil && !closed {
				t.Fatalf("%s: %v", steps[i], err)
			}
			all += reply
		}
		return all
	}
	auth := `{"token":"` + good + `"}`
	connected := talk("40"+auth, "40{",
		`420["createRoom",{"roomId":"r","isPrivate":true,"password":"open-sesame","persistent":true}]`, "430",
		`421["sendMessage",{"roomId":"r","text":"what-was-said"}]`, "431",
		`422["gameAction",{"roomId":"r","action":"a","data":"what-was-played"}]`, "432",
		`423["refreshToken",{"token":"`+fresh+`"}]`, "433",
		`424["refreshToken",{"token":"not.a.token-at-all"}]`, "434",
		`425["joinRoom",{"roomId":"r","password":"open-barley"}]`, "435",
		`426["sendMessage",{"roomId":"r","text":["what-was-broken"]}]`, "436",
		`42["sendMessage",{"text":"what-was-broken"`, "never: it is closed")
	_, rest, _ := strings.Cut(connected, `"pid":"`)
	pid, _, _ := strings.Cut(rest, `"`)
	talk(`40{"token":"`+good+`","pid":"`+pid+`","offset":"x"}`, "40{")
	talk(`40{"token":"`+expired+`"}`, "4") // it may just do
	talk(`40{"token":"not.a.token-at-all"}`, "44{", `40{"token":{"a":"`+admin+`"}}`, "44{")
	talk(`40/admin,{"token":"`+adminToken+`"}`, "40/admin,", `421/admin,["getStats"]`, "")
	talk(`40/admin,{"token":"`+admin+`"}`, "40/admin,")
	talk(`40/admin,{"token":"the-wrong-admin-token"}`, "44/admin,")
	talk(`40/admin,{"username":"admin","password":"the-wrong-admin-token"}`, "44/admin,")
	talk(`40/admin,{"username":"admin","password":"`+adminToken+`"}`, "40/admin,")
	polling := openSession(t, s)
	for _, path := range []string{"/socket.io/?EIO=4&transport=polling&sid=" + polling.SID + "x&token=" + good, "/nothing?token=" + good} {
		get(t, s.url+path)
	}
	s.stop(t, syscall.SIGTERM)
	if secrets["pid"], secrets["sid"] = pid, polling.SID; pid == "" {
		t.Errorf("there was no pid in %s", connected)
	}
	log := s.log.String()
	for what, secret := range secrets {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret))} {
			if strings.Contains(log, form) {
				t.Errorf("the %s is in the log:\n%s", what, log)
			}
		}
	}
	for _, want := range []string{"session opened", "session closed", "msg=connected", "msg=disconnected", "admin signed in", "token refused"} {
		if !strings.Contains(log, want) {
			t.Errorf("this test didn't see %q:\n%s", want, log)
		}
	}
}

// TestLogOfAClient follows a client through the log, from its first request to its
// end, by the ids there are.
func TestLogOfAClient(t *testing.T) {
	s := startServer(t, "--data", t.TempDir(), "--log-level", "debug", "--log-format", "json")
	client := openRaw(t, s)
	if err := client.open(); err != nil {
		t.Fatal(err)
	}
	if err := client.connect("anna"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{`420["sendMessage",{"roomId":"a-room","text":"x"}]`, `421["no-command"]`} {
		if err := client.send(step); err != nil {
			t.Fatal(err)
		}
		if _, err := client.readUntil("43"); err != nil {
			t.Fatal(err)
		}
	}
	client.send("1")
	waitForLog(t, s, `"msg":"disconnected"`)
	waitForLog(t, s, `"msg":"engineio: session closed"`)
	type line struct {
		Msg, Transport, Address, Connection, User, Reason, Command, Room, Code string
		Session                                                                uint64
	}
	var lines []line
	for text := range strings.Lines(s.log.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if l.Session != 0 {
			lines = append(lines, l)
		}
	}
	if len(lines) != 6 {
		t.Fatalf("got %+v", lines)
	}
	id := lines[1].Connection
	slices.SortFunc(lines[4:], func(a, b line) int { return strings.Compare(b.Msg, a.Msg) }) // they come in any order
	want := []line{
		{Msg: "engineio: session opened", Session: 1, Transport: "websocket", Address: "127.0.0.1"},
		{Msg: "connected", Session: 1, Connection: id, User: "anna"},
		{Msg: "command refused", Session: 1, Connection: id, User: "anna", Command: "sendMessage", Room: "a-room", Code: "room_not_found"},
		{Msg: "command refused", Session: 1, Connection: id, User: "anna", Command: "unknown", Code: "unknown_event"},
		{Msg: "engineio: session closed", Session: 1, Transport: "websocket", Reason: "transport close"},
		{Msg: "disconnected", Session: 1, Connection: id, User: "anna", Reason: "transport close"},
	}
	if id == "" || !slices.Equal(lines, want) {
		t.Errorf("got  %+v\nwant %+v", lines, want)
	}
}

// allReasons are those that end transports, as they do.
func allReasons() []engineio.Reason {
	reasons := gateway.CloseReasons()
	for _, why := range actors.Whys() {
		reasons = append(reasons, reasonOf(why))
	}
	return reasons
}

// TestReasonsHaveOneName closes a client for every reason there is: it has the same
// name in the close frame, in the log and in the metrics.
func TestReasonsHaveOneName(t *testing.T) {
	for _, reason := range allReasons() {
		t.Run(reason.Name, func(t *testing.T) {
			var log serverLog
			sessions := make(chan *engineio.Session, 1)
			e := engineio.NewServer(engineio.Config{
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			}, func(s *engineio.Session) engineio.Receiver {
				sessions <- s
				return nobody{}
			})
			h := httptest.NewServer(e)
			defer h.Close()
			conn, err := dialFrom("127.0.0.1", strings.TrimPrefix(h.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			client := newRawClient(conn)
			if err := client.open(); err != nil {
				t.Fatal(err)
			}
			(<-sessions).Close(reason)
			_, err = client.readUntil("never")
			if want := (closedError{reason.CloseCode, reason.Name}); err != want {
				t.Errorf("the client got %v, want %v", err, want)
			}
			conn.Close()
			e.Close(engineio.ReasonServerShutdown)
			if want := fmt.Sprintf("reason=%q\n", reason.Name); !strings.Contains(log.String(), want) {
				t.Errorf("the log has no %s:\n%s", want, log.String())
			}
			closed := e.Stats().ClosedFor
			if len(closed) != 1 || closed[reason.Name] != 1 || !slices.Contains(closeReasons(), reason.Name) {
				t.Errorf("counted as %v", closed)
			}
		})
	}
}

var reasonLiteral = regexp.MustCompile(`(?:Reason\{(?:Name: )?|Why = )"([^"]+)"`)

// notTransports are reasons that end one namespace, or a WebSocket that never was a
// session's.
var notTransports = []string{"client namespace disconnect", "server namespace disconnect", "upgrade refused", "upgrade timeout"}

// TestEveryReasonIsKnown: no reason of the source is missing where they are counted.
func TestEveryReasonIsKnown(t *testing.T) {
	var written []string
	for _, path := range goFiles(t) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "bench") || strings.HasPrefix(path, "cmd/roombench") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(repository, path))
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range reasonLiteral.FindAllStringSubmatch(string(data), -1) {
			if !slices.Contains(notTransports, match[1]) {
				written = append(written, match[1])
			}
		}
	}
	slices.Sort(written)
	if written = slices.Compact(written); !slices.Equal(written, closeReasons()) {
		t.Errorf("the source has\n%q, of which are counted\n%q", written, closeReasons())
	}
}

// TestDocumentedReasons: the contract's table has every reason that a client can
// meet, and no other.
func TestDocumentedReasons(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(repository, "gateway", "CONTRACT.md"))
	if err != nil {
		t.Fatal(err)
	}
	ours := slices.DeleteFunc(closeReasons(), func(name string) bool {
		return name == engineio.ReasonForcedClose.Name // of other applications of the engine
	})
	sameNames(t, "reason", names(contractSection{"CONTRACT.md", string(data)}.table(t, "reason", "why")), ours)
}

// nobody is a receiver that does nothing.
type nobody struct{}

func (nobody) Receive(engineio.Message) {}
func (nobody) Closed(engineio.Reason)   {}
