package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// errPollLast is a server that makes every poll dial anew.
var errPollLast = errors.New("the server closes the connection after a poll: not supported by this client")

// pollConn is one Socket.IO connection over HTTP long polling, as a browser has
// it: one GET always waits, on a socket of its own, and on another one POST at a
// time takes along all that is to be sent by then. emit is safe for concurrent
// use.
type pollConn struct {
	// Static after construction.
	receiver receiver
	loop     *loop
	address  string  // host:port
	get      []byte  // a whole request
	postHead string  // of a request, up to the length's value
	poll     *stream // its end is the connection's

	mu      sync.Mutex
	waiting []byte  // guarded by mu: packets for the next POST
	post    *stream // guarded by mu: nil while there is none
	posting []byte  // guarded by mu: the POST under way; nil: none
	fresh   bool    // guarded by mu: it is the first on its socket
	err     error   // guarded by mu: why the connection ended or is about to
}

// dialPolling connects as far as CONNECT's reply, as handshake does on a
// WebSocket, and begins the first poll.
func dialPolling(ctx context.Context, l *loop, endpoint string, who *identity, to receiver) (*pollConn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("server URL: %w", err)
	}
	c := &pollConn{receiver: to, loop: l, address: u.Host}
	if u.Port() == "" {
		c.address = net.JoinHostPort(u.Hostname(), "80")
	}
	netConn, err := dial(ctx, "tcp", c.address)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", c.address, orEnded(ctx, err))
	}
	stop := context.AfterFunc(ctx, func() { netConn.SetDeadline(time.Now()) })
	if err := c.greet(netConn, u, who); err != nil {
		stop()
		netConn.Close()
		return nil, fmt.Errorf("handshake with %s over polling: %w", c.address, orEnded(ctx, err))
	}
	stop()
	c.poll = &stream{}
	c.poll.reader = pollReader{c}
	if err := l.add(netConn, c.poll); err != nil {
		return nil, err
	}
	return c, c.poll.write(c.get)
}

// greet does the handshake, with one request after the other.
func (c *pollConn) greet(netConn net.Conn, u *url.URL, who *identity) error {
	replies := bufio.NewReader(netConn)
	c.aim(u, "")
	opened, err := exchange(netConn, replies, c.get)
	if err != nil {
		return err
	}
	var open struct {
		SID string `json:"sid"`
	}
	if !bytes.HasPrefix(opened, []byte("0{")) || json.Unmarshal(opened[1:], &open) != nil {
		return fmt.Errorf("want an open packet, got %.40q", opened)
	}
	c.aim(u, "&sid="+url.QueryEscape(open.SID))
	if _, err := exchange(netConn, replies, c.request(who.connectPacket())); err != nil {
		return err
	}
	reply, err := exchange(netConn, replies, c.get)
	switch {
	case err != nil:
		return err
	case bytes.HasPrefix(reply, []byte("44")):
		return fmt.Errorf("%w: %.200s", errRefused, reply[2:])
	case !bytes.HasPrefix(reply, []byte("40{")):
		return fmt.Errorf("want CONNECT's reply, got %.40q", reply)
	}
	return nil
}

// aim sets the requests' heads.
func (c *pollConn) aim(u *url.URL, session string) {
	target := u.EscapedPath() + "?EIO=4&transport=polling" + session
	head := " " + target + " HTTP/1.1\r\nHost: " + u.Host + "\r\nAccept: */*\r\n"
	c.get = []byte("GET" + head + "\r\n")
	c.postHead = "POST" + head + "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: "
}

// request is a POST of a payload.
func (c *pollConn) request(payload []byte) []byte {
	request := make([]byte, 0, len(c.postHead)+16+len(payload))
	request = strconv.AppendInt(append(request, c.postHead...), int64(len(payload)), 10)
	return append(append(request, headEnd...), payload...)
}

// exchange waits for a request's response.
func exchange(netConn net.Conn, replies *bufio.Reader, request []byte) ([]byte, error) {
	if _, err := netConn.Write(request); err != nil {
		return nil, err
	}
	reply, err := http.ReadResponse(replies, nil)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(io.LimitReader(reply.Body, frameBytesMax))
	if err != nil {
		return nil, err
	}
	return body, response{status: reply.StatusCode, body: body}.check()
}

// emit implements emitter.
func (c *pollConn) emit(ackID uint64, name string, argument []byte) error {
	return c.send(eventPacket(ackID, name, argument))
}

