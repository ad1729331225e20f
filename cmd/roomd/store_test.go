package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"roomd/persistence"
)

// TestStoreFails has the store fail under a server's clients, and work again.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	store := &failingStore{Store: persistence.NewMemory()}
	switches := httptest.NewServer(store)
	defer switches.Close()
	url, log := startInProcess(t, store)
	runScript(t, "unavailable.test.js", log, "SERVER_URL="+url, "STORE_URL="+switches.URL)
}

// startInProcess starts a server in this process, in development mode, on a
// store that a test may interfere with.
func startInProcess(t *testing.T, store persistence.Store) (url string, log *serverLog) {
	t.Helper()
	// Rooms that linger would need no store to be joined again.
	args := []string{"--dev", "--rate-limits=false", "--listen", "127.0.0.1:0", "--idle-room-timeout", "0"}
	log = &serverLog{listening: make(chan string, 1)}
	c, err := parseConfig(args, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveStore(ctx, c, store, slog.New(slog.NewTextHandler(log, nil))) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended: %v", err)
		}
		store.Close()
	})
	select {
	case url = <-log.listening:
	case err := <-ended:
		t.Fatalf("the server did not start: %v\n%s", err, log)
	}
	return url, log
}

// failingStore is a store that does nothing while it fails. Over HTTP it is told
// whether it does.
type failingStore struct {
	persistence.Store
	fails atomic.Bool
}

func (s *failingStore) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	s.fails.Store(r.FormValue("fails") == "true")
}

var errStoreFails = errors.New("the store fails")

func (s *failingStore) Load(key string) (persistence.Stored, error) {
	if s.fails.Load() {
		return persistence.Stored{}, errStoreFails
	}
	return s.Store.Load(key)
}

func (s *failingStore) Commit(changes ...persistence.Change) error {
	if s.fails.Load() {
		return errStoreFails
	}
	return s.Store.Commit(changes...)
}

func (s *failingStore) Messages(key string, q persistence.Query) ([]persistence.Message, error) {
	if s.fails.Load() {
		return nil, errStoreFails
	}
	return s.Store.Messages(key, q)
}

func (s *failingStore) Keys(prefix string, fn func(string, []byte) error) error {
	if s.fails.Load() {
		return errStoreFails
	}
	return s.Store.Keys(prefix, fn)
}

func (s *failingStore) Any(prefixes ...string) (bool, error) {
	if s.fails.Load() {
		return false, errStoreFails
	}
	return s.Store.Any(prefixes...)
}
