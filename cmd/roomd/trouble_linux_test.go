package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// diskTroubles are what can be wrong with a disk, as strace has the system say
// it to a process.
var diskTroubles = map[string][]string{
	"no space":         {"pwrite64:error=ENOSPC"},
	"read-only":        {"pwrite64:error=EROFS"},
	"writes fail":      {"pwrite64:error=EIO"},
	"syncs fail":       {"fdatasync:error=EIO", "fsync:error=EIO"},
	"first sync fails": {"fdatasync:error=EIO:when=1"},
	"slow":             {"fdatasync:delay_enter=2000000"}, // µs
}

// TestDiskTrouble has the disk fail under the real server's clients in each of
// these ways, and work again, without a restart.
func TestDiskTrouble(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("strace"); err != nil {
		skip(t, "strace")
	}
	data := t.TempDir()
	s, err := launch(serveCommand(binary(t), "--data", data))
	if err != nil {
		t.Fatal(err)
	}
	d := &troubledDisk{pid: s.cmd.Process.Pid}
	requests := httptest.NewServer(d)
	runNode(t, "trouble.test.js", s, "DISK_URL="+requests.URL)
	requests.Close()
	if err := d.heal(); err != nil {
		t.Error(err)
	}
	s.end(t, syscall.SIGTERM)
	if log := s.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "DATA RACE") {
		t.Errorf("the server's log:\n%s", log)
	}
	if run := runCommand(t, nil, "store", "check", "--data", data); run.code != 0 {
		t.Errorf("store check: %+v", run)
	}
}

// troubledDisk gives a process trouble with its disk. Over HTTP it is told
// which; none ends it.
type troubledDisk struct {
	pid int

	// guarded by mu
	mu     sync.Mutex
	strace *exec.Cmd // nil: the disk works
}

func (d *troubledDisk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := d.heal()
	if trouble := r.FormValue("trouble"); trouble != "" && err == nil {
		err = d.begin(trouble)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// begin returns when no more call is made without the trouble.
func (d *troubledDisk) begin(trouble string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	args := []string{"-f", "-p", fmt.Sprint(d.pid), "-o", "/dev/null", "-e", "trace=pwrite64,fdatasync,fsync"}
	for _, injection := range diskTroubles[trouble] {
		args = append(args, "-e", "inject="+injection)
	}
	cmd := exec.Command("strace", args...)
	says, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	first, err := bufio.NewReader(says).ReadString('\n')
	if err != nil || !strings.Contains(first, "attached") {
		cmd.Process.Kill()
		cmd.Wait()
		return fmt.Errorf("strace says %q: %v", first, err)
	}
	d.strace = cmd
	return nil
}

// heal ends the trouble.
func (d *troubledDisk) heal() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.strace == nil {
		return nil
	}
	if err := d.strace.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	d.strace.Wait() // it ends by the signal
	d.strace = nil
	return nil
}

// end ends a server that has had reasons to complain.
func (s *server) end(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Errorf("signal: %v", err)
	}
	select {
	case <-s.exited:
	case <-time.After(stopDeadline):
		s.cmd.Process.Kill()
		<-s.exited
		t.Errorf("roomd had not ended %s after %s:\n%s", stopDeadline, signal, s.log)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("roomd ended with exit code %d:\n%s", code, s.log)
	}
}
