package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A greeting is what it takes to read a connection's first request.
type greeting struct {
	said     [firstBytesMax]byte
	reader   *bufio.Reader
	writer   *bufio.Writer
	response upgradeResponse

	// of readPlainHead
	request http.Request
	url     url.URL
	header  http.Header
	values  [fieldsMax]string // of the header
}

var greetings = sync.Pool{New: func() any {
	return &greeting{reader: bufio.NewReaderSize(nil, firstBytesMax), writer: bufio.NewWriterSize(nil, responseBlockBytes)}
}}

func (g *greeting) release() {
	g.reader.Reset(nil)
	g.writer.Reset(nil)
	g.forget()
	greetings.Put(g)
}

// readUpgrade reads a request for a WebSocket; nil: it is another one, or there is
// anything about it that the HTTP server might refuse.
func (g *greeting) readUpgrade(conn tcpConn, said []byte) *http.Request {
	if !isUpgrade(said) {
		return nil
	}
	if r := g.readPlainHead(said); r != nil {
		return r
	}
	return g.readHead(conn, said)
}

// readHead is readUpgrade for whatever a head may be.
func (g *greeting) readHead(conn tcpConn, said []byte) *http.Request {
	g.reader.Reset(&begunConn{tcpConn: conn, said: said})
	r, err := http.ReadRequest(g.reader)
	if err != nil || r.Proto != "HTTP/1.1" || r.Body != http.NoBody || r.Header.Get("Expect") != "" || !isPlainHost(r.Host) {
		return nil
	}
	return r
}

var (
	lineEnd   = []byte("\r\n")
	headEnd   = []byte("\r\n\r\n")
	getBegin  = []byte("GET /")
	upgrade   = []byte("upgrade")
	webSocket = []byte("websocket")
)

// isUpgrade reports whether what was said is the whole head of a request for a
// WebSocket, of nothing but plain text.
func isUpgrade(said []byte) bool {
	head, _, whole := bytes.Cut(said, headEnd)
	if !whole || !bytes.HasPrefix(head, getBegin) {
		return false
	}
	first, fields, _ := bytes.Cut(head, lineEnd)
	if bytes.ContainsFunc(first, isNoText) {
		return false
	}
	connection, wanted := false, false
	for field := range bytes.SplitSeq(fields, lineEnd) {
		name, value, _ := bytes.Cut(field, []byte(":"))
		if bytes.ContainsFunc(name, isNoNamePart) || bytes.ContainsFunc(value, isNoText) {
			return false
		}
		switch {
		case bytes.EqualFold(name, []byte("Connection")):
			connection = hasToken(value, upgrade)
		case bytes.EqualFold(name, upgrade):
			wanted = hasToken(value, webSocket)
		}
	}
	return connection && wanted
}

// isNoNamePart and isNoText leave out what is allowed, too, where nobody uses it.
func isNoNamePart(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
}

func isNoText(c rune) bool { return c < ' ' || c >= 0x7f }

// hasToken reports whether a list has a word, in capitals or not.
func hasToken(list, word []byte) bool {
	for token := range bytes.SplitSeq(list, []byte(",")) {
		if bytes.EqualFold(bytes.TrimSpace(token), word) {
			return true
		}
	}
	return false
}

// isPlainHost reports whether a host is made of what names, addresses and ports are.
func isPlainHost(host string) bool {
	return host != "" && !strings.ContainsFunc(host, func(c rune) bool {
		return isNoNamePart(c) && !strings.ContainsRune(".:_[]", c)
	})
}

// A begunConn is a connection of which something was read, which comes once more.
type begunConn struct {
	tcpConn
	said []byte

	// headersBy is when the first request's headers are due, whoever reads them;
	// zero: whoever reads has said.
	headersBy time.Time
}

// SetReadDeadline sets when reading fails. The HTTP server gives a request's headers
// their time first: of the first request's some of it is over.
func (c *begunConn) SetReadDeadline(t time.Time) error {
	if !c.headersBy.IsZero() && t.After(c.headersBy) {
		t = c.headersBy
	}
	c.headersBy = time.Time{}
	return c.tcpConn.SetReadDeadline(t)
}

func (c *begunConn) Read(p []byte) (int, error) {
	if len(c.said) == 0 {
		return c.tcpConn.Read(p)
	}
	n := copy(p, c.said)
	if c.said = c.said[n:]; len(c.said) == 0 {
		c.said = nil // the connection may live long
	}
	return n, nil
}

// SyscallConn gives access to the descriptor, from which nothing is missing.
func (c *begunConn) SyscallConn() (syscall.RawConn, error) {
	if len(c.said) > 0 {
		return nil, errors.ErrUnsupported
	}
	return c.tcpConn.SyscallConn()
}

// respond returns the greeting's response, for the next request.
func (g *greeting) respond(conn tcpConn) *upgradeResponse {
	g.response.conn, g.response.greeting = conn, g
	if g.response.header == nil {
		g.response.header = make(http.Header)
	}
	return &g.response
}

// An upgradeResponse is the handler's answer: it takes the connection over, or
// refuses it, which is a response that the connection ends with. It is for the time
// of the handler.
type upgradeResponse struct {
	// static after construction
	conn     tcpConn
	greeting *greeting

	header   http.Header
	status   int // 0: none yet
	body     bytes.Buffer
	hijacked bool
}

func (w *upgradeResponse) Header() http.Header { return w.header }

func (w *upgradeResponse) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *upgradeResponse) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// Hijack hands over the connection. The buffers are for the time of the handler.
func (w *upgradeResponse) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.hijacked {
		return nil, nil, http.ErrHijacked
	}
	w.hijacked = true
	w.greeting.writer.Reset(w.conn)
	return w.conn, bufio.NewReadWriter(w.greeting.reader, w.greeting.writer), nil
}

// refuse sends the response, and closes the connection when the client has read
// it: closing one of which something is unread takes the response with it.
func (w *upgradeResponse) refuse(r *http.Request) {
	w.WriteHeader(http.StatusOK)
	w.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	if w.body.Len() > 0 && w.header.Get("Content-Type") == "" {
		w.header.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	response := http.Response{
		StatusCode: w.status, ProtoMajor: 1, ProtoMinor: 1, Request: r, Close: true,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}
	defer w.conn.Close()
	w.conn.SetWriteDeadline(time.Now().Add(responseTimeout))
	w.greeting.writer.Reset(w.conn)
	if response.Write(w.greeting.writer) != nil || w.greeting.writer.Flush() != nil || w.conn.CloseWrite() != nil {
		return
	}
	w.conn.SetReadDeadline(time.Now().Add(refusedTimeout))
	io.Copy(io.Discard, io.LimitReader(w.conn, refusedBytesMax))
}
