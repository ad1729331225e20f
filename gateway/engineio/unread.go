package engineio

// What all clients of one address have not read of frames that are for one of them alone,
// replies above all, is bounded together: a client that asks for the largest pages and
// reads none takes an outbox of memory, and an address may have thousands of clients.
// Events are in memory once, whoever doesn't read them.

// notice takes in what a session's outbox holds for it alone, after a change.
// The caller holds the session's mu.
func (s *Session) notice(before int32) {
	if now := s.outbox.own; now != before && s.shared != nil {
		s.shared.unread.Add(int64(now - before))
	}
}

// isTooMuch reports whether clients of the session's address leave more unread than they
// may together, with this frame, which has to wait. A single one never is: an ack may be as
// large as the messages that the server was told to take.
func (s *Session) isTooMuch(f *Frame) bool {
	if !f.forOne || s.shared == nil {
		return false
	}
	unread := s.shared.unread.Load()
	return unread > 0 && unread+int64(f.Len()) > unreadBytesMax
}

// chargeReply counts a large frame for one client as packets of its address: to make
// it and to send it takes as long. It doesn't wait: those of the address do who send next.
func (s *Session) chargeReply(f *Frame) {
	if packets := f.Len() / replyBlockBytes; f.forOne && packets > 0 {
		s.shared.owe(packets)
	}
}
