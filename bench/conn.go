package bench

import (
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// conn is one Socket.IO connection of the load client, after its handshake.
// emit is safe for concurrent use; all that comes in is handled by the loop,
// one connection at a time.
type conn struct {
	// Static after construction.
	receiver receiver

	// Owned by the loop.
	partial []byte // the begin of a frame whose end has not come

	mu     sync.Mutex
	sock   socket // guarded by mu: not to be used once closed
	closed bool   // guarded by mu
	err    error  // guarded by mu: why it ended or is about to
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

// emit sends an event with one argument, JSON already.
func (c *conn) emit(ackID uint64, name string, argument []byte) error {
	return c.write(clientFrame(ws.OpText, eventPacket(ackID, name, argument)))
}

// emitBinary sends an event with one attachment, to which its argument refers.
func (c *conn) emitBinary(ackID uint64, name string, argument, attachment []byte) error {
	packet := append([]byte("451-"), eventPacket(ackID, name, argument)[len("42"):]...)
	return c.write(append(clientFrame(ws.OpText, packet), clientFrame(ws.OpBinary, attachment)...))
}

// write sends a frame or ends the connection: a client that measures has no
// queue, so a server that has left megabytes unread has failed.
func (c *conn) write(frame []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	if err := c.sock.write(frame); err != nil {
		c.err = fmt.Errorf("write: %w", err)
		c.sock.shutdown() // the loop sees the end and tells the receiver
	}
	return c.err
}

// leave ends the connection from this side; the loop sees it and closes.
func (c *conn) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = net.ErrClosed
		c.sock.shutdown()
	}
}

// end closes the connection, on the loop's goroutine, and tells the receiver.
func (c *conn) end(err error) {
	c.receiver.closed(c.close(err))
}

// close returns why the connection ended: for this reason or an earlier one.
func (c *conn) close(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	// Once only: the descriptor may be another connection's by now.
	if !c.closed {
		c.closed = true
		c.sock.close()
	}
	return c.err
}

// feed handles what one read brought. Only the begin of an incomplete frame is
// copied: an idle connection holds no buffer.
func (c *conn) feed(data []byte, at time.Duration) error {
	if len(c.partial) > 0 {
		c.partial = append(c.partial, data...)
		data = c.partial
	}
	for {
		f, size, err := nextFrame(data)
		if err != nil {
			return err
		}
		if size == 0 {
			break
		}
		if err := c.frame(f, at); err != nil {
			return err
		}
		data = data[size:]
	}
	if len(data) == 0 {
		c.partial = nil
	} else {
		c.partial = append(c.partial[:0], data...)
	}
	return nil
}

func (c *conn) frame(f frame, at time.Duration) error {
	switch f.opcode {
	case ws.OpText:
		return c.packet(f.payload, at)
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

// packet handles one Engine.IO packet.
func (c *conn) packet(packet []byte, at time.Duration) error {
	if len(packet) == 0 {
		return nil
	}
	switch packet[0] {
	case '2':
		return c.write(pongFrame())
	case '1':
		return errServerClosed
	case '4':
		return c.socketPacket(packet[1:], at)
	}
	return nil
}

func pongFrame() []byte { return clientFrame(ws.OpText, []byte("3")) }

// socketPacket handles one Socket.IO packet of the main namespace.
func (c *conn) socketPacket(packet []byte, at time.Duration) error {
	if len(packet) == 0 {
		return nil
	}
	switch packet[0] {
	case '2', '5':
		c.receiver.event(packet, at)
	case '3':
		if id, arguments, ok := splitAckID(packet[1:]); ok {
			c.receiver.ack(id, arguments)
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
