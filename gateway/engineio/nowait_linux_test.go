package engineio

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// socketPair returns two connected sockets, of which the first never blocks.
func socketPair(t *testing.T) (ours, theirs int) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fds[0]); syscall.Close(fds[1]) })
	if err := syscall.SetNonblock(fds[0], true); err != nil {
		t.Fatal(err)
	}
	return fds[0], fds[1]
}

// Reading and writing say what ordinary calls say.
func TestNowReadsAndWrites(t *testing.T) {
	ours, theirs := socketPair(t)
	block := make([]byte, 16)
	if n, err := readFD(uintptr(ours), block); n != 0 || err != errWouldBlock {
		t.Errorf("nothing to read: %d, %v", n, err)
	}
	syscall.Write(theirs, []byte("hello"))
	if n, err := readFD(uintptr(ours), block[:3]); n != 3 || err != nil || string(block[:n]) != "hel" {
		t.Errorf("read %q, %v", block[:n], err)
	}
	if n, err := writeFD(uintptr(ours), []byte("world")); n != 5 || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	if n, err := syscall.Read(theirs, block); n != 5 || err != nil || string(block[:n]) != "world" {
		t.Errorf("they read %q, %v", block[:n], err)
	}
	if n, err := writeFD(uintptr(ours), nil); n != 0 || err != nil {
		t.Errorf("wrote nothing: %d, %v", n, err)
	}
	long := []byte(strings.Repeat("x", 8<<20))
	if n, err := writeFD(uintptr(ours), long); n <= 0 || n == len(long) || err != nil {
		t.Errorf("wrote %d of %d, %v", n, len(long), err)
	}
	if n, err := writeFD(uintptr(ours), long); n != 0 || err != errWouldBlock {
		t.Errorf("no room: %d, %v", n, err)
	}
	if n, err := readFD(1<<20, block); n != 0 || err != syscall.EBADF {
		t.Errorf("no descriptor: %d, %v", n, err)
	}
}

// The poller finds who can be read, and says what it can't watch, whether Go's
// scheduler knows of its look or not.
func TestPollerLooks(t *testing.T) {
	p, err := newPoller()
	if err != nil {
		t.Fatal(err)
	}
	p.close() // its goroutine
	if p.fd, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(p.fd)
	ours, theirs := socketPair(t)
	events := make([]syscall.EpollEvent, 4)
	for i, ordinary := range []time.Time{{}, time.Now().Add(time.Hour)} {
		p.ordinary = ordinary
		if err := p.watch(ours, &Session{}, i == 0); err != nil {
			t.Fatal(err)
		}
		if n, err := p.look(p.fd, events); n != 0 || err != nil {
			t.Errorf("nothing to read: %d, %v", n, err)
		}
		syscall.Write(theirs, []byte("x"))
		if n, err := p.look(p.fd, events); n != 1 || err != nil || int(events[0].Fd) != ours {
			t.Errorf("found %d, %v, %v", n, events[0], err)
		}
		if n, err := p.look(p.fd, events); n != 0 || err != nil { // one event at a time
			t.Errorf("found again: %d, %v", n, err)
		}
		if _, err := readFD(uintptr(ours), make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.watch(ours, &Session{}, true); err != syscall.EEXIST {
		t.Errorf("watched twice: %v", err)
	}
}

// The scheduler gets to know of a look at the beginning, and now and then.
func TestPollerTellsTheScheduler(t *testing.T) {
	p := &poller{}
	look := func() { p.look(-1, make([]syscall.EpollEvent, 1)) }
	look()
	if p.ordinary.IsZero() {
		t.Error("not at the beginning")
	}
	later := time.Now().Add(time.Hour)
	p.ordinary = later
	if look(); p.ordinary != later {
		t.Error("at the next look too")
	}
	before := time.Now().Add(-ordinaryInterval)
	p.ordinary = before
	if look(); p.ordinary == before {
		t.Error("not any more")
	}
}
