package bench

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gobwas/ws"
)

// conn is one Socket.IO connection of the load client on a WebSocket; pollConn
// is its like over long polling. emit is safe for concurrent use.
type conn struct {
	stream
	// Static after construction.
	receiver receiver
}

// newConn is a connection after its handshake, which read the begin of a frame
// too far.
func newConn(receiver receiver, partial []byte) *conn {
	c := &conn{stream: stream{partial: partial}, receiver: receiver}
	c.reader = c
	return c
}

// emitter is a connection of either kind, to those who send.
type emitter interface {
	// emit sends an event with one argument, JSON already.
	emit(ackID uint64, name string, argument []byte) error
	// emitBinary sends an event with one attachment, to which its argument
	// refers.
	emitBinary(ackID uint64, name string, argument, attachment []byte) error
}

// receiver gets what a connection receives, on the loop's goroutine. It must
// not keep a packet, nor block.
type receiver interface {
	// event gets a Socket.IO packet from its type on: `2["name",…]`.
	event(packet []byte, at time.Duration)
	// attachment gets what follows an event of binary data.
	attachment(data []byte, at time.Duration)
	// ack gets the arguments of the ack with the given id: `[…]`.
	ack(id uint64, arguments []byte)
	// closed is told once that the server ended the connection, or broke the
	// protocol; not that the client closed it.
	closed(err error)
}

// emit implements emitter.
func (c *conn) emit(ackID uint64, name string, argument []byte) error {
	return c.write(clientFrame(ws.OpText, eventPacket(ackID, name, argument)))
}

// emitBinary implements emitter.
func (c *conn) emitBinary(ackID uint64, name string, argument, attachment []byte) error {
	packet := binaryEventPacket(ackID, name, argument)
	return c.write(append(clientFrame(ws.OpText, packet), clientFrame(ws.OpBinary, attachment)...))
}

// ended implements reader.
func (c *conn) ended(err error) { c.receiver.closed(err) }

// next implements reader.
func (c *conn) next(data []byte, at time.Duration) (size int, err error) {
	f, size, err := nextFrame(data)
	if err != nil || size == 0 {
		return 0, err
	}
	return size, c.frame(f, at)
}

func (c *conn) frame(f frame, at time.Duration) error {
	switch f.opcode {
	case ws.OpText:
		ping, err := receive(c.receiver, f.payload, at)
		if ping {
			return c.write(pongFrame())
		}
		return err
	case ws.OpBinary:
		c.receiver.attachment(f.payload, at)
	case ws.OpPing:
		return c.write(clientFrame(ws.OpPong, f.payload))
	case ws.OpClose:
		code, reason := ws.ParseCloseFrameData(f.payload)
		return fmt.Errorf("%w: code %d %s", errServerClosed, code, reason)
	}
	return nil // pongs mean nothing here
}

func pongFrame() []byte { return clientFrame(ws.OpText, []byte("3")) }

// receive hands on one Engine.IO packet. A ping is to be answered.
func receive(to receiver, packet []byte, at time.Duration) (ping bool, err error) {
	if len(packet) == 0 {
		return false, nil
	}
	switch packet[0] {
	case '2':
		return true, nil
	case '1':
		return false, errServerClosed
	case '4':
		return false, receiveMessage(to, packet[1:], at)
	}
	return false, nil
}

// receiveMessage hands on one Socket.IO packet of the main namespace.
func receiveMessage(to receiver, packet []byte, at time.Duration) error {
	if len(packet) == 0 {
		return nil
	}
	switch packet[0] {
	case '2', '5':
		to.event(packet, at)
	case '3':
		if id, arguments, ok := splitAckID(packet[1:]); ok {
			to.ack(id, arguments)
		}
	case '1':
		return fmt.Errorf("%w: DISCONNECT", errServerClosed)
	}
	return nil
}

// identity is the auth of CONNECT in a server's development mode.
type identity struct {
	UserID   string `json:"userId"`
	Username string `json:"username"`
}

func (i identity) connectPacket() []byte {
	auth, _ := json.Marshal(i) // two strings: can't fail
	return append([]byte("40"), auth...)
}
