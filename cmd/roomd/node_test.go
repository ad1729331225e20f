package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

const (
	nodeFolder      = "testdata/node"
	nodeDeadline    = 4 * time.Minute // for one script
	installDeadline = 5 * time.Minute

	installAttemptsMax = 3
)

// runNode runs a script of testdata/node against a server.
func runNode(t *testing.T, script string, s *server, environ ...string) {
	t.Helper()
	process := []string{"SERVER_URL=" + s.url, "SERVER_PID=" + strconv.Itoa(s.cmd.Process.Pid)}
	runScript(t, script, s.log, append(process, environ...)...)
}

// runScript runs a script with these settings. What it prints is shown if it
// fails, and the log of the server that it is about.
func runScript(t *testing.T, script string, log *serverLog, environ ...string) {
	t.Helper()
	needNode(t)
	ctx, cancel := context.WithTimeout(context.Background(), nodeDeadline)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "--test-reporter=spec", script)
	node.Dir = nodeFolder
	node.Env = cleanEnvironment(environ...)
	node.WaitDelay = time.Second // for what the script itself has started
	output, err := node.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s\nThe server's log:\n%s", script, err, output, log)
		return
	}
	t.Logf("%s\n%s", script, output)
}

// needNode has the scripts' packages installed, or skips the test.
func needNode(t *testing.T) {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			skip(t, program)
		}
	}
	if err := installPackages(); err != nil {
		t.Fatal(err)
	}
}

// skip says what is missing. In CI nothing may be.
func skip(t *testing.T, program string) {
	t.Helper()
	if inCI() {
		t.Fatalf("%s is not installed, and in CI it has to be", program)
	}
	t.Skipf("%s is not installed: %s DID NOT RUN", program, t.Name())
}

// installPackages installs what the lock file says, unless it is there.
var installPackages = sync.OnceValue(func() error {
	locked, err := os.ReadFile(filepath.Join(nodeFolder, "package-lock.json"))
	if err != nil {
		return err
	}
	stamp := filepath.Join(nodeFolder, "node_modules", ".installed-lock.json")
	if installed, err := os.ReadFile(stamp); err == nil && bytes.Equal(installed, locked) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), installDeadline)
	defer cancel()
	for attempt := 1; ; attempt++ { // it may fail for the network's sake
		npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		npm.Dir = nodeFolder
		if output, err := npm.CombinedOutput(); err == nil {
			return os.WriteFile(stamp, locked, 0o644)
		} else if attempt == installAttemptsMax {
			return fmt.Errorf("npm ci: %w\n%s", err, output)
		}
	}
})
