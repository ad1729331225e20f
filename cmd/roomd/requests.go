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

// requestRate is that of the settings; nil: none.
func (c config) requestRate() *ratelimit.Addresses {
	if !c.rateLimits {
		return nil
	}
	return ratelimit.NewAddresses(ratelimit.Requests)
}

// paced returns the handler with a rate, if there is one.
func (c config) paced(handler http.Handler, rate *ratelimit.Addresses) http.Handler {
	proxies, err := c.proxies()
	if err != nil || rate == nil { // the settings were checked
		return handler
	}
	return &pacedRequests{handler, proxies, rate}
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
