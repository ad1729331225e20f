package token

import "time"

// DefaultLeeway is a good Config.Leeway: well-kept clocks differ by less.
const DefaultLeeway = 30 * time.Second

// LeewayMax bounds Config.Leeway: beyond, it would be a longer life for tokens
// and no longer about clocks.
const LeewayMax = 5 * time.Minute

// Every other bound of this package, with its unit and its reason.
const (
	// tokenBytesMax bounds a token before anything is decoded. Real ones have
	// 1 to 2 KiB, those with many groups or rooms some more.
	tokenBytesMax = 8 << 10

	// secretBytesMin is what HS256 asks for: a shorter secret can be found by
	// trying, offline, with one token in hand.
	secretBytesMin = 32

	// RSA keys below this can be broken; above, each check of a signature costs
	// milliseconds.
	rsaBitsMin = 2048
	rsaBitsMax = 8192

	// keysMax bounds the keys of one source. A token without a key id is tried
	// with all of them, some 30 µs each.
	keysMax = 64

	// dateMax is the end of the year 9999, in seconds. A later date is one in
	// milliseconds, by mistake, and would never come.
	dateMax = 253_402_300_799

	// Patterns of one list, and the length of one: an id of a room has no more.
	patternsMax     = 100
	patternBytesMax = 256

	// keySetBytesMax bounds a response with keys. Large issuers' have 20 KiB.
	keySetBytesMax = 256 << 10

	// responseHeaderBytesMax bounds the header of that response.
	responseHeaderBytesMax = 64 << 10

	// redirectsMax bounds the redirects that lead to the keys.
	redirectsMax = 3

	// fetchTimeout bounds one fetch of the keys, redirects and body included.
	fetchTimeout = 5 * time.Second

	// refreshInterval is how long a key that its issuer has withdrawn may go on
	// to be accepted; retryInterval comes in its place after a failed fetch.
	refreshInterval = 5 * time.Minute
	retryInterval   = 30 * time.Second

	// fetchIntervalMin is the least time between two fetches, whatever tokens
	// come: anybody can make up key ids.
	fetchIntervalMin = 10 * time.Second
)
