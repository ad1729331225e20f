package engineio

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

const (
	transportPolling   = "polling"
	transportWebSocket = "websocket"
	protocolVersion    = "4"
)

// An errorCode is what the body of a refused request says. The codes and
// messages are the reference server's.
type errorCode int

const (
	errorUnknownTransport   errorCode = 0
	errorUnknownSession     errorCode = 1
	errorBadHandshakeMethod errorCode = 2
	errorBadRequest         errorCode = 3
	errorForbidden          errorCode = 4
	errorUnsupportedVersion errorCode = 5

	errorNone errorCode = -1
)

var errorMessages = [...]string{
	errorUnknownTransport:   "Transport unknown",
	errorUnknownSession:     "Session ID unknown",
	errorBadHandshakeMethod: "Bad handshake method",
	errorBadRequest:         "Bad request",
	errorForbidden:          "Forbidden",
	errorUnsupportedVersion: "Unsupported protocol version",
}

// A request is what there is to know of an HTTP request before it is served.
type request struct {
	query         query
	upgrade       bool     // it asks for a WebSocket
	originAllowed bool     // its Origin, or it has none
	session       *Session // whose sid it has; nil: it is a handshake
}

// verify decides whether a request may be served, in the reference's order.
func (s *Server) verify(r *http.Request, req *request) errorCode {
	transport := req.query.last("transport")
	if transport != transportPolling && transport != transportWebSocket {
		return errorUnknownTransport
	}
	if sid := req.query.last("sid"); sid != "" {
		session, current := s.find(sid)
		if session == nil {
			return errorUnknownSession
		}
		if !req.upgrade && current != transport {
			return errorBadRequest
		}
		req.session = session
	} else if r.Method != http.MethodGet {
		return errorBadHandshakeMethod
	}
	switch {
	case req.upgrade != (transport == transportWebSocket):
		return errorBadRequest
	case !req.originAllowed:
		return errorForbidden
	case req.session == nil && req.query.last("EIO") != protocolVersion:
		return errorUnsupportedVersion
	}
	return errorNone
}

// find returns the session of a sid, and its transport. One whose time is up
// by the clock is not found, whether or not its timer has noticed.
func (s *Server) find(sid string) (*Session, string) {
	s.mu.Lock()
	session := s.sessions[sid]
	s.mu.Unlock()
	if session == nil {
		return nil, ""
	}
	session.mu.Lock()
	defer session.mu.Unlock()
	session.expire(time.Now())
	if session.state == stateClosed && !session.grace {
		return nil, ""
	}
	return session, session.transport()
}

// refuse answers a request with an error.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, code errorCode) {
	s.countRefused(code)
	status := http.StatusBadRequest
	if code == errorForbidden && !wantsWebSocket(r) {
		status = http.StatusForbidden
	}
	s.respondRefusal(w, r, status, code, errorMessages[code])
}

// respondRefusal says why in JSON, or to a WebSocket's client in plain words,
// as the reference does before it hangs up.
func (s *Server) respondRefusal(w http.ResponseWriter, r *http.Request, status int, code errorCode, message string) {
	if wantsWebSocket(r) {
		w.Header().Set("Connection", "close")
		s.respond(w, status, "text/html", []byte(message))
		return
	}
	body, _ := json.Marshal(struct {
		Code    errorCode `json:"code"`
		Message string    `json:"message"`
	}{code, message})
	s.respond(w, status, "application/json", body)
}

// wantsWebSocket reports whether r asks to change the protocol to WebSocket.
func wantsWebSocket(r *http.Request) bool {
	return headerHasToken(r.Header, "Connection", "upgrade") &&
		headerHasToken(r.Header, "Upgrade", "websocket")
}

func headerHasToken(header http.Header, name, token string) bool {
	for _, line := range header.Values(name) {
		for value := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(value), token) {
				return true
			}
		}
	}
	return false
}
