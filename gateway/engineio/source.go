package engineio

import (
	"io"
	"net"
	"sync"
	"syscall"
)

// A source reads a connection and holds a buffer only while there is something
// in it: an idle connection costs none. It belongs to the connection's reader.
type source struct {
	// static after construction
	conn net.Conn
	raw  syscall.RawConn // nil: conn can only be read the ordinary way
	// readReady is the method of that name: made once, so that waiting
	// allocates nothing.
	readReadyFunc func(fd uintptr) bool

	// owned by the reader
	block  *readBlock // borrowed; nil while nothing is unread
	unread []byte     // of block
	into   []byte     // where readReady reads to; nil: to a block it borrows
	n      int        // what readReady has read
	err    error
	idle   bool // the last read didn't fill a block, so there may be no more
}

type readBlock [readBlockBytes]byte

var readBlocks = sync.Pool{New: func() any { return new(readBlock) }}

// init makes s read what was read ahead first, then conn.
func (s *source) init(conn net.Conn, raw syscall.RawConn, ahead []byte) {
	readReady := s.readReadyFunc
	if readReady == nil {
		readReady = s.readReady
	}
	*s = source{conn: conn, raw: raw, unread: ahead, idle: true, readReadyFunc: readReady}
}

// Read waits until something is there.
func (s *source) Read(p []byte) (int, error) {
	if len(s.unread) == 0 {
		if len(p) >= readBlockBytes {
			return s.readInto(p)
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.unread)
	if s.unread = s.unread[n:]; len(s.unread) == 0 {
		s.release()
	}
	return n, nil
}

// buffered is how many bytes can be read without waiting.
func (s *source) buffered() int { return len(s.unread) }

// drained reports whether everything that has arrived was read, as far as can
// be told without asking the kernel.
func (s *source) drained() bool { return s.idle && len(s.unread) == 0 }

// fill borrows a block and reads to it.
func (s *source) fill() error {
	var err error
	if s.raw == nil {
		s.block = readBlocks.Get().(*readBlock)
		s.n, err = s.conn.Read(s.block[:])
	} else {
		err = s.readRaw()
	}
	if s.block != nil {
		s.unread = s.block[:s.n]
	}
	if s.n > 0 {
		return nil
	}
	s.release()
	return err
}

// readInto reads to p itself: there is nothing to gain from a block.
func (s *source) readInto(p []byte) (int, error) {
	if s.raw == nil {
		return s.conn.Read(p)
	}
	s.into = p
	err := s.readRaw()
	s.into = nil
	if s.n > 0 {
		return s.n, nil
	}
	return 0, err
}

// readRaw waits until the connection can be read and lets readReady read.
func (s *source) readRaw() error {
	s.n, s.err = 0, nil
	if err := s.raw.Read(s.readReadyFunc); err != nil {
		return err
	}
	if s.n == 0 && s.err == nil {
		return io.EOF
	}
	return s.err
}

// readReady reads once, without waiting. Where that would block it gives its
// block back and returns false: the runtime then waits and calls it again.
func (s *source) readReady(fd uintptr) bool {
	target := s.into
	if target == nil {
		s.block = readBlocks.Get().(*readBlock)
		target = s.block[:]
	}
	s.n, s.err = readFD(fd, target)
	s.idle = s.n < readBlockBytes || s.into != nil
	if s.err == errWouldBlock {
		s.release()
		return false
	}
	return true
}

func (s *source) release() {
	s.unread = nil
	if s.block != nil {
		readBlocks.Put(s.block)
		s.block = nil
	}
}
