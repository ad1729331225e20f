package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"roomd/bench"
	"roomd/bench/floor"
)

// beMain makes this test program be roombench: the floor that a run starts is
// this program again.
const beMain = "ROOMBENCH_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(beMain) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

// target is a server to measure: a floor in this process.
func target(t *testing.T) string {
	t.Helper()
	t.Setenv(beMain, "1")
	f, err := floor.Listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return "http://" + f.Address()
}

func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	var stdout, stderr strings.Builder
	code := run(t.Context(), []string{
		"--target", target(t), "--target-pid", fmt.Sprint(os.Getpid()), "--members", "30", "--senders", "3",
		"--rate", "50", "--warmup", "100ms", "--duration", "600ms", "--rounds", "1", "--json", path, "--page", path + ".html",
	}, &stdout, &stderr)
	if code != exitGood {
		t.Fatalf("exit code %d: %s%s", code, &stdout, &stderr)
	}
	for _, want := range []string{"big-room: 30 members", "\n   floor         900        0          0           0", "\n  target         900 "} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, &stdout)
		}
	}
	if !strings.Contains(stderr.String(), "[1/1] big-room: about ") || !strings.Contains(stderr.String(), "round 1/1  target   900 deliveries") || !strings.Contains(stderr.String(), "\nwrote "+path+"\n") {
		t.Errorf("progress: %s", &stderr)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if page, err := os.ReadFile(path + ".html"); err != nil || !strings.Contains(string(page), "<svg") {
		t.Errorf("the page: %v, %.40q", err, page)
	}
	var report struct{ Results []bench.Result }
	if err := json.Unmarshal(data, &report); err != nil || len(report.Results) != 2 {
		t.Fatalf("%d results, %v", len(report.Results), err)
	}
	if r := report.Results[0]; r.Target != "floor" || r.RSSBytes == 0 || r.RSSEmptyBytes == 0 {
		t.Errorf("the floor's result: %+v", r)
	}
}

func TestFaultsAreAnExitCode(t *testing.T) {
	report := &bench.Report{Rows: []bench.Row{{Target: "roomd", Missing: 1, Faults: "round 1: 1 missing"}}}
	var stdout, stderr strings.Builder
	if code := exitCode(show(report, &stdout), &stderr); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(stdout.String(), "1 missing") || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("printed %q, %q", &stdout, &stderr)
	}
	report.Rows[0] = bench.Row{Target: "roomd"}
	if code := exitCode(show(report, &stdout), &stderr); code != exitGood {
		t.Errorf("exit code %d without faults", code)
	}
}

func TestSmallRooms(t *testing.T) {
	var stdout, stderr strings.Builder
	code := run(t.Context(), []string{
		"small-rooms", "--target", target(t), "--rooms", "2", "--members", "5", "--senders", "1", "--rate", "20",
		"--warmup", "0s", "--duration", "500ms", "--rounds", "1",
	}, &stdout, &stderr)
	if code != exitGood || !strings.Contains(stdout.String(), "\n  target          50 ") {
		t.Errorf("exit code %d: %s%s", code, &stdout, &stderr)
	}
}

// Two loads on one server are compared over the same time.
func TestComparison(t *testing.T) {
	var stdout, stderr strings.Builder
	code := run(t.Context(), []string{
		"durable-room", "--target", target(t), "--members", "5", "--senders", "1", "--rate", "20",
		"--warmup", "0s", "--duration", "100ms", "--rounds", "1",
	}, &stdout, &stderr)
	// The busy room has its own members and rate: 100 messages/s to 1,000.
	if code != exitGood || !strings.Contains(stdout.String(), "\n     busy-room       10000 ") || !strings.Contains(stdout.String(), "\n  durable-room          10 ") {
		t.Errorf("exit code %d: %s%s", code, &stdout, &stderr)
	}
}

// The floor has no long polling: it is left out, and the table says so.
func TestFloorless(t *testing.T) {
	for _, e := range entries() {
		if e.floorless != (e.scenario.Name() == "polling") || (e.floorless || e.alone) != (e.note != "") {
			t.Errorf("%s: floorless %v, note %q", e.scenario.Name(), e.floorless, e.note)
		}
		if targets := e.targets([]bench.Target{{Name: "floor"}, {Name: "roomd"}, {Name: "node"}}); e.floorless && (len(targets) != 2 || targets[0].Name != "roomd") {
			t.Errorf("measures %+v", targets)
		}
	}
}

