package main

import "time"

// Bounds of the HTTP server.
const (
	// headerTimeout is the time to send a request's headers, and before them
	// TLS's handshake.
	headerTimeout = 10 * time.Second

	// requestTimeout is the time to send a request with its body. Long polls
	// and POSTs of packets have their own (engineio).
	requestTimeout = 30 * time.Second

	// responseTimeout is the time to take a response, from the end of the
	// request's headers on; engineio's have their own.
	responseTimeout = 30 * time.Second

	// Some 4,000 TCP connections are accepted a second, those that
	// are closed at once too: 30 µs each. A server full of clients is back within
	// seconds, which their handshakes take anyway; the others wait in the kernel.
	// acceptsAtOnceMax may come in any time, and as many again when acceptsAtOnceTime
	// has gone by since.
	acceptsAtOnceMax  = 20
	acceptsAtOnceTime = 5 * time.Millisecond

	// idleTimeout is that of a kept-alive connection between requests.
	idleTimeout = time.Minute

	// headerBytesMax leaves room for a token in the query and many cookies.
	headerBytesMax = 16 << 10

	// firstBytesMax is what is read of a connection before it is known what it
	// wants. A client's request for a WebSocket is a tenth of it; a longer one is
	// the HTTP server's, as is one that comes in pieces.
	firstBytesMax = 4 << 10

	// silentKeptMax is for how many connections that have said nothing yet the room is
	// kept when all have spoken: those that come and go all the time.
	silentKeptMax = 64

	// fieldsMax is how many fields a request has that is read with little work;
	// browsers send some fifteen. What has more is read by the general parser.
	fieldsMax = 24

	// responseBlockBytes is the buffer of what a handshake is answered with.
	responseBlockBytes = 512

	// refusedTimeout is the time in which a client that was refused a WebSocket
	// may read that and hang up, and refusedBytesMax what it may send meanwhile,
	// as with the HTTP server.
	refusedTimeout  = 500 * time.Millisecond
	refusedBytesMax = 256 << 10

	// sendBufferBytes bounds what the kernel holds of what a client doesn't read,
	// before it waits in the outbox, where it is shared: left alone the buffer
	// grows to several MiB. The kernel doubles it for its own needs. It is what a
	// client at 20 Mbit/s that is 100 ms away can have under way.
	sendBufferBytes = 256 << 10

	// requestsTimeout is for requests under way at the end, when all clients'
	// transports are closed: pages and refusals.
	requestsTimeout = time.Second

	// flushTimeMax is what of --shutdown-deadline is kept for the disk at most: a
	// disk that needs longer for the last commits has failed.
	flushTimeMax = 5 * time.Second

	// memoryInterval is between two looks at the memory that is held unused…
	memoryInterval = 5 * time.Second

	// …of which less is not worth a collection…
	memoryUnusedMin = 4 << 20 // bytes

	// …and which waits while the process allocates more than one part in so many
	// of its live heap from look to look: then it isn't calm. A process that allocates
	// less than calmAllocationMin is: a hundred clients that talk. Its heap is
	// collected anyway as often as memory is given back then.
	calmAllocation    = 50
	calmAllocationMin = 2 << 20 // bytes

	// scrapesMax is how many may read the metrics at a time.
	scrapesMax = 4

	// reservedFiles is how many open files are left for others than clients: the
	// store, the key set's server, pages, administrators' tools.
	reservedFiles = 128
)

// Defaults of --max-connections and --max-connections-per-address.
const (
	// maxConnectionsDefault fits in a process of 20,000 open files, with some
	// hundred MB of memory for idle clients.
	maxConnectionsDefault = 18_000

	// maxConnectionsPerAddressDefault is for an office of 300 with three tabs
	// each, that come back at once: 900 sessions, of which each has two
	// connections while it upgrades.
	maxConnectionsPerAddressDefault = 2_000

	// maxConnectionsMax is more than the ports, memory and files of one machine.
	maxConnectionsMax = 10_000_000
)
