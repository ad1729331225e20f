package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sort"
	"strings"
	"time"

	"github.com/peterbourgon/ff/v3"

	"roomd/gateway/token"
)

// envPrefix begins the name of every setting in the environment:
// --ping-interval is ROOMD_PING_INTERVAL.
const envPrefix = "ROOMD"

// config is what serve can be told. A setting has one name, as a flag, in the
// environment and in the file given with --config; the first of these counts.
type config struct {
	file            string
	dev             bool
	listen          string
	opsListen       string // empty: nothing
	data            string
	pingInterval    time.Duration
	pingTimeout     time.Duration
	connectTimeout  time.Duration
	grace           time.Duration // 0: none
	maxPayload      int           // bytes
	durability      string        // sync or relaxed
	implicitRooms   bool
	idleRoomTimeout time.Duration // 0: idle rooms leave memory at once

	ending         endingConfig
	retention      retentionConfig
	allowedOrigins string // separated by commas
	trustedProxies string // separated by commas
	tlsCert        string // file
	tlsKey         string // file
	rateLimits     bool
	clientBundle   string
	logLevel       string
	logFormat      string // text or json

	tokens     tokenConfig
	adminToken secret

	maxConnections           int // TCP connections, and sessions, at a time
	maxConnectionsPerAddress int // of them, if rateLimits
}

// tokenConfig is whose tokens count.
type tokenConfig struct {
	secret     secret
	publicKeys string // file
	jwksURL    string
	issuer     string
	audience   string
	leeway     time.Duration
}

// retentionConfig is what the store keeps; 0: everything.
type retentionConfig struct {
	messagesMax  uint64 // of a room
	bytesMax     uint64 // of a room
	age          time.Duration
	deletedRooms time.Duration
}

// configured reports whether there is any key that a token could be checked
// with.
func (c tokenConfig) configured() bool {
	return c.secret.given() || c.publicKeys != "" || c.jwksURL != ""
}

// The values of durability.
const (
	durabilitySync    = "sync"
	durabilityRelaxed = "relaxed"
)

// Bounds of the settings that are numbers.
const (
	durationMin   = 10 * time.Millisecond // below, timers do nothing but fire
	durationMax   = time.Hour             // above, a lost client would be kept for ever
	maxPayloadMin = 1_000                 // below, the protocol's own packets would not fit
	maxPayloadMax = 100_000_000           // above, one client could exhaust a small machine
)

func newFlagSet(c *config, output io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("roomd serve", flag.ContinueOnError)
	fs.SetOutput(output)
	fs.StringVar(&c.file, "config", "", "`file` of settings, a line each: name value")
	fs.BoolVar(&c.dev, "dev", false, "development mode: clients are who they say they are")
	fs.StringVar(&c.listen, "listen", "127.0.0.1:3000", "`address` to listen on")
	fs.StringVar(&c.opsListen, "ops-listen", "", "`address` to serve /metrics, /debug/pprof/, /healthz and /readyz on, for those who run the server; default: none")
	fs.StringVar(&c.data, "data", dataDefault, "`folder` of the store")
	fs.DurationVar(&c.pingInterval, "ping-interval", 25*time.Second, "time between a client's answer and the next ping")
	fs.DurationVar(&c.pingTimeout, "ping-timeout", 20*time.Second, "time a client has to answer a ping")
	fs.DurationVar(&c.connectTimeout, "connect-timeout", 45*time.Second, "time a client has to connect to a namespace")
	fs.DurationVar(&c.grace, "grace", 30*time.Second, "time a client that is lost has to come back before it has left; 0: none")
	fs.IntVar(&c.maxPayload, "max-payload", 1_000_000, "largest message from a client, in `bytes`")
	fs.StringVar(&c.durability, "durability", durabilitySync, "what the acknowledgement of a message in a persistent room means, unless the room says otherwise: sync, it is on disk; relaxed, it will be within 100 ms or so")
	fs.BoolVar(&c.implicitRooms, "implicit-rooms", true, "joining a room that does not exist creates it")
	fs.DurationVar(&c.idleRoomTimeout, "idle-room-timeout", time.Minute, "how long a persistent room stays in memory with nobody inside; 0: not at all")
	fs.StringVar(&c.allowedOrigins, "allowed-origins", "", "`origins` of pages that may connect beside those of this host, separated by commas, or *; default: any in development mode, else none")
	fs.StringVar(&c.trustedProxies, "trusted-proxies", "", "`addresses` or networks of proxies whose X-Forwarded-For counts, separated by commas")
	fs.BoolVar(&c.rateLimits, "rate-limits", true, "limit how often clients may do things; off is for load tests")
	fs.IntVar(&c.maxConnections, "max-connections", maxConnectionsDefault, "`count` of connections, and of sessions, at a time; the limit of open files may allow fewer")
	fs.IntVar(&c.maxConnectionsPerAddress, "max-connections-per-address", maxConnectionsPerAddressDefault, "`count` of them from one address, unless --rate-limits=false")
	fs.StringVar(&c.tlsCert, "tls-cert", "", "PEM `file` of the certificate and its chain, to serve HTTPS; read again when it changes")
	fs.StringVar(&c.tlsKey, "tls-key", "", "PEM `file` of its private key")
	fs.StringVar(&c.clientBundle, "client-bundle", "", "`folder` of socket.io-client's dist, to serve it; default: redirect to the official CDN")
	fs.StringVar(&c.logLevel, "log-level", "info", "debug, info, warn or error")
	fs.StringVar(&c.logFormat, "log-format", logFormatText, "text or json")
	addEndingFlags(fs, &c.ending)
	addRetentionFlags(fs, &c.retention)
	addTokenFlags(fs, c)
	return fs
}

