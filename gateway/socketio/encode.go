package socketio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"roomd/gateway/engineio"
)

// EncodeEvent builds the frame of an event, to be sent to any number of sockets of that namespace.
// With attachments it is a binary event, atomic in every outbox. The arguments go out as they are:
// each must be valid JSON (as Event.Args and json.Marshal give it; nil means null), with placeholders
// only for attachments that are given. The name must not be a [ReservedEvent].
func EncodeEvent(namespace, name string, args []json.RawMessage, attachments [][]byte) *engineio.Frame {
	return encodeFrame(packet{kind: kindEvent, namespace: namespace, name: name, args: args}, attachments)
}

// EncodeAck builds the frame that answers the event with that ack id, under the rules of [EncodeEvent].
func EncodeAck(namespace string, id uint64, args []json.RawMessage, attachments [][]byte) *engineio.Frame {
	return encodeFrame(packet{kind: kindAck, namespace: namespace, hasID: true, id: id, args: args}, attachments).ForOne()
}

// encodeFrame builds the frame of an event or an ack, whose payload is made of p.name and p.args.
func encodeFrame(p packet, attachments [][]byte) *engineio.Frame {
	isEvent := p.kind == kindEvent
	if len(attachments) > 0 {
		p.attachments = len(attachments)
		if p.kind = kindBinaryAck; isEvent {
			p.kind = kindBinaryEvent
		}
	}
	scratch := scratches.Get().(*[]byte)
	defer release(scratch)
	text := slices.Grow((*scratch)[:0], textBytes(p))
	text = append(appendHeader(text, p), '[')
	if isEvent {
		text = appendString(text, p.name)
	}
	for i, arg := range p.args {
		if isEvent || i > 0 {
			text = append(text, ',')
		}
		if arg == nil {
			arg = json.RawMessage("null")
		}
		text = append(text, arg...)
	}
	text = append(text, ']')
	*scratch = text

	if len(attachments) == 0 {
		return engineio.NewFrame(engineio.Message{Data: text})
	}
	messages := make([]engineio.Message, 0, 1+len(attachments))
	messages = append(messages, engineio.Message{Data: text})
	for _, attachment := range attachments {
		messages = append(messages, engineio.Message{Data: attachment, Binary: true})
	}
	return engineio.NewFrame(messages...)
}

// scratches are where packets are written, of which frames then have a copy of the right length.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// release gives a scratch back, unless it holds much memory.
func release(scratch *[]byte) {
	if cap(*scratch) <= scratchBytesMax {
		scratches.Put(scratch)
	}
}

// textBytes estimates the length of a packet's text; only a name with escapes makes it longer.
func textBytes(p packet) int {
	n := len("50-,[]") + ackIDDigitsMax + len(p.namespace) + len(p.name) + len(`""`)
	for _, arg := range p.args {
		n += len(",null") + len(arg)
	}
	return n
}

// encodeConnect builds the reply that admits a socket; a pid may be empty.
func encodeConnect(namespace, socketID, pid string) *engineio.Frame {
	scratch := scratches.Get().(*[]byte)
	defer release(scratch)
	text := append(appendHeader((*scratch)[:0], packet{kind: kindConnect, namespace: namespace}), `{"sid":`...)
	text = appendString(text, socketID)
	if pid != "" {
		text = appendString(append(text, `,"pid":`...), pid)
	}
	*scratch = append(text, '}')
	return engineio.NewFrame(engineio.Message{Data: *scratch})
}

// encodeConnectError builds the reply that refuses one. It fails if the error's Data isn't JSON.
func encodeConnectError(namespace string, refusal *ConnectError) (*engineio.Frame, error) {
	payload := appendString([]byte(`{"message":`), refusal.Message)
	if refusal.Data != nil {
		data, err := marshal(refusal.Data)
		if err != nil {
			return nil, fmt.Errorf("socketio: encode data of connect error %q: %w", refusal.Message, err)
		}
		payload = append(append(payload, `,"data":`...), data...)
	}
	return encodePacket(packet{kind: kindConnectError, namespace: namespace, payload: append(payload, '}')}), nil
}

// encodeDisconnect builds the packet that ends a socket.
func encodeDisconnect(namespace string) *engineio.Frame {
	return encodePacket(packet{kind: kindDisconnect, namespace: namespace})
}

func encodePacket(p packet) *engineio.Frame {
	return engineio.NewFrame(engineio.Message{Data: appendPacket(nil, p)})
}

// appendString appends s as a JSON string. HTML's characters are not escaped, as in JavaScript.
func appendString(to []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			text, _ := marshal(s) // a string always encodes
			return append(to, text...)
		}
	}
	to = append(to, '"')
	to = append(to, s...)
	return append(to, '"')
}

// marshal is json.Marshal without escaping HTML's characters.
func marshal(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}
