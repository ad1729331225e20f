//go:build !unix

package engineio

import (
	"errors"
	"net"
	"syscall"
)

var errWouldBlock = errors.New("operation would block")

// rawConnOf returns nil: every connection is read and written the ordinary
// way, from goroutines.
func rawConnOf(net.Conn) syscall.RawConn { return nil }

func readFD(uintptr, []byte) (int, error)  { return 0, errors.ErrUnsupported }
func writeFD(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
