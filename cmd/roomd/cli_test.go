package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// commandRun is what became of a command.
type commandRun struct {
	stdout, stderr string
	code           int
}

// runCommand runs roomd to its end.
func runCommand(t *testing.T, environ []string, args ...string) commandRun {
	t.Helper()
	path := binary(t) // before the time begins: it may have to be built
	ctx, cancel := context.WithTimeout(t.Context(), startDeadline)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = cleanEnvironment(environ...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return commandRun{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// assertRefused says that a command ended with exit code 1 and one line, in
// which all of these words are.
func assertRefused(t *testing.T, run commandRun, words ...string) {
	t.Helper()
	line, more, found := strings.Cut(run.stderr, "\n")
	if run.code != 1 || run.stdout != "" || !found || more != "" {
		t.Errorf("exit code %d, stdout %q, stderr %q; want exit code 1 and one line", run.code, run.stdout, run.stderr)
	}
	if !strings.HasPrefix(line, "roomd: ") {
		t.Errorf("%q does not say whose line it is", line)
	}
	for _, word := range words {
		if !strings.Contains(line, word) {
			t.Errorf("%q does not say %q", line, word)
		}
	}
}

func TestVersion(t *testing.T) {
	run := runCommand(t, nil, "version")
	if run.code != 0 || run.stderr != "" || !regexp.MustCompile(`^roomd \d+\.\d+\.\d+ .*go1\.\S+\n$`).MatchString(run.stdout) {
		t.Errorf("%+v", run)
	}
}

func TestHelp(t *testing.T) {
	if run := runCommand(t, nil, "help"); run.code != 0 || !strings.Contains(run.stdout, "roomd serve") {
		t.Errorf("%+v", run)
	}
	run := runCommand(t, nil, "serve", "--help")
	for _, setting := range []string{
		"dev", "listen", "data", "ping-interval", "ping-timeout", "connect-timeout", "grace", "max-payload", "durability", "implicit-rooms",
		"idle-room-timeout", "history-messages-max", "history-bytes-max", "history-age-max", "deleted-room-retention",
		"config", "client-bundle",
	} {
		if run.code != 0 || !strings.Contains(run.stderr, "-"+setting) {
			t.Errorf("--help does not show --%s: %+v", setting, run)
		}
	}
}

func TestMistakesOnTheCommandLine(t *testing.T) {
	data := t.TempDir() // a subtest's own has a long name, and a socket's path may not be long
	for _, c := range []struct {
		args  string
		words []string
	}{
		{"", []string{"no command"}},
		{"sevre", []string{"unknown command", `"sevre"`}},
		{"serve --dev --prot 3000", []string{"prot"}},
		{"serve --dev now", []string{"unexpected argument", `"now"`}},
		{"serve", []string{"dev"}},
		{"serve --dev --listen nowhere", []string{"listen", "nowhere"}},
		{"serve --dev --listen 127.0.0.1:99999", []string{"99999"}},
		{"serve --dev --listen 203.0.113.1:0", []string{"203.0.113.1"}},
		{"serve --dev --ping-interval soon", []string{"ping-interval", "soon"}},
		{"serve --dev --ping-interval 25", []string{"ping-interval", "25"}},
		{"serve --dev --ping-interval 1ms", []string{"ping-interval", "1ms"}},
		{"serve --dev --ping-timeout -1s", []string{"ping-timeout", "-1s"}},
		{"serve --dev --connect-timeout 20h", []string{"connect-timeout", "20h"}},
		{"serve --dev --max-payload 1MB", []string{"max-payload", "1MB"}},
		{"serve --dev --max-payload 0", []string{"max-payload"}},
		{"serve --dev --max-payload 999999999999", []string{"max-payload"}},
		{"serve --dev --durability=perhaps", []string{"durability", "perhaps"}},
		{"serve --dev --max-connections 0", []string{"max-connections"}},
		{"serve --dev --max-connections-per-address -1", []string{"max-connections-per-address"}},
		{"serve --dev --tls-cert here.pem", []string{"tls-cert", "tls-key"}},
		{"serve --dev --tls-cert nowhere.pem --tls-key nowhere.pem", []string{"tls-cert", "nowhere.pem"}},
		{"serve --dev --implicit-rooms=perhaps", []string{"implicit-rooms", "perhaps"}},
		{"serve --dev --log-level loud", []string{"log-level", "loud"}},
		{"serve --dev --data=", []string{"data"}},
		{"serve --dev --config nowhere.conf", []string{"nowhere.conf"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			assertRefused(t, runCommand(t, []string{"ROOMD_DATA=" + data}, strings.Fields(c.args)...), c.words...)
		})
	}
}

func TestMistakesInTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		entry string
		words []string
	}{
		{"ROOMD_PROT=3000", []string{"ROOMD_PROT"}},
		{"ROOMD_=3000", []string{"ROOMD_"}},
		{"ROOMD_PING_INTERVAL=soon", []string{"ROOMD_PING_INTERVAL"}},
		{"ROOMD_DEV=perhaps", []string{"ROOMD_DEV"}},
		{"ROOMD_CONFIG=nowhere.conf", []string{"nowhere.conf"}},
	} {
		t.Run(c.entry, func(t *testing.T) {
			assertRefused(t, runCommand(t, []string{c.entry}, "serve", "--data", t.TempDir()), c.words...)
		})
	}
}

func TestMistakesInTheFile(t *testing.T) {
	for _, c := range []struct {
		name, content string
		words         []string
	}{
		{"unknown key", "dev true\nprot 3000\n", []string{"prot"}},
		{"bad value", "ping-interval soon\n", []string{"ping-interval", "config file"}},
		{"out of bounds", "dev\nmax-payload 1\n", []string{"max-payload"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := writeFile(t, "roomd.conf", c.content)
			assertRefused(t, runCommand(t, nil, "serve", "--data", t.TempDir(), "--config", file), c.words...)
		})
	}
}

func writeFile(t *testing.T, name, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBusyPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	run := runCommand(t, nil, "serve", "--dev", "--listen", address, "--data", t.TempDir())
	assertRefused(t, run, address, "address already in use")
}

// TestDataFolderUnusable uses what not even root can write to.
func TestDataFolderUnusable(t *testing.T) {
	file := writeFile(t, "file", "not a folder")
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "roomd.db"), bytes.Repeat([]byte("not a store "), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	if err := os.WriteFile(filepath.Join(empty, "roomd.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{file, filepath.Join(file, "below"), damaged, empty} {
		run := runCommand(t, nil, "serve", "--dev", "--listen", "127.0.0.1:0", "--data", folder)
		assertRefused(t, run, folder)
	}
}

// TestDataFolderLocked starts a second server on the data of a running one.
func TestDataFolderLocked(t *testing.T) {
	data := t.TempDir()
	s := startServer(t, "--data", data)
	run := runCommand(t, nil, "serve", "--dev", "--listen", "127.0.0.1:0", "--data", data)
	assertRefused(t, run, data, "in use")
	openSession(t, s) // the first one goes on
}

func TestWrongBundle(t *testing.T) {
	for name, folder := range map[string]string{
		"missing": filepath.Join(t.TempDir(), "missing"),
		"empty":   t.TempDir(),
		"a file":  writeFile(t, "file", "not a folder"),
	} {
		run := runCommand(t, nil, "serve", "--dev", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--client-bundle", folder)
		t.Log(name)
		assertRefused(t, run, "client bundle", folder)
	}
}
