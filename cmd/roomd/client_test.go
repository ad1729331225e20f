package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// clientScripts are the tests of the contract with stock clients, each with a
// server of its own.
var clientScripts = []struct {
	script string
	flags  []string
}{
	{script: "capacity.test.js"}, // the longest goes first
	{script: "transports.test.js", flags: []string{"--ping-interval", "300ms", "--ping-timeout", "5s"}},
	{script: "commands.test.js"},
	{script: "contract.test.js", flags: []string{"--token-secret", tokenSecretText, "--admin-token", "0123456789abcdef"}},
	{script: "seed-basics.test.js"},
	{script: "seed-rooms.test.js", flags: []string{"--implicit-rooms=false"}},
	{script: "seed-operating.test.js", flags: []string{"--admin-token", "0123456789abcdef", "--rate-limits"}},
	{script: "seed-chat.test.js", flags: []string{"--dev=false", "--token-secret", tokenSecretText, "--implicit-rooms=false"}},
	{script: "badrequest.test.js"},
	{script: "connecting.test.js"},
	{script: "directory.test.js"},
	{script: "editing.test.js"},
	{script: "failures.test.js"},
	{script: "history.test.js"},
	{script: "implicit.test.js", flags: []string{"--implicit-rooms=false"}},
	{script: "invitations.test.js"},
	{script: "lifetimes.test.js", flags: []string{"--grace", "0"}},
	{script: "moderation.test.js"},
	{script: "operator.test.js", flags: []string{"--token-secret", tokenSecretText, "--admin-token", adminToken}},
	{script: "order.test.js"},
	{script: "payloads.test.js"},
	{script: "people.test.js"},
	{script: "presence.test.js", flags: []string{"--grace", "0"}},
	{script: "ratelimit.test.js", flags: []string{"--rate-limits"}},
	{script: "reading.test.js", flags: []string{"--grace", "0"}},
	{script: "settings.test.js"},
	{script: "strangers.test.js"},
	{script: "tokens.test.js", flags: []string{"--dev=false", "--token-secret", tokenSecretText}},
}

func TestStockClient(t *testing.T) {
	for _, c := range clientScripts {
		t.Run(topic(c.script), func(t *testing.T) {
			t.Parallel()
			s := startServer(t, append(c.flags, "--data", t.TempDir())...)
			runNode(t, c.script, s, "ADMIN_TOKEN="+adminToken)
		})
	}
}

func topic(script string) string { return strings.TrimSuffix(script, ".test.js") }

// TestRestart has the server ended and started again under its clients, which are
// told of it one after another.
func TestRestart(t *testing.T) {
	t.Parallel()
	runNodeWithRestarts(t, "restart.test.js", []string{"--drain-delay", "100ms", "--drain-rate", "20"})
}

// TestRetries has the server ended between a commit and its acknowledgement.
func TestRetries(t *testing.T) {
	t.Parallel()
	runNodeWithRestarts(t, "retries.test.js", nil)
}

// TestBadInput gives the server what no decent client would send. What waits
// for silent clients to be given up waits less.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--data", t.TempDir(),
		"--ping-interval", "1s", "--ping-timeout", "2s", "--connect-timeout", "1s")
	runNode(t, "badinput.test.js", s)
}

// TestRecovery loses clients' connections.
func TestRecovery(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--data", t.TempDir(), "--grace", "8s", "--ping-interval", "300ms", "--ping-timeout", "10s")
	runNode(t, "recovery.test.js", s, "GRACE_MS=8000")
}

// TestRecoveryOverRestarts loses the server too.
func TestRecoveryOverRestarts(t *testing.T) {
	t.Parallel()
	flags := []string{"--grace", "12s", "--ping-interval", "300ms", "--ping-timeout", "10s"}
	runNodeWithRestarts(t, "comeback-restart.test.js", flags, "GRACE_MS=12000")
}

// TestEveryScriptRuns finds scripts that no test runs.
func TestEveryScriptRuns(t *testing.T) {
	found, err := filepath.Glob(filepath.Join(nodeFolder, "*.test.js"))
	if err != nil || len(found) == 0 {
		t.Fatalf("scripts: %v %v", found, err)
	}
	run := []string{"restart.test.js", "retries.test.js", "trouble.test.js", "badinput.test.js", "recovery.test.js", "comeback-restart.test.js", "bundle.test.js", "unavailable.test.js", "joincost.test.js", tokenPageScript}
	run = append(run, pageScripts...)
	for _, c := range adminScripts {
		run = append(run, c.script)
	}
	for _, c := range clientScripts {
		run = append(run, c.script)
	}
	for _, path := range found {
		if !slices.Contains(run, filepath.Base(path)) {
			t.Errorf("%s is run by no test", path)
		}
	}
}
