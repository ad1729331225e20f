package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// tick is the unit of CPU time in /proc: 1/100 s on every Linux Go runs on.
const tick = 10 * time.Millisecond

var errStat = errors.New("not understood")

// readUsage asks the operating system about a process and all its threads.
func readUsage(pid int) (usage, error) {
	path := fmt.Sprintf("/proc/%d/stat", pid)
	stat, err := os.ReadFile(path)
	if err != nil {
		return usage{}, fmt.Errorf("usage of process %d: %w", pid, err)
	}
	u, err := parseStat(stat)
	if err != nil {
		return usage{}, fmt.Errorf("usage of process %d: %s: %w", pid, path, err)
	}
	return u, nil
}

// parseStat reads the fields of proc_pid_stat(5), counted there from 1: utime
// is 14, stime 15, rss 24.
func parseStat(stat []byte) (usage, error) {
	// Field 2 is the program's name in parentheses and may hold anything.
	name := bytes.LastIndexByte(stat, ')')
	if name < 0 {
		return usage{}, errStat
	}
	fields := bytes.Fields(stat[name+1:]) // from field 3 on
	if len(fields) < 24-2 {
		return usage{}, errStat
	}
	user, err1 := strconv.ParseUint(string(fields[14-3]), 10, 39)
	system, err2 := strconv.ParseUint(string(fields[15-3]), 10, 39)
	pages, err3 := strconv.ParseUint(string(fields[24-3]), 10, 39)
	if errors.Join(err1, err2, err3) != nil {
		return usage{}, errStat
	}
	return usage{
		user:     time.Duration(user) * tick,
		system:   time.Duration(system) * tick,
		rssBytes: int64(pages) * int64(os.Getpagesize()),
	}, nil
}
