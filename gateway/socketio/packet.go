package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A packet is one Socket.IO packet without its attachments:
//
//	<type>[<attachments>-][<namespace>,][<ack id>][<JSON payload>]
type packet struct {
	kind        packetKind
	attachments int    // how many attachments follow; 0 unless kind is binary
	namespace   string // "/" is the main one and left out on the wire
	hasID       bool
	id          uint64
	payload     json.RawMessage // nil if there is none

	// Read from payload, for events and acks.
	name string            // an event's name, decoded; a number's is its text
	args []json.RawMessage // without the name; parts of payload
}

// A packetKind is a packet's type, its first character on the wire.
type packetKind byte

const (
	kindConnect      packetKind = '0'
	kindDisconnect   packetKind = '1'
	kindEvent        packetKind = '2'
	kindAck          packetKind = '3'
	kindConnectError packetKind = '4'
	kindBinaryEvent  packetKind = '5'
	kindBinaryAck    packetKind = '6'
)

func (k packetKind) binary() bool { return k == kindBinaryEvent || k == kindBinaryAck }

// Why a packet is illegal.
var (
	errUTF8            = errors.New("packet is not valid UTF-8")
	errKind            = errors.New("unknown packet type")
	errAttachmentCount = errors.New("illegal number of attachments")
	errNamespace       = errors.New("illegal namespace")
	errAckID           = errors.New("illegal ack id")
	errJSON            = errors.New("payload is not JSON")
	errDepth           = errors.New("payload is nested too deeply")
	errPayload         = errors.New("payload does not fit the packet type")
	errArgCount        = errors.New("too many arguments")
	errEventName       = errors.New("illegal event name")
	errPlaceholder     = errors.New("placeholder without its attachment")
)

// reservedEvents have a meaning of their own for clients or servers; the stock client closes its
// connection when it gets one.
var reservedEvents = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

// ReservedEvent tells whether no event may have this name. Clients' packets never do; an application
// that takes event names from elsewhere has to ask before it calls [EncodeEvent].
func ReservedEvent(name string) bool { return slices.Contains(reservedEvents, name) }

// decodePacket decodes and checks a packet's text. The packet's payload and args are parts of text. It
// calls rest behind each restValues values that it has looked at.
func decodePacket(text []byte, rest func()) (packet, error) {
	if !utf8.Valid(text) {
		return packet{}, errUTF8
	}
	if len(text) == 0 || text[0] < byte(kindConnect) || text[0] > byte(kindBinaryAck) {
		return packet{}, errKind
	}
	p := packet{kind: packetKind(text[0])}
	payload, err := p.decodeHeader(text[1:])
	if err != nil {
		return packet{}, err
	}
	if len(payload) > 0 {
		p.payload = payload
	}
	if err := p.checkPayload(rest); err != nil {
		return packet{}, err
	}
	return p, nil
}

// decodeHeader reads what stands between the type and the payload, which it returns.
func (p *packet) decodeHeader(rest []byte) ([]byte, error) {
	if p.kind.binary() {
		n, digits := leadingNumber(rest)
		if digits == 0 || digits > 2 || digits == len(rest) || rest[digits] != '-' || n < 1 || n > attachmentsMax {
			return nil, errAttachmentCount
		}
		p.attachments, rest = int(n), rest[digits+1:]
	}
	p.namespace = "/"
	if len(rest) > 0 && rest[0] == '/' {
		name := rest
		if comma := bytes.IndexByte(rest, ','); comma >= 0 {
			name, rest = rest[:comma], rest[comma+1:]
		} else {
			rest = nil
		}
		if len(name) > namespaceBytesMax || slices.ContainsFunc(name, isControl) {
			return nil, errNamespace
		}
		p.namespace = string(name)
	}
	id, digits := leadingNumber(rest)
	if digits > ackIDDigitsMax {
		return nil, errAckID
	}
	p.hasID, p.id = digits > 0, id
	return rest[digits:], nil
}

// checkPayload checks that the payload is what the packet's type asks for, and reads events and acks.
func (p *packet) checkPayload(rest func()) error {
	var elements []json.RawMessage
	if p.payload != nil {
		var err error
		if elements, err = scanJSON(p.payload, rest); err != nil {
			return err
		}
	}
	switch p.kind {
	case kindConnect:
		if p.payload != nil && firstByte(p.payload) != '{' {
			return errPayload
		}
	case kindDisconnect:
		if p.payload != nil {
			return errPayload
		}
	case kindConnectError: // only a server sends it, with whatever the application says
	default:
		return p.readArgs(elements, rest)
	}
	return nil
}

// readArgs reads the elements of the payload of an event or an ack, and checks that placeholders name
// attachments.
func (p *packet) readArgs(args []json.RawMessage, rest func()) (err error) {
	if p.payload == nil || firstByte(p.payload) != '[' {
		return errPayload
	}
	if p.kind == kindEvent || p.kind == kindBinaryEvent {
		if len(args) == 0 {
			return errPayload
		}
		if p.name, err = eventName(args[0]); err != nil {
			return err
		}
		args = args[1:]
	}
	p.args = args
	if p.kind.binary() {
		return checkPlaceholders(p.payload, p.attachments, rest)
	}
	return nil
}

// eventName decodes an event's name, which like in the reference may also be a number.
func eventName(raw json.RawMessage) (string, error) {
	switch c := raw[0]; {
	case c == '"':
		name := decodeString(raw)
		if ReservedEvent(name) {
			return "", errEventName
		}
		return name, nil
	case c == '-' || isDigit(c):
		return string(raw), nil
	default:
		return "", errEventName
	}
}

// appendPacket appends the packet's text, the inverse of decodePacket.
func appendPacket(to []byte, p packet) []byte {
	return append(appendHeader(to, p), p.payload...)
}

// appendHeader appends all that stands before the payload.
func appendHeader(to []byte, p packet) []byte {
	to = append(to, byte(p.kind))
	if p.kind.binary() {
		to = strconv.AppendInt(to, int64(p.attachments), 10)
		to = append(to, '-')
	}
	if p.namespace != "/" {
		to = append(to, p.namespace...)
		to = append(to, ',')
	}
	if p.hasID {
		to = strconv.AppendUint(to, p.id, 10)
	}
	return to
}

// leadingNumber reads the digits that text begins with: their value, unless they are more than
// ackIDDigitsMax, and how many they are.
func leadingNumber(text []byte) (n uint64, digits int) {
	for digits < len(text) && isDigit(text[digits]) && digits <= ackIDDigitsMax {
		n = n*10 + uint64(text[digits]-'0')
		digits++
	}
	return n, digits
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isControl(c byte) bool { return c < ' ' || c == 0x7f }
