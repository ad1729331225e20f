package socketio

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"roomd/gateway/engineio"
)

// A client is one Engine.IO session that speaks Socket.IO: the receiver of its messages. It has no
// goroutine of its own: everything happens on the one that reads from the session.
type client struct {
	// static after construction
	server  *Server
	session *engineio.Session

	// owned by the reader: Receive and Closed never run at the same time
	connectTimer *time.Timer // nil once a namespace is connected
	asked        bool        // a CONNECT has come
	// sockets are the connected ones and those that the server disconnected, which stay until the
	// client has noticed. They are few (Config.NamespacesMax), so there is no map.
	sockets []*Socket
	pending *assembly // the packet whose attachments are being waited for, or nil
}

// Why a legal packet is illegal where it came.
var (
	errTextAmongAttachments = errors.New("text while attachments are due")
	errAttachmentUnasked    = errors.New("attachment that no packet announced")
	errAttachmentsTooLarge  = errors.New("attachments are larger than a payload may be")
	errConnectedAlready     = errors.New("CONNECT to a namespace that is connected")
	errNotConnected         = errors.New("packet for a namespace that is not connected")
	errConnectErrorReceived = errors.New("CONNECT_ERROR from a client")
)

// newClient is called before anything is read from the session.
func newClient(server *Server, session *engineio.Session) *client {
	c := &client{server: server, session: session}
	c.connectTimer = time.AfterFunc(server.connectTimeout, func() { c.session.Close(ReasonConnectTimeout) })
	return c
}

// Receive handles the session's next message.
func (c *client) Receive(m engineio.Message) {
	err := c.receive(m)
	if err == nil {
		return
	}
	reason := engineio.ReasonParseError
	if errors.Is(err, errAttachmentsTooLarge) {
		reason = engineio.ReasonPayloadTooLarge
	}
	c.server.log.Debug("closing a client after an illegal packet", "session", c.session.Number(), "reason", reason.String(), "error", err)
	c.session.Close(reason)
}

// Ponged tells the sockets that the client has answered a ping.
func (c *client) Ponged() {
	for _, s := range c.sockets {
		s.ponged()
	}
}

func (c *client) receive(m engineio.Message) error {
	if m.Binary {
		return c.receiveAttachment(m.Data)
	}
	if c.pending != nil {
		return errTextAmongAttachments
	}
	p, err := decodePacket(m.Data, restForOthers)
	if err != nil {
		return err
	}
	if p.attachments > 0 {
		c.pending = newAssembly(c, p)
		return nil
	}
	return c.handle(p, nil)
}

// restForOthers lets others have the processor while a packet of very many values is decoded. Only the
// packet's own reader waits for it.
func restForOthers() { time.Sleep(restTime) }

func (c *client) receiveAttachment(data []byte) error {
	if c.pending == nil {
		return errAttachmentUnasked
	}
	complete, err := c.pending.add(data, c.server.attachmentsBytes)
	if err != nil || !complete {
		return err
	}
	done := c.pending
	c.dropPending()
	return c.handle(done.packet, done.attachments)
}

// handle handles a whole packet.
func (c *client) handle(p packet, attachments [][]byte) error {
	switch p.kind {
	case kindConnect:
		return c.connect(p)
	case kindConnectError:
		return errConnectErrorReceived
	}
	s := c.socket(p.namespace)
	if s == nil {
		return errNotConnected
	}
	switch p.kind {
	case kindDisconnect:
		c.remove(s)
		s.end(ReasonClientDisconnect)
	case kindEvent, kindBinaryEvent:
		s.event(Event{Name: p.name, Args: p.args, Attachments: attachments, ackID: p.id, ackWanted: p.hasID})
	case kindAck, kindBinaryAck:
		if p.hasID {
			s.ack(p.id, p.args, attachments)
		}
	}
	return nil
}

// connect handles CONNECT. It owes the client a reply on every path but an illegal packet's.
func (c *client) connect(p packet) error {
	if s := c.socket(p.namespace); s != nil {
		if !s.hasEnded() {
			return errConnectedAlready
		}
		c.remove(s)
	}
	if len(c.sockets) >= c.server.namespacesMax {
		c.sockets = slices.DeleteFunc(c.sockets, (*Socket).hasEnded)
	}
	if len(c.sockets) >= c.server.namespacesMax {
		c.refuse(p.namespace, refusedNamespacesMax)
		return nil
	}
	s := newSocket(c, p.namespace)
	c.asked = true
	receiver, err := c.decide(s, p.payload)
	if err != nil {
		s.retire()
		c.refuse(p.namespace, err)
		return nil
	}
	c.sockets = append(c.sockets, s)
	c.stopConnectTimer()
	s.admit(receiver)
	return nil
}

// decide asks the application. If it panics, the socket is refused.
func (c *client) decide(s *Socket, auth json.RawMessage) (receiver Receiver, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.logPanic(v)
			receiver, err = nil, refusedInternal
		}
	}()
	receiver, err = c.server.application.Connect(s, auth)
	if err == nil && receiver == nil {
		err = errNoReceiver
	}
	return receiver, err
}

// refuse answers CONNECT with CONNECT_ERROR.
func (c *client) refuse(namespace string, err error) {
	var refusal *ConnectError
	if !errors.As(err, &refusal) {
		c.server.log.Error("connect failed", "session", c.session.Number(), "namespace", namespace, "error", err)
		refusal = refusedInternal
	}
	frame, err := encodeConnectError(namespace, refusal)
	if err != nil {
		c.server.log.Error("connect refused without its data", "session", c.session.Number(), "namespace", namespace, "error", err)
		frame, _ = encodeConnectError(namespace, refusedInternal) // fails for data only
	}
	c.session.Send(frame)
}

// Closed tells the sockets that the transport has ended.
func (c *client) Closed(reason engineio.Reason) {
	c.stopConnectTimer()
	c.dropPending()
	for _, s := range c.sockets {
		s.end(reason)
	}
	c.sockets = nil
}

func (c *client) stopConnectTimer() {
	if c.connectTimer != nil {
		c.connectTimer.Stop()
		c.connectTimer = nil
	}
}

func (c *client) dropPending() {
	if c.pending != nil {
		c.pending.timer.Stop()
		c.pending = nil
	}
}

// socket returns the socket of a namespace, or nil.
func (c *client) socket(namespace string) *Socket {
	for _, s := range c.sockets {
		if s.namespace == namespace {
			return s
		}
	}
	return nil
}

func (c *client) remove(s *Socket) {
	c.sockets = slices.DeleteFunc(c.sockets, func(other *Socket) bool { return other == s })
}

// An assembly is a binary packet that waits for its attachments. They may take as many bytes in all
// as one message may, however they are cut: a packet is then at most one full text and one full
// payload, and that is all a client that never finishes makes the server hold.
type assembly struct {
	packet      packet
	attachments [][]byte
	bytes       int
	timer       *time.Timer
}

func newAssembly(c *client, p packet) *assembly {
	return &assembly{
		packet: p,
		timer:  time.AfterFunc(attachmentsTimeout, func() { c.session.Close(ReasonAttachmentsTimeout) }),
	}
}

// add takes the next attachment and tells whether it was the last.
func (a *assembly) add(data []byte, bytesMax int) (complete bool, err error) {
	if a.bytes += len(data); a.bytes > bytesMax {
		return false, errAttachmentsTooLarge
	}
	a.attachments = append(a.attachments, data)
	return len(a.attachments) == a.packet.attachments, nil
}
