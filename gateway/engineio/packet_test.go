package engineio

import (
	"bytes"
	"reflect"
	"testing"
)

func TestDecodePolled(t *testing.T) {
	for _, c := range []struct {
		text string
		want packet
		err  error
	}{
		{"0{}", packet{kind: packetOpen, data: []byte("{}")}, nil},
		{"1", packet{kind: packetClose, data: []byte{}}, nil},
		{"2probe", packet{kind: packetPing, data: []byte("probe")}, nil},
		{"3", packet{kind: packetPong, data: []byte{}}, nil},
		{"4", packet{kind: packetMessage, data: []byte{}}, nil},
		{"4héllo €", packet{kind: packetMessage, data: []byte("héllo €")}, nil},
		{"5", packet{kind: packetUpgrade, data: []byte{}}, nil},
		{"6", packet{kind: packetNoop, data: []byte{}}, nil},
		{"bAQIDBA==", packet{kind: packetMessage, binary: true, data: []byte{1, 2, 3, 4}}, nil},
		{"b", packet{kind: packetMessage, binary: true}, nil},
		{"", packet{}, errPacketEmpty},
		{"7", packet{}, errPacketKind},
		{"/", packet{}, errPacketKind},
		{"abc", packet{}, errPacketKind},
		{"b=", packet{}, errBase64},
		{"bAQIDBA", packet{}, errBase64},
		{"bAQID\nBA==", packet{}, errBase64},
		{"bAQIDBB==", packet{}, errBase64}, // bits beyond the end
		{"b\xff", packet{}, errBase64},
		{"4\xff", packet{}, errUTF8},
		{"4\xed\xa0\x80", packet{}, errUTF8}, // a lone surrogate
	} {
		got, err := decodePolled([]byte(c.text))
		if err != c.err || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %+v, %v; want %+v, %v", c.text, got, err, c.want, c.err)
		}
	}
}

// A receiver may append to what it gets.
func TestPacketsDontShareRoom(t *testing.T) {
	payload := []byte("4a\x1e4b")
	for p := range packets(payload) {
		_ = append(p.data, "xxx"...)
	}
	if string(payload) != "4a\x1e4b" {
		t.Errorf("the payload became %q", payload)
	}
}

func TestPacketsEndWithTheFirstWrong(t *testing.T) {
	var got []string
	for p, err := range packets([]byte("4a\x1ex\x1e4b")) {
		if err != nil {
			got = append(got, err.Error())
		} else {
			got = append(got, string(p.data))
		}
	}
	want := []string{"a", "parse error: unknown packet type"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzPacket: what decodes encodes to the same text.
func FuzzPacket(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := decodePolled(text)
		if err != nil {
			return
		}
		if again := appendPolled(nil, p); !bytes.Equal(again, text) {
			t.Errorf("%q became %q", text, again)
		}
	})
}

// FuzzPayload: what decodes encodes to the same payload, and as a Frame too
// where it is messages only.
func FuzzPayload(f *testing.F) {
	f.Fuzz(func(t *testing.T, payload []byte) {
		var again []byte
		var messages []Message
		count := 0
		for p, err := range packets(payload) {
			if err != nil {
				return
			}
			if count++; count > 1 {
				again = append(again, packetSeparator)
			}
			again = appendPolled(again, p)
			if p.kind == packetMessage {
				messages = append(messages, Message{p.data, p.binary})
			}
		}
		if !bytes.Equal(again, payload) {
			t.Errorf("%q became %q", payload, again)
		}
		if len(messages) != count {
			return
		}
		if polled := NewFrame(messages...).polled(); !bytes.Equal(polled, payload) {
			t.Errorf("%q became %q as a frame", payload, polled)
		}
	})
}
