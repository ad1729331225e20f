package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What is waited for at most. A server is up and down within a second, but not on a
// machine that has ten other things to do.
const (
	startDeadline = time.Minute
	stopDeadline  = time.Minute
)

// server is a running roomd.
type server struct {
	url    string
	cmd    *exec.Cmd
	log    *serverLog
	exited chan struct{} // closed once cmd has been waited for
}

// startServer starts a server in development mode on a port of its own, or
// where the flags say. When the test ends, so does the server, and must do so
// in order.
func startServer(t *testing.T, flags ...string) *server {
	t.Helper()
	s, err := launch(serveCommand(binary(t), flags...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t, syscall.SIGTERM) })
	return s
}

func serveCommand(path string, flags ...string) *exec.Cmd {
	cmd := exec.Command(path, append([]string{"serve", "--dev", "--rate-limits=false", "--listen", "127.0.0.1:0"}, flags...)...)
	cmd.Env = cleanEnvironment()
	return cmd
}

// launch starts a server and waits until it listens.
func launch(cmd *exec.Cmd) (*server, error) {
	s := &server{
		cmd:    cmd,
		log:    &serverLog{listening: make(chan string, 1)},
		exited: make(chan struct{}),
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(s.exited)
		s.cmd.Wait() // the exit code is looked at by stop
	}()
	select {
	case s.url = <-s.log.listening:
		return s, nil
	case <-s.exited:
		return nil, fmt.Errorf("roomd ended at once:\n%s", s.log)
	case <-time.After(startDeadline):
		s.cmd.Process.Kill()
		<-s.exited
		return nil, fmt.Errorf("roomd was not listening after %s:\n%s", startDeadline, s.log)
	}
}

// stop ends the server with a signal, if it runs. After any but SIGKILL it must
// end in order, and it must have nothing to hide.
func (s *server) stop(t *testing.T, signal syscall.Signal) {
	t.Helper()
	select {
	case <-s.exited:
		return
	default:
	}
	if signal == 0 { // it has had one
	} else if err := s.cmd.Process.Signal(signal); err != nil {
		t.Errorf("signal: %v", err)
	}
	select {
	case <-s.exited:
	case <-time.After(stopDeadline):
		s.cmd.Process.Signal(syscall.SIGQUIT) // shows what it is doing
		<-s.exited
		t.Errorf("roomd had not ended %s after %s:\n%s", stopDeadline, signal, s.log)
		return
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 && signal != syscall.SIGKILL {
		t.Errorf("roomd ended with exit code %d:\n%s", code, s.log)
	}
	s.checkLog(t)
}

// alarming is what a server must never have to say.
var alarming = regexp.MustCompile(`panic|DATA RACE|level=ERROR|fatal error`)

func (s *server) checkLog(t *testing.T) {
	t.Helper()
	if found := alarming.FindString(s.log.String()); found != "" {
		t.Errorf("roomd's output has %q in it:\n%s", found, s.log)
	}
}

// cleanEnvironment is the test's environment without settings of roomd.
func cleanEnvironment(settings ...string) []string {
	environ := []string{"GORACE=atexit_sleep_ms=20"} // not a second at every end
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, envPrefix+"_") {
			environ = append(environ, entry)
		}
	}
	return append(environ, settings...)
}

// serverLog keeps a server's output and finds out where it listens.
type serverLog struct {
	listening chan string // gets the address, once

	// guarded by mu
	mu    sync.Mutex
	text  bytes.Buffer
	found bool
}

// listeningLine is one in either format.
var listeningLine = regexp.MustCompile(`msg"?[=:]"?listening"?[ ,]"?url"?[=:]"?([^\s"]+)[" ]`)

func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	if !l.found {
		if match := listeningLine.FindSubmatch(l.text.Bytes()); match != nil {
			l.found = true
			l.listening <- string(match[1])
		}
	}
	return len(p), nil
}

func (l *serverLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
