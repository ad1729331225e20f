package engineio

import (
	"maps"
	"strings"
	"sync/atomic"
)

// Stats are a server's figures. Traffic counts messages, pings and pongs; what
// opens, upgrades and closes a session is left out. Its bytes are those of the
// messages' data: not what a transport puts around it, and before compression.
// What has been taken to be sent counts, whether or not the client got it.
type Stats struct {
	Sessions        int // open or closing now
	PollingSessions int // those of them that are on long-polling

	// since the server was made; none of them ever goes down
	Opened, Closed        uint64 // sessions
	OpenedPolling         uint64 // of those opened: that began on long-polling
	Upgraded              uint64 // of these: that have left it
	RefusedByServer       uint64 // for want of a place: SessionsMax
	RefusedByAddress      uint64 // SessionsPerAddressMax
	RefusedByAdmit        uint64 // by Config.Admit
	RefusedByDrain        uint64 // because the server ends
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64
	ClosedFor             map[string]uint64 // of those closed, by the name of the reason
	RefusedRequests       map[string]uint64 // by what the client was told: RequestRefusals
	Dropped               Drops
}

// Drops are frames that no client got, and why.
type Drops struct {
	Volatile uint64 // they would have had to wait
	Closed   uint64 // they were sent to a session that was closing or closed
	Unsent   uint64 // they were waiting when their session ended
}

// RequestRefusals are what a request can be refused with that breaks the rules of
// the protocol.
func RequestRefusals() []string {
	names := make([]string, len(errorMessages))
	for code := range errorMessages {
		names[code] = errorCode(code).name()
	}
	return names
}

func (c errorCode) name() string { return strings.ToLower(errorMessages[c]) }

// drops counts for Drops. Sessions have no counters of their own for it: few
// frames are dropped, unless clients are too slow to matter.
type drops struct{ volatile, closed, unsent atomic.Uint64 }

func (d *drops) load() Drops {
	return Drops{Volatile: d.volatile.Load(), Closed: d.closed.Load(), Unsent: d.unsent.Load()}
}

// Stats returns the figures of now. It looks at every session once, without
// their locks: ask for it once a second, not once a message.
func (s *Server) Stats() Stats {
	stats, sessions := s.snapshot()
	for _, session := range sessions {
		stats.count(&session.traffic)
	}
	return stats
}

// snapshot returns the figures without the traffic of the sessions there are,
// and these.
func (s *Server) snapshot() (Stats, []*Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sessions := make([]*Session, 0, len(s.sessions))
	for _, session := range s.sessions {
		if !session.counted {
			sessions = append(sessions, session)
		}
	}
	stats := s.stats
	stats.ClosedFor, stats.RefusedRequests = maps.Clone(s.closedFor), maps.Clone(s.refused)
	stats.Dropped = s.drops.load()
	return stats, sessions
}

// count adds one to a figure of stats.
func (s *Server) count(figure *uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*figure++
}

func (s *Server) countRefused(code errorCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[code.name()]++
}

// Waiting is what waits for clients in all outboxes together.
type Waiting struct {
	Sessions int // for which something waits
	Frames   int
	Bytes    int
	BytesMax int // the most that waits for one of them
}

// Waiting returns what waits now. It takes each session's lock once.
func (s *Server) Waiting() Waiting {
	var w Waiting
	_, sessions := s.snapshot()
	for _, session := range sessions {
		frames, bytes := session.waiting()
		if frames == 0 {
			continue
		}
		w.Sessions++
		w.Frames += frames
		w.Bytes += bytes
		w.BytesMax = max(w.BytesMax, bytes)
	}
	return w
}

func (s *Session) waiting() (frames, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.outbox.frames), int(s.outbox.bytes)
}

// Number stands for the session in the log: no other of this server has it. It is
// no secret.
func (s *Session) Number() uint64 { return s.number }

func (s *Stats) count(t *traffic) {
	s.PacketsIn += t.packetsIn.Load()
	s.PacketsOut += t.packetsOut.Load()
	s.BytesIn += t.bytesIn.Load()
	s.BytesOut += t.bytesOut.Load()
}

// traffic is what one session has carried. It is the session's own, so that
// deliveries to many never meet at one counter. It changes under the session's
// mu, and only while that is open: what is counted when it ends is all there
// will be.
type traffic struct {
	packetsIn, packetsOut atomic.Uint64
	bytesIn, bytesOut     atomic.Uint64
}

func (t *traffic) sent(packets, bytes int) {
	t.packetsOut.Add(uint64(packets))
	t.bytesOut.Add(uint64(bytes))
}

func (t *traffic) received(bytes int) {
	t.packetsIn.Add(1)
	t.bytesIn.Add(uint64(bytes))
}
