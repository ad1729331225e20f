//go:build unix

package engineio

import (
	"errors"
	"net"
	"syscall"
)

// errWouldBlock: the kernel has nothing to read, or no room to write to.
var errWouldBlock = errors.New("operation would block")

// rawConnOf gives access to the connection's file descriptor, or nil where it
// has none of its own: TLS, or a pipe in a test.
func rawConnOf(conn net.Conn) syscall.RawConn {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// readFD is one read(2) of a non-blocking descriptor.
func readFD(fd uintptr, p []byte) (int, error) { return once(readNow, fd, p) }

// writeFD is one write(2) to a non-blocking descriptor.
func writeFD(fd uintptr, p []byte) (int, error) { return once(writeNow, fd, p) }

// once makes a system call, and makes it again only if a signal came first.
func once(call func(int, []byte) (int, error), fd uintptr, p []byte) (int, error) {
	for {
		n, err := call(int(fd), p)
		switch {
		case err == nil:
			return n, nil
		case err == syscall.EAGAIN:
			return 0, errWouldBlock
		case err != syscall.EINTR:
			return 0, err
		}
	}
}
