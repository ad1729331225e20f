package engineio

import (
	"bytes"
	"encoding/base64"
	"iter"
	"unicode/utf8"
)

// A packet is the unit of Engine.IO (protocol 4, "Packet encoding"). Its data
// is text unless binary is set, which only a message can be.
type packet struct {
	kind   packetKind
	binary bool
	data   []byte
}

// A packetKind is the first character of an encoded packet.
type packetKind byte

const (
	packetOpen    packetKind = '0'
	packetClose   packetKind = '1'
	packetPing    packetKind = '2'
	packetPong    packetKind = '3'
	packetMessage packetKind = '4'
	packetUpgrade packetKind = '5'
	packetNoop    packetKind = '6'
)

const (
	// binaryMark begins a binary message in a polling payload.
	binaryMark = 'b'
	// packetSeparator stands between the packets of a polling payload.
	packetSeparator = 0x1e
)

var (
	errPacketEmpty = &violation{ReasonParseError, "empty packet"}
	errPacketKind  = &violation{ReasonParseError, "unknown packet type"}
	errBase64      = &violation{ReasonParseError, "binary packet is not base64"}
	errUTF8        = &violation{ReasonInvalidUTF8, "text is not UTF-8"}
)

// strictBase64 refuses what it would not itself have written, line breaks
// apart, which decodeBinary refuses.
var strictBase64 = base64.StdEncoding.Strict()

// decodeText decodes the packet in a WebSocket text message. Its data is a
// part of text.
func decodeText(text []byte) (packet, error) {
	if len(text) == 0 {
		return packet{}, errPacketEmpty
	}
	kind := packetKind(text[0])
	if kind < packetOpen || kind > packetNoop {
		return packet{}, errPacketKind
	}
	return packet{kind: kind, data: text[1:len(text):len(text)]}, nil
}

// decodePolled decodes one packet of a polling payload.
func decodePolled(text []byte) (packet, error) {
	if len(text) > 0 && text[0] == binaryMark {
		return decodeBinary(text[1:])
	}
	if !utf8.Valid(text) {
		return packet{}, errUTF8
	}
	return decodeText(text)
}

func decodeBinary(text []byte) (packet, error) {
	if bytes.ContainsAny(text, "\r\n") {
		return packet{}, errBase64
	}
	data, err := strictBase64.AppendDecode(nil, text)
	if err != nil {
		return packet{}, errBase64
	}
	return packet{kind: packetMessage, binary: true, data: data}, nil
}

// packets yields the packets of a polling payload (protocol 4, "HTTP
// long-polling transport") up to the first that is wrong.
func packets(payload []byte) iter.Seq2[packet, error] {
	return func(yield func(packet, error) bool) {
		for text := range bytes.SplitSeq(payload, []byte{packetSeparator}) {
			p, err := decodePolled(text)
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// appendPolled appends a packet as it stands in a polling payload.
func appendPolled(dst []byte, p packet) []byte {
	if p.binary {
		dst = append(dst, binaryMark)
		return base64.StdEncoding.AppendEncode(dst, p.data)
	}
	dst = append(dst, byte(p.kind))
	return append(dst, p.data...)
}