// emitBinary implements emitter.
func (c *pollConn) emitBinary(ackID uint64, name string, argument, attachment []byte) error {
	packets := append(binaryEventPacket(ackID, name, argument), packetSeparator, 'b')
	return c.send(base64.StdEncoding.AppendEncode(packets, attachment))
}

// packetSeparator is between the packets of a payload.
const packetSeparator = '\x1e'

// send has packets go with the next POST, at once if none is under way.
func (c *pollConn) send(packets []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	if len(c.waiting)+len(packets) > waitingBytesMax {
		return c.fail(errServerStalled)
	}
	if len(c.waiting) > 0 {
		c.waiting = append(c.waiting, packetSeparator)
	}
	c.waiting = append(c.waiting, packets...)
	return c.flush()
}

// flush begins a POST of all that waits, unless one is under way. mu is held.
func (c *pollConn) flush() error {
	if c.posting != nil || len(c.waiting) == 0 || c.err != nil {
		return c.err
	}
	c.posting, c.fresh = c.request(c.waiting), false
	c.waiting = c.waiting[:0]
	if c.post == nil {
		c.dialPost()
	} else {
		c.post.write(c.posting) // its end tells more than this error
	}
	return nil
}

// dialPost has the POST under way go out on a new socket. mu is held.
func (c *pollConn) dialPost() {
	c.fresh = true
	c.loop.dial(c.address, func(netConn net.Conn, err error) {
		s := &stream{}
		s.reader = &postReader{conn: c, stream: s}
		if err == nil {
			err = c.loop.add(netConn, s)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if err == nil {
			c.post = s
			err = s.write(c.posting)
		}
		if err != nil {
			c.fail(fmt.Errorf("POST: %w", err))
		}
	})
}

// fail ends the connection. Its receiver is told on the loop's goroutine, by the
// end of the poll. mu is held.
func (c *pollConn) fail(err error) error {
	if c.err == nil {
		c.err = err
		c.poll.leave()
	}
	return c.err
}

// receive hands on the packets of a poll.
func (c *pollConn) receive(payload []byte, at time.Duration) error {
	for len(payload) > 0 {
		var packet []byte
		packet, payload, _ = bytes.Cut(payload, []byte{packetSeparator})
		if bytes.HasPrefix(packet, []byte("b")) {
			data, err := base64.StdEncoding.AppendDecode(nil, packet[1:])
			if err != nil {
				return err
			}
			c.receiver.attachment(data, at)
			continue
		}
		ping, err := receive(c.receiver, packet, at)
		if ping {
			err = c.send([]byte("3"))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pollReader reads the responses to GETs, and polls again after each.
type pollReader struct{ *pollConn }

// next implements reader.
func (c pollReader) next(data []byte, at time.Duration) (size int, err error) {
	r, size, err := nextResponse(data)
	if err != nil || size == 0 {
		return 0, err
	}
	if err := r.check(); err != nil {
		return 0, err
	}
	if err := c.receive(r.body, at); err != nil {
		return 0, err
	}
	if r.last {
		return 0, errPollLast
	}
	return size, c.poll.write(c.get)
}

// ended implements reader.
func (c pollReader) ended(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	err = c.err
	if c.post != nil {
		c.post.leave()
	}
	c.mu.Unlock()
	c.receiver.closed(err)
}

// postReader reads the responses to POSTs.
type postReader struct {
	conn   *pollConn
	stream *stream
}

// next implements reader.
func (p *postReader) next(data []byte, _ time.Duration) (size int, err error) {
	r, size, err := nextResponse(data)
	if err != nil || size == 0 {
		return 0, err
	}
	c := p.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := r.check(); err != nil {
		c.fail(fmt.Errorf("POST: %w", err))
		return 0, err
	}
	c.posting = nil
	if r.last && c.post == p.stream {
		c.post = nil
	}
	c.flush() // an error is the connection's end already
	return size, nil
}

// ended implements reader. A server may close a socket that has waited for long;
// a POST that met with it goes out once more, as a browser's does.
func (p *postReader) ended(err error) {
	c := p.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.post != p.stream {
		return
	}
	c.post = nil
	switch {
	case c.posting == nil || c.err != nil:
	case !c.fresh && len(p.stream.partial) == 0 && !errors.Is(err, errServerStalled):
		c.dialPost()
	default:
		c.fail(fmt.Errorf("POST: %w", err))
	}
}
