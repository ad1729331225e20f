package engineio

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// Config says how a Server works. Zero values mean the defaults, which are
// those of the reference server; so do negative ones unless said otherwise.
type Config struct {
	// PingInterval is the time between a pong and the next ping; 25 s.
	PingInterval time.Duration
	// PingTimeout is the time a client has to answer a ping; 20 s.
	PingTimeout time.Duration
	// UpgradeTimeout bounds an upgrade from polling to a WebSocket; 10 s.
	UpgradeTimeout time.Duration
	// PayloadBytesMax bounds what a client may send in one POST or one
	// WebSocket message; 1,000,000. It is told to clients as maxPayload.
	PayloadBytesMax int
	// OutboxBytesMax bounds what waits for a client that reads slowly, counted
	// as it would be on a WebSocket; 1 MiB. A session that would exceed it is
	// closed with ReasonSlowConsumer.
	OutboxBytesMax int
	// CompressBytesMin is the length from which polling responses are gzipped
	// for clients that accept it; 1024. Negative: never.
	CompressBytesMin int
	// AllowedOrigins are the origins of pages that may use this server from a
	// browser, such as "https://example.com", beside those of its own host;
	// "*" allows all. A request from another is refused. Nil: no origin is
	// checked and no CORS header sent.
	AllowedOrigins []string
	// TrustedProxies are the networks of proxies that are believed about whom
	// they forward for, see [ClientAddr]. IPv4 networks are written as such.
	TrustedProxies []netip.Prefix
	// Admit, if not nil, is asked once a handshake, by the goroutines that
	// serve them, whether the client at this address may begin a session; nil
	// admits it. What it admits may still come to nothing, so it can't be the
	// one to count open sessions. It must not keep the request.
	Admit func(r *http.Request, client netip.Addr) *Refusal
	// SessionsMax bounds the sessions that are open at a time; one more is
	// refused as Admit would. Not positive: no bound.
	SessionsMax int
	// SessionsPerAddressMax bounds those of one client's address, as
	// [AddressKey] counts it. Not positive: no bound.
	SessionsPerAddressMax int
	// PacketsPerSecondMax is how many packets and WebSocket frames of one client
	// are read in a second, in the long run. What is more waits in the client.
	// Not positive: no bound.
	PacketsPerSecondMax int
	// PacketsPerSecondPerAddressMax is the same for all clients of one address,
	// as [AddressKey] counts it. Not positive: no bound.
	PacketsPerSecondPerAddressMax int
	// Cookie makes the server send a cookie with the sid in each handshake's
	// response, for load balancers: a copy of this one with Value set. Name,
	// Path and SameSite are "io", "/" and Lax where they are not set. Nil:
	// none is sent.
	Cookie *http.Cookie
	// Logger is told of each session's close at level debug. Nil:
	// slog.Default().
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	c.PingInterval = positiveOr(c.PingInterval, defaultPingInterval)
	c.PingTimeout = positiveOr(c.PingTimeout, defaultPingTimeout)
	c.UpgradeTimeout = positiveOr(c.UpgradeTimeout, defaultUpgradeTimeout)
	c.PayloadBytesMax = positiveOr(c.PayloadBytesMax, defaultPayloadBytesMax)
	c.OutboxBytesMax = positiveOr(c.OutboxBytesMax, defaultOutboxBytesMax)
	c.CompressBytesMin = cmp.Or(c.CompressBytesMin, defaultCompressBytesMin)
	if c.Cookie != nil {
		cookie := *c.Cookie
		cookie.Name = cmp.Or(cookie.Name, "io")
		cookie.Path = cmp.Or(cookie.Path, "/")
		cookie.SameSite = cmp.Or(cookie.SameSite, http.SameSiteLaxMode)
		c.Cookie = &cookie
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

func positiveOr[T int | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}
