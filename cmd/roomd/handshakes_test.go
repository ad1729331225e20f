package main

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestUnfinishedHandshakes: who doesn't get through with TLS's handshake or the
// headers is closed after headerTimeout, to the nanosecond, and not because a byte
// comes now and then.
func TestUnfinishedHandshakes(t *testing.T) {
	hello := clientHello(t)
	certFile, keyFile := writeCertificate(t, t.TempDir(), 1)
	shown, err := loadCertificate(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		secure bool
		at     string        // once
		byte   time.Duration // between two bytes of what follows; 0: nothing does
	}{
		{"TLS, nothing is said", true, "", 0},
		{"TLS, half a ClientHello", true, string(hello[:len(hello)/2]), 0},
		{"TLS, a whole ClientHello and no more", true, string(hello), 0},
		{"TLS, a record that never ends", true, string(hello[:5]), time.Second},
		{"nothing is said", false, "", 0},
		{"half of the headers", false, "GET / HTTP/1.1\r\nHost: ro", 0},
		{"headers that never end", false, "GET / HTTP/1.1\r\nX-Slow: ", time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipeListener()
				var listener net.Listener = l
				if c.secure {
					listener = tls.NewListener(l, shown.config())
				}
				server := newHTTPServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
				go server.Serve(listener)
				defer server.Close()
				begin := time.Now()
				conn := l.dial()
				defer conn.Close()
				var writing sync.WaitGroup
				writing.Go(func() {
					io.WriteString(conn, c.at)
					for c.byte > 0 {
						time.Sleep(c.byte)
						if _, err := conn.Write([]byte("x")); err != nil {
							return
						}
					}
				})
				io.Copy(io.Discard, conn) // what the server says to a ClientHello, or an error
				if took := time.Since(begin); took != headerTimeout {
					t.Errorf("closed after %s", took)
				}
				conn.Close()
				writing.Wait() // it may have slept when the server closed
			})
		})
	}
}

// clientHello is what a client of TLS says first.
func clientHello(t *testing.T) []byte {
	t.Helper()
	client, server := net.Pipe()
	go tls.Client(client, &tls.Config{ServerName: "roomd"}).Handshake()
	defer client.Close()
	hello := make([]byte, 16<<10)
	n, err := server.Read(hello)
	if err != nil {
		t.Fatal(err)
	}
	return hello[:n]
}

// A pipeListener is a listener in memory, whose time can be virtual.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{make(chan net.Conn), make(chan struct{})}
}

func (l *pipeListener) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	close(l.closed)
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }
