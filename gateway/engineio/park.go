package engineio

// Parking: between messages the reader of a WebSocket ends, and the server's
// poller begins it anew when something arrives. In the middle of a message it
// waits itself, as it does from the session's end on, when a deadline is what
// it waits for; and where there is no descriptor to watch (TLS, pipes in
// tests) or no poller, it always does.

// park ends w's reader, which has to return if it reports true. Whoever calls
// it has read all there was.
func (s *Session) park(w *webSocket) bool {
	if w.raw == nil || !w.reading.source.drained() || w.reading.frames.fragment {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.server.startPoller()
	if s.state != stateOpen || p == nil {
		return false
	}
	r, watched := w.reading, w.watched
	w.reading, w.watched = nil, true
	w.parked.Store(true) // first: what has arrived resumes it at once
	if err := p.watch(int(w.fd), s, !watched); err != nil && w.parked.CompareAndSwap(true, false) {
		w.reading, w.watched = r, watched // nothing is watching, and nobody has resumed it: this reader goes on
		return false
	}
	readings.Put(r)
	return true
}

// resume begins the reader anew if it is parked.
func (s *Session) resume() {
	if s.ws.parked.CompareAndSwap(true, false) {
		go s.serveAnew()
	}
}

// serveAnew is serve on a goroutine that has just begun. Its stack grows at once
// to what handling a message takes: step by step, each time copying the calls so
// far, that cost more than all of the rooms' rules.
func (s *Session) serveAnew() {
	growStack()
	s.ws.read(nil)
	s.ws.reading.source.idle = false // there is something to read
	s.serve(s.ws)
}

// growStack makes the stack of its goroutine larger than its own frame.
//
//go:noinline
func growStack() byte {
	var frame [8 << 10]byte
	return frame[growStackAt]
}

var growStackAt = 0 // a variable, so that the frame is not optimized away

// startPoller starts the server's poller with the first connection that needs
// it. It returns nil where there can be none.
func (s *Server) startPoller() *poller {
	s.pollerOnce.Do(func() {
		var err error
		if s.poller, err = newPoller(); err != nil {
			s.config.Logger.Debug("engineio: a goroutine for each WebSocket", "cause", err)
		}
	})
	return s.poller
}

// release closes a WebSocket whose reader has come to its end. Who writes to it
// does so under mu, so from here on nobody does.
func (s *Session) release(w *webSocket) {
	s.mu.Lock()
	w.closing = true
	s.mu.Unlock()
	if w.watched {
		s.server.poller.remove(int(w.fd))
	}
	w.conn.Close()
	readings.Put(w.reading)
	w.reading = nil
	s.server.running.Done()
}
