package actors

import "time"

// Every bound of this package, with its unit and its reason.
const (
	// shardCount is fixed for the life of a deployment: rooms hash to shards,
	// and shards are what nodes will own. 256 spread well over any number of
	// nodes that one would run.
	shardCount = 256

	// commandsUnderWayMax is how many commands of one connection may wait for
	// their replies. Its reader waits at the next one, so this bounds every
	// mailbox behind it: connections × this.
	commandsUnderWayMax = 32

	// commandTimeout is when a command that no room has answered is answered
	// with "unavailable".
	commandTimeout = 10 * time.Second

	// expiryInterval is how often a connection with commands under way looks
	// for those past their deadline.
	expiryInterval = time.Second

	// connectionRoomsMax is how many rooms one connection may be inside.
	connectionRoomsMax = 200

	// runsMax is how often the streams of one client may interleave between two
	// pongs, or while it is away, until what is oldest can't be gone back to:
	// 24 bytes each. It is 80 times a second in the time of grace, behind which a
	// stock client waits for 20 s that nobody answers it: three lively rooms.
	runsMax = 4_096

	// streamFramesMax and streamBytesMax bound what one stream keeps for those
	// who come back: a minute and more of a very busy room.
	streamFramesMax = 8_192
	streamBytesMax  = 4 << 20

	// frameStoreBytesMax bounds what all streams keep together. Beyond it each
	// stream forgets its own oldest event with each new one.
	frameStoreBytesMax = 128 << 20

	// keptFrameBytes is what keeping an event costs beside its frame.
	keptFrameBytes = 40

	// sweepInterval is how often what nobody may miss any more is forgotten.
	sweepInterval = 5 * time.Second

	// missedFramesMax and missedBytesMax bound what one who comes back is given
	// at once: less than an outbox holds, or he would be closed again.
	missedFramesMax = 8_192
	missedBytesMax  = 2 << 20

	// carriedFramesBytesMax, carriedConnectionsMax and carryoverBytesMax bound what
	// a node that ends leaves to the next one: the frames that may be missed, the
	// sessions, and all together, stored in pieces of carryoverPieceBytes. What frames are
	// more, their sessions are not recovered; what sessions are more, none is.
	// The store takes so much in one commit, within half a second.
	carriedFramesBytesMax = 24 << 20
	carriedConnectionsMax = 100_000
	carryoverBytesMax     = 56 << 20
	carryoverPieceBytes   = 1 << 20

	// quiesceTimeout is how long a node that ends waits for commands under way, and
	// quiesceInterval how often it looks.
	quiesceTimeout  = 2 * time.Second
	quiesceInterval = 5 * time.Millisecond

	// userRoomsMax is how many rooms a user may be a member or inside of: they
	// are in memory while he is online, and what a new connection is told is
	// chosen among them.
	userRoomsMax = 1000

	// messagesInTurnMax is how many messages an actor handles until it lets others
	// have the processor.
	messagesInTurnMax = 300

	// queueKeptMax is the largest queue of messages that is kept for another mailbox:
	// a KiB.
	queueKeptMax = 64

	// idleWorkersMax is how many workers wait for mailboxes, with 8 KiB of stack
	// each: more than there are processors, so that bursts find some.
	idleWorkersMax = 32

	// gatherFactor is how many times as long as its last fan-out took a busy room
	// gathers events for the next one: three tenths of the time are left to offering
	// then. gatherTimeMax bounds that: less than a person notices. What would be
	// less than gatherTimeMin is not waited for: timers are not much finer, and
	// few have to be written to.
	gatherFactor  = 2.25
	gatherTimeMax = 50 * time.Millisecond
	gatherTimeMin = time.Millisecond

	// gatherEventsMax and gatherBytesMax bound what gathers: what is more goes out
	// at once. A socket takes so much without waiting for its client.
	gatherEventsMax = 256
	gatherBytesMax  = 64 << 10

	// deliveryBlockBytes is how much of an event costs as much again as its delivery: a
	// copy into the kernel, and out of it.
	deliveryBlockBytes = 8 << 10

	// subscribersScannedMax is among how many inside of a room one is found without a
	// map, which takes more than they do.
	subscribersScannedMax = 16

	// gatherKeptMax is for how many events a room keeps the space to gather: each
	// takes 64 bytes.
	gatherKeptMax = 32

	// shardWaitingMax is how many commands a shard holds for a room that is
	// just ending, before it lives again: milliseconds of the worst storm of
	// joins.
	shardWaitingMax = 4096

	// lingeringRoomsMax and lingeringBytesMax bound the rooms of a node that stay
	// in memory with nobody inside: a room of 300 short messages takes about
	// 100 KB, one of the longest half a megabyte.
	lingeringRoomsMax = 2_000
	lingeringBytesMax = 64 << 20

	// recordsPerSnapshot is after how many records a room's snapshot is taken
	// anew, so that loading it replays no more than these.
	recordsPerSnapshot = 1000

	// recordsPerAccountSnapshot is the same for a user's account, which is
	// loaded with each connect of a user who was away.
	recordsPerAccountSnapshot = 100

	// heldErrandsMax is how many errands of rooms and other accounts an account
	// keeps while the store fails: about one of everybody who may watch a user.
	heldErrandsMax = 10_000

	// storeRetryInterval is when an account tries the store again for them.
	storeRetryInterval = time.Second

	// relationsPerCommit is how many memberships and invitations of a room that is
	// deleted are removed from the store in one commit, for which all others wait.
	relationsPerCommit = 2_000

	// welcomeAge is how long a list that is told to all who come is kept, though
	// nothing in it has changed: what is kept for those who come back must not
	// be forgotten earlier than they.
	welcomeAge = sweepInterval / 2

	// welcomeTimeout is how long a new connection's list of rooms waits for
	// what is unread in them.
	welcomeTimeout = 2 * time.Second

	// summaryInterval is how stale a room's last activity in the stored
	// directory may be after a crash.
	summaryInterval = 10 * time.Second

	// Restarts of a failing room: more within the window and it is given up.
	restartsMax   = 10
	restartWindow = 10 * time.Second

	// roomsListedMax is how many rooms a connection is told of at first.
	roomsListedMax = 20

	// scannedMax is how many entries of an index one answer looks at: about a
	// millisecond; as many more of the store's, on a goroutine of their own.
	scannedMax = 2_000

	// listsTimeMin is how long the directory answers lists until it rests: that is some
	// plain pages, or a search among thousands of names, which takes a millisecond and
	// more. It rests for listsRestTimes as long: they take a quarter of its time at most.
	listsTimeMin   = 200 * time.Microsecond
	listsRestTimes = 3

	// listsRestMax bounds the rest behind a search that others have interrupted.
	listsRestMax = 20 * time.Millisecond

	// newsInterval is the least time between two counts of one room that the
	// directory tells, and the time in which it tells at most newsMax things. Each
	// goes to every watcher, so that with many of them they are no more than come to
	// newsDeliveriesMax, a fifth of a core's time; but for newsMin, which go on.
	newsInterval      = time.Second
	newsMax           = 100
	newsMin           = 2
	newsDeliveriesMax = 30_000

	// activityInterval is how stale a room's last activity in the directory
	// may be.
	activityInterval = time.Second

	// Password hashing: each takes 7 MiB and some 25 ms of a core. It is done by
	// half as many as there are cores at most, and by so many.
	passwordParallelMax = 2

	// passwordRestTimes is how many times as long as a hash took is the rest behind it: so each
	// slot hashes for a third of the time at most. Without rests what others hear was more than twice as late.
	passwordRestTimes = 2

	// passwordRestMax bounds the rest behind a hash that others have interrupted.
	passwordRestMax = 75 * time.Millisecond

	// passwordWaitingMax is how many wait for their turn: it comes within 8 s on two
	// cores, before commandTimeout, unless others come later who have it first. Where
	// these are not enough each address has as many of them as any other.
	passwordWaitingMax = 96

	// passwordWaitingRoomMax is how many of them may want the same room, or to give a room a
	// password: who guesses that of one room leaves places to others. Addresses share
	// these in the same way.
	passwordWaitingRoomMax = 32

	// knownPasswordsMax is how many passwords that were right are kept: 200 bytes
	// each. More rooms aren't entered with one at a time.
	knownPasswordsMax = 1_000

	// roomGatheredMax is how many outcomes of one room wait for a store that
	// hangs, before commands are refused: more than a second's worth of a busy
	// room.
	roomGatheredMax = 20_000

	// relaxedFlushInterval is how long a relaxed room holds back what it has told
	// already: so much is lost at most with a server that ends without a word,
	// beside the commit under way then. Many rooms and messages share a commit.
	relaxedFlushInterval = 100 * time.Millisecond

	// writeLead is how many times as long as its last write took a busy room's next
	// one begins before the events of the room go out: some take longer.
	writeLead = 2

	// roomWriteMax is how many outcomes of one room are stored at a time, and
	// roomChangesMax after how many changes no other joins them: one that deletes a
	// room has 2,000 memberships beside it, one that gives it another name a
	// hundred words, and a commit of the store takes 10,000.
	roomWriteMax   = 1_000
	roomChangesMax = 4_000

	// nearRoomsMax is how many public rooms at rest the directory keeps in memory, the
	// latest activity first: what is at the top of lists, at a kilobyte each. Others
	// are read from the store for the page that shows them.
	nearRoomsMax = 1_000

	// listingReadsParallelMax is how many pages of lists are read from the store at a
	// time: decoding takes the time, so a core or two.
	listingReadsParallelMax = 2

	// listingsExtra is how many more rooms than it shows a page is read with, for
	// those that the directory has in memory as they are now.
	listingsExtra = 20

	// journalChangesMax and journalBytesMax bound what one commit of the journal
	// takes, a single write apart: what waits behind it waits for some 20 ms,
	// and more at a time is hardly faster.
	journalChangesMax = 4_000
	journalBytesMax   = 8 << 20

	// journalTimeMax is about how much longer than a lone one a commit of the
	// journal should take, where writes are what takes the time: less than a
	// person notices. A change costs as much as this many bytes more.
	journalTimeMax     = 50 * time.Millisecond
	journalChangeBytes = 1 << 10

	// readsParallelMax is how many pages of old messages are read from the store
	// at a time: decoding takes the time, so a core or two.
	readsParallelMax = 2

	// retentionInterval is the time between two walks through the stored rooms to
	// remove what is kept no longer: far below what anybody would set as its age.
	retentionInterval = 5 * time.Minute

	// trimStep is how many records one commit removes at most, for which all others
	// wait: 0.3 ms. The store removes as many in the commit that drops them.
	trimStep = 250

	// retentionPauses is how many times as long as it has worked retention pauses:
	// it takes a tenth of a processor and of the disk at most.
	retentionPauses = 9

	// readsWaitingMax is how many of one origin wait to read, as many again for lists
	// that are read, and for lists that the directory answers: those that come to it
	// within 5 s. What is more is "unavailable".
	readsWaitingMax = 1_000

	// readPauses is how many times as long as a page took its slot pauses: all that
	// read the past take a fifth of a processor together, about 200 pages a second.
	readPauses = 9

	// readPauseMax bounds the pause behind a page that waited for a slow disk.
	readPauseMax = 50 * time.Millisecond

	// readBurst is how many entries a reader decodes at a time, 0.1 ms: it goes on when
	// the commit that is under way is over, so that one which has come back from the
	// disk finds a processor.
	readBurst = 20

	// readWaitMax bounds that: a disk that is slower than a good one's commit doesn't
	// miss a tenth of a millisecond, and its readers need not be as slow.
	readWaitMax = 5 * time.Millisecond

	// shrinkFactor is how many times as many entries a map of ours has held when it is
	// made anew for those that are left.
	shrinkFactor = 4

	// adminTimeout is how long an administrator waits for an answer.
	adminTimeout = 5 * time.Second

	// placesTimeout is how long a connection waits for the places of another one.
	placesTimeout = 5 * time.Second

	// endTimeout is how long the end of all connections' actors may take: what the
	// actor library gives each of the others.
	endTimeout = 10 * time.Second
)
