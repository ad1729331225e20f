package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"roomd/bench"
)

// installTimeout bounds npm, the first time on a slow network.
const installTimeout = 5 * time.Minute

// nodeTarget is Node's socket.io, which it installs; nil, with a line that
// says so, where there is no Node.
func nodeTarget(ctx context.Context, stderr io.Writer) (*bench.Target, error) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Fprintf(stderr, "%s is not installed: measuring without Node's socket.io\n", program)
			return nil, nil
		}
	}
	list := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "roomd/bench")
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("find bench/testdata/node (run this inside its module): %w", err)
	}
	folder := filepath.Join(strings.TrimSpace(string(output)), "testdata", "node")
	if err := installNode(ctx, folder, stderr); err != nil {
		return nil, err
	}
	return &bench.Target{
		Name: "node",
		Command: func(listen, _ string) []string {
			return []string{"node", filepath.Join(folder, "server.js"), listen}
		},
	}, nil
}

// installNode installs what the lock file says, unless it is there.
func installNode(ctx context.Context, folder string, stderr io.Writer) error {
	locked, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return err
	}
	stamp := filepath.Join(folder, "node_modules", ".installed-lock.json")
	if installed, err := os.ReadFile(stamp); err == nil && bytes.Equal(installed, locked) {
		return nil
	}
	fmt.Fprintln(stderr, "installing Node's socket.io")
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = folder
	npm.WaitDelay = time.Second
	if output, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, strings.TrimSpace(string(output)))
	}
	return os.WriteFile(stamp, locked, 0o644)
}
