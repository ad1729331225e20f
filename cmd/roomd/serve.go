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
	"runtime"
	"sync/atomic"
	"time"

	"roomd/actors"
	"roomd/gateway"
	"roomd/gateway/ratelimit"
	"roomd/gateway/token"
	"roomd/persistence"
)

// serve runs the server until the context ends, and returns nil after an
// orderly end.
func serve(ctx context.Context, c config, stderr io.Writer) error {
	if c.opsListen == "" {
		runtime.MemProfileRate = 0 // nobody can ask for the profile, which takes a MB or two
	}
	log, err := c.newLogger(stderr)
	if err != nil {
		return err
	}
	store, err := persistence.Open(c.data)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	backups, err := persistence.ServeBackups(store, log)
	if err != nil { // its socket's path may be too long: no reason not to serve
		log.Warn("no backups while the server runs", "error", err)
	}
	told := make(chan time.Time, 1) // to end
	untold := context.AfterFunc(ctx, func() { told <- time.Now() })
	err = serveStore(ctx, c, store, log)
	if backups != nil {
		backups.Close()
	}
	timeout := c.ending.storeTime()
	if !untold() {
		timeout = c.ending.storeTimeLeft(time.Since(<-told))
	}
	return errors.Join(err, closeStore(store, timeout))
}

// closeStore closes the store. Nothing that was acknowledged depends on it, so it
// is not waited for when the disk hangs.
func closeStore(store persistence.Store, timeout time.Duration) error {
	closed := make(chan error, 1)
	go func() { closed <- store.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			return fmt.Errorf("close the store: %w", err)
		}
		return nil
	case <-time.After(timeout):
		return fmt.Errorf("the store was not closed after %s", timeout)
	}
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
	bounded, err := c.newListener(log)
	if err != nil {
		return err
	}
	listener, err := c.secured(bounded, log)
	if err != nil {
		bounded.Close()
		return err
	}
	m := newMetrics()
	g.Answered = m.answered
	node, err := actors.Start(actors.Config{
		Store: store, Encoder: encoder{}, Frames: frameCodec{}, Logger: log, IdleRoomTimeout: c.idleRoomTimeout,
		Retention: c.retention.limits(),
		Grace:     c.grace, Unnoticed: c.pingInterval + c.pingTimeout,
		Committed: m.committed,
	})
	if err != nil {
		listener.Close()
		return err
	}
	defer node.Stop() // unless it has ended in order
	g.Node, g.Admin = gatewayNode{node}, node
	server, err := gateway.New(g)
	if err != nil {
		listener.Close()
		return err
	}
	s := &service{
		config: c, log: log, listener: listener, bounded: bounded, gateway: server, node: node,
		limits: g.Limits, requests: c.requestRate(),
	}
	m.registry.MustRegister(newFigureCollector(s.look))
	if c.opsListen != "" {
		o, err := startOperations(c.opsListen, m.handler(), s.health, log)
		if err != nil {
			listener.Close()
			return err
		}
		defer o.close()
	}
	calm, stop := context.WithCancel(ctx)
	defer stop()
	go giveMemoryBack(calm, s.forgetRates)
	greet(log, c, listener.Addr())
	return s.run(ctx)
}

// service is what clients are served with.
type service struct {
	// static after construction
	config   config
	log      *slog.Logger
	listener net.Listener
	bounded  *boundedListener // below it
	gateway  *gateway.Gateway
	node     *actors.Node
	limits   *ratelimit.Limiter   // nil: none
	requests *ratelimit.Addresses // nil: no bound

	draining atomic.Bool // it wants no more clients
}

// health returns why the server wants no new clients.
func (s *service) health() error {
	if s.draining.Load() {
		return actors.ErrDraining
	}
	return s.node.Health()
}

// look returns the figures of now.
func (s *service) look() *sight {
	return &sight{
		gateway: s.gateway.Stats(), waiting: s.gateway.Waiting(), node: s.node.Stats(), rooms: s.node.RoomStats(),
		listener: s.bounded.stats(), health: s.health(),
	}
}

// newListener returns where clients come in, below TLS.
func (c config) newListener(log *slog.Logger) (*boundedListener, error) {
	proxies, err := c.proxies()
	if err != nil {
		return nil, err
	}
	// No keep-alives of TCP's, which are four system calls a connection: nothing
	// waits for a client without a time of its own.
	plain, err := (&net.ListenConfig{KeepAlive: -1}).Listen(context.Background(), "tcp", c.listen)
	if err != nil {
		return nil, err
	}
	l := &boundedListener{
		Listener: plain, max: c.connections(log), trusted: proxies, log: log, byAddress: make(map[netip.Addr]int),
	}
	if c.rateLimits {
		l.perAddressMax, l.newcomers = c.maxConnectionsPerAddress, ratelimit.NewAddresses(ratelimit.Sockets)
		l.pace.max = acceptsAtOnceMax
	}
	return l, nil
}

// secured returns the listener with TLS, if that is what is served.
func (c config) secured(plain net.Listener, log *slog.Logger) (net.Listener, error) {
	if c.tlsCert == "" {
		return plain, nil
	}
	shown, err := loadCertificate(c.tlsCert, c.tlsKey, log)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(plain, shown.config()), nil
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
		g.PacketsPerSecondPerAddressMax = ratelimit.PacketsPerSecondPerAddress
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

// newHTTPServer returns a server with all bounds that HTTP and TLS have.
func newHTTPServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      responseTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// forgetRates gives back the memory of those who came once.
func (s *service) forgetRates(now time.Time) {
	s.limits.Forget(now)
	s.requests.Forget(now)
	s.bounded.newcomers.Forget(now)
}

// run serves until the context ends, and then ends in order.
func (s *service) run(ctx context.Context) error {
	server := newHTTPServer(s.config.paced(withHealth(s.gateway, s.health), s.requests), s.log)
	serving := make(chan error, 1)
	listener := s.listener
	if s.config.tlsCert == "" { // below TLS there is nothing to read yet
		listener = listenForUpgrades(listener, server.Handler, socketPath, s.log)
	}
	go func() { serving <- server.Serve(listener) }()
	end := ending{config: s.config.ending, log: s.log, gateway: s.gateway, requests: server, node: s.node}
	select {
	case err := <-serving: // nobody can come in
		end.config.delay = 0
		return errors.Join(err, end.run(serving))
	case <-ctx.Done():
	}
	s.draining.Store(true)
	return end.run(serving)
}
