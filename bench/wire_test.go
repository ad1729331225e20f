package bench

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gobwas/ws"
)

// serverFrame is a frame as a server sends it.
func serverFrame(opcode ws.OpCode, payload []byte) []byte {
	return ws.MustCompileFrame(ws.NewFrame(opcode, true, payload))
}

func TestNextFrame(t *testing.T) {
	for _, length := range []int{0, 1, 125, 126, 127, 65535, 65536, 100_000} {
		payload := bytes.Repeat([]byte{'p'}, length)
		data := serverFrame(ws.OpText, payload)
		whole := append(bytes.Clone(data), "next"...)
		f, size, err := nextFrame(whole)
		if err != nil || size != len(data) || f.opcode != ws.OpText || !bytes.Equal(f.payload, payload) {
			t.Errorf("%d bytes: size %d, %v, opcode %v", length, size, err, f.opcode)
		}
		for _, cut := range []int{0, 1, 2, 3, 5, 9, len(data) - 1} {
			if cut >= len(data) {
				continue
			}
			if _, size, err := nextFrame(data[:cut]); size != 0 || err != nil {
				t.Errorf("%d of %d bytes: size %d, %v; want to wait for more", cut, len(data), size, err)
			}
		}
	}
}

func TestNextFrameRefuses(t *testing.T) {
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"masked", clientFrame(ws.OpText, []byte("hello")), errFrameInvalid},
		{"compressed", []byte{0xc1, 0}, errFrameInvalid},
		{"not final", []byte{0x01, 0}, errFrameFragmented},
		{"continuation", []byte{0x80, 0}, errFrameFragmented},
		{"too large", []byte{0x81, 127, 0, 0, 0, 0, 1, 0, 0, 1}, errFrameTooLarge}, // frameBytesMax + 1
		{"absurd", []byte{0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255}, errFrameTooLarge},
	}
	for _, test := range tests {
		if _, _, err := nextFrame(test.data); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	if _, size, err := nextFrame([]byte{0x81, 127, 0, 0, 0, 0, 1, 0, 0, 0}); size != 0 || err != nil {
		t.Errorf("frameBytesMax itself: size %d, %v; want to wait for more", size, err)
	}
}

// What is split off must be the frame that it was compiled from, and nothing
// may be split off that a server can't have sent.
func FuzzNextFrame(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, size, err := nextFrame(data)
		if err != nil || size == 0 {
			return
		}
		if size > len(data) || len(frame.payload) > size {
			t.Fatalf("size %d of %d bytes, payload %d", size, len(data), len(frame.payload))
		}
		again, sizeAgain, err := nextFrame(serverFrame(frame.opcode, frame.payload))
		if err != nil || sizeAgain > size || again.opcode != frame.opcode || !bytes.Equal(again.payload, frame.payload) {
			t.Fatalf("encoded again: %v, size %d, was %d", err, sizeAgain, size)
		}
	})
}

func TestEventPacket(t *testing.T) {
	got := eventPacket(7, "joinRoom", []byte(`{"roomId":"r"}`))
	if want := `427["joinRoom",{"roomId":"r"}]`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSplitAckID(t *testing.T) {
	tests := []struct {
		body string
		id   uint64
		rest string
		ok   bool
	}{
		{`0[{"success":true}]`, 0, `[{"success":true}]`, true},
		{`120[]`, 120, `[]`, true},
		{`[]`, 0, ``, false},
		{`12`, 0, ``, false},
		{``, 0, ``, false},
		{`99999999999999999999[]`, 0, ``, false},
	}
	for _, test := range tests {
		id, rest, ok := splitAckID([]byte(test.body))
		if id != test.id || string(rest) != test.rest || ok != test.ok {
			t.Errorf("%q: %d %q %v", test.body, id, rest, ok)
		}
	}
}
