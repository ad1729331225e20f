//go:build unix

package main

import "syscall"

// openFilesMax is how many files this process may have open. The runtime has
// raised it as far as it may already.
func openFilesMax() (int, bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > maxConnectionsMax {
		return 0, false
	}
	return int(limit.Cur), true
}
