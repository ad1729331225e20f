package engineio

import (
	"bytes"
	"errors"
	"io"
	"os"
	"time"

	"github.com/gobwas/ws"
)

// Upgrade (protocol 4, "Upgrade"): the client of a polling session opens a
// WebSocket beside it and probes it with "2probe", which is answered with
// "3probe". Polls are then sent home, so that the client can stop polling, and
// when it has it says "5". Until that moment everything goes over polling, from
// it on over the WebSocket: the outbox stays, so nothing is lost, repeated or
// reordered. A probe that fails costs the session nothing.

// A probe is a WebSocket that may become its session's transport.
type probe struct {
	ws    *webSocket // nil: there is none
	since time.Time  // when the client's "2probe" came, which is answered; zero: not yet
}

var (
	probePing   = []byte("2probe")
	errNoProbe  = &violation{reasonUpgradeRefused, "a WebSocket that doesn't probe"}
	errUpgraded = &violation{reasonUpgradeRefused, "the session is upgraded, or being so"}
)

// serveProbe serves a WebSocket that was opened for s, from its handshake's
// response on: as its transport, if it comes to that.
func (s *Session) serveProbe(w *webSocket, response *heldResponse) {
	w.conn.SetWriteDeadline(time.Now().Add(handshakeTimeout))
	w.conn.Write(response.bytes.Bytes()) // if it fails so does reading
	response.release()
	err := error(errUpgraded)
	if s.beginProbe(w) {
		if err = s.awaitUpgrade(w); err == nil {
			s.serve(w)
			return
		}
	}
	reason := s.endProbe(w, err)
	s.server.config.Logger.Debug("engineio: probe closed",
		"session", s.number, "reason", reason.Name, "cause", err)
	if reason != ReasonTransportClose { // else there is nobody to tell
		w.sayGoodbye(reason)
	}
	s.release(w)
}

// beginProbe makes w the session's probe, unless it has or had one.
func (s *Session) beginProbe(w *webSocket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != stateOpen || s.ws != nil || s.polling.probe.ws != nil {
		return false
	}
	s.polling.probe = probe{ws: w}
	w.conn.SetDeadline(time.Now().Add(s.server.config.UpgradeTimeout))
	return true
}

// awaitUpgrade does the probing. It returns nil when w is the transport.
func (s *Session) awaitUpgrade(w *webSocket) error {
	probed := false
	for {
		op, payload, err := w.next()
		switch {
		case err != nil:
			return err
		case op == ws.OpClose:
			w.conn.Write(controlFrame(ws.OpClose, payload).wire)
			return io.EOF
		case op == ws.OpPong:
		case op == ws.OpPing:
			if _, err := w.conn.Write(controlFrame(ws.OpPong, payload).wire); err != nil {
				return err
			}
		case op == ws.OpText && bytes.Equal(payload, probePing):
			s.probed(w) // first: with the answer the client stops polling
			if _, err := w.conn.Write(probeReply.wire); err != nil {
				return err
			}
			probed = true
		case op == ws.OpText && probed && len(payload) > 0 && packetKind(payload[0]) == packetUpgrade:
			return s.upgrade(w)
		default:
			return errNoProbe
		}
	}
}

// probed begins sending polls home.
func (s *Session) probed(w *webSocket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.polling; p != nil && p.probe.ws == w && p.probe.since.IsZero() {
		p.probe.since = time.Now()
		if p.poll != nil {
			p.poll.signal()
		}
	}
}

// noopAt is when p is to be sent home: a while after the probe and after its
// own arrival, whichever is later, so that one that comes together with the
// upgrade packet meets the upgrade. Noops are never queued, so none can reach
// the WebSocket. Zero: nobody is probing.
func (s *Session) noopAt(p *poll) time.Time {
	begin := s.polling.probe.since
	if begin.IsZero() {
		return time.Time{}
	}
	if p.arrived.After(begin) {
		begin = p.arrived
	}
	return begin.Add(noopDelay)
}

// upgrade makes w the session's transport.
func (s *Session) upgrade(w *webSocket) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isProbe(w) { // the session has ended
		return errUpgraded
	}
	w.conn.SetDeadline(time.Time{})
	s.polling.probe = probe{}
	s.ws = w
	s.server.upgraded()
	s.settlePoll(answerUpgraded)
	s.leavePolling()
	switch {
	case s.state == stateClosing:
		s.sendLast(closeFrame(s.reason))
	case !s.outbox.empty():
		s.startFlush()
	}
	return nil
}

// endProbe forgets a probe that failed and returns the reason.
func (s *Session) endProbe(w *webSocket, err error) Reason {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isProbe(w) {
		s.polling.probe = probe{}
	} else if s.state != stateOpen {
		return s.reason // not w's fault: the session is at its end
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return reasonUpgradeTimeout
	}
	return reasonOf(err)
}

// dropProbe makes the probe's goroutine close it.
func (s *Session) dropProbe() {
	if s.polling != nil && s.polling.probe.ws != nil {
		s.polling.probe.ws.abort()
		s.polling.probe = probe{}
	}
}

// isProbed reports whether the client may have stopped polling for the upgrade. A stock
// client that then loses the WebSocket never polls again, and notices that its session
// has ended at its ping timeout: so one that is closed orderly is still upgraded.
func (s *Session) isProbed() bool { return s.polling != nil && !s.polling.probe.since.IsZero() }

// isProbe reports whether w may still become the session's transport.
func (s *Session) isProbe(w *webSocket) bool { return s.polling != nil && s.polling.probe.ws == w }

// sayGoodbye writes a close frame on a WebSocket that serves no session, and
// gives the client a moment to answer it.
func (w *webSocket) sayGoodbye(reason Reason) {
	w.conn.SetDeadline(time.Now().Add(goodbyeTimeout))
	if _, err := w.conn.Write(closeFrame(reason).wire); err != nil {
		return
	}
	for {
		if op, _, err := w.next(); err != nil || op == ws.OpClose {
			return
		}
	}
}
