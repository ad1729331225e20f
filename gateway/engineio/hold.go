package engineio

// A reply and an event that comes right behind it would be two writes, and a
// write costs more than all else that is done for either. Whoever knows that the
// second is coming holds the first back until it is there.

// Hold has the next frame wait for the one behind it, so that the two go out in
// one write, or for Release, which must follow soon. It does nothing where
// frames wait for something else anyway.
func (s *Session) Hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = s.held || s.state == stateOpen && s.idle()
}

// Release ends a Hold: what still waits goes out.
func (s *Session) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held {
		s.writeHeld()
	}
}

// writeHeld writes what was held back at once, at least its rest through the
// outbox. There was nothing in that when the hold began.
func (s *Session) writeHeld() {
	s.held = false
	if s.outbox.empty() {
		return
	}
	block := gatherBlocks.Get().(*gatherBlock)
	defer gatherBlocks.Put(block)
	n, err := s.ws.write(s.outbox.gather(block[:]))
	before := s.outbox.own
	s.outbox.advance(n)
	s.notice(before)
	switch {
	case err != nil && err != errWouldBlock:
		s.writeFailed(err)
	case s.outbox.empty():
		s.flushed()
	default:
		s.startFlush()
	}
}
