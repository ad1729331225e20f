package engineio

import (
	"bytes"
	"testing"
)

// TestFrameOf: a frame that was stored is the frame that it was.
func TestFrameOf(t *testing.T) {
	for name, f := range map[string]*Frame{
		"text":           NewFrame(Message{Data: []byte("a")}),
		"empty text":     NewFrame(Message{}),
		"binary":         NewFrame(Message{Data: []byte("head")}, Message{Data: []byte{1, 2}, Binary: true}),
		"longer":         NewFrame(Message{Data: bytes.Repeat([]byte("x"), 126)}),
		"the longest":    NewFrame(Message{Data: bytes.Repeat([]byte("x"), 1<<16)}),
		"several joined": JoinFrames([]*Frame{NewFrame(Message{Data: []byte("a")}), NewFrame(Message{Data: []byte("b")})}),
	} {
		again, err := FrameOf(f.Wire())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if again.packets != f.packets || again.dataBytes != f.dataBytes || !bytes.Equal(again.polled(), f.polled()) {
			t.Errorf("%s: %+v, want %+v", name, again, f)
		}
	}
}

// FuzzFrameOf: what isn't a frame's is refused, and what is taken goes to both
// transports.
func FuzzFrameOf(f *testing.F) {
	f.Add(NewFrame(Message{Data: []byte("a")}, Message{Data: []byte{1}, Binary: true}).Wire())
	f.Add(pingFrame.Wire())
	f.Add([]byte{0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x81, 126, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, wire []byte) {
		frame, err := FrameOf(wire)
		if err != nil {
			return
		}
		if frame.packets == 0 || int(frame.dataBytes) > len(wire) || len(frame.polled()) == 0 {
			t.Errorf("%x: %+v", wire, frame)
		}
	})
}
