package engineio

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// anyOrigin in AllowedOrigins allows every origin.
const anyOrigin = "*"

// allowOrigin decides whether a page of r's Origin may speak to this server,
// and tells its browser so. With no AllowedOrigins it does neither: a browser
// then keeps other sites from reading responses, though not from opening
// WebSockets.
func (s *Server) allowOrigin(header http.Header, r *http.Request) bool {
	allowed := s.config.AllowedOrigins
	if len(allowed) == 0 {
		return true
	}
	header.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" { // not a browser, or a page of this very host
		return true
	}
	if !originListed(allowed, origin) && !sameHost(origin, r.Host) {
		return false
	}
	// The origin itself and never "*", which browsers refuse with credentials.
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Allow-Credentials", "true")
	return true
}

func originListed(allowed []string, origin string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		return a == anyOrigin || strings.EqualFold(strings.TrimSuffix(a, "/"), origin)
	})
}

func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

// isPreflight reports whether r asks for leave to make the real request.
func (s *Server) isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && len(s.config.AllowedOrigins) > 0
}

func (s *Server) respondPreflight(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Methods", "GET, POST")
	if names := r.Header.Get("Access-Control-Request-Headers"); names != "" {
		header.Add("Vary", "Access-Control-Request-Headers")
		header.Set("Access-Control-Allow-Headers", names)
	}
	w.WriteHeader(http.StatusNoContent)
}
