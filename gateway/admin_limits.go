package gateway

import (
	"time"

	"roomd/gateway/ratelimit"
)

// Every bound of the administration. Its connections are bounded like all
// others: each has two timers and nothing that grows.
const (
	// adminTokenBytesMin makes tokens that somebody has thought up longer than
	// what can be tried.
	adminTokenBytesMin = 16

	// adminTokenBytesMax is far more than a random token needs, in bytes.
	adminTokenBytesMax = 1024

	// roomStatsInterval is the contract's.
	roomStatsInterval = 10 * time.Second

	// serverStatsInterval is what the stock Admin UI is used to: it takes a
	// server for dead after five of them.
	serverStatsInterval = 2 * time.Second

	// uiSessionsMax is how many browsers stay signed in to the stock Admin UI;
	// when there is one more, the oldest has to sign in again.
	uiSessionsMax = 100

	// uiSessionTimeMax is a day, so that nobody has to sign in twice while at
	// work.
	uiSessionTimeMax = 24 * time.Hour

	// uiNameBytesMax is how long a name may be that goes into the log.
	uiNameBytesMax = 128
)

// adminAttempts is how often one address may try to sign in, whether or not it
// succeeds: a page that reconnects once every few seconds may, a guesser not.
var adminAttempts = ratelimit.Rate{PerSecond: 0.5, Burst: 30}

// adminReason is what users are told of what an administrator does to them.
const adminReason = "Administrator action"
