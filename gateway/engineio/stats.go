package engineio

import "sync/atomic"

// Stats are a server's figures. Traffic counts messages, pings and pongs; what
// opens, upgrades and closes a session is left out. Its bytes are those of the
// messages' data: not what a transport puts around it, and before compression.
// What has been taken to be sent counts, whether or not the client got it.
type Stats struct {
	Sessions        int // open or closing now
	PollingSessions int // those of them that are on long-polling

	// since the server was made; none of them ever goes down
	Opened, Closed        uint64 // sessions
	RefusedByServer       uint64 // for want of a place: SessionsMax
	RefusedByAddress      uint64 // SessionsPerAddressMax
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64
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
	return s.stats, sessions
}

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
