package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
)

// operations serves those who run the server, on an address of its own: what it
// says there is not for clients. It answers up to the server's very end.
type operations struct {
	server *http.Server
	done   chan struct{} // closed when it doesn't serve any more
}

// startOperations listens. The caller closes it.
func startOperations(address string, metrics http.Handler, health func() error, log *slog.Logger) (*operations, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("ops-listen: %w", err)
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		log.Warn("operations are reachable from other machines, without a password", "address", listener.Addr().String())
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index) // but not the command line, which may have secrets
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	o := &operations{
		server: &http.Server{
			Handler:           withHealth(mux, health),
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       requestTimeout, // no timeout of writing: profiles take as long as one asks for
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    headerBytesMax,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
		done: make(chan struct{}),
	}
	go func() {
		defer close(o.done)
		o.server.Serve(listener) // ends with close
	}()
	log.Info("operations", "url", "http://"+listener.Addr().String())
	return o, nil
}

func (o *operations) close() {
	o.server.Close()
	<-o.done
}
