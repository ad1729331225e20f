package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"

	"roomd/actors"
	"roomd/gateway"
	"roomd/gateway/ratelimit"
	"roomd/gateway/token"
	"roomd/persistence"
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
	backups, err := persistence.ServeBackups(store, log)
	if err != nil { // its socket's path may be too long: no reason not to serve
		log.Warn("no backups while the server runs", "error", err)
	}
	err = serveStore(ctx, c, store, log)
	if backups != nil {
		backups.Close()
	}
	if closing := store.Close(); closing != nil && err == nil {
		err = fmt.Errorf("close the store: %w", closing)
	}
	return err
}

// serveStore runs the node and the gateway on an open store.
func serveStore(ctx context.Context, c config, store persistence.Store, log *slog.Logger) error {
	g, err := c.gateway(log)
	if err != nil {
		return err
	}
	if g.Tokens != nil {
		defer g.Tokens.Close()
	}
	listener, err := c.newListener(log)
	if err != nil {
		return err
	}
	node, err := actors.Start(actors.Config{
		Store: store, Encoder: encoder{}, Logger: log, IdleRoomTimeout: c.idleRoomTimeout,
		Retention: c.retention.limits(),
		Grace:     c.grace, Unnoticed: c.pingInterval + c.pingTimeout,
	})
	if err != nil {
		listener.Close()
		return err
	}
	defer node.Stop()
	g.Node, g.Admin = gatewayNode{node}, node
	server, err := gateway.New(g)
	if err != nil {
		listener.Close()
		return err
	}
	greet(log, c, listener.Addr())
	return serveHTTP(ctx, listener, server, node, log)
}

// newListener returns where clients come in, with or without TLS. Its bounds
// are on what is below that.
func (c config) newListener(log *slog.Logger) (net.Listener, error) {
	proxies, err := c.proxies()
	if err != nil {
		return nil, err
	}
	var shown *certificate
	if c.tlsCert != "" {
		if shown, err = loadCertificate(c.tlsCert, c.tlsKey, log); err != nil {
			return nil, err
		}
	}
	plain, err := net.Listen("tcp", c.listen)
	if err != nil {
		return nil, err
	}
	perAddressMax := c.maxConnectionsPerAddress
	if !c.rateLimits {
		perAddressMax = 0
	}
	bounded := &boundedListener{
		Listener: plain, max: c.connections(log), perAddressMax: perAddressMax,
		trusted: proxies, log: log, byAddress: make(map[netip.Addr]int),
	}
	if shown == nil {
		return bounded, nil
	}
	return tls.NewListener(bounded, shown.config()), nil
}

// connections is max-connections, or what the open files allow if that is less.
func (c config) connections(log *slog.Logger) int {
	files, known := openFilesMax()
	if allowed := max(1, files-reservedFiles); known && allowed < c.maxConnections {
		log.Warn("the limit of open files allows fewer connections", "wanted", c.maxConnections, "allowed", allowed)
		return allowed
	}
	return c.maxConnections
}

// gateway returns the gateway's part of the settings.
func (c config) gateway(log *slog.Logger) (gateway.Config, error) {
	g := gateway.Config{
		Logger:          log,
		Development:     c.dev,
		RelaxedRooms:    c.durability == durabilityRelaxed,
		ImplicitRooms:   c.implicitRooms,
		Recovery:        c.grace > 0,
		PingInterval:    c.pingInterval,
		PingTimeout:     c.pingTimeout,
		ConnectTimeout:  c.connectTimeout,
		PayloadBytesMax: c.maxPayload,
		AllowedOrigins:  c.origins(),
		ClientBundle:    c.clientBundle,
		SessionsMax:     c.maxConnections,
	}
	var err error
	if g.TrustedProxies, err = c.proxies(); err != nil {
		return g, err
	}
	if c.rateLimits {
		g.Limits = ratelimit.New(ratelimit.Defaults())
		g.SessionsPerAddressMax = c.maxConnectionsPerAddress
		g.PacketsPerSecondMax = ratelimit.PacketsPerSecond
	}
	if g.AdminToken, err = c.adminToken.read("admin-token"); err != nil {
		return g, err
	}
	if g.AdminToken != "" {
		if err := gateway.CheckAdminToken(g.AdminToken); err != nil {
			return g, fmt.Errorf("admin-token: %w", err)
		}
	}
	if c.tokens.configured() {
		g.Tokens, err = c.tokens.verifier(log)
	}
	return g, err
}

// verifier reads the keys that clients' tokens are checked with.
func (c tokenConfig) verifier(log *slog.Logger) (*token.Verifier, error) {
	secret, err := c.secret.read("token-secret")
	if err != nil {
		return nil, err
	}
	v := token.Config{
		Secret: []byte(secret), JWKSURL: c.jwksURL, Issuer: c.issuer, Audience: c.audience, Leeway: c.leeway, Logger: log,
	}
	if c.publicKeys != "" {
		if v.PublicKeys, err = os.ReadFile(c.publicKeys); err != nil {
			return nil, fmt.Errorf("token-public-keys: %w", err)
		}
	}
	verifier, err := token.NewVerifier(v)
	if err != nil {
		return nil, fmt.Errorf("token keys: %w", err)
	}
	return verifier, nil
}

// limits returns what the node is told to keep.
func (c retentionConfig) limits() actors.Retention {
	return actors.Retention{MessagesMax: c.messagesMax, BytesMax: c.bytesMax, Age: c.age, DeletedRooms: c.deletedRooms}
}

// greet says where the server is, and what is dangerous about it.
func greet(log *slog.Logger, c config, address net.Addr) {
	if c.dev {
		log.Warn("DEVELOPMENT MODE: clients are who they say they are; never use it in production")
		if tcp, ok := address.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
			log.Warn("DEVELOPMENT MODE is reachable from other machines", "address", address.String())
		}
	}
	scheme := "http://"
	if c.tlsCert != "" {
		scheme = "https://"
	}
	log.Info("listening", "url", scheme+address.String(), "data", c.data)
}

// serveHTTP serves until the context ends. Then the node is drained, nothing
// new is accepted, all transports are closed, and requests under way end.
func serveHTTP(ctx context.Context, listener net.Listener, g *gateway.Gateway, node *actors.Node, log *slog.Logger) error {
	server := &http.Server{
		Handler:           withHealth(g, node.Health),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      responseTimeout,
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
	node.Drain()
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
