package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"roomd/actors"
	"roomd/gateway"
	"roomd/persistence"
)

// Bounds of the HTTP server.
const (
	headerTimeout  = 10 * time.Second // to send a request's headers
	idleTimeout    = time.Minute      // of a kept-alive connection between requests
	headerBytesMax = 16 << 10
	drainTimeout   = 3 * time.Second // for requests under way at the end; transports are closed before
)

// serve runs the server until the context ends, and returns nil after an
// orderly end.
func serve(ctx context.Context, c config, stderr io.Writer) error {
	level, err := parseLevel(c.logLevel)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	store, err := persistence.Open(c.data)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	err = serveStore(ctx, c, store, log)
	if closing := store.Close(); closing != nil && err == nil {
		err = fmt.Errorf("close the store: %w", closing)
	}
	return err
}

// serveStore runs the node and the gateway on an open store.
func serveStore(ctx context.Context, c config, store persistence.Store, log *slog.Logger) error {
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		return err
	}
	node, err := actors.Start(actors.Config{
		Store: store, Encoder: encoder{}, ImplicitRooms: c.implicitRooms, Logger: log,
	})
	if err != nil {
		listener.Close()
		return err
	}
	defer node.Stop()
	g, err := gateway.New(gateway.Config{
		Node:            gatewayNode{node},
		Logger:          log,
		PingInterval:    c.pingInterval,
		PingTimeout:     c.pingTimeout,
		ConnectTimeout:  c.connectTimeout,
		PayloadBytesMax: c.maxPayload,
		AllowedOrigins:  c.origins(),
		ClientBundle:    c.clientBundle,
	})
	if err != nil {
		listener.Close()
		return err
	}
	greet(log, c, listener.Addr())
	return serveHTTP(ctx, listener, g, node.Drain, log)
}

// greet says where the server is, and what is dangerous about it.
func greet(log *slog.Logger, c config, address net.Addr) {
	if c.dev {
		log.Warn("DEVELOPMENT MODE: clients are who they say they are; never use it in production")
		if tcp, ok := address.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
			log.Warn("DEVELOPMENT MODE is reachable from other machines", "address", address.String())
		}
	}
	log.Info("listening", "url", "http://"+address.String(), "data", c.data)
}

// serveHTTP serves until the context ends. Then the node is drained, nothing
// new is accepted, all transports are closed, and requests under way end.
func serveHTTP(ctx context.Context, listener net.Listener, g *gateway.Gateway, drain func(), log *slog.Logger) error {
	server := &http.Server{
		Handler:           g,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		g.Close()
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	drain()
	drained := make(chan error, 1)
	go func() {
		drain, cancel := context.WithTimeout(context.Background(), drainTimeout)
		defer cancel()
		drained <- server.Shutdown(drain)
	}()
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		log.Error("listener", "error", err)
	}
	g.Close()
	if err := <-drained; err != nil {
		log.Warn("requests under way were cut off", "error", err)
		server.Close()
	}
	return nil
}

func parseLevel(name string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return 0, fmt.Errorf("log-level: %q is not debug, info, warn or error", name)
	}
	return level, nil
}
