// Command roomd is a realtime room server for stock Socket.IO clients.
//
//	roomd serve --dev    serve, with everyone being who they say they are
//	roomd token          print a token for development
//	roomd store          check, back up or restore a data folder
//	roomd version        print the version
//
// This package ties the others together: it reads the configuration, opens the
// store, starts the node and the gateway, and ends them in the right order. It
// has no rules of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
)

const usage = `roomd is a realtime room server for Socket.IO clients.

Usage:
  roomd serve [flags]   run the server; --help shows the flags
  roomd token [flags]   print a token for development; --help shows the flags
  roomd store ...       check, stats, backup, restore or compact of a data folder; --help shows them
  roomd version         print the version
`

// version is the release that this source is on its way to.
const version = "0.1.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run executes the command line and returns the exit code.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	err := execute(ctx, args, environ, stdout, stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	default:
		fmt.Fprintf(stderr, "roomd: %v\n", err)
		return 1
	}
}

func execute(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errors.New("no command given: roomd help shows them")
	}
	switch args[0] {
	case "serve":
		config, err := parseConfig(args[1:], environ, stderr)
		if err != nil {
			return err
		}
		return serve(ctx, config, stderr)
	case "token":
		return mintToken(args[1:], environ, stdout, stderr)
	case "store":
		return storeTool(args[1:], environ, stdout, stderr)
	case "version":
		_, err := fmt.Fprintln(stdout, versionLine())
		return err
	case "help", "-h", "--help":
		_, err := fmt.Fprint(stdout, usage)
		return err
	}
	return fmt.Errorf("unknown command %q: roomd help shows those that there are", args[0])
}

func versionLine() string {
	line := "roomd " + version
	if r := revision(); r != "" {
		line += " " + r
	}
	return line + " " + runtime.Version()
}

// revision is that of the source, in short; empty: it is not known.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return ""
}
