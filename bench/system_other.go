//go:build !linux

package bench

import "syscall"

// RaiseFileLimit leaves it to Go's runtime, which raises this process's own.
func RaiseFileLimit() error { return nil }

// checkFileLimit leaves it to the first connection that fails.
func checkFileLimit(int) error { return nil }

// childAttributes has no way here to make a child end with a killed parent.
func childAttributes() *syscall.SysProcAttr { return nil }

const manyLoopbacks = false

func bindWithoutPort(_, _ string, _ syscall.RawConn) error { return nil }