// The suite says how long it will take, and that is within what is promised.
func TestSuiteTime(t *testing.T) {
	for arguments, most := range map[string]time.Duration{"suite": 75 * time.Minute, "suite --quick": 15 * time.Minute} {
		o, err := parseOptions(strings.Fields(arguments), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		targets := []bench.Target{{Name: "floor"}, {Name: "roomd"}}
		if o.node {
			targets = append(targets, bench.Target{Name: "node"})
		}
		plans := o.plans(t.Context(), targets, io.Discard)
		needed, runs := timeNeeded(plans)
		t.Logf("%s: %v, %d runs", arguments, needed, runs)
		if needed > most || needed < most/3 {
			t.Errorf("%s: needs %v for %d runs, want at most %v", arguments, needed, runs, most)
		}
		var stderr strings.Builder
		o.announce(plans, &stderr)
		if want := fmt.Sprintf("%d scenarios, %d runs, about %v\n", len(plans), runs, roundTime(needed)); stderr.String() != want {
			t.Errorf("announced %q, want %q", &stderr, want)
		}
	}
}

func TestWrongArguments(t *testing.T) {
	tests := []struct{ arguments, want string }{
		{"--membrs 5", "not defined: -membrs"},
		{"--members many", "invalid value"},
		{"--members 0", "members: 1 to"},
		{"--senders 2000", "senders: 1 to"},
		{"--rate 0", "rate and duration"},
		{"--text-bytes 1", "text bytes"},
		{"--duration 48h", "duration"},
		{"--target-pid 5", "needs --target"},
		{"--rounds 1 extra", `"extra" is not understood`},
		{"tea-room", `no scenario "tea-room"; there are suite, big-room, `},
		{"suite --members 5", "not defined: -members"},
		{"floor --port 5", "not defined: -port"},
	}
	for _, test := range tests {
		var stdout, stderr strings.Builder
		code := run(t.Context(), strings.Fields(test.arguments), &stdout, &stderr)
		if code != exitUsage || !strings.Contains(stderr.String(), test.want) || strings.Count(stderr.String(), "\n") != 1 || stdout.Len() > 0 {
			t.Errorf("%s: exit code %d, %q; want one line with %q", test.arguments, code, &stderr, test.want)
		}
	}
}

func TestFailures(t *testing.T) {
	url := target(t)
	tests := []struct {
		arguments []string
		want      string
	}{
		{[]string{"--target", "https://h"}, "want http://host:port"},
		{[]string{"--target", url, "--rounds", "0"}, "rounds: 1 to"},
		{[]string{"--target", url, "--rounds", "1", "--members", "2", "--senders", "1", "--rate", "100", "--warmup", "0s",
			"--duration", "100ms", "--json", t.TempDir() + "/none/report.json"}, "write the report"},
		{[]string{"floor", "--listen", strings.TrimPrefix(url, "http://")}, "address already in use"},
	}
	for _, test := range tests {
		var stdout, stderr strings.Builder
		code := run(t.Context(), test.arguments, &stdout, &stderr)
		if code != exitFailed || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%q: exit code %d, %q; want %q", test.arguments, code, &stderr, test.want)
		}
	}
}

func TestHelp(t *testing.T) {
	var stdout, stderr strings.Builder
	if code := run(t.Context(), []string{"-h"}, &stdout, &stderr); code != exitGood || stderr.Len() > 0 {
		t.Errorf("exit code %d, %q", code, &stderr)
	}
	for _, name := range []string{"members", "rate", "senders", "duration", "rounds", "text-bytes", "target", "target-pid", "json"} {
		if !strings.Contains(stdout.String(), "-"+name+" ") {
			t.Errorf("no --%s in the help", name)
		}
	}
}

func TestFloorCommand(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	var stdout, stderr strings.Builder
	if code := run(ctx, []string{"floor", "--listen", "127.0.0.1:0"}, &stdout, &stderr); code != exitGood {
		t.Errorf("exit code %d: %s", code, &stderr)
	}
	if !strings.HasPrefix(stdout.String(), "floor: listening on 127.0.0.1:") {
		t.Errorf("printed %q", &stdout)
	}
}

func TestBuildingOutsideTheModule(t *testing.T) {
	t.Chdir(t.TempDir())
	var stderr strings.Builder
	if _, err := buildRoomd(t.Context(), t.TempDir(), &stderr); err == nil || !strings.Contains(err.Error(), "run this inside its module") {
		t.Errorf("%v, want what to do", err)
	}
}
