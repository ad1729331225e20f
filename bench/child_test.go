package bench

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"roomd/bench/floor"
)

// childVariable makes this test program behave as some child.
const childVariable = "BENCH_TEST_CHILD"

func behave(behaviour string) {
	switch behaviour {
	case "fail":
		fmt.Fprintln(os.Stderr, "port in use")
		os.Exit(3)
	case "end":
	case "hang":
		fmt.Println("here I am")
		select {}
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		select {}
	case "floor":
		floor.Run(context.Background(), os.Args[1], false, func(string) {})
	}
}

// childTarget is a target whose program behaves so.
func childTarget(t *testing.T, behaviour string) Target {
	t.Helper()
	t.Setenv(childVariable, behaviour)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Target{Name: behaviour, Command: func(listen, _ string) []string { return []string{self, listen} }}
}

func TestTargetStarts(t *testing.T) {
	server, err := childTarget(t, "floor").Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if u, ok := server.usage(); server.PID == 0 || ok && u.rssBytes == 0 {
		t.Errorf("process %d has usage %+v, %v", server.PID, u, ok)
	}
	if err := server.Exited(); err != nil {
		t.Errorf("running: %v", err)
	}
	server.Stop()
	if err := server.Exited(); err == nil {
		t.Error("still running after Stop")
	}
	if _, err := os.Stat(server.dataDir); !os.IsNotExist(err) {
		t.Errorf("data folder: %v, want it gone", err)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://")); err == nil {
		t.Error("still listening after Stop")
	}
}

func TestTargetFails(t *testing.T) {
	tests := []struct{ behaviour, want string }{
		{"fail", "it ended before it was ready: exit status 3; its last output: port in use"},
		{"end", "it ended before it was ready: exit status 0; its last output: (none)"},
	}
	for _, test := range tests {
		_, err := childTarget(t, test.behaviour).Start(t.Context())
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
	}
	missing := Target{Name: "missing", Command: func(string, string) []string { return []string{"/nonexistent"} }}
	if _, err := missing.Start(t.Context()); err == nil {
		t.Error("a program that does not exist was started")
	}
}

func TestTargetThatNeverListens(t *testing.T) {
	target := childTarget(t, "hang")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := target.Start(ctx)
	if err == nil || !strings.Contains(err.Error(), "not ready") {
		t.Errorf("%v, want not ready", err)
	}
}

func TestStopEndsTheStubborn(t *testing.T) {
	target := childTarget(t, "stubborn")
	c, err := startChild(target.Command("", ""))
	if err != nil {
		t.Fatal(err)
	}
	awaitOutput(t, c, "ready") // it ignores SIGTERM from here on
	c.stop()
	if err := c.exitError(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("%v, want killed", err)
	}
}

func awaitOutput(t *testing.T, c *child, want string) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(testTimeout)
	for !strings.Contains(c.output.String(), want) {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("output %q, want %q", c.output, want)
		}
	}
}

func TestTailKeepsTheLast(t *testing.T) {
	var kept tail
	for i := range 10_000 {
		fmt.Fprintln(&kept, i)
	}
	if got := kept.String(); len(kept.data) != outputBytesMax || !strings.HasSuffix(got, "9998\n9999") {
		t.Errorf("%d bytes kept, ending in %q", len(kept.data), got[len(got)-20:])
	}
	kept.Write(bytes.Repeat([]byte{'z'}, 3*outputBytesMax))
	if got := kept.String(); got != strings.Repeat("z", outputBytesMax) {
		t.Errorf("%d bytes kept of one long write", len(got))
	}
}
