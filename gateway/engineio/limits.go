package engineio

import "time"

// The defaults of Config are those of the reference server, but for the
// outbox, which is unbounded there.
const (
	defaultPingInterval     = 25 * time.Second
	defaultPingTimeout      = 20 * time.Second
	defaultUpgradeTimeout   = 10 * time.Second
	defaultPayloadBytesMax  = 1_000_000
	defaultOutboxBytesMax   = 1 << 20
	defaultCompressBytesMin = 1024
)

// The limits that no product would want to differ.
const (
	// outboxFramesMax bounds the frames waiting for one client. It is there
	// for tiny frames, whose own cost OutboxBytesMax does not see.
	outboxFramesMax = 16384

	// pollBytesMax bounds the packets in one poll's response, counted as they
	// would be on a WebSocket: a client has to hold a response as a whole. One
	// frame always goes, whatever its size.
	pollBytesMax = 256 << 10

	// gatherBytesMax bounds one write to a busy WebSocket. It is copied under
	// the session's lock, so it stays well inside the first-level cache.
	gatherBytesMax = 16 << 10

	// readBlockBytes is the size of the buffer a WebSocket borrows while
	// there is something to read.
	readBlockBytes = 4 << 10

	// pollEventsMax bounds the connections that one look at the poller finds
	// to be readable. The others come with the next.
	pollEventsMax = 256

	// ordinaryInterval is how long the poller's looks may go past Go's scheduler,
	// whose watching thread costs half a percent of small rooms' CPU this often.
	ordinaryInterval = 100 * time.Millisecond

	// paceBlockBytes is how much of a packet counts as another one. To read, unmask
	// and check it takes up to 6 ns a byte, so they cost the same.
	paceBlockBytes = 2 << 10

	// sharedStepPackets is for how many packets a client pays at a time, of what
	// all of its address have together: seldom enough to cost nothing, often
	// enough that they wait in turn, and that those who come and go pay too.
	sharedStepPackets = 8

	// replyBlockBytes is how much of a frame for one client counts as a packet of its
	// address: to make and to write so much takes as long, some 20 µs.
	replyBlockBytes = 4 << 10

	// deliveriesPerPacket is how many deliveries count as a packet of the address that has caused
	// them, so that it may cause 100,000 a second: two thirds of a core where rooms don't gather, a
	// tenth where they do. A tournament of 150 who say 20 things a second in rooms of ten causes
	// 30,000; an office of 300 with three tabs that comes back at once to one room 270,000.
	deliveriesPerPacket = 10

	// owedMax bounds what an address owes for both: well below the time that a pong has.
	owedMax = 5 * time.Second

	// unreadBytesMax bounds what all clients of an address leave unread of replies. An office
	// of 300 with three tabs that comes back at once is told less than that, and has
	// read the most of it.
	unreadBytesMax = 64 << 20

	// sharedBurst is the time whose packets an address may send at once. What is
	// more comes at the address's pace, so a burst is spread rather than refused:
	// done at once, a second's took all cores for a tenth of one.
	sharedBurst = 50 * time.Millisecond

	// turnPackets is after how many packets a reader that has not had to wait lets
	// others have the processor: a third of a millisecond.
	turnPackets = 32

	// payloadStepBytes is the least room made for a payload that has been
	// announced but is not there yet. From there it grows with what arrives.
	payloadStepBytes = 512

	// noopDelay is how long a poll waits while a WebSocket is being probed
	// before it is sent home with a noop, so that the client can go on with
	// the upgrade. The reference checks as often.
	noopDelay = 100 * time.Millisecond

	// graceTimeout is how long a sid stays known after the client's close
	// packet, for the poll it sent at the same time and that came second.
	graceTimeout = 500 * time.Millisecond

	// closeTimeout bounds an orderly close: the time for what is queued to go
	// out, and for a polling client to come and hear of it.
	closeTimeout = 5 * time.Second

	// shutdownTimeout is closeTimeout when the server itself is closed.
	shutdownTimeout = time.Second

	// discardBlockBytes is how much is read at a time of what a client sends that
	// will be closed, and nobody looks at.
	discardBlockBytes = 32 << 10

	// goodbyeTimeout bounds the life of a WebSocket after its session: the
	// time to write a close frame and to wait for the client's own.
	goodbyeTimeout = time.Second

	// bodyTimeout bounds the sending of a POST's body.
	bodyTimeout = 30 * time.Second

	// responseTimeout bounds the reading of a response by the client.
	responseTimeout = 30 * time.Second

	// handshakeTimeout bounds the writing of WebSocket's handshake response.
	handshakeTimeout = 10 * time.Second

	// addressPrefixBits is how much of an IPv6 address is counted as one: what a
	// single customer, or a single machine, has at least.
	addressPrefixBits = 64

	// placeRetryAfter is what a client that finds no place is told: one may be
	// given back at any time, but seldom within a second.
	placeRetryAfter = 5 * time.Second

	// sidBytes is the randomness in a sid: 20 characters of base64url.
	sidBytes = 15
)
