package persistence

import "time"

// All limits of the package. Those a caller can meet are exported, so that it can bound its batches by them.
const (
	// KeyBytesMax is the length of a key: a word of the contract's 100 characters and an id of its 128 bytes, as of a
	// room that is found by a word of its name, and what tells kinds of keys and their parts apart.
	KeyBytesMax = 600

	// RecordBytesMax and MessageBytesMax bound one record's and one message's data: a client's payload (1,000,000
	// by default) with room for what is put around it and for a larger configured one.
	RecordBytesMax  = 4 << 20
	MessageBytesMax = 4 << 20

	// SnapshotBytesMax bounds a snapshot: some 300,000 members of 100 bytes.
	SnapshotBytesMax = 32 << 20

	// SummaryBytesMax bounds a summary, which is rewritten with each change of its key and read with
	// all others when keys are listed: a name of 100 and a description of 1,000 characters, with room.
	SummaryBytesMax = 16 << 10

	// CommitChangesMax, CommitEntriesMax (records and messages) and CommitBytesMax (all data) bound one commit: bbolt
	// holds it in memory until it is written, and all other commits wait. 100,000 entries take about a second.
	CommitChangesMax = 10_000
	CommitEntriesMax = 100_000
	CommitBytesMax   = 64 << 20

	// RecordsKeptMax bounds the records of a key after its snapshot, and with them Load and a restart's replay. A
	// key that has as many must write a snapshot first, or together with the next.
	RecordsKeptMax = 10_000

	// MessagesPageMax and MessagesPageBytesMax bound a page of messages, and with it the time that its read
	// transaction keeps old pages from being used again. A first message always fits.
	MessagesPageMax      = 1_000
	MessagesPageBytesMax = 8 << 20

	// KeysPageMax is the number of keys that are read at a time: about 1 ms, 4 MiB at most.
	KeysPageMax = 256

	// SummariesMax is how many keys' summaries are read at a time: 2 ms.
	SummariesMax = 1_000
)

const (
	// A commit removes up to sweepEntriesMin leftover entries (about 0.3 ms) and sweepPerEntry more for each entry that
	// it adds: leftovers were once added, so at 2 for 1 they can't gather faster than they go.
	sweepEntriesMin = 256
	sweepPerEntry   = 2

	// keySetChunkMax is the length of the runs in which a store in memory keeps its keys in order: to put a key in its
	// place costs moving a part of one run, and only when that run is full a part of the list of all runs.
	keySetChunkMax = 512

	// After a failure the store is opened again after recoverDelayMin, then at twice the delay each time, and every
	// recoverDelayMax from then on: a disk that was full for a moment costs little, one that stays so next to nothing.
	recoverDelayMin = 100 * time.Millisecond
	recoverDelayMax = 5 * time.Second

	// slowTimeout is how long a commit may be at the disk before the store's health says so: many times what the
	// largest takes on a disk that works.
	slowTimeout = 5 * time.Second

	// problemsMax is how many of a damaged file's problems are told: what to do about it is the same for more.
	problemsMax = 20

	// kindsMax bounds the kinds of keys that statistics tell apart: callers have a handful.
	kindsMax = 64

	// backupStallTimeout is how long a client of the backup server may take nothing: its copy keeps pages from being
	// used again. The client gives up on a server that sends nothing for backupAnswerTimeout, which is longer, so
	// that one client can wait for another that stalls.
	backupStallTimeout  = 10 * time.Second
	backupAnswerTimeout = time.Minute

	// socketPathBytesMax is what every system allows: 104 bytes with a zero at the end, on some.
	socketPathBytesMax = 103

	// acceptDelay is the pause after a connection that could not be accepted.
	acceptDelay = 100 * time.Millisecond

	// compactCommitBytes is how much of the compact copy is held in memory at a time.
	compactCommitBytes = 16 << 20

	// lockTimeout is the time to wait for a data folder that another process holds: enough for one that is
	// just ending, too short for a person to wonder.
	lockTimeout = time.Second

	// initialMapBytes of address space (not memory) are mapped at first. To grow the map bbolt waits until all reads
	// are done and lets no new one begin, so growing is put off to sizes that few files reach. 64-bit systems only.
	initialMapBytes = 16 << 30
)
