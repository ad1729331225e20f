package engineio

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"
)

// A poll is a GET that waits for something to take home. Its handler waits;
// whoever has something for it signals, and the handler then looks what it is.
type poll struct {
	// static after construction
	arrived time.Time
	wake    chan struct{} // capacity 1

	// guarded by the session's mu
	answer pollAnswer
}

// A pollAnswer is what a poll gets instead of what is in the outbox.
type pollAnswer uint8

const (
	answerNone     pollAnswer = iota
	answerClose               // 200, a close packet
	answerNoop                // 200, a noop
	answerUpgraded            // 400: the session is on a WebSocket now
)

func (p *poll) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// settlePoll gives the pending poll its answer. It reports false if there was
// none pending.
func (s *Session) settlePoll(answer pollAnswer) bool {
	if s.polling == nil || s.polling.poll == nil {
		return false
	}
	s.polling.poll.answer = answer
	s.polling.poll.signal()
	s.polling.poll = nil
	return true
}

// servePoll serves a GET (protocol 4, "HTTP long-polling transport").
func (s *Session) servePoll(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	// A poll waits for longer than other requests may take, but not for ever: a
	// GET that announces a body and doesn't send it ends like any other.
	http.NewResponseController(w).SetReadDeadline(now.Add(s.server.config.PingInterval + s.server.config.PingTimeout + bodyTimeout))
	p, refused := s.beginPoll(now)
	if p == nil {
		s.server.refuse(w, r, refused)
		return
	}
	frames, answer, err := s.awaitPoll(r.Context(), p)
	if err != nil {
		s.pollAborted(p, err)
		return
	}
	if answer == answerUpgraded {
		s.server.refuse(w, r, errorBadRequest)
		return
	}
	err = s.server.respondPoll(w, r, pollPayload(frames, answer))
	if err != nil && len(frames) > 0 { // they are lost
		s.abandon(ReasonTransportError, err)
	}
}

// beginPoll makes p the session's pending poll. A second one is against the
// rules and ends the session, the pending one too.
func (s *Session) beginPoll(now time.Time) (*poll, errorCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &poll{arrived: now, wake: make(chan struct{}, 1)}
	switch {
	case s.grace:
		s.grace = false
		s.server.forget(s)
		p.answer = answerNoop
		return p, 0
	case s.state == stateClosed:
		return nil, errorUnknownSession
	case s.ws != nil:
		return nil, errorBadRequest
	case s.polling.poll != nil:
		s.fail(ReasonTransportError, errPollOverlap)
		return nil, errorBadRequest
	}
	s.polling.poll = p
	return p, 0
}

// awaitPoll waits until p has something to take home.
func (s *Session) awaitPoll(ctx context.Context, p *poll) ([]*Frame, pollAnswer, error) {
	for {
		frames, answer, noopAt := s.collect(p, time.Now())
		if len(frames) > 0 || answer != answerNone {
			return frames, answer, ctx.Err()
		}
		var noop <-chan time.Time
		if !noopAt.IsZero() {
			noop = time.After(time.Until(noopAt))
		}
		select {
		case <-p.wake:
		case <-noop:
		case <-ctx.Done():
			return nil, answerNone, ctx.Err()
		}
	}
}

// collect takes what there is for p. With nothing there, noopAt is when p is to
// be sent home to make way for an upgrade; zero if no upgrade is under way.
func (s *Session) collect(p *poll, now time.Time) (frames []*Frame, answer pollAnswer, noopAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.answer != answerNone {
		return nil, p.answer, time.Time{}
	}
	// The close packet goes with a poll of its own: the stock client hands messages on
	// only after it has looked at all that came with them, and would keep those for
	// its next connection, to which they would come once more.
	if !s.outbox.empty() {
		s.polling.poll = nil
		before := s.outbox.own
		frames = s.outbox.take(pollBytesMax)
		s.notice(before)
		return frames, answerNone, time.Time{}
	}
	if s.state == stateClosing {
		s.polling.poll = nil
		s.end(s.reason, nil)
		return nil, answerClose, time.Time{}
	}
	if noopAt = s.noopAt(p); !noopAt.IsZero() && !now.Before(noopAt) {
		s.polling.poll = nil
		return nil, answerNoop, time.Time{}
	}
	return nil, answerNone, noopAt
}

// pollAborted ends the session of a poll whose client has gone away: nobody
// knows what it has got.
func (s *Session) pollAborted(p *poll, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.answer == answerUpgraded {
		return // a client may drop the poll it no longer needs
	}
	if s.polling != nil && s.polling.poll == p {
		s.polling.poll = nil
	}
	s.fail(ReasonTransportError, cause)
}

var errPollOverlap = errors.New("a second poll while one is pending")

// pollPayload is what a poll gets: the frames, then the answer's packet.
func pollPayload(frames []*Frame, answer pollAnswer) []byte {
	if len(frames) == 1 && answer == answerNone {
		return frames[0].polled()
	}
	parts := make([][]byte, 0, len(frames)+1)
	for _, f := range frames {
		parts = append(parts, f.polled())
	}
	switch answer {
	case answerClose:
		parts = append(parts, []byte{byte(packetClose)})
	case answerNoop:
		parts = append(parts, []byte{byte(packetNoop)})
	}
	return bytes.Join(parts, []byte{packetSeparator})
}
