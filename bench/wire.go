package bench

import (
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/gobwas/ws"
)

// What a server may not send. Each ends the connection.
var (
	errFrameTooLarge   = errors.New("frame larger than the client's limit")
	errFrameFragmented = errors.New("fragmented frame: not supported by this client")
	errFrameInvalid    = errors.New("frame masked or with reserved bits")
	errServerClosed    = errors.New("closed by the server")
)

// frame is one WebSocket frame of a server. Its payload is part of the bytes
// it was split from.
type frame struct {
	opcode  ws.OpCode
	payload []byte
}

// nextFrame splits the first frame off data. A size of 0 means that more bytes
// are needed.
//
// It is written out here, and not left to a reader, because it runs once a
// delivery: on bytes already read, without a copy and without an allocation.
func nextFrame(data []byte) (f frame, size int, err error) {
	if len(data) < 2 {
		return frame{}, 0, nil
	}
	opcode := ws.OpCode(data[0] & 0x0f)
	if data[0]&0x70 != 0 || data[1]&0x80 != 0 {
		return frame{}, 0, errFrameInvalid
	}
	if data[0]&0x80 == 0 || opcode == ws.OpContinuation {
		return frame{}, 0, errFrameFragmented
	}
	length, header := uint64(data[1]), 2
	switch length {
	case 126:
		if header = 4; len(data) < header {
			return frame{}, 0, nil
		}
		length = uint64(binary.BigEndian.Uint16(data[2:]))
	case 127:
		if header = 10; len(data) < header {
			return frame{}, 0, nil
		}
		length = binary.BigEndian.Uint64(data[2:])
	}
	if length > frameBytesMax {
		return frame{}, 0, errFrameTooLarge
	}
	size = header + int(length)
	if len(data) < size {
		return frame{}, 0, nil
	}
	return frame{opcode: opcode, payload: data[header:size:size]}, size, nil
}

// clientFrame is the bytes of one frame as a client sends it: masked. It
// overwrites payload.
func clientFrame(opcode ws.OpCode, payload []byte) []byte {
	return ws.MustCompileFrame(ws.MaskFrameInPlace(ws.NewFrame(opcode, true, payload)))
}

// eventPacket is the Engine.IO packet of an event in the main namespace, with
// one argument that is JSON already.
func eventPacket(ackID uint64, name string, argument []byte) []byte {
	packet := make([]byte, 0, len(`42[,]`)+20+len(name)+2+len(argument))
	packet = strconv.AppendUint(append(packet, "42"...), ackID, 10)
	packet = append(packet, '[')
	packet = strconv.AppendQuote(packet, name)
	packet = append(packet, ',')
	packet = append(packet, argument...)
	return append(packet, ']')
}

// binaryEventPacket is eventPacket with one attachment behind it.
func binaryEventPacket(ackID uint64, name string, argument []byte) []byte {
	return append([]byte("451-"), eventPacket(ackID, name, argument)[len("42"):]...)
}

// splitAckID splits `12[…]`, what follows the type of an ack, into its id and
// its arguments.
func splitAckID(body []byte) (id uint64, arguments []byte, ok bool) {
	digits := 0
	for digits < len(body) && '0' <= body[digits] && body[digits] <= '9' {
		digits++
	}
	id, err := strconv.ParseUint(string(body[:digits]), 10, 64)
	if err != nil || digits == len(body) {
		return 0, nil, false
	}
	return id, body[digits:], true
}
