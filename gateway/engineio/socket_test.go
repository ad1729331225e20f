package engineio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// A socket is a WebSocket client.
type socket struct {
	t      *testing.T
	conn   net.Conn
	reader io.Reader
}

func (s *testServer) dialWebSocket(query string) (*socket, error) {
	dialer := ws.Dialer{NetDial: s.dial}
	url := "ws" + strings.TrimPrefix(s.url, "http") + "/engine.io/?" + query
	conn, ahead, _, err := dialer.Dial(context.Background(), url)
	if err != nil {
		return nil, err
	}
	c := &socket{t: s.t, conn: conn, reader: conn}
	if ahead != nil {
		c.reader = ahead
	}
	s.t.Cleanup(func() { conn.Close() })
	return c, nil
}

func (s *testServer) openSocket(query string) *socket {
	s.t.Helper()
	c, err := s.dialWebSocket(query)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// openWebSocket begins a session on a WebSocket.
func (s *testServer) openWebSocket() (*socket, terms) {
	s.t.Helper()
	c := s.openSocket("EIO=4&transport=websocket")
	return c, readOpen(s.t, c.text())
}

// openProbe opens a WebSocket for a polling session.
func (s *testServer) openProbe(sid string) *socket {
	s.t.Helper()
	return s.openSocket("EIO=4&transport=websocket&sid=" + sid)
}

// openUpgraded begins a session and upgrades it.
func (s *testServer) openUpgraded() (*socket, string) {
	s.t.Helper()
	sid := s.openPolling()
	c := s.openProbe(sid)
	c.send("2probe")
	c.want("3probe")
	c.send("5")
	session := s.session(sid)
	eventually(s.t, "the session is upgraded", func() bool { return session.Transport() == "websocket" })
	return c, sid
}

func (c *socket) write(f ws.Frame) {
	c.t.Helper()
	c.raw(ws.MustCompileFrame(ws.MaskFrame(f)))
}

func (c *socket) raw(p []byte) {
	c.t.Helper()
	c.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := c.conn.Write(p); err != nil {
		c.t.Fatal(err)
	}
}

func (c *socket) send(text string) {
	c.t.Helper()
	c.write(ws.NewTextFrame([]byte(text)))
}

func (c *socket) sendBinary(data []byte) {
	c.t.Helper()
	c.write(ws.NewBinaryFrame(data))
}

// read reads the next frame.
func (c *socket) read() (ws.Frame, error) {
	c.conn.SetReadDeadline(time.Now().Add(patience))
	header, err := ws.ReadHeader(c.reader)
	if err != nil {
		return ws.Frame{}, err
	}
	payload := make([]byte, header.Length)
	_, err = io.ReadFull(c.reader, payload)
	return ws.Frame{Header: header, Payload: payload}, err
}

func (c *socket) text() string {
	c.t.Helper()
	f, err := c.read()
	if err != nil || f.Header.OpCode != ws.OpText {
		c.t.Fatalf("got %v %q (error %v), want a text", f.Header, f.Payload, err)
	}
	return string(f.Payload)
}

func (c *socket) want(text string) {
	c.t.Helper()
	if got := c.text(); got != text {
		c.t.Fatalf("got %.200q, want %.200q", got, text)
	}
}

func (c *socket) wantBinary(data []byte) {
	c.t.Helper()
	f, err := c.read()
	if err != nil || f.Header.OpCode != ws.OpBinary || !bytes.Equal(f.Payload, data) {
		c.t.Fatalf("got %v %q (error %v), want binary %q", f.Header, f.Payload, err, data)
	}
}

// wantClose reads up to a close frame with that code, answers it, and expects
// the end of the stream.
func (c *socket) wantClose(code int) {
	c.t.Helper()
	for {
		f, err := c.read()
		if err != nil {
			c.t.Fatalf("no close frame: %v", err)
		}
		if f.Header.OpCode != ws.OpClose {
			continue
		}
		if got, text := ws.ParseCloseFrameData(f.Payload); int(got) != code {
			c.t.Fatalf("closed with %d %q, want %d", got, text, code)
		}
		c.conn.Write(ws.MustCompileFrame(ws.MaskFrame(ws.NewCloseFrame(f.Payload))))
		if tcp, ok := c.conn.(*net.TCPConn); ok {
			tcp.CloseWrite()
		}
		c.wantEnd()
		return
	}
}

// wantEnd expects the stream to end, or to be reset.
func (c *socket) wantEnd() {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(patience))
	var timeout net.Error
	if _, err := io.Copy(io.Discard, c.reader); errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Fatal("the connection was not closed")
	}
}
