package engineio

import "time"

// Heartbeat (protocol 4, "Heartbeat"): a ping is due one PingInterval after
// the open and after each pong; the pong is due PingTimeout after the ping was
// due, however late a client that doesn't poll came for it. Where the client
// was there and the ping was late by our own fault, as on a machine that
// stalls, the pong is due PingTimeout after the ping. Other packets don't count.

// startHeartbeat sets the session's one alarm. It also bounds an orderly close
// and the grace after a client's close.
func (s *Session) startHeartbeat() { s.schedule(time.Now().Add(s.server.config.PingInterval)) }

// schedule has tick called at due instead of when it would have been.
func (s *Session) schedule(due time.Time) {
	s.due = due
	s.server.alarms.set(s, due)
}

// tick does what is due. It may come late, and once more than asked for.
func (s *Session) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().Before(s.due) {
		return
	}
	switch s.state {
	case stateOpen:
		if now := time.Now(); !s.expire(now) && !s.overdue {
			s.ping(now)
		}
	case stateClosing:
		s.lose(s.reason, nil)
	case stateClosed:
		s.grace = false
		s.server.forget(s)
	}
}

// ping sends the ping that is due. It is let in even if the outbox is full:
// there is never more than one.
func (s *Session) ping(now time.Time) {
	begin := s.due
	if s.isListening() {
		begin = now
	}
	s.pinged = true
	s.traffic.sent(1, 0)
	s.schedule(begin.Add(s.server.config.PingTimeout))
	if s.idle() {
		s.writeNow(pingFrame)
	} else {
		s.enqueue(pingFrame)
	}
}

// isListening reports whether the client would get a ping at once.
func (s *Session) isListening() bool { return s.ws != nil || s.polling.poll != nil }

// takePong takes a pong. The receiver hears of it before the next ping can go out:
// it counts what is sent until then as sent before that.
func (s *Session) takePong() {
	if !s.beginPong(time.Now()) {
		return
	}
	defer s.endPong()
	if p, wanted := s.receiver.(PongReceiver); wanted {
		p.Ponged()
	}
}

// beginPong reports whether a pong was asked for: else it means nothing.
func (s *Session) beginPong(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateOpen {
		return false
	}
	s.traffic.received(0)
	if s.expire(now) || !s.pinged {
		return false
	}
	s.handing = true // no deadline passes
	return true
}

func (s *Session) endPong() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handing, s.overdue = false, false
	if s.state == stateOpen {
		s.pinged = false
		s.schedule(time.Now().Add(s.server.config.PingInterval))
	}
}

// expire ends an open session whose pong is overdue, and reports whether it
// did. Whoever serves a request asks first, so that a timer that comes late
// can't make a session outlive its time.
func (s *Session) expire(now time.Time) bool {
	deadline := s.due
	if !s.pinged {
		deadline = deadline.Add(s.server.config.PingTimeout)
	}
	switch {
	case s.state != stateOpen, now.Before(deadline), !s.pinged && s.isListening():
		return false
	case s.handing:
		s.overdue = s.pinged
		return false
	}
	s.fail(ReasonPingTimeout, nil)
	return true
}
