package bench

import (
	"errors"
	"fmt"
	"syscall"
)

// RaiseFileLimit raises this process's limit of open files as far as it may
// go. Go's runtime does so too, but takes it back for the processes that are
// started: a server under load needs the files as much as its client.
func RaiseFileLimit() error {
	limit, err := fileLimit()
	if err != nil {
		return err
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise the limit of open files: %w", err)
	}
	return nil
}

// checkFileLimit says before the run that its connections won't fit.
func checkFileLimit(connections int) error {
	limit, err := fileLimit()
	if err != nil {
		return err
	}
	if needed := uint64(connections) + filesReserved; needed > limit.Cur {
		return fmt.Errorf("%d connections need %d open files; the limit here is %d", connections, needed, limit.Cur)
	}
	return nil
}

func fileLimit() (limit syscall.Rlimit, err error) {
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return limit, fmt.Errorf("limit of open files: %w", err)
	}
	return limit, nil
}

// manyLoopbacks says that all of 127.0.0.0/8 is this machine.
const manyLoopbacks = true

// bindWithoutPort leaves a port's choice to connect, which takes one that is
// free towards the server; bind would want one that is free towards everybody.
func bindWithoutPort(_, _ string, conn syscall.RawConn) error {
	const ipBindAddressNoPort = 24 // ip(7); package syscall doesn't have it
	var err error
	controlErr := conn.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1)
	})
	return errors.Join(controlErr, err)
}

// childAttributes makes a child end with its parent, even a killed one, and
// keeps the terminal's Ctrl-C from it: the parent ends it in order.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