func addRetentionFlags(fs *flag.FlagSet, r *retentionConfig) {
	fs.Uint64Var(&r.messagesMax, "history-messages-max", 0, "how many messages and changes of a room are kept, never less than 300; 0: all")
	fs.Uint64Var(&r.bytesMax, "history-bytes-max", 0, "how many `bytes` of a room's messages are kept; 0: all")
	fs.DurationVar(&r.age, "history-age-max", 0, "how long messages are kept; 0: for ever")
	fs.DurationVar(&r.deletedRooms, "deleted-room-retention", 30*24*time.Hour, "how long a deleted room is kept, and its id taken; 0: for ever")
}

func addTokenFlags(fs *flag.FlagSet, c *config) {
	t := &c.tokens
	fs.StringVar(&t.secret.value, "token-secret", "", "`secret` of at least 32 bytes that clients' tokens are signed with (HS256)")
	fs.StringVar(&t.secret.file, "token-secret-file", "", "`file` with that secret")
	fs.StringVar(&t.publicKeys, "token-public-keys", "", "PEM `file` of public keys that clients' tokens are checked with (RS256, ES256, EdDSA)")
	fs.StringVar(&t.jwksURL, "token-jwks-url", "", "`URL` of a JSON web key set with such keys")
	fs.StringVar(&t.issuer, "token-issuer", "", "what the iss of tokens must be; default: anything")
	fs.StringVar(&t.audience, "token-audience", "", "what the aud of tokens must be or have; default: anything")
	fs.DurationVar(&t.leeway, "token-leeway", token.DefaultLeeway, "how far the issuer's clock may be off")
	fs.StringVar(&c.adminToken.value, "admin-token", "", "`token` of at least 16 bytes that opens the administration")
	fs.StringVar(&c.adminToken.file, "admin-token-file", "", "`file` with that token")
}

// parseConfig reads the settings and checks them. The error names the setting
// that is wrong.
func parseConfig(args, environ []string, output io.Writer) (config, error) {
	var c config
	fs := newFlagSet(&c, output)
	if err := checkEnvironment(fs, environ); err != nil {
		return config{}, err
	}
	// Errors are printed once, by the caller, and not buried under all flags.
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	err := ff.Parse(fs, args,
		ff.WithEnvVarPrefix(envPrefix),
		ff.WithConfigFileFlag("config"),
		ff.WithConfigFileParser(ff.PlainParser))
	switch {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(output)
		fmt.Fprintln(output, "Flags of roomd serve (each also as "+envPrefix+"_… in the environment, and in the --config file):")
		fs.PrintDefaults()
		return config{}, err
	case err != nil:
		return config{}, fmt.Errorf("configuration: %w", err)
	case fs.NArg() > 0:
		return config{}, fmt.Errorf("configuration: unexpected argument %q", fs.Arg(0))
	}
	if c.dev && !isGiven(fs, "drain-delay") {
		c.ending.delay = 0
	}
	if err := c.check(); err != nil {
		return config{}, fmt.Errorf("configuration: %w", err)
	}
	return c, nil
}

