package actors

import "time"

// Every bound of this package, with its unit and its reason.
const (
	// shardCount is fixed for the life of a deployment: rooms hash to shards,
	// and shards are what nodes will own. 256 spread well over any number of
	// nodes that one would run.
	shardCount = 256

	// connectionSupervisorCount spreads the starting and ending of connections
	// over several mailboxes.
	connectionSupervisorCount = 8

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

	// shardWaitingMax is how many commands a shard holds for a room that is
	// just ending, before it lives again: milliseconds of the worst storm of
	// joins.
	shardWaitingMax = 4096

	// recordsPerSnapshot is after how many records a room's snapshot is taken
	// anew, so that loading it replays no more than these.
	recordsPerSnapshot = 1000

	// summaryInterval is how stale a room's last activity in the stored
	// directory may be after a crash.
	summaryInterval = 10 * time.Second

	// Restarts of a failing room: more within the window and it is given up.
	restartsMax   = 10
	restartWindow = 10 * time.Second

	// roomsListedMax is how many rooms a connection is told of at first.
	roomsListedMax = 20

	// newsInterval is the least time between two counts of one room that the
	// directory tells, and the time in which it tells at most newsMax things:
	// each goes to every watcher.
	newsInterval = time.Second
	newsMax      = 100

	// activityInterval is how stale a room's last activity in the directory
	// may be.
	activityInterval = time.Second

	// Password hashing: each takes passwordMemoryKiB and some 30 ms of a core.
	passwordParallelMax = 2
	passwordWaitingMax  = 256

	// startTimeout bounds the start of one connection's actor.
	startTimeout = 5 * time.Second
)
