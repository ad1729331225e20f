package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeCertificate writes a certificate of 127.0.0.1 with this number.
func writeCertificate(t *testing.T, folder string, number int64) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "EC PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func serial(t *testing.T, c *tls.Certificate) int64 {
	t.Helper()
	cert, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return cert.SerialNumber.Int64()
}

// TestCertificateIsReadAgain: when it has changed, and is whole, and not more
// often than every certificateCheckInterval.
func TestCertificateIsReadAgain(t *testing.T) {
	folder := t.TempDir()
	certFile, keyFile := writeCertificate(t, folder, 1)
	c, err := loadCertificate(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	now := c.checkedAt
	writeCertificate(t, folder, 2)
	later := time.Now().Add(time.Minute)
	os.Chtimes(certFile, later, later)
	for _, step := range []struct {
		after time.Duration
		want  int64
	}{{certificateCheckInterval - 1, 1}, {certificateCheckInterval, 2}} {
		if got := serial(t, c.get(now.Add(step.after))); got != step.want {
			t.Errorf("after %s: number %d, want %d", step.after, got, step.want)
		}
	}
	os.WriteFile(certFile, []byte("half of a certifi"), 0o600)
	if got := serial(t, c.get(now.Add(3*certificateCheckInterval))); got != 2 {
		t.Errorf("while the file is half written: number %d", got)
	}
	os.Remove(certFile)
	if got := serial(t, c.get(now.Add(5*certificateCheckInterval))); got != 2 {
		t.Errorf("without the file: number %d", got)
	}
}

// TestTLS: pages, long-polling and WebSockets on HTTPS.
func TestTLS(t *testing.T) {
	t.Parallel()
	certFile, keyFile := writeCertificate(t, t.TempDir(), 7)
	s := startServer(t, "--data", t.TempDir(), "--tls-cert", certFile, "--tls-key", keyFile)
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatalf("it says it is at %s", s.url)
	}
	config := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	for _, path := range []string{"/", "/socket.io/?EIO=4&transport=polling"} {
		response, err := client.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != 200 || response.ProtoMajor != 1 || len(body) == 0 {
			t.Errorf("%s: %d %s %q", path, response.StatusCode, response.Proto, body)
		}
	}
	if _, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "https://"),
		&tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	conn, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "https://"), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := newRawClient(conn)
	if err := c.open(); err != nil {
		t.Fatal(err)
	}
	if err := c.connect("anna"); err != nil {
		t.Fatal(err)
	}
}

// TestPagesHeaders: what browsers are told of the pages.
func TestPagesHeaders(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--data", t.TempDir())
	for _, path := range []string{"/", "/admin", "/app.js", "/nowhere"} {
		header := get(t, s.url+path).Header
		for name, want := range map[string]string{
			"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		} {
			if !strings.Contains(header.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, header.Get(name))
			}
		}
	}
}
