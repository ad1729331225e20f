package bench

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// loop reads all connections of a run on one goroutine: it waits for any of
// them with epoll and reads each with one plain read into one buffer.
//
// A goroutine a connection would be simpler. Measured on two cores it takes a
// quarter more CPU a delivery, from the server's cores, and under load its
// scheduling shows as the server's latency. What is left is the kernel's: two
// thirds are the one read of each delivery, with the ACK that it sends.
type loop struct {
	background

	// Static after construction.
	clock clock
	epoll int
	ended chan struct{}

	stopping atomic.Bool

	mu      sync.Mutex
	streams []*stream // guarded by mu; by descriptor
	closed  bool      // guarded by mu: none is added any more
}

func newLoop(c clock) (*loop, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	l := &loop{background: newBackground(), clock: c, epoll: epoll, ended: make(chan struct{})}
	go l.run()
	return l, nil
}

// add takes over a stream's connection, from its first unread byte on. It is
// safe for concurrent use.
func (l *loop) add(netConn net.Conn, s *stream) error {
	defer netConn.Close() // the loop has a descriptor of its own
	sock, err := takeSocket(netConn)
	if err != nil {
		return err
	}
	s.sock = sock
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		s.close(net.ErrClosed)
		return net.ErrClosed
	}
	for len(l.streams) <= sock.fd {
		l.streams = append(l.streams, nil)
	}
	l.streams[sock.fd] = s
	// Edge-triggered, or every read would be followed by one more look at it.
	event := syscall.EpollEvent{
		Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | epollEdge,
		Fd:     int32(sock.fd),
	}
	if err := syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, sock.fd, &event); err != nil {
		s.close(err)
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// close ends the loop and all its connections; nobody is told.
func (l *loop) close() {
	l.stopping.Store(true)
	<-l.ended
	l.stopDialing()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, s := range l.streams {
		if s != nil {
			s.close(net.ErrClosed)
		}
	}
	syscall.Close(l.epoll)
}

func (l *loop) run() {
	defer close(l.ended)
	events := make([]syscall.EpollEvent, 256)
	ready := make([]*stream, len(events))
	buffer := make([]byte, readBufferBytes)
	for !l.stopping.Load() {
		n, err := syscall.EpollWait(l.epoll, events, int(pollTimeout.Milliseconds()))
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			panic(fmt.Sprintf("bench: epoll_wait: %v", err)) // only a wrong argument can do this
		}
		// All at once: a descriptor that one of them closes may be another's by
		// the time the next is looked at.
		l.mu.Lock()
		for i, event := range events[:n] {
			ready[i] = l.streams[event.Fd]
		}
		l.mu.Unlock()
		for i, event := range events[:n] {
			l.read(ready[i], event.Events&^syscall.EPOLLIN != 0, buffer)
		}
	}
}

// read takes what has come on a stream. A read that does not fill the
// buffer has emptied the socket, unless the end has been announced: that takes
// one more read, and no further event will ask for it.
func (l *loop) read(s *stream, ending bool, buffer []byte) {
	for {
		n, err := s.sock.read(buffer)
		at := l.clock.now()
		switch {
		case err == syscall.EAGAIN:
			return
		case err == syscall.EINTR:
			continue
		case err != nil:
			s.end(err)
			return
		case n == 0:
			s.end(io.EOF)
			return
		}
		if err := s.feed(buffer[:n], at); err != nil {
			s.end(err)
			return
		}
		if n < len(buffer) && !ending {
			return
		}
	}
}

// epollEdge is EPOLLET, which package syscall has as a negative number.
const epollEdge = 1 << 31

// socket is a descriptor outside Go's own poller: two pollers on one socket
// would double the cost of each wake-up, on the server's side too.
type socket struct{ fd int }

func takeSocket(netConn net.Conn) (socket, error) {
	file, ok := netConn.(syscall.Conn)
	if !ok {
		return socket{}, fmt.Errorf("take over %T: not a socket", netConn)
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return socket{}, fmt.Errorf("take over socket: %w", err)
	}
	fd := -1
	var dupErr error
	err = raw.Control(func(original uintptr) {
		// The copy shares the original's flags: it stays non-blocking.
		copied, _, errno := syscall.Syscall(syscall.SYS_FCNTL, original, syscall.F_DUPFD_CLOEXEC, 0)
		if errno != 0 {
			dupErr = errno
			return
		}
		fd = int(copied)
	})
	if err := errors.Join(err, dupErr); err != nil {
		return socket{}, fmt.Errorf("take over socket: %w", err)
	}
	return socket{fd: fd}, nil
}

// read is one read that doesn't wait, so the scheduler needn't hear of it.
func (s socket) read(buffer []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(s.fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(buffer))), uintptr(len(buffer)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// write is one write that doesn't wait.
func (s socket) write(data []byte) error {
	n, err := syscall.Write(s.fd, data)
	if err == syscall.EAGAIN || err == nil && n < len(data) {
		return errServerStalled
	}
	return err
}

func (s socket) shutdown() { syscall.Shutdown(s.fd, syscall.SHUT_RDWR) }

func (s socket) close() { syscall.Close(s.fd) }
