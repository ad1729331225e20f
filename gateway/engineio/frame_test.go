package engineio

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

func TestFrameBytes(t *testing.T) {
	for _, n := range []int{0, 1, 124, 125, 126, 127, 65533, 65534, 65535, 65536, 200000} {
		data := []byte(strings.Repeat("x", n))
		var want bytes.Buffer
		ws.WriteFrame(&want, ws.NewTextFrame(append([]byte("4"), data...)))
		ws.WriteFrame(&want, ws.NewBinaryFrame(data))
		f := NewFrame(Message{Data: data}, Message{Data: data, Binary: true})
		if !bytes.Equal(f.wire, want.Bytes()) || f.Len() != want.Len() {
			t.Errorf("%d bytes: %d bytes of WebSocket, want %d", n, f.Len(), want.Len())
		}
	}
}

func TestFramePolled(t *testing.T) {
	text := func(s string) Message { return Message{Data: []byte(s)} }
	binary := func(s string) Message { return Message{Data: []byte(s), Binary: true} }
	long := strings.Repeat("y", 70000)
	for _, c := range []struct {
		messages []Message
		want     string
	}{
		{[]Message{text("hello")}, "4hello"},
		{[]Message{text("")}, "4"},
		{[]Message{text(long)}, "4" + long},
		{[]Message{binary("\x01\x02\x03\x04")}, "bAQIDBA=="},
		{[]Message{binary("")}, "b"},
		{[]Message{text("a"), binary("b"), text(long)}, "4a\x1ebYg==\x1e4" + long},
		{nil, ""},
	} {
		if got := string(NewFrame(c.messages...).polled()); got != c.want {
			t.Errorf("%.80q, want %.80q", got, c.want)
		}
	}
}

func TestFrameCopiesItsMessages(t *testing.T) {
	data := []byte("hello")
	f := NewFrame(Message{Data: data})
	data[0] = 'x'
	if got := string(f.polled()); got != "4hello" {
		t.Errorf("got %q", got)
	}
}

// TestJoinFrames wants one frame of several to be what they are one after the
// other, on a WebSocket and in a poll.
func TestJoinFrames(t *testing.T) {
	one := NewFrame(Message{Data: []byte("a")})
	two := NewFrame(Message{Data: []byte("b")}, Message{Data: []byte{1, 2}, Binary: true})
	joined := JoinFrames([]*Frame{one, two, one})
	if want := string(one.wire) + string(two.wire) + string(one.wire); string(joined.wire) != want {
		t.Errorf("wire %q, want %q", joined.wire, want)
	}
	if got, want := string(joined.polled()), "4a\x1e4b\x1ebAQI=\x1e4a"; got != want {
		t.Errorf("polled %q, want %q", got, want)
	}
	if joined.packets != 4 || joined.dataBytes != 5 || joined.Len() != len(joined.wire) {
		t.Errorf("%d packets, %d bytes of data", joined.packets, joined.dataBytes)
	}
}
