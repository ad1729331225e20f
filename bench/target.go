package bench

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"
)

// Target is something to measure: either a server that runs already, or a
// program that is started anew for each round.
type Target struct {
	Name string

	// Scenario takes the place of the plan's, so that one server can be
	// compared under two loads; nil does not.
	Scenario Scenario

	// URL is that of a server that runs already, as http://host:port, and PID
	// its process on this machine, 0 if not known: then its CPU isn't either.
	URL string
	PID int

	// Command is the program to start when URL is empty: it gets an address to
	// listen on and an empty folder for its data, and returns the arguments,
	// the program's path first.
	Command func(listen, dataDir string) []string
}

// Server is a running target. Stop must be called once, after the last use.
type Server struct {
	Name string
	URL  string
	PID  int // 0: not known

	child   *child // nil when it ran already
	dataDir string
}

// Start starts the target and waits until it answers a handshake. An error
// holds what the program last wrote.
func (t Target) Start(ctx context.Context) (*Server, error) {
	s := &Server{Name: t.Name, URL: t.URL, PID: t.PID}
	if t.URL == "" {
		if err := s.launch(t.Command); err != nil {
			return nil, fmt.Errorf("start %s: %w", t.Name, err)
		}
	}
	if err := s.awaitReady(ctx); err != nil {
		defer s.Stop()
		if s.child != nil {
			err = fmt.Errorf("%w; its last output: %s", err, s.child.output)
		}
		return nil, fmt.Errorf("start %s: %w", t.Name, err)
	}
	return s, nil
}

// validate finds a wrong URL before the first target has been measured.
func (t Target) validate() error {
	if t.URL == "" {
		return nil
	}
	_, err := endpoint(t.URL)
	return err
}

func (s *Server) launch(command func(listen, dataDir string) []string) error {
	listen, err := freeAddress()
	if err != nil {
		return err
	}
	s.dataDir, err = os.MkdirTemp("", "roombench-")
	if err != nil {
		return err
	}
	s.child, err = startChild(command(listen, s.dataDir))
	if err != nil {
		os.RemoveAll(s.dataDir)
		return err
	}
	s.URL = "http://" + listen
	s.PID = s.child.pid()
	return nil
}

// Stop ends a server that Start started, whatever state it is in.
func (s *Server) Stop() {
	if s.child != nil {
		s.child.stop()
		os.RemoveAll(s.dataDir)
	}
}

// Exited is nil while the server runs; then why it ended, with its last
// output. Of a server that ran already nothing is known: nil.
func (s *Server) Exited() error {
	if s.child == nil {
		return nil
	}
	return s.child.exitError()
}

// awaitReady tries handshakes until one gets an open packet.
func (s *Server) awaitReady(ctx context.Context) error {
	endpoint, err := endpoint(s.URL)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	retry := time.NewTicker(readyInterval)
	defer retry.Stop()
	for {
		netConn, _, err := handshake(ctx, endpoint, nil)
		if err == nil {
			return netConn.Close()
		}
		select {
		case <-retry.C:
		case <-s.exited():
			return fmt.Errorf("it ended before it was ready: %w", s.child.err)
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", err)
		}
	}
}

// exited is closed when the server's process ends; nil when it isn't ours.
func (s *Server) exited() <-chan struct{} {
	if s.child == nil {
		return nil
	}
	return s.child.exited
}

// usage is what the server's process has used; ok false when not known.
func (s *Server) usage() (u usage, ok bool) {
	if s.PID == 0 {
		return usage{}, false
	}
	u, err := readUsage(s.PID)
	return u, err == nil
}

// freeAddress is a loopback address nobody listens on. Another process may
// take it before the server does; then the server says so.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
