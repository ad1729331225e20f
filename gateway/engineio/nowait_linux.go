package engineio

import (
	"syscall"
	"unsafe"
)

// System calls that never wait, past Go's scheduler. An ordinary one tells it
// first that the thread may be gone for long, and wakes the thread that watches
// over others ("sysmon"), if that sleeps. It sleeps whenever all is idle, which on
// a server with little to do is between any two messages, and looks around every
// 20 µs for a while when it wakes: in small rooms a tenth of all CPU. See also
// poller.look.

func readNow(fd int, p []byte) (int, error) {
	if raceDetector {
		return syscall.Read(fd, p)
	}
	return transferNow(syscall.SYS_READ, fd, p)
}

func writeNow(fd int, p []byte) (int, error) {
	if raceDetector {
		return syscall.Write(fd, p)
	}
	return transferNow(syscall.SYS_WRITE, fd, p)
}

func transferNow(call uintptr, fd int, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// epollWaitNow is epoll_wait(2) without a time to wait.
func epollWaitNow(epoll int, events []syscall.EpollEvent) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(epoll),
		uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
