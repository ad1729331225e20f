package engineio

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// A Server is an http.Handler that serves Engine.IO sessions. It may be
// mounted at any path: it does not look at it.
type Server struct {
	// static after construction
	config Config
	open   func(*Session) Receiver

	pacing  *pacing
	done    chan struct{} // closed with the server: nobody is slowed down any more
	drops   drops
	numbers atomic.Uint64 // sessions so far
	alarms  alarms
	running sync.WaitGroup // sessions whose receiver wasn't told, and WebSockets

	pollerOnce sync.Once
	poller     *poller // static after pollerOnce; nil: there is none

	mu sync.Mutex
	// guarded by mu
	closed       bool                // draining too; no new connections for sessions either
	draining     bool                // no new sessions; those there are go on until they are closed
	sessions     map[string]*Session // by sid; also those in their closing grace
	sessionsMost int                 // there have been since the map was made
	places       places
	// counts for Stats of the same names, whose reasons are few
	closedFor map[string]uint64
	refused   map[string]uint64
	stats     Stats // without the traffic of sessions that are not closed
}

// NewServer returns a server. It calls open once for each session, before
// anything of it is read; open may send, and must not return nil.
func NewServer(config Config, open func(*Session) Receiver) *Server {
	config, done := config.withDefaults(), make(chan struct{})
	return &Server{config: config, open: open, sessions: make(map[string]*Session),
		pacing: newPacing(config.PacketsPerSecondMax, done), done: done,
		alarms:    alarms{begin: time.Now()},
		places:    places{byAddress: make(map[netip.Addr]*place)},
		closedFor: make(map[string]uint64), refused: make(map[string]uint64)}
}

// ServeHTTP serves one Engine.IO request. A GET that polls waits as long as it
// has to, up to the next ping; a WebSocket outlives the call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := request{query: query(r.URL.RawQuery), upgrade: wantsWebSocket(r)}
	req.originAllowed = s.allowOrigin(w.Header(), r)
	if s.isPreflight(r) && req.originAllowed {
		s.respondPreflight(w, r)
		return
	}
	if code := s.verify(r, &req); code != errorNone {
		s.refuse(w, r, code)
		return
	}
	if req.session == nil && !s.admit(w, r) {
		return
	}
	switch {
	case req.upgrade && req.session == nil:
		s.openWebSocket(w, r)
	case req.upgrade:
		s.openProbe(w, r, req.session)
	case req.session == nil:
		s.openPolling(w, r)
	case r.Method == http.MethodGet:
		req.session.servePoll(w, r)
	case r.Method == http.MethodPost:
		req.session.servePost(w, r)
	default:
		s.refuse(w, r, errorBadRequest)
	}
}

// Close refuses new sessions, closes all there are in an orderly way, and
// returns when their receivers were told and their WebSockets are closed. It
// takes at most a few seconds, unless a receiver blocks for longer. It must not
// be called by a receiver.
func (s *Server) Close(reason Reason) {
	sessions := s.refuseNew()
	s.mu.Lock()
	if !s.closed {
		close(s.done)
	}
	s.closed = true
	s.mu.Unlock()
	for _, session := range sessions {
		session.shut(reason)
	}
	s.running.Wait()
	s.pollerOnce.Do(func() {}) // none is started any more
	if s.poller != nil {
		s.poller.close()
	}
}

// SessionCount is the number of sessions that are not closed.
func (s *Server) SessionCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats.Sessions
}

// add takes a session in, unless the server is draining. Its receiver's being
// told counts as running.
func (s *Server) add(session *Session, polling bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.running.Add(1)
	s.sessions[session.sid] = session
	s.sessionsMost = max(s.sessionsMost, len(s.sessions))
	s.stats.Opened++
	s.stats.Sessions++
	if polling {
		s.stats.PollingSessions++
		s.stats.OpenedPolling++
	}
	return true
}

// remove takes out a session that has closed, with so many frames unsent. One in its grace stays known.
func (s *Server) remove(session *Session, polling bool, unsent int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Closed++
	s.closedFor[session.reason.Name]++
	s.drops.unsent.Add(uint64(unsent))
	s.stats.Sessions--
	if polling {
		s.stats.PollingSessions--
	}
	s.leavePlace(session.handshake.ClientAddr)
	s.stats.count(&session.traffic)
	session.counted = true
	if !session.grace {
		s.drop(session.sid)
	}
}

// upgraded notes that a session has left polling.
func (s *Server) upgraded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.PollingSessions--
	s.stats.Upgraded++
}

// forget takes out a session whose grace is over.
func (s *Server) forget(session *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(session.sid)
}

// drop takes a session out of the map, with s.mu held. The map is made anew when
// most have gone, since Go's keep the room for the most that they held: long after
// a flood of connections.
func (s *Server) drop(sid string) {
	delete(s.sessions, sid)
	if left := len(s.sessions); left <= s.sessionsMost/4 {
		s.sessions, s.sessionsMost = maps.Collect(maps.All(s.sessions)), left
	}
}

// track counts a connection as running, unless the server is closed.
func (s *Server) track() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// respondClosed refuses what would begin something new on a server that ends.
// The client had better try another one, on another connection.
func (s *Server) respondClosed(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	w.Header().Set("Retry-After", "1")
	s.respond(w, http.StatusServiceUnavailable, "text/plain; charset=UTF-8", []byte("Server shutting down"))
}

func (s *Server) logOpen(session *Session) {
	if !s.config.Logger.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	s.config.Logger.Debug("engineio: session opened", "session", session.number, "transport", session.Transport(),
		"address", session.handshake.ClientAddr)
}

func (s *Server) logClose(number uint64, transport string, reason Reason, cause error) {
	attributes := []any{"session", number, "transport", transport, "reason", reason.Name}
	if cause != nil {
		attributes = append(attributes, "cause", cause)
	}
	s.config.Logger.Debug("engineio: session closed", attributes...)
}
