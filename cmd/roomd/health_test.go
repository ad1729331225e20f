package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"roomd/actors"
	"roomd/persistence"
)

func TestHealth(t *testing.T) {
	var health error
	handler := withHealth(http.NotFoundHandler(), func() error { return health })
	ask := func(path string) string {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return fmt.Sprintf("%d %s", w.Code, strings.TrimSpace(w.Body.String()))
	}
	for _, c := range []struct {
		health error
		ready  string
	}{
		{nil, `200 {"ready":true}`},
		{actors.ErrDraining, `503 {"ready":false,"reasons":["draining"]}`},
		{fmt.Errorf("commit: %w", persistence.ErrSlow), `503 {"ready":false,"reasons":["store slow"]}`},
		{persistence.ErrFailed, `503 {"ready":false,"reasons":["store failing"]}`},
	} {
		health = c.health
		if got := ask("/readyz"); got != c.ready {
			t.Errorf("%v: got %s, want %s", c.health, got, c.ready)
		}
		if got := ask("/healthz"); got != `200 {"alive":true}` {
			t.Errorf("%v: got %s", c.health, got)
		}
	}
	if got := ask("/else"); !strings.HasPrefix(got, "404") {
		t.Errorf("got %s", got)
	}
}

// TestReadiness asks a running server.
func TestReadiness(t *testing.T) {
	s := startServer(t, "--data", t.TempDir())
	for path, want := range map[string]string{"/readyz": `{"ready":true}`, "/healthz": `{"alive":true}`} {
		r, err := fetch(s.url + path)
		if err != nil || strings.TrimSpace(r.body) != want {
			t.Errorf("%s: %+v, %v", path, r, err)
		}
	}
}
