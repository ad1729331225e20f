package engineio

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

var (
	errPostOverlap  = errors.New("a second POST while one is under way")
	errOctetStream  = errors.New("a POST of type application/octet-stream")
	errBodyTooLarge = errors.New("body exceeds the maximum payload")
)

// servePost serves a POST: the client's packets.
func (s *Session) servePost(w http.ResponseWriter, r *http.Request) {
	if refused, ok := s.beginPost(r.Header.Get("Content-Type")); !ok {
		s.server.refuse(w, r, refused)
		return
	}
	status := s.receivePost(w, r)
	s.endPost() // before the response, after which the next POST may come
	switch status {
	case http.StatusOK:
		// text/html, as the reference: some browsers would offer text/plain
		// for download.
		s.server.respond(w, status, "text/html", []byte("ok"))
	case http.StatusRequestEntityTooLarge:
		s.server.respond(w, status, "text/plain; charset=UTF-8", nil)
	default:
		s.server.refuse(w, r, errorBadRequest)
	}
}

// beginPost refuses what is against the rules, which ends the session.
func (s *Session) beginPost(contentType string) (errorCode, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mediaType, _, _ := strings.Cut(contentType, ";")
	switch {
	case s.state == stateClosed:
		return errorUnknownSession, false
	case s.ws != nil:
		return errorBadRequest, false
	case s.polling.posting:
		s.fail(ReasonTransportError, errPostOverlap)
		return errorBadRequest, false
	case strings.EqualFold(strings.TrimSpace(mediaType), "application/octet-stream"):
		s.fail(ReasonTransportError, errOctetStream)
		return errorBadRequest, false
	}
	s.polling.posting = true
	return 0, true
}

func (s *Session) endPost() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polling.posting = false
	s.leavePolling()
}

// leavePolling forgets what only long-polling needs, where the session is on a
// WebSocket and no POST is under way.
func (s *Session) leavePolling() {
	if s.ws != nil && !s.polling.posting {
		s.polling = nil
	}
}

// receivePost reads a POST's payload, gives its packets to the receiver and
// returns the status to answer with.
func (s *Session) receivePost(w http.ResponseWriter, r *http.Request) int {
	payload, err := s.readBody(w, r)
	switch {
	case err == errBodyTooLarge: // as in the reference, the session lives
		return http.StatusRequestEntityTooLarge
	case err != nil:
		s.abandon(ReasonTransportError, err)
		return http.StatusBadRequest
	}
	s.takeReceiver()
	defer s.giveReceiver()
	if !s.isPolling() { // upgraded meanwhile: the WebSocket's packets come after
		return http.StatusBadRequest
	}
	if err := s.receivePayload(payload); err != nil {
		s.abandon(reasonOf(err), err)
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// receivePayload handles a payload's packets. Those before one that is wrong
// count, as they do on a WebSocket.
func (s *Session) receivePayload(payload []byte) error {
	for p, err := range packets(payload) {
		if s.isOpen() { // else nothing costs anything any more
			s.polling.pace.step(packetCost(int64(len(p.data))))
		}
		if err == nil {
			err = s.receive(p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readBody reads a POST's body in bounded time, and no more of it than shows
// that it is too large.
func (s *Session) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	bytesMax := int64(s.server.config.PayloadBytesMax)
	if r.ContentLength > bytesMax {
		return nil, errBodyTooLarge
	}
	// It stays set: http.Server reads what is left of a body before it answers,
	// and sets its own for the next request.
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
	body, err := io.ReadAll(io.LimitReader(r.Body, bytesMax+1))
	if int64(len(body)) > bytesMax {
		return nil, errBodyTooLarge
	}
	return body, err
}

func (s *Session) isOpen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == stateOpen
}

// isPolling reports whether a POST may still be received.
func (s *Session) isPolling() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ws == nil && s.state != stateClosed
}
