package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
)

// runNodeWithRestarts is runNode with a server that is ended and started again
// when the script asks for it, each time with these flags.
func runNodeWithRestarts(t *testing.T, script string, flags []string, environ ...string) {
	t.Helper()
	r := &restarter{t: t, path: binary(t)}
	requests := httptest.NewServer(r)
	defer requests.Close()
	r.mu.Lock() // the restarter is served already
	r.flags = append([]string{"--data", t.TempDir(), "--listen", reserveAddress(t, requests)}, flags...)
	first := startServer(t, r.flags...)
	r.current = first
	r.mu.Unlock()
	runNode(t, script, first, append(environ, "RESTART_URL="+requests.URL)...)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current.stop(t, syscall.SIGTERM)
	if t.Failed() {
		t.Logf("the last server's log:\n%s", r.current.log)
	}
}

// reserveAddress returns an address that only a server can have which is told to: while
// that is down, the system could give its port to whoever wants any, in this test or
// another, and the next server would find it in use. Who has it is a connection to a
// server in this process.
func reserveAddress(t *testing.T, to *httptest.Server) string {
	t.Helper()
	shared := func(_, _ string, c syscall.RawConn) (failed error) {
		err := c.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1) // as listeners do
		})
		return errors.Join(failed, err)
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, Control: shared}
	conn, err := dialer.Dial("tcp", to.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}

// restarter restarts a server, on the same port and data, at each request. Its
// answer is the process id of the new one.
type restarter struct {
	// static after construction
	t    *testing.T
	path string

	// guarded by mu
	mu      sync.Mutex
	flags   []string
	current *server
}

func (r *restarter) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	signals := map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGKILL": syscall.SIGKILL}
	r.current.stop(r.t, signals[request.FormValue("signal")])
	next, err := launch(serveCommand(r.path, r.flags...))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	r.current = next
	fmt.Fprint(w, next.cmd.Process.Pid)
}
