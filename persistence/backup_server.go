package persistence

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
)

// socketName is the socket of the data folder at which a BackupServer listens.
const socketName = "backup.sock"

// BackupServer gives copies of an open store to [Backup], over a Unix socket in the data folder that only the folder's
// owner can use. One at a time: while a copy is sent, pages that commits replace can't be used again, and the file
// grows by them.
type BackupServer struct {
	// static after construction
	store    *Bolt
	log      *slog.Logger
	listener net.Listener
	done     chan struct{} // closed when the last connection has ended

	mu     sync.Mutex
	conn   net.Conn // guarded by mu; nil: none
	closed bool     // guarded by mu
}

// ServeBackups starts a server for an open store. The caller closes it before the store. Systems allow sockets only short
// paths; below a folder of a longer one a store can be served without this.
func ServeBackups(store *Bolt, log *slog.Logger) (*BackupServer, error) {
	path := filepath.Join(store.file.folder, socketName)
	listener, err := listenPrivately(path)
	if err != nil {
		return nil, fmt.Errorf("socket for backups: %w", err)
	}
	s := &BackupServer{store: store, log: log, listener: listener, done: make(chan struct{})}
	go s.serve()
	return s, nil
}

// listenPrivately listens at a path. Whatever is there was left by an earlier process: this one has the store. The
// socket comes to its place when its rights are set, so nobody can be faster.
func listenPrivately(path string) (net.Listener, error) {
	made := path + ".new"
	if len(made) > socketPathBytesMax {
		return nil, fmt.Errorf("%s: %w", path, syscall.ENAMETOOLONG)
	}
	if err := os.Remove(made); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	err = os.Chmod(made, 0o600)
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		_ = l.Close()
		_ = os.Remove(made)
		return nil, err
	}
	return l, nil
}

// Close ends a backup under way, stops serving and removes the socket.
func (s *BackupServer) Close() error {
	s.mu.Lock()
	s.closed = true
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.mu.Unlock()
	err := s.listener.Close()
	<-s.done
	if rerr := os.Remove(filepath.Join(s.store.file.folder, socketName)); err == nil && !errors.Is(rerr, os.ErrNotExist) {
		err = rerr
	}
	return err
}

// serve answers one connection after another.
func (s *BackupServer) serve() {
	defer close(s.done)
	for {
		conn, err := s.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // the process has no file to spare; that may pass
			s.log.Warn("backup: accept", "error", err)
			time.Sleep(acceptDelay)
			continue
		}
		if s.begin(conn) {
			s.answer(conn)
		}
		_ = conn.Close()
	}
}

// begin makes a connection the one that Close ends, and says whether it came in time.
func (s *BackupServer) begin(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
	return !s.closed
}

// answer sends a copy and logs how it went.
func (s *BackupServer) answer(conn net.Conn) {
	w, began := &steadyWriter{conn: conn, store: s.store}, time.Now()
	size, err := s.send(w)
	if err != nil {
		s.log.Warn("backup failed", "error", err)
		return
	}
	s.log.Info("backup sent", "bytes", size, "seconds", time.Since(began).Seconds())
}

func (s *BackupServer) send(w *steadyWriter) (size int64, err error) {
	tx, err := s.store.begin()
	if err != nil {
		refusal := fmt.Appendf(nil, "%s%s\n", backupRefusal, strings.ReplaceAll(err.Error(), "\n", " "))
		_, _ = w.conn.Write(refusal) // fits any socket's buffer
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // can't fail for a transaction that is open
	return tx.Size(), guard(func() error { return sendTx(w, tx) })
}

func sendTx(w *steadyWriter, tx *bbolt.Tx) error {
	if _, err := fmt.Fprintf(w, "%s%d\n", backupGreeting, tx.Size()); err != nil {
		return err
	}
	_, err := tx.WriteTo(w)
	return err
}

// steadyWriter gives up on a client that takes nothing, and when the store waits to be closed.
type steadyWriter struct {
	conn  net.Conn
	store *Bolt
}

func (w *steadyWriter) Write(p []byte) (int, error) {
	if err := w.store.health.refusal(); err != nil {
		return 0, err
	}
	if w.store.health.stopped() {
		return 0, ErrClosed
	}
	if err := w.conn.SetWriteDeadline(time.Now().Add(backupStallTimeout)); err != nil {
		return 0, err
	}
	return w.conn.Write(p)
}
