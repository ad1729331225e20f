package floor

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/gobwas/ws"
)

var pingFrame = ws.MustCompileFrame(ws.NewTextFrame([]byte("2")))

// A packet that is wrong ends its connection; the client sees a closed socket.
var (
	errPacketTooLarge = errors.New("packet too large")
	errBadPacket      = errors.New("packet not understood")
)

// identity is who a peer says it is in CONNECT, as in roomd's development mode.
type identity struct {
	UserID   string `json:"userId"`
	Username string `json:"username"`
}

// peer is one connection. It is used by its reader's goroutine only, but for
// conn, on which the room and the heartbeat write too: one Write is atomic.
type peer struct {
	conn  net.Conn
	rooms *rooms
	news  bool // static
	user  identity
	in    []*room // mostly one

	awaiting *emission // an emitToRoom whose attachment has not come; nil mostly
}

// run speaks with the client until either side ends.
func (p *peer) run() {
	defer func() {
		for _, room := range p.in {
			room.leave(p)
		}
	}()
	if p.write(openPacket()) != nil {
		return
	}
	reader := bufio.NewReaderSize(p.conn, readBufferBytes)
	for {
		packet, binary, err := readPacket(reader)
		if err != nil || p.handle(packet, binary) != nil {
			return
		}
	}
}

func openPacket() []byte {
	return fmt.Appendf(nil, `0{"sid":%q,"upgrades":[],"pingInterval":%d,"pingTimeout":%d,"maxPayload":%d}`,
		rand.Text(), pingInterval.Milliseconds(), pingTimeout.Milliseconds(), packetBytesMax)
}

// readPacket reads one Engine.IO packet, or an attachment, which is binary;
// control frames other than close are skipped.
func readPacket(reader *bufio.Reader) (packet []byte, binary bool, err error) {
	for {
		header, err := ws.ReadHeader(reader)
		if err != nil {
			return nil, false, err
		}
		if header.Length > packetBytesMax {
			return nil, false, errPacketTooLarge
		}
		payload := make([]byte, header.Length)
		if _, err := io.ReadFull(reader, payload); err != nil {
			return nil, false, err
		}
		if header.Masked {
			ws.Cipher(payload, header.Mask, 0)
		}
		switch header.OpCode {
		case ws.OpText:
			return payload, false, nil
		case ws.OpBinary:
			return payload, true, nil
		case ws.OpClose:
			return nil, false, io.EOF
		}
	}
}

func (p *peer) handle(packet []byte, binary bool) error {
	switch {
	case binary != (p.awaiting != nil):
		return errBadPacket
	case binary:
		emission := p.awaiting
		p.awaiting = nil
		return p.emit(emission, packet)
	case bytes.Equal(packet, []byte("3")): // pong
		return nil
	case bytes.HasPrefix(packet, []byte("40")):
		return p.connect(packet[2:])
	case bytes.HasPrefix(packet, []byte("42")):
		return p.event(packet[2:])
	case bytes.HasPrefix(packet, []byte("451-")):
		return p.binaryEvent(packet[4:])
	}
	return errBadPacket
}

func (p *peer) connect(auth []byte) error {
	if len(auth) > 0 {
		if err := json.Unmarshal(auth, &p.user); err != nil {
			return errBadPacket
		}
	}
	return p.write(fmt.Appendf(nil, `40{"sid":%q}`, rand.Text()))
}

func (p *peer) event(packet []byte) error {
	ackID, name, argument, err := parseEvent(packet)
	if err != nil {
		return err
	}
	switch name {
	case "joinRoom", "createRoom":
		return p.join(ackID, argument)
	case "sendMessage":
		return p.send(ackID, argument)
	}
	return p.ack(ackID, []byte(`{"success":false,"error":"the floor has joinRoom, createRoom and sendMessage","code":"unknown_event"}`))
}

// parseEvent splits `12["name",argument]`. Without an ack id it returns "".
func parseEvent(packet []byte) (ackID, name string, argument json.RawMessage, err error) {
	digits := 0
	for digits < len(packet) && '0' <= packet[digits] && packet[digits] <= '9' {
		digits++
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(packet[digits:], &parts); err != nil || len(parts) < 2 {
		return "", "", nil, errBadPacket
	}
	if err := json.Unmarshal(parts[0], &name); err != nil {
		return "", "", nil, errBadPacket
	}
	return string(packet[:digits]), name, parts[1], nil
}

// join takes `"id"` or `{"roomId":"id"}`; a room is there when it is named.
func (p *peer) join(ackID string, argument json.RawMessage) error {
	var named struct{ RoomID string }
	if json.Unmarshal(argument, &named.RoomID) != nil {
		if err := json.Unmarshal(argument, &named); err != nil {
			return errBadPacket
		}
	}
	id, _ := json.Marshal(named.RoomID)
	reply := fmt.Appendf(nil, `{"success":true,"roomId":%s,"room":{"id":%s},"users":[],"messages":[],"epoch":%q,"seq":0,"gap":false}`, id, id, epoch)
	room := p.rooms.named(named.RoomID)
	if slices.Contains(p.in, room) {
		return p.ack(ackID, reply)
	}
	p.in = append(p.in, room)
	return room.join(p, ackID, reply)
}

// send is the whole server: number the message, build its bytes, write them
// to every member.
func (p *peer) send(ackID string, argument json.RawMessage) error {
	var m message
	if err := json.Unmarshal(argument, &m); err != nil || m.Text == nil {
		return errBadPacket
	}
	at := slices.IndexFunc(p.in, func(r *room) bool { return r.id == m.RoomID })
	if at < 0 {
		return p.ack(ackID, []byte(`{"success":false,"error":"You are not in this room","code":"not_in_room"}`))
	}
	return p.in[at].send(p, ackID, m)
}

func (p *peer) ack(ackID string, reply []byte) error {
	if ackID == "" {
		return nil
	}
	packet := make([]byte, 0, len("43[]")+len(ackID)+len(reply))
	packet = append(append(packet, "43"...), ackID...)
	packet = append(append(packet, '['), reply...)
	return p.write(append(packet, ']'))
}

func (p *peer) write(packet []byte) error {
	_, err := p.conn.Write(ws.MustCompileFrame(ws.NewTextFrame(packet)))
	return err
}
