package ratelimit

import (
	"fmt"
	"math"
	"time"
)

// Rate is a token bucket's: Burst operations at once, PerSecond in the long
// run. The zero Rate is no limit.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Scopes are the rates of one kind of operation.
type Scopes struct {
	Connection, User, Address Rate
}

// Rates are the rates of every Kind, by its number.
type Rates [kindCount]Scopes

// Defaults returns rates that stop abuse and are in nobody's way: not in that
// of an office of 300 behind one address, which begins its morning within
// seconds or comes back at once after a restart of the server, nor of a game
// that sends 20 times a second. A user has several tabs and devices, so the
// user's rate is above a connection's.
func Defaults() Rates {
	return Rates{
		// An office with three tabs each comes back at once after a restart:
		// 900. From then on, people who load the page anew.
		Connect: {Address: Rate{20, 1000}},

		// A connection is inside 200 rooms at most, a user in 1,000: a front end
		// that comes back joins them all at once.
		Join: {Connection: Rate{20, 200}, User: Rate{40, 1000}, Address: Rate{200, 5000}},

		// Rooms are kept, persistent ones on disk. A person makes a few; a
		// lesson begins with one for each of its groups.
		Create: {Connection: Rate{1, 20}, User: Rate{2, 40}, Address: Rate{10, 300}},

		// A server of two cores hashes 13 passwords a second, those that it has
		// found right before apart: one address that goes on guessing leaves it half. A meeting
		// of 300 comes in within 10 seconds. A user's guesses are 720 an hour.
		Password: {Connection: Rate{0.2, 10}, User: Rate{0.2, 20}, Address: Rate{5, 260}},

		// Nobody types more than a few a second, but a game or a bot that
		// sends messages 20 times a second is none the worse. The address is
		// twice an office where all say something every second.
		Message: {Connection: Rate{30, 60}, User: Rate{60, 120}, Address: Rate{600, 1200}},

		// Messages are kept, for ever unless --history-… says otherwise. Nobody types
		// longer ones all the time; who pastes has 25 of the largest at once. An
		// address's come to 3.8 GB an hour, twice what its messages' first KiB come to,
		// instead of the 72 GB that it can send.
		Volume: {Connection: Rate{64, 2048}, User: Rate{128, 4096}, Address: Rate{1024, 65_536}},

		// 60 a second is a pointer that moves with the screen's refresh, and
		// three times a game's 20. A user plays on three screens, an address is
		// a tournament of 150 at 20 a second.
		Event: {Connection: Rate{60, 120}, User: Rate{180, 360}, Address: Rate{3000, 6000}},

		// A front end that comes back to 200 rooms asks two things of each.
		Query: {Connection: Rate{20, 400}, User: Rate{60, 1200}, Address: Rate{400, 6000}},

		// A list of contacts is brought along once; a moderator is quick.
		Change: {Connection: Rate{5, 100}, User: Rate{10, 200}, Address: Rate{100, 2000}},

		// A mistake in a front end repeats for all who have it, and its
		// developer should go on seeing what is wrong.
		Refused: {Connection: Rate{2, 50}, User: Rate{5, 100}, Address: Rate{50, 1000}},
	}
}

// PacketsPerSecond is how many packets and frames of one connection are read in
// a second; what is more waits. It is above all that the rates allow together,
// each event with its attachments, and above what a front end says at once that
// comes back to 200 rooms; it is for what no rate counts, and for refusals.
const PacketsPerSecond = 1000

// PacketsPerSecondPerAddress is the same for all connections of one address: above
// all that the rates allow an address together. As a packet costs 10 to 20 µs, it
// is a tenth or two of a core.
const PacketsPerSecondPerAddress = 10_000

// kindPackets are what operations cost beyond their packet, in packets, where it is
// far more: the rates allow an address thousands of them at once, and this spreads
// them. 900 sessions that come back at once, to five rooms each, take 3 s; what they
// cost does anyway take a core for most of that.
var kindPackets = [kindCount]int{Connect: 8, Join: 3, Create: 6}

var (
	// Sockets are new TCP connections of one address, whatever comes of them. An
	// office of 300 opens the page with six connections each, or comes back with
	// three tabs of two each, at once: 1,800.
	Sockets = Rate{100, 2000}

	// Requests are those over HTTP. Who comes back needs four for each of 900
	// sessions, one that polls and talks two a second. What is more waits, so there
	// is no need for many at once, which would keep a core for as long.
	Requests = Rate{1000, 100}
)

const (
	// waitMax bounds the time that anything waits for its turn in Addresses.
	waitMax = 10 * time.Second

	// bucketsMax is how many buckets are kept a kind for all users, and as many
	// for all addresses: the clients that one server has. A bucket takes some
	// 140 bytes: 240 MB if all of them did everything at once.
	bucketsMax = 100_000

	// shardCount is over how many locks each kind's buckets are spread: well
	// over a machine's cores, so that they seldom meet.
	shardCount = 32

	// shardBucketsMax is for each of a shard's two generations.
	shardBucketsMax = bucketsMax / shardCount / 2
)

// check panics for a rate that would never allow anything, or whose bucket
// would never be full again: a mistake in the program.
func (r Rate) check(kind Kind, scope string) {
	possible := r.PerSecond > 0 && !math.IsInf(r.PerSecond, 1) && r.Burst >= 1
	if r != (Rate{}) && !possible {
		panic(fmt.Sprintf("ratelimit: %s a %s: %v", kind, scope, r))
	}
}
