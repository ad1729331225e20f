package engineio

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/gobwas/ws"
)

// openPolling serves the first request of a polling session.
func (s *Server) openPolling(w http.ResponseWriter, r *http.Request) {
	session := new(Session)
	s.init(session, r)
	session.polling = &longPolling{pace: newPace(s.pacing, session.shared)}
	if !session.open(nil, nil) {
		s.giveUp(session.handshake.ClientAddr)
		s.respondClosed(w)
		return
	}
	s.setCookie(w.Header(), session.sid)
	s.respondPoll(w, r, session.openPacket(transportWebSocket).polled())
}

// openWebSocket serves the first request of a session that begins on a
// WebSocket.
func (s *Server) openWebSocket(w http.ResponseWriter, r *http.Request) {
	both := &struct { // in one piece: in two, each among what is soon garbage, they take a third more
		session Session
		socket  webSocket
	}{}
	session, socket := &both.session, &both.socket
	s.init(session, r)
	s.setCookie(w.Header(), session.sid)
	response := s.shakeHands(w, r, session, socket)
	if response == nil {
		s.giveUp(session.handshake.ClientAddr)
		return
	}
	if !session.open(socket, response) {
		s.giveUp(session.handshake.ClientAddr)
		session.release(socket)
		return
	}
	if !session.park(socket) { // mostly there is nothing to read yet
		go session.serve(socket)
	}
}

// openProbe serves a WebSocket that is offered to a session.
func (s *Server) openProbe(w http.ResponseWriter, r *http.Request, session *Session) {
	socket := new(webSocket)
	response := s.shakeHands(w, r, session, socket)
	if response == nil {
		return
	}
	go session.serveProbe(socket, response)
}

// shakeHands does WebSocket's own handshake (RFC 6455, 4.2) and takes the
// connection out of the http.Server's hands, so that its buffers and its
// goroutine go with the handler. It returns nil if it has answered otherwise;
// if not, the caller owes running a Done when the connection is closed, and
// the client the response, which so needs no write of its own.
func (s *Server) shakeHands(w http.ResponseWriter, r *http.Request, session *Session, socket *webSocket) (response []byte) {
	if !s.track() {
		s.respondClosed(w)
		return nil
	}
	held := &heldResponse{ResponseWriter: w}
	upgrader := ws.HTTPUpgrader{}
	if header := w.Header(); len(header) > 0 {
		upgrader.Header = header
	}
	conn, buffers, _, err := upgrader.Upgrade(r, held)
	if err != nil {
		if conn != nil {
			conn.SetWriteDeadline(time.Now().Add(handshakeTimeout))
			conn.Write(held.bytes.Bytes())
			conn.Close()
		}
		s.running.Done()
		return nil
	}
	ahead, _ := buffers.Reader.Peek(buffers.Reader.Buffered())
	socket.init(conn, append([]byte(nil), ahead...), &s.config, newPace(s.pacing, session.shared))
	return held.bytes.Bytes()
}

// A heldResponse keeps what is written once the connection is hijacked.
type heldResponse struct {
	http.ResponseWriter
	bytes bytes.Buffer
}

// Hijack hands over the connection, and a writer that doesn't write to it.
func (h *heldResponse) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err == nil {
		buffers.Writer.Reset(&h.bytes)
	}
	return conn, buffers, err
}

// init makes the session that r begins. It is not open yet.
func (s *Server) init(session *Session, r *http.Request) {
	client := ClientAddr(r, s.config.TrustedProxies)
	*session = Session{
		server:    s,
		sid:       newSID(),
		number:    s.numbers.Add(1),
		handshake: Handshake{ClientAddr: client, query: keptQuery(r.URL.RawQuery)},
		shared:    s.sharedPaceOf(client),
	}
}

// open adds the session to its server and gives it its receiver. On a WebSocket
// it also sends the open packet, behind the handshake's response. It reports
// false if the server is draining.
func (s *Session) open(w *webSocket, response []byte) bool {
	s.takeReceiver() // until there is one, a close has to wait
	defer s.giveReceiver()
	if !s.begin(w, response) {
		return false
	}
	s.server.logOpen(s)
	s.receiver = s.server.open(s)
	return true
}

func (s *Session) begin(w *webSocket, response []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.server.add(s, w == nil) {
		return false
	}
	s.startHeartbeat()
	if s.ws = w; w != nil {
		s.send(&Frame{wire: append(response, s.openPacket().wire...)})
	}
	return true
}

// openPacket tells the client the terms (protocol 4, "Handshake").
func (s *Session) openPacket(upgrades ...string) *Frame {
	config := &s.server.config
	if upgrades == nil {
		upgrades = []string{} // [], not null
	}
	terms, _ := json.Marshal(struct {
		SID          string   `json:"sid"`
		Upgrades     []string `json:"upgrades"`
		PingInterval int64    `json:"pingInterval"`
		PingTimeout  int64    `json:"pingTimeout"`
		MaxPayload   int      `json:"maxPayload"`
	}{s.sid, upgrades, config.PingInterval.Milliseconds(), config.PingTimeout.Milliseconds(), config.PayloadBytesMax})
	return packetFrame(packetOpen, terms)
}

// newSID returns a new session's secret.
func newSID() string {
	var random [sidBytes]byte
	rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

func (s *Server) setCookie(header http.Header, sid string) {
	if s.config.Cookie == nil {
		return
	}
	cookie := *s.config.Cookie
	cookie.Value = sid
	header.Add("Set-Cookie", cookie.String())
}
