package main

import (
	"net/http"
	"net/netip"
	"time"

	"roomd/gateway/engineio"
	"roomd/gateway/ratelimit"
)

// pacedRequests are those over HTTP, whatever they ask for: each address gets so
// many answers a second, and what is more waits, so that what pipelines or floods
// costs no more than that. It is safe for concurrent use.
type pacedRequests struct {
	handler http.Handler
	trusted []netip.Prefix
	rate    *ratelimit.Addresses
}

// paced returns the handler with the pace of the settings.
func (c config) paced(handler http.Handler) http.Handler {
	proxies, err := c.proxies()
	if err != nil || !c.rateLimits { // the settings were checked
		return handler
	}
	return &pacedRequests{handler, proxies, ratelimit.NewAddresses(ratelimit.Requests)}
}

// ServeHTTP serves the request when it is its turn.
func (p *pacedRequests) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	wait, ok := p.rate.Reserve(engineio.ClientAddr(r, p.trusted), time.Now())
	if !ok {
		w.Header().Set("Connection", "close")
		w.Header().Set("Retry-After", "10")
		http.Error(w, "too many requests", http.StatusTooManyRequests)
		return
	}
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return // nobody waits for it any more
		}
	}
	p.handler.ServeHTTP(w, r)
}
