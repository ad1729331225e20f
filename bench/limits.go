package bench

import "time"

// Limits of a scenario's parameters. They keep a mistyped flag from becoming
// a run that can't end or doesn't fit in memory.
const (
	// membersMax is what one client address has ports for, and more.
	membersMax = 65_536
	// messagesMax is the messages of one window.
	messagesMax = 1_000_000
	// deliveriesMax is the deliveries of one window.
	deliveriesMax = 1_000_000_000
	// textBytesMax is the contract's limit of a text.
	textBytesMax = 16 << 10
	// textBytesMin holds the longest label (see label.go).
	textBytesMin = 64
	// windowTimeMax is the longest warm-up and the longest measured window.
	windowTimeMax = time.Hour
	// roundsMax is the rounds of one plan.
	roundsMax = 100
)

// Limits of what is kept for a server that misbehaves.
const (
	// frameBytesMax bounds what is gathered for one frame of a server. The
	// largest honest one is a join's reply with every member's name.
	frameBytesMax = 16 << 20
	// headBytesMax bounds the head of a response to a poll or a POST.
	headBytesMax = 16 << 10
	// waitingBytesMax is what may wait for a POST to be answered: about the
	// longest payload that servers take.
	waitingBytesMax = 1_000_000
	// outputBytesMax is how much of a child's last output is kept to show.
	outputBytesMax = 2 << 10
)

// Limits of waiting.
const (
	// readyTimeout is from the start of a server to its first handshake.
	readyTimeout = 15 * time.Second
	// readyInterval is between two attempts at that handshake.
	readyInterval = 20 * time.Millisecond
	// connectTimeout is from dialing to CONNECT's reply.
	connectTimeout = 15 * time.Second
	// joinTimeout is from joinRoom to its ack.
	joinTimeout = 30 * time.Second
	// quietTime without a packet says that a server has settled…
	quietTime = 250 * time.Millisecond
	// …and settleTimeout is how long that is waited for.
	settleTimeout = 15 * time.Second
	// stallTimeout without any delivery says that the rest is missing.
	stallTimeout = 5 * time.Second
	// drainTimeout is how long after the last message deliveries may come.
	drainTimeout = 2 * time.Minute
	// stopTimeout is from SIGTERM to SIGKILL, and from there to giving up.
	stopTimeout = 5 * time.Second
	// progressInterval is between two looks at a counter.
	progressInterval = 5 * time.Millisecond
	// pollTimeout is how late the loop may notice that it is to end.
	pollTimeout = 50 * time.Millisecond
)

// What is expected of a server that can bear the load, to say before a run how
// long it will take.
const (
	// serverTimeExpected is a server's start and its end.
	serverTimeExpected = time.Second
	// settleTimeExpected is a crowd's last news and late duplicates.
	settleTimeExpected = time.Second
	// joinTimeExpected is one member's connecting and joining.
	joinTimeExpected = 500 * time.Microsecond
)

// Sizes of the client itself.
const (
	// loopbacksMax is the addresses that connections to loopback are dealt to.
	loopbacksMax = 8
	// dialersMax is the connections being opened at one time.
	dialersMax = 32
	// readBufferBytes is what the loop takes from a connection in one read.
	readBufferBytes = 64 << 10
	// stalledBufferBytes is what the kernel takes for a client that doesn't read.
	stalledBufferBytes = 4 << 10
	// filesReserved is the open files a run needs beside its connections.
	filesReserved = 64
	// latencyMax is the longest latency that is told apart.
	latencyMax = 5 * time.Minute
)
