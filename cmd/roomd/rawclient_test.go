package main

import (
	"bufio"
	network "encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// A rawClient speaks Socket.IO on a WebSocket as bytes, so that it can also
// speak it wrongly. It belongs to one goroutine, unless writes are told apart
// from reads.
type rawClient struct {
	conn   net.Conn
	reader *bufio.Reader
}

func newRawClient(conn net.Conn) *rawClient {
	return &rawClient{conn: conn, reader: bufio.NewReader(conn)}
}

// patienceOfClients bounds what a client waits for: only one whose server has failed
// waits for so long, on any machine.
const patienceOfClients = time.Minute

// dialFrom connects from a local address: the machine's own are many.
func dialFrom(local, address string) (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}, Timeout: patienceOfClients}
	return dialer.Dial("tcp", address)
}

// upgradeRequest is WebSocket's handshake; it offers to compress.
const upgradeRequest = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: roomd\r\nConnection: Upgrade\r\n" +
	"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
	"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"

// open does the handshakes of WebSocket and Engine.IO.
func (c *rawClient) open() error {
	c.conn.SetDeadline(time.Now().Add(patienceOfClients))
	defer c.conn.SetDeadline(time.Time{})
	if _, err := io.WriteString(c.conn, upgradeRequest); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the handshake got %s", response.Status)
	}
	if extensions := response.Header.Get("Sec-WebSocket-Extensions"); extensions != "" {
		return fmt.Errorf("the server agreed to %s", extensions)
	}
	_, err = c.readUntil("0{")
	return err
}

// connect connects to the main namespace as a user.
func (c *rawClient) connect(user string) error {
	if err := c.send(`40{"userId":"` + user + `"}`); err != nil {
		return err
	}
	_, err := c.readUntil("40{")
	return err
}

// join is connect and then the joining of a room.
func (c *rawClient) join(user, room string) error {
	if err := c.connect(user); err != nil {
		return err
	}
	if err := c.send(`421["joinRoom","` + room + `"]`); err != nil {
		return err
	}
	reply, err := c.readUntil("431")
	if err == nil && !strings.HasPrefix(reply, `431[{"success":true`) {
		err = fmt.Errorf("the join got %.100s", reply)
	}
	return err
}

func (c *rawClient) send(text string) error {
	_, err := c.conn.Write(maskedFrame(1, true, text))
	return err
}

// readUntil reads messages up to one that begins so, and answers pings.
func (c *rawClient) readUntil(prefix string) (string, error) {
	c.conn.SetReadDeadline(time.Now().Add(patienceOfClients))
	defer c.conn.SetReadDeadline(time.Time{})
	for {
		text, err := c.read()
		if err != nil || strings.HasPrefix(text, prefix) {
			return text, err
		}
	}
}

// closedError is the close frame that a client got.
type closedError struct {
	code   int
	reason string
}

func (e closedError) Error() string { return fmt.Sprintf("closed: %d %s", e.code, e.reason) }

// read reads one message, and answers a ping of Engine.IO.
func (c *rawClient) read() (string, error) {
	for {
		op, payload, err := c.readFrame()
		switch {
		case err != nil:
			return "", err
		case op == 8 && len(payload) >= 2:
			return "", closedError{int(network.BigEndian.Uint16(payload)), string(payload[2:])}
		case op == 8:
			return "", closedError{}
		case op == 1 && string(payload) == "2":
			if err := c.send("3"); err != nil {
				return "", err
			}
		case op == 1 || op == 2:
			return string(payload), nil
		}
	}
}

func (c *rawClient) readFrame() (op byte, payload []byte, err error) {
	var header [2]byte
	if _, err = io.ReadFull(c.reader, header[:]); err != nil {
		return 0, nil, err
	}
	length := uint64(header[1])
	switch length {
	case 126:
		var n uint16
		err = network.Read(c.reader, network.BigEndian, &n)
		length = uint64(n)
	case 127:
		err = network.Read(c.reader, network.BigEndian, &length)
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(c.reader, payload)
	return header[0] & 15, payload, err
}

// maskedFrame is a client's WebSocket frame. Its mask is zero.
func maskedFrame(op byte, final bool, payload string) []byte {
	frame := append(frameHeader(op, final, len(payload)), 0, 0, 0, 0)
	return append(frame, payload...)
}

// frameHeader is a client's frame up to its mask.
func frameHeader(op byte, final bool, length int) []byte {
	if final {
		op |= 0x80
	}
	switch {
	case length <= 125:
		return []byte{op, 0x80 | byte(length)}
	case length <= 0xffff:
		return network.BigEndian.AppendUint16([]byte{op, 0x80 | 126}, uint16(length))
	default:
		return network.BigEndian.AppendUint64([]byte{op, 0x80 | 127}, uint64(length))
	}
}

// pollingSID opens a polling session.
func pollingSID(conn net.Conn) (string, error) {
	if _, err := io.WriteString(conn, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: roomd\r\n\r\n"); err != nil {
		return "", err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var terms session
	body, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal([]byte(strings.TrimPrefix(string(body), "0")), &terms)
	}
	return terms.SID, err
}
