package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateCheckInterval is how often, at most, the files are looked at: a
// renewed certificate counts within that time, without a restart.
const certificateCheckInterval = 10 * time.Second

// A certificate is what TLS shows, read from two files, and again when one of
// them has changed. Its methods may be called concurrently.
type certificate struct {
	// static after construction
	certFile, keyFile string
	log               *slog.Logger

	// guarded by mu
	mu        sync.Mutex
	current   *tls.Certificate
	changedAt [2]time.Time // of the files, when they were read
	checkedAt time.Time
}

// loadCertificate reads the files. The error names the one that is wrong.
func loadCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.load(time.Now()); err != nil {
		return nil, err
	}
	return c, nil
}

// config is TLS with this certificate: 1.2 at least, and no HTTP/2, on which
// the server could not take a connection over for a WebSocket.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.get(time.Now()), nil
		},
	}
}

// get returns the certificate of now. While the new files don't fit together,
// as between the writing of one and the other, the old certificate counts.
func (c *certificate) get(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.checkedAt) < certificateCheckInterval {
		return c.current
	}
	if changed, err := c.changed(); err == nil && changed == c.changedAt {
		c.checkedAt = now
	} else if err := c.load(now); err != nil {
		c.log.Warn("the old certificate goes on: the new one can't be read", "error", err)
	} else {
		c.log.Info("a new certificate is in use", "file", c.certFile)
	}
	return c.current
}

// load reads the files. The caller has mu, or is the only one.
func (c *certificate) load(now time.Time) error {
	c.checkedAt = now
	changed, err := c.changed()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("tls-cert, tls-key: %w", err)
	}
	c.current, c.changedAt = &pair, changed
	return nil
}

// changed is when each file was last written.
func (c *certificate) changed() ([2]time.Time, error) {
	cert, err := os.Stat(c.certFile)
	if err != nil {
		return [2]time.Time{}, fmt.Errorf("tls-cert: %w", err)
	}
	key, err := os.Stat(c.keyFile)
	if err != nil {
		return [2]time.Time{}, fmt.Errorf("tls-key: %w", err)
	}
	return [2]time.Time{cert.ModTime(), key.ModTime()}, nil
}

// checkTLS refuses half of a pair.
func (c config) checkTLS() error {
	if (c.tlsCert == "") != (c.tlsKey == "") {
		return errors.New("tls-cert, tls-key: give both or none")
	}
	return nil
}
