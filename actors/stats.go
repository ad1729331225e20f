package actors

import (
	"sync/atomic"
	"time"
)

// Stats are a node's figures of now.
type Stats struct {
	Connections int // clients, here or away
	Away        int // of them: whose time of grace runs
	LiveRooms   int // in memory
	Accounts    int // in memory
	Lingering   int // of the live rooms: that nobody needs
	JournalWait int // writes that wait for the commit under way
	Kept        int // bytes of events that clients may have missed

	// since the node was started; none of them ever goes down
	Deliveries uint64            // events of rooms, each counted once for each connection inside
	Grace      map[string]uint64 // by what became of clients that were away: GraceOutcomes
	Resumes    map[string]uint64 // by what became of clients that came back: ResumeOutcomes
	Panics     uint64
}

// A graceOutcome is what became of a client that was away.
type graceOutcome int

const (
	graceReturned graceOutcome = iota // it came back as the session that it was
	graceExpired                      // it did not come in time
	graceReplaced                     // another connection of its user took its places
	graceOutcomeCount
)

var graceOutcomeNames = [...]string{"returned", "expired", "replaced"}

// A resumeOutcome is what became of a client that came back with the key of a
// session.
type resumeOutcome int

const (
	resumeDone    resumeOutcome = iota
	resumeUnknown               // there is no such session, or no more
	resumeOthers                // the session is another user's
	resumeMissed                // it has missed more than is known
	resumeOutcomeCount
)

var resumeOutcomeNames = [...]string{"recovered", "unknown session", "other user", "missed too much"}

// GraceOutcomes and ResumeOutcomes are all there are.
func GraceOutcomes() []string  { return graceOutcomeNames[:] }
func ResumeOutcomes() []string { return resumeOutcomeNames[:] }

// counts is what a node counts as it goes.
type counts struct {
	liveRooms, accounts atomic.Int64
	deliveries          atomic.Uint64
	grace               [graceOutcomeCount]atomic.Uint64
	resumes             [resumeOutcomeCount]atomic.Uint64
}

// Stats returns the figures of now. It looks at every connection once: ask for it
// once a second, not once a message.
func (n *Node) Stats() Stats {
	s := Stats{
		LiveRooms:   int(n.counts.liveRooms.Load()),
		Accounts:    int(n.counts.accounts.Load()),
		Lingering:   int(n.lingerBudget.rooms.Load()),
		JournalWait: n.journal.depth(),
		Kept:        n.frames.size(),
		Deliveries:  n.counts.deliveries.Load(),
		Grace:       map[string]uint64{},
		Resumes:     map[string]uint64{},
		Panics:      n.Panics(),
	}
	for i, name := range graceOutcomeNames {
		s.Grace[name] = n.counts.grace[i].Load()
	}
	for i, name := range resumeOutcomeNames {
		s.Resumes[name] = n.counts.resumes[i].Load()
	}
	for c := range n.connections.all() {
		s.Connections++
		if c.isAway() {
			s.Away++
		}
	}
	return s
}

// A Commit is one commit of the journal: how much was in it, and what came of it.
type Commit struct {
	Writes int // of rooms and accounts, each with changes of its own
	Bytes  int
	Took   time.Duration
	Err    error
}
