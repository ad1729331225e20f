//go:build unix

package engineio

import (
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
)

// A stepConn is a raw connection whose waiting is a function of the test's.
type stepConn struct {
	syscall.RawConn
	fd   int
	wait func()
}

func (c *stepConn) Read(read func(fd uintptr) bool) error {
	for !read(uintptr(c.fd)) {
		c.wait()
	}
	return nil
}

// A connection holds no buffer while it waits, and none when all is read.
func TestSourceHoldsNoBufferWhileWaiting(t *testing.T) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fds[0])
	syscall.SetNonblock(fds[0], true)
	s := new(source)
	waited := 0
	write := func(text string) func() {
		return func() {
			if waited++; s.block != nil || s.unread != nil {
				t.Error("a buffer is held while waiting")
			}
			syscall.Write(fds[1], []byte(text))
		}
	}
	raw := &stepConn{fd: fds[0]}
	s.init(nil, raw, []byte("read ahead "))
	read := func(n int, want string) {
		t.Helper()
		p := make([]byte, n)
		if _, err := io.ReadFull(s, p); err != nil || string(p) != want {
			t.Errorf("read %.50q, %v, want %.50q", p, err, want)
		}
	}
	read(11, "read ahead ")
	raw.wait = write("hello world")
	read(5, "hello")
	if s.block == nil || s.buffered() != 6 {
		t.Errorf("%d bytes buffered", s.buffered())
	}
	read(6, " world")
	if s.block != nil {
		t.Error("a buffer is held with nothing in it")
	}
	long := strings.Repeat("x", 3*readBlockBytes)
	raw.wait = write(long)
	read(len(long), long) // straight to where it belongs
	if waited != 2 || s.block != nil {
		t.Errorf("waited %d times", waited)
	}
	raw.wait = func() { syscall.Close(fds[1]) }
	if n, err := s.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if s.block != nil {
		t.Error("a buffer is held at the end")
	}
}

// What comes in one segment with the handshake is not lost.
func TestFrameRightBehindTheHandshake(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET /?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"+
		string(clientFrame(1, true, "4first"))+string(clientFrame(1, true, "4second")))
	r := s.recorder(0)
	eventually(t, "both are received", func() bool { return strings.Join(r.texts(), " ") == "first second" })
}
