package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/gobwas/ws"
)

var errRefused = errors.New("CONNECT refused")

// endpoint is the WebSocket URL of a server given as http://host:port.
func endpoint(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("server URL: %w", err)
	}
	// The loop reads sockets itself, so there is no place for TLS.
	if u.Scheme != "http" && u.Scheme != "ws" || u.Host == "" {
		return "", fmt.Errorf("server URL %q: want http://host:port", server)
	}
	u.Scheme = "ws"
	if u.Path == "" || u.Path == "/" {
		u.Path = "/socket.io/"
	}
	u.RawQuery = "EIO=4&transport=websocket"
	return u.String(), nil
}

// handshake connects as far as CONNECT's reply, or without an identity as far
// as the open packet. It returns the begin of a frame that was read too far;
// whole packets behind the reply are of no interest to a client that has asked
// for nothing yet.
func handshake(ctx context.Context, endpoint string, who *identity) (net.Conn, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	netConn, reader, _, err := ws.Dialer{NetDial: dial}.Dial(ctx, endpoint)
	if err != nil {
		return nil, nil, fmt.Errorf("connect to %s: %w", endpoint, orEnded(ctx, err))
	}
	stop := context.AfterFunc(ctx, func() { netConn.SetDeadline(time.Now()) })
	defer stop()
	h := greeting{conn: netConn, who: who}
	if reader != nil {
		ahead, _ := reader.Peek(reader.Buffered())
		h.data = bytes.Clone(ahead)
		ws.PutReader(reader)
	}
	if err := h.run(); err != nil {
		netConn.Close()
		return nil, nil, fmt.Errorf("handshake with %s: %w", endpoint, orEnded(ctx, err))
	}
	return netConn, h.data, nil
}

// orEnded is why ctx has ended, if it has: the error of a socket that was given
// up for it says only that. A socket's deadline is ctx's, and may pass first.
func orEnded(ctx context.Context, err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// greeting is a handshake under way.
type greeting struct {
	conn net.Conn
	who  *identity
	data []byte // read and not yet handled
	open bool   // the open packet has come
	done bool
}

func (g *greeting) run() error {
	buffer := make([]byte, 4<<10)
	for {
		if err := g.handle(); err != nil {
			return err
		}
		if g.done {
			return nil
		}
		n, err := g.conn.Read(buffer)
		if err != nil {
			return err
		}
		g.data = append(g.data, buffer[:n]...)
	}
}

// handle goes through all whole frames, also those behind the last one wanted.
func (g *greeting) handle() error {
	for {
		f, size, err := nextFrame(g.data)
		if err != nil || size == 0 {
			return err
		}
		if f.opcode == ws.OpClose {
			return errServerClosed
		}
		if f.opcode == ws.OpText {
			if err := g.packet(f.payload); err != nil {
				return err
			}
		}
		g.data = g.data[size:]
	}
}

func (g *greeting) packet(packet []byte) error {
	switch {
	case !g.open:
		if !bytes.HasPrefix(packet, []byte(`0{`)) {
			return fmt.Errorf("want an open packet, got %.40q", packet)
		}
		g.open = true
		if g.who == nil {
			g.done = true
			return nil
		}
		return g.send(g.who.connectPacket())
	case bytes.Equal(packet, []byte("2")):
		return g.send([]byte("3"))
	case bytes.HasPrefix(packet, []byte(`40{`)):
		g.done = true
	case bytes.HasPrefix(packet, []byte(`44`)):
		return fmt.Errorf("%w: %.200s", errRefused, packet[2:])
	}
	return nil
}

func (g *greeting) send(packet []byte) error {
	_, err := g.conn.Write(clientFrame(ws.OpText, packet))
	return err
}