// isGiven reports whether a setting was given, in whatever way.
func isGiven(fs *flag.FlagSet, name string) bool {
	given := false
	fs.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

// checkEnvironment refuses names that look like settings and are none.
func checkEnvironment(fs *flag.FlagSet, environ []string) error {
	known := map[string]bool{}
	fs.VisitAll(func(f *flag.Flag) {
		known[envPrefix+"_"+strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))] = true
	})
	sort.Strings(environ)
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, envPrefix+"_") && !known[name] {
			return fmt.Errorf("configuration: unknown setting %s in the environment", name)
		}
	}
	return nil
}

func (c config) check() error {
	if _, _, err := net.SplitHostPort(c.listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if _, _, err := net.SplitHostPort(c.opsListen); c.opsListen != "" && err != nil {
		return fmt.Errorf("ops-listen: %w", err)
	}
	if c.data == "" {
		return errors.New("data: must not be empty")
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"ping-interval", c.pingInterval},
		{"ping-timeout", c.pingTimeout},
		{"connect-timeout", c.connectTimeout},
	} {
		if d.value < durationMin || d.value > durationMax {
			return fmt.Errorf("%s: %s is not between %s and %s", d.name, d.value, durationMin, durationMax)
		}
	}
	if c.grace != 0 && (c.grace < durationMin || c.grace > durationMax) {
		return fmt.Errorf("grace: %s is neither 0 nor between %s and %s", c.grace, durationMin, durationMax)
	}
	if d := c.idleRoomTimeout; d < 0 || d > durationMax {
		return fmt.Errorf("idle-room-timeout: %s is not between 0 and %s", d, durationMax)
	}
	if c.retention.age < 0 {
		return fmt.Errorf("history-age-max: %s is negative", c.retention.age)
	}
	if c.retention.deletedRooms < 0 {
		return fmt.Errorf("deleted-room-retention: %s is negative", c.retention.deletedRooms)
	}
	if c.maxPayload < maxPayloadMin || c.maxPayload > maxPayloadMax {
		return fmt.Errorf("max-payload: %d is not between %d and %d", c.maxPayload, maxPayloadMin, maxPayloadMax)
	}
	if c.durability != durabilitySync && c.durability != durabilityRelaxed {
		return fmt.Errorf("durability: %q is not %s or %s", c.durability, durabilitySync, durabilityRelaxed)
	}
	if _, err := c.newLogger(io.Discard); err != nil {
		return err
	}
	if _, err := c.proxies(); err != nil {
		return err
	}
	if err := c.checkTLS(); err != nil {
		return err
	}
	if err := c.ending.check(); err != nil {
		return err
	}
	if err := c.checkConnections(); err != nil {
		return err
	}
	if !c.dev && !c.tokens.configured() {
		return errors.New("nobody could sign in: give a key for clients' tokens (--token-secret-file, --token-public-keys or --token-jwks-url), or start with --dev")
	}
	return nil
}

// proxies returns the networks of trusted-proxies.
func (c config) proxies() ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range list(c.trustedProxies) {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			var address netip.Addr
			if address, err = netip.ParseAddr(text); err != nil {
				return nil, fmt.Errorf("trusted-proxies: %q is neither an address nor a network", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

// sameHost as an allowed origin allows no other than pages of the same host,
// which are allowed in any case.
const sameHost = "self"

// origins returns whose pages may connect.
func (c config) origins() []string {
	switch {
	case c.allowedOrigins != "":
		return list(c.allowedOrigins)
	case c.dev:
		return []string{"*"}
	default:
		return []string{sameHost}
	}
}

// list splits what is separated by commas.
func list(text string) []string {
	if text == "" {
		return nil
	}
	entries := strings.Split(text, ",")
	for i := range entries {
		entries[i] = strings.TrimSpace(entries[i])
	}
	return entries
}
