package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"roomd/bench"
	"roomd/bench/floor"
)

// buildTimeout bounds the compiling of roomd, the first time on a slow machine.
const buildTimeout = 10 * time.Minute

// targets are the floor, roomd or what takes its place, and Node's socket.io
// where that is asked for. cleanUp removes
// what was built.
func (o options) targets(ctx context.Context, stderr io.Writer) (targets []bench.Target, cleanUp func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, fmt.Errorf("find this program: %w", err)
	}
	floor := bench.Target{
		Name: "floor",
		Command: func(listen, _ string) []string {
			return []string{self, "floor", "--listen", listen}
		},
	}
	if o.targetURL != "" {
		targets = []bench.Target{floor, {Name: "target", URL: o.targetURL, PID: o.targetPID}}
	}
	var node *bench.Target
	if o.node {
		if node, err = nodeTarget(ctx, stderr); err != nil {
			return nil, nil, err
		}
	}
	if o.targetURL != "" {
		return appendTarget(targets, node), func() {}, nil
	}
	folder, err := os.MkdirTemp("", "roombench-build-")
	if err != nil {
		return nil, nil, err
	}
	cleanUp = func() { os.RemoveAll(folder) }
	program, err := buildRoomd(ctx, folder, stderr)
	if err != nil {
		cleanUp()
		return nil, nil, err
	}
	roomd := bench.Target{
		Name: "roomd",
		Command: func(listen, dataDir string) []string {
			return []string{program, "serve", "--dev", "--rate-limits=false", "--listen", listen, "--data", dataDir}
		},
	}
	return appendTarget([]bench.Target{floor, roomd}, node), cleanUp, nil
}

// appendTarget appends a target if there is one.
func appendTarget(targets []bench.Target, target *bench.Target) []bench.Target {
	if target == nil {
		return targets
	}
	return append(targets, *target)
}

// buildRoomd compiles roomd from the module that the working folder is in.
func buildRoomd(ctx context.Context, folder string, stderr io.Writer) (program string, err error) {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	program = filepath.Join(folder, "roomd")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	fmt.Fprintln(stderr, "building roomd")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "roomd/cmd/roomd")
	build.WaitDelay = time.Second
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build roomd (run this inside its module): %w: %s", err, strings.TrimSpace(string(output)))
	}
	return program, nil
}

// commit is that of the tree that roomd is built from; "" where there is no
// git, or another server is measured.
func (o options) commit(ctx context.Context) string {
	if o.targetURL != "" {
		return ""
	}
	describe := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty=-dirty", "--exclude=*")
	output, err := describe.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(output))
}

// runFloor is the hidden command by which roombench starts itself as the
// floor: a process of its own, so that its CPU and memory can be told apart.
func runFloor(ctx context.Context, arguments []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("roombench floor", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	listen := flags.String("listen", "127.0.0.1:0", "`address` to listen on")
	news := flags.Bool("news", false, "tell those inside of a room who joins")
	if err := flags.Parse(arguments); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	return floor.Run(ctx, *listen, *news, func(address string) {
		fmt.Fprintln(stdout, "floor: listening on", address)
	})
}
