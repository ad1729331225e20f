package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"roomd/gateway/ratelimit"
)

// An address's requests are answered at its pace; one that would wait for too
// long is refused, one whose client has gone isn't answered, and others don't
// notice.
func TestPacedRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var served atomic.Int32
		p := &pacedRequests{
			handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served.Add(1) }),
			trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
			rate:    ratelimit.NewAddresses(ratelimit.Rate{PerSecond: 0.2, Burst: 1}),
		}
		do := func(ctx context.Context, client string) (int, time.Duration) {
			r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
			r.RemoteAddr = "127.0.0.1:1"
			r.Header.Set("X-Forwarded-For", client)
			w, begin := httptest.NewRecorder(), time.Now()
			p.ServeHTTP(w, r)
			return w.Code, time.Since(begin)
		}
		want := func(client string, code int, took time.Duration, answered int32) {
			t.Helper()
			if c, d := do(t.Context(), client); c != code || d != took || served.Load() != answered {
				t.Errorf("%d after %s, %d served; want %d after %s, %d served", c, d, served.Load(), code, took, answered)
			}
		}
		want("203.0.113.1", 200, 0, 1)
		want("203.0.113.1", 200, 5*time.Second, 2)
		want("203.0.113.2", 200, 0, 3)
		for range 2 { // these wait
			go do(t.Context(), "203.0.113.1")
		}
		synctest.Wait()
		want("203.0.113.1", 429, 0, 3)
		time.Sleep(10 * time.Second)
		gone, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if _, took := do(gone, "203.0.113.1"); took != time.Second || served.Load() != 5 {
			t.Errorf("it took %s, %d are served", took, served.Load())
		}
	})
}
