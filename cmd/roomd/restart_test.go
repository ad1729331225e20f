package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// runNodeWithRestarts is runNode with a server that is ended and started again
// when the script asks for it, each time with these flags.
func runNodeWithRestarts(t *testing.T, script string, flags []string, environ ...string) {
	t.Helper()
	r := &restarter{t: t, path: binary(t), flags: append([]string{"--data", t.TempDir()}, flags...)}
	first := startServer(t, r.flags...)
	r.current = first
	requests := httptest.NewServer(r)
	defer requests.Close()
	runNode(t, script, first, append(environ, "RESTART_URL="+requests.URL)...)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current.stop(t, syscall.SIGTERM)
	if t.Failed() {
		t.Logf("the last server's log:\n%s", r.current.log)
	}
}

// restarter restarts a server, on the same port and data, at each request. Its
// answer is the process id of the new one.
type restarter struct {
	// static after construction
	t     *testing.T
	path  string
	flags []string

	// guarded by mu
	mu      sync.Mutex
	current *server
}

func (r *restarter) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	signals := map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGKILL": syscall.SIGKILL}
	r.current.stop(r.t, signals[request.FormValue("signal")])
	address := strings.TrimPrefix(r.current.url, "http://")
	next, err := launch(serveCommand(r.path, append(r.flags[:len(r.flags):len(r.flags)], "--listen", address)...))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	r.current = next
	fmt.Fprint(w, next.cmd.Process.Pid)
}
