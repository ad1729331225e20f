// Command echo is a server for trying and testing the protocols: it sends back what it gets. It
// uses the packages engineio and socketio alone, and behaves as the official protocol test suites
// expect, with their settings as defaults.
//
// At /engine.io/ it speaks Engine.IO and returns every message. At /socket.io/ it speaks Socket.IO
// in the namespaces "/" and "/custom": both emit "auth" with CONNECT's payload right after CONNECT;
// "/" answers the event "message" with "message-back" and acknowledges "message-with-ack", each
// with the arguments it got.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

// Limits of the HTTP server: the protocols bound everything that comes behind a request's header.
const (
	headerTimeout  = 10 * time.Second
	headerBytesMax = 16 << 10
)

// connectTimeout is the suites' server's.
const connectTimeout = time.Second

// run serves until ctx ends.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	listen, config, err := parse(args, stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	config.Logger = log
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err // it says what couldn't be listened on, and why
	}

	engine := engineio.NewServer(config, func(s *engineio.Session) engineio.Receiver { return session{s} })
	socket := socketio.NewServer(socketio.Config{Engine: config, ConnectTimeout: connectTimeout}, application{})
	mux := http.NewServeMux()
	mux.Handle("/engine.io/", engine)
	mux.Handle("/socket.io/", socket)
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: headerTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	log.Info("listening", "address", listener.Addr().String())

	select {
	case err = <-served:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		log.Info("stopping")
	}
	var closing sync.WaitGroup
	closing.Go(func() { engine.Close(engineio.ReasonServerShutdown) })
	closing.Go(func() { socket.Close(engineio.ReasonServerShutdown) })
	closing.Wait()
	server.Close()
	return err
}

// parse reads the command line. Asked for help, it gives it and returns flag.ErrHelp.
func parse(args []string, stderr io.Writer) (listen string, config engineio.Config, err error) {
	flags := flag.NewFlagSet("echo", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says what is wrong, in one line
	flags.StringVar(&listen, "listen", "localhost:3000", "`address` to listen on")
	flags.DurationVar(&config.PingInterval, "ping-interval", 300*time.Millisecond, "time between a client's pong and the next ping")
	flags.DurationVar(&config.PingTimeout, "ping-timeout", 200*time.Millisecond, "time a client has for its pong")
	flags.IntVar(&config.PayloadBytesMax, "max-payload", 1_000_000, "`bytes` of a message at most")
	config.AllowedOrigins = []string{"*"} // the suites also run in browsers, from anywhere
	err = flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stderr, "Usage of echo:")
		flags.SetOutput(stderr)
		flags.PrintDefaults()
	}
	if err != nil {
		return "", config, err
	}
	if flags.NArg() > 0 {
		return "", config, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if config.PingInterval <= 0 || config.PingTimeout <= 0 || config.PayloadBytesMax <= 0 {
		return "", config, errors.New("--ping-interval, --ping-timeout and --max-payload must be positive")
	}
	return listen, config, nil
}
