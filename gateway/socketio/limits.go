package socketio

import "time"

// Every limit of this package. What a packet may weigh in all is engineio's PayloadBytesMax; the
// length of an event's name is the application's affair within that.
const (
	// attachmentsMax is how many attachments a packet may announce. The reference and the stock
	// client refuse more, so relaying more would close every receiver.
	attachmentsMax = 10

	// attachmentsTimeout is how long a packet may wait for the attachments it announced. Clients
	// send them right behind it, so only one that stopped halfway gets here.
	attachmentsTimeout = 60 * time.Second

	// namespaceBytesMax is how long a namespace's name may be: it is kept as long as its socket.
	namespaceBytesMax = 256

	// ackIDDigitsMax is how many digits an ack id may have: as many as 2⁵³−1, the largest
	// integer that JavaScript counts to, and far from overflowing 64 bits.
	ackIDDigitsMax = 16

	// argsMax is how many elements the payload of an event (its name included) or of an ack may
	// have. Each costs a slice header (24 bytes), so that a payload of nothing but "0," would
	// take twelve times its size.
	argsMax = 1000

	// depthMax is how deeply a payload's arrays and objects may nest: beyond any honest message,
	// and shallow enough for every recursive reader, here and in those it is relayed to.
	depthMax = 128

	// restValues is behind how many values of one payload, half a millisecond of scanning, a reader
	// rests for restTime: a megabyte of nothing but "0," takes 5 ms, in which what others hear
	// would wait. No honest payload has so many. The pace of an address counts nothing more for
	// values than for bytes: 2 KiB, one packet there, take 7 µs in all as text and 15 as "0,".
	restValues = 50_000
	restTime   = time.Millisecond

	// acksPendingMax is how many acknowledgements a socket may be waiting for at a time. Each
	// holds a callback and a timer.
	acksPendingMax = 128

	// scratchBytesMax is how much memory is kept to write packets in: enough for all but the longest
	// texts and histories, of which each processor would else keep one.
	scratchBytesMax = 32 << 10

	// socketIDBytes is how many random bytes make a socket id: 120 bits, not to be guessed.
	socketIDBytes = 15
)

// The defaults of Config; the first is the reference's.
const (
	defaultConnectTimeout  = 45 * time.Second
	defaultAckTimeout      = 30 * time.Second
	defaultNamespacesMax   = 10
	defaultPayloadBytesMax = 1_000_000
)
