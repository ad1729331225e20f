package engineio

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// A poller watches the connections of sessions that have nothing to read, so
// that an idle connection has no goroutine: its reader has ended, and begins
// anew when something arrives. Measured with 9,000 members in 1,000 rooms, a
// connection takes 12.7 KiB of resident memory instead of 16.4, after a
// garbage collection.
//
// It is an epoll descriptor, which the runtime's own poller watches in turn:
// no thread waits in epoll_wait(2). A connection is watched for one event at a
// time (EPOLLONESHOT), so it never has two readers.
type poller struct {
	// static after construction
	file *os.File
	raw  syscall.RawConn // of file
	fd   int
	done chan struct{} // closed when run has returned

	ordinary time.Time // of run: the last look that the scheduler knew of

	mu sync.Mutex
	// parked is guarded by mu: the sessions by their connection's descriptor.
	// Descriptors are small and dense, so this is smaller than a map.
	parked []*Session
}

// newPoller starts a poller. It fails when files have run out.
func newPoller() (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // for the runtime
		syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	p := &poller{file: os.NewFile(uintptr(fd), "epoll"), fd: fd, done: make(chan struct{})}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		p.file.Close()
		return nil, err
	}
	go p.run()
	return p, nil
}

// close ends the poller. No session may be parked any more.
func (p *poller) close() {
	p.file.Close()
	<-p.done
}

const readable = syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT

// watch has the session of a connection resumed when there is something to read,
// at once if there is already. Begins is true the first time.
func (p *poller) watch(fd int, s *Session, begins bool) error {
	operation := syscall.EPOLL_CTL_MOD
	if begins {
		operation = syscall.EPOLL_CTL_ADD
		p.give(fd, s)
	}
	event := syscall.EpollEvent{Events: readable, Fd: int32(fd)}
	err := syscall.EpollCtl(p.fd, operation, fd, &event)
	if err != nil && begins {
		p.give(fd, nil)
	}
	return err
}

// give makes a descriptor a session's; nil: nobody's.
func (p *poller) give(fd int, s *Session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fd >= len(p.parked) {
		p.parked = append(p.parked, make([]*Session, fd+1-len(p.parked))...)
	}
	p.parked[fd] = s
}

// remove forgets a connection that is about to be closed.
func (p *poller) remove(fd int) {
	p.give(fd, nil)
	syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_DEL, fd, &syscall.EpollEvent{})
}

// run resumes sessions until the poller is closed.
func (p *poller) run() {
	defer close(p.done)
	events := make([]syscall.EpollEvent, pollEventsMax)
	p.raw.Read(func(fd uintptr) bool {
		for {
			n, err := p.look(int(fd), events)
			for i := range max(n, 0) {
				p.resume(int(events[i].Fd))
			}
			if err != syscall.EINTR && n < len(events) {
				return false // wait for those that come from now on, or find that the file is closed
			}
		}
	})
}

// look finds who can be read. Now and then it does so by an ordinary system call:
// everything that clients cause begins here, and somebody has to be awake who
// interrupts a goroutine that computes for long, see nowait_linux.go.
func (p *poller) look(fd int, events []syscall.EpollEvent) (int, error) {
	if now := time.Now(); now.Sub(p.ordinary) >= ordinaryInterval {
		p.ordinary = now
		return syscall.EpollWait(fd, events, 0)
	}
	return epollWaitNow(fd, events)
}

func (p *poller) resume(fd int) {
	p.mu.Lock()
	s := p.parked[fd]
	p.mu.Unlock()
	if s != nil { // else its connection was closed meanwhile
		s.resume()
	}
}
