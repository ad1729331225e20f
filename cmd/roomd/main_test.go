package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The tests of this package run the real binary: built once, with the race
// detector when the tests have it, and driven from outside: by the stock
// client, a browser, raw bytes and a command line.

var binaryFolder string

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	folder, err := os.MkdirTemp("", "roomd-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	binaryFolder = folder
	code := m.Run()
	if err := findLeak(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// findLeak finds goroutines that don't end. Those of a server in this process may
// take a second or two: the actor library's last words about dead letters do.
func findLeak() (err error) {
	for begin := time.Now(); time.Since(begin) < leakPatience; {
		if err = goleak.Find(); err == nil {
			return nil
		}
	}
	return err
}

const leakPatience = 20 * time.Second

var buildBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(binaryFolder, "roomd")
	args := []string{"build", "-buildvcs=false", "-o", path}
	if raceEnabled() {
		args = append(args, "-race")
	}
	output, err := exec.Command("go", append(args, ".")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return path, nil
})

// binary returns the path of the program.
func binary(t *testing.T) string {
	t.Helper()
	path, err := buildBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// raceEnabled reports whether this test has the race detector.
func raceEnabled() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "-race" {
			return s.Value == "true"
		}
	}
	return false
}

// inCI reports whether what is not installed is a failure.
func inCI() bool { return os.Getenv("CI") == "true" }
