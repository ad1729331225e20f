package engineio

import (
	"encoding/binary"
	"errors"
	"sync/atomic"

	"github.com/gobwas/ws"
)

// A Frame is an immutable run of messages, encoded once. It is atomic in the
// outbox: nothing but a ping comes between its messages, and a poll's response
// has all of them or none. It is safe for use by any number of sessions and
// goroutines.
type Frame struct {
	// static after construction
	wire      []byte // the messages' WebSocket frames, one after the other
	packets   int32  // how many messages
	dataBytes int32  // of the messages' data
	forOne    bool   // see ForOne

	payload atomic.Pointer[[]byte] // nil until a polling client needs it
}

// A Message is what one side says to the other at once. Text is valid UTF-8.
type Message struct {
	Data   []byte
	Binary bool
}

// NewFrame encodes the messages. It copies their data. Text sent to a client
// must not contain U+001E, which separates packets in long-polling.
func NewFrame(messages ...Message) *Frame {
	dataBytes := 0
	for _, m := range messages {
		dataBytes += len(m.Data)
	}
	wire := make([]byte, 0, dataBytes+len(messages)*(frameHeaderBytesMax+1))
	for _, m := range messages {
		if m.Binary {
			wire = appendFrameHeader(wire, ws.OpBinary, len(m.Data))
		} else {
			wire = appendFrameHeader(wire, ws.OpText, 1+len(m.Data))
			wire = append(wire, byte(packetMessage))
		}
		wire = append(wire, m.Data...)
	}
	return &Frame{wire: wire, packets: int32(len(messages)), dataBytes: int32(dataBytes)}
}

// JoinFrames returns one frame with the messages of several, in their order.
func JoinFrames(frames []*Frame) *Frame {
	joined := &Frame{}
	length := 0
	for _, f := range frames {
		length += len(f.wire)
		joined.packets += f.packets
		joined.dataBytes += f.dataBytes
	}
	joined.wire = make([]byte, 0, length)
	for _, f := range frames {
		joined.wire = append(joined.wire, f.wire...)
	}
	return joined
}

// ForOne marks a new frame as one that a single client gets, such as a reply, and returns
// it. What is sent to many is in memory once; what one client makes the server say to
// itself is bounded by address, see unread.go.
func (f *Frame) ForOne() *Frame {
	f.forOne = true
	return f
}

// Len is the number of bytes the frame takes on a WebSocket.
func (f *Frame) Len() int { return len(f.wire) }

// Wire is what the frame takes on a WebSocket. Nobody may change it.
func (f *Frame) Wire() []byte { return f.wire }

// FrameOf makes a frame of what Wire has returned. It keeps the bytes.
func FrameOf(wire []byte) (*Frame, error) {
	f := &Frame{wire: wire}
	for rest := wire; len(rest) > 0; {
		op, data, next, ok := cutFrame(rest)
		switch {
		case ok && op == ws.OpText && len(data) > 0 && data[0] == byte(packetMessage):
			f.dataBytes += int32(len(data) - 1)
		case ok && op == ws.OpBinary:
			f.dataBytes += int32(len(data))
		default:
			return nil, errors.New("engineio: no frame of messages")
		}
		f.packets, rest = f.packets+1, next
	}
	if f.packets == 0 {
		return nil, errors.New("engineio: no frame of messages")
	}
	return f, nil
}

var (
	pingFrame  = packetFrame(packetPing, nil)
	probeReply = packetFrame(packetPong, []byte("probe"))
)

// packetFrame encodes a packet of the protocol's own.
func packetFrame(kind packetKind, data []byte) *Frame {
	wire := appendFrameHeader(nil, ws.OpText, 1+len(data))
	wire = append(wire, byte(kind))
	return &Frame{wire: append(wire, data...)}
}

// controlFrame encodes a WebSocket control frame. It never goes to a poll.
func controlFrame(op ws.OpCode, data []byte) *Frame {
	return &Frame{wire: append(appendFrameHeader(nil, op, len(data)), data...)}
}

// polled is the frame as a polling payload. Nobody may change it.
func (f *Frame) polled() []byte {
	if payload := f.payload.Load(); payload != nil {
		return *payload
	}
	payload := polledFromWire(f.wire) // mostly it is a part of that
	f.payload.CompareAndSwap(nil, &payload)
	return payload
}

// polledFromWire makes the polling payload from the WebSocket bytes, so that a
// frame keeps only one copy of its messages where nobody polls. A lone text
// message is the same in both and is not copied.
func polledFromWire(wire []byte) []byte {
	op, data, rest := splitFrame(wire)
	if op == ws.OpText && len(rest) == 0 {
		return data
	}
	var payload []byte
	for len(wire) > 0 {
		op, data, wire = splitFrame(wire)
		if payload != nil {
			payload = append(payload, packetSeparator)
		}
		if op == ws.OpBinary {
			payload = appendPolled(payload, packet{kind: packetMessage, binary: true, data: data})
		} else {
			payload = append(payload, data...)
		}
	}
	return payload
}

// frameHeaderBytesMax is the most a header takes without a mask, which only
// clients use.
const frameHeaderBytesMax = ws.MaxHeaderSize - 4

const finalBit = 0x80

// appendFrameHeader appends the header of a final, unmasked frame (RFC 6455,
// 5.2).
func appendFrameHeader(dst []byte, op ws.OpCode, length int) []byte {
	dst = append(dst, finalBit|byte(op))
	switch {
	case length <= 125:
		return append(dst, byte(length))
	case length <= 0xffff:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(dst, 127), uint64(length))
	}
}

// splitFrame takes the first frame off wire, which appendFrameHeader began.
func splitFrame(wire []byte) (op ws.OpCode, data, rest []byte) {
	if len(wire) == 0 {
		return 0, nil, nil
	}
	op, length, wire := ws.OpCode(wire[0]&^finalBit), int(wire[1]), wire[2:]
	switch length {
	case 126:
		length, wire = int(binary.BigEndian.Uint16(wire)), wire[2:]
	case 127:
		length, wire = int(binary.BigEndian.Uint64(wire)), wire[8:]
	}
	return op, wire[:length:length], wire[length:]
}

// cutFrame is splitFrame of bytes that anything may be.
func cutFrame(wire []byte) (op ws.OpCode, data, rest []byte, ok bool) {
	if len(wire) < 2 || wire[0]&finalBit == 0 || wire[0]&^(finalBit|0x0f) != 0 {
		return 0, nil, nil, false
	}
	header, length := 2, uint64(wire[1])
	switch {
	case length == 126 && len(wire) >= 4:
		header, length = 4, uint64(binary.BigEndian.Uint16(wire[2:]))
	case length == 127 && len(wire) >= 10:
		header, length = 10, binary.BigEndian.Uint64(wire[2:])
	case length > 125:
		return 0, nil, nil, false
	}
	if length > uint64(len(wire)-header) {
		return 0, nil, nil, false
	}
	op, data, rest = splitFrame(wire)
	return op, data, rest, true
}
