package main

import (
	"encoding/json"
	"errors"
	"net/http"

	"roomd/actors"
	"roomd/persistence"
)

// withHealth answers, beside what the handler does, whether the process lives
// (/healthz) and whether it is good to send it new clients (/readyz): 200, or 503
// with the reasons. Neither waits for the disk.
func withHealth(handler http.Handler, health func() error) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, map[string]any{"alive": true})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := health(); err != nil {
			respond(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "reasons": []string{reasonUnready(err)}})
			return
		}
		respond(w, http.StatusOK, map[string]any{"ready": true})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == socketPath && r.URL.RawPath == "" { // mostly: no need to look for whose it is
			handler.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// The reasons for which a server wants no new clients.
const (
	unreadyDraining = "draining"
	unreadyFailing  = "store failing"
	unreadySlow     = "store slow"
)

var unreadyReasons = []string{unreadyDraining, unreadyFailing, unreadySlow}

// reasonUnready names why a node is better not sent new clients.
func reasonUnready(err error) string {
	switch {
	case errors.Is(err, actors.ErrDraining):
		return unreadyDraining
	case errors.Is(err, persistence.ErrSlow):
		return unreadySlow
	}
	return unreadyFailing
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // whoever asked has gone if it fails
}
