package engineio

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"strconv"
	"sync"
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
	s.respondPoll(w, r, session.openPacket().polled())
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
	defer response.release()
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
// the client the response, which so needs no write of its own, and its release.
func (s *Server) shakeHands(w http.ResponseWriter, r *http.Request, session *Session, socket *webSocket) *heldResponse {
	if !s.track() {
		s.respondClosed(w)
		return nil
	}
	held := heldResponses.Get().(*heldResponse)
	held.ResponseWriter = w
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
		held.release()
		s.running.Done()
		return nil
	}
	ahead, _ := buffers.Reader.Peek(buffers.Reader.Buffered())
	socket.init(conn, append([]byte(nil), ahead...), &s.config, newPace(s.pacing, session.shared))
	return held
}

// A heldResponse keeps what is written once the connection is hijacked. The next
// handshake uses it again.
type heldResponse struct {
	http.ResponseWriter
	bytes bytes.Buffer
	frame Frame
	kept  bool // the frame is in an outbox, with the bytes
}

var heldResponses = sync.Pool{New: func() any { return new(heldResponse) }}

// release ends the use of a response, whose writer must have let go of it.
func (h *heldResponse) release() {
	if h.kept {
		return
	}
	h.ResponseWriter, h.frame.wire = nil, nil
	h.bytes.Reset()
	heldResponses.Put(h)
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
func (s *Session) open(w *webSocket, response *heldResponse) bool {
	s.takeReceiver() // until there is one, a close has to wait
	defer s.giveReceiver()
	if !s.begin(w, response) {
		return false
	}
	s.server.logOpen(s)
	s.receiver = s.server.open(s)
	return true
}

func (s *Session) begin(w *webSocket, response *heldResponse) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.server.add(s, w == nil) {
		return false
	}
	s.startHeartbeat()
	if s.ws = w; w != nil {
		var room [termsBytes]byte
		terms := s.appendTerms(room[:0], "")
		response.bytes.Write(appendFrameHeader(response.bytes.AvailableBuffer(), ws.OpText, len(terms)))
		response.bytes.Write(terms)
		response.frame.wire = response.bytes.Bytes()
		s.send(&response.frame)
		response.kept = !s.outbox.empty()
	}
	return true
}

// openPacket tells a polling client the terms.
func (s *Session) openPacket() *Frame {
	terms := s.appendTerms(nil, `"websocket"`)
	return packetFrame(packetOpen, terms[1:])
}

// termsBytes is room for the terms: more than they take.
const termsBytes = 192

// appendTerms appends the packet that opens a session (protocol 4, "Handshake"). A
// sid is made of what stands for itself in JSON.
func (s *Session) appendTerms(to []byte, upgrades string) []byte {
	config := &s.server.config
	to = append(append(append(to, byte(packetOpen)), `{"sid":"`...), s.sid...)
	to = append(append(append(to, `","upgrades":[`...), upgrades...), ']')
	to = strconv.AppendInt(append(to, `,"pingInterval":`...), config.PingInterval.Milliseconds(), 10)
	to = strconv.AppendInt(append(to, `,"pingTimeout":`...), config.PingTimeout.Milliseconds(), 10)
	to = strconv.AppendInt(append(to, `,"maxPayload":`...), int64(config.PayloadBytesMax), 10)
	return append(to, '}')
}

// newSID returns a new session's secret.
func newSID() string {
	var random [sidBytes]byte
	rand.Read(random[:]) // never fails
	var text [2 * sidBytes]byte
	return string(base64.RawURLEncoding.AppendEncode(text[:0], random[:]))
}

func (s *Server) setCookie(header http.Header, sid string) {
	if s.config.Cookie == nil {
		return
	}
	cookie := *s.config.Cookie
	cookie.Value = sid
	header.Add("Set-Cookie", cookie.String())
}
