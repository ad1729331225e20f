package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const testTimeout = 20 * time.Second

// await looks until a condition holds.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(testTimeout)
	for !condition() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// startLong starts roombench as a process, with a measurement that would take
// an hour, and returns the process id of its floor too.
func startLong(t *testing.T, tempDir string) (command *exec.Cmd, floorPID int, stderr *bytes.Buffer) {
	t.Helper()
	url := target(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stderr = &bytes.Buffer{}
	command = exec.Command(self, "--target", url, "--members", "5", "--senders", "1", "--duration", "1h")
	command.Env = append(os.Environ(), "TMPDIR="+tempDir)
	command.Stderr = stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill() })
	await(t, "the floor's process", func() bool {
		floorPID = childOf(command.Process.Pid)
		return floorPID != 0
	})
	return command, floorPID, stderr
}

// childOf is the process id of a process's first child, 0 if it has none.
func childOf(pid int) int {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, thread := range threads {
		children, err := os.ReadFile(thread)
		if err != nil {
			continue
		}
		if first, _, _ := strings.Cut(string(children), " "); first != "" {
			child, _ := strconv.Atoi(first)
			return child
		}
	}
	return 0
}

func gone(pid int) bool { return syscall.Kill(pid, 0) == syscall.ESRCH }

func TestInterruptCleansUp(t *testing.T) {
	tempDir := t.TempDir()
	command, floorPID, stderr := startLong(t, tempDir)
	command.Process.Signal(os.Interrupt)
	begin := time.Now()
	command.Wait()
	if code := command.ProcessState.ExitCode(); code != exitFailed || !strings.HasSuffix(stderr.String(), "\nroombench: interrupted\n") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if took := time.Since(begin); took > testTimeout/2 {
		t.Errorf("took %v to end", took)
	}
	if !gone(floorPID) {
		t.Error("the floor still runs")
	}
	if left, err := os.ReadDir(tempDir); err != nil || len(left) > 0 {
		t.Errorf("left behind %v", left)
	}
}

func TestChildrenDieWithAKilledParent(t *testing.T) {
	command, floorPID, _ := startLong(t, t.TempDir())
	command.Process.Kill()
	command.Wait()
	await(t, "the floor's end", func() bool { return gone(floorPID) })
}
