package engineio

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func textFrame(text string) *Frame { return NewFrame(Message{Data: []byte(text)}) }

func TestOutboxLimits(t *testing.T) {
	var o outbox
	large := textFrame(strings.Repeat("x", 1000))
	if o.full(large, 10) {
		t.Error("an empty outbox is full")
	}
	o.push(textFrame("a")) // 4 bytes
	if b := textFrame("b"); o.full(b, 8) || !o.full(b, 7) {
		t.Error("4 bytes and 4 more are not 8")
	}
	for len(o.frames) < outboxFramesMax-1 {
		o.push(pingFrame)
	}
	if o.full(pingFrame, 1<<30) {
		t.Error("full before the last frame")
	}
	o.push(pingFrame)
	if !o.full(pingFrame, 1<<30) {
		t.Errorf("not full with %d frames", len(o.frames))
	}
}

func TestOutboxTakeIsBounded(t *testing.T) {
	var o outbox
	for _, text := range []string{"12345", "1", "2", "345"} {
		o.push(textFrame(text)) // 3 bytes more each
	}
	for _, want := range []int{1, 2, 1, 0} { // 8, 4+4, 6
		if got := o.take(8); len(got) != want {
			t.Errorf("took %d frames, want %d", len(got), want)
		}
	}
	if o.bytes != 0 || o.frames != nil {
		t.Errorf("left %+v", o)
	}
}

// A random run of what a flusher, senders and a close do with an outbox,
// against the plain bytes that should come out.
func TestOutboxModel(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		var o outbox
		var want, got []byte
		var block [64]byte
		for i := range 300 {
			switch random.IntN(3) {
			case 0:
				f := textFrame(strings.Repeat(fmt.Sprint(i%10), random.IntN(100)))
				o.push(f)
				want = append(want, f.wire...)
			default:
				chunk := o.gather(block[:])
				n := random.IntN(len(chunk) + 1)
				got = append(got, chunk[:n]...)
				o.advance(n)
			}
			if int(o.bytes) != len(want)-len(got) {
				t.Fatalf("seed %d: %d bytes waiting, want %d", seed, o.bytes, len(want)-len(got))
			}
		}
		if !bytes.HasPrefix(want, got) {
			t.Fatalf("seed %d: other bytes came out", seed)
		}
	}
}

// After drop, a frame that was begun is completed, and nothing else follows.
func TestOutboxDrop(t *testing.T) {
	a, b, c := textFrame("aaaa"), textFrame("bbbb"), textFrame("cccc")
	var block [12]byte
	for _, test := range []struct {
		name    string
		prepare func(*outbox)
		want    []byte
	}{
		{"nothing begun", func(*outbox) {}, nil},
		{"one begun", func(o *outbox) { o.gather(block[:]); o.advance(3) }, a.wire[3:]},
		{"one written", func(o *outbox) { o.gather(block[:]); o.advance(7) }, nil},
		{"one being written", func(o *outbox) { o.gather(block[:]) }, a.wire},
		{"one begun, being written", func(o *outbox) { o.gather(block[:]); o.advance(5); o.gather(block[:]) },
			append(append([]byte(nil), a.wire[5:]...), b.wire...)},
	} {
		var o outbox
		for _, f := range []*Frame{a, b, c} {
			o.push(f)
		}
		test.prepare(&o)
		o.drop()
		if int(o.bytes) != len(test.want) {
			t.Errorf("%s: %d bytes waiting, want %d", test.name, o.bytes, len(test.want))
		}
		var got []byte
		for chunk := o.gather(block[:]); len(chunk) > 0; chunk = o.gather(block[:]) {
			got = append(got, chunk...)
			o.advance(len(chunk))
		}
		if !bytes.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
