package engineio

import (
	"bytes"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gobwas/ws"
)

// slowSource knows nothing of what is still to come.
type slowSource struct{ io.Reader }

func (slowSource) buffered() int { return 0 }

type received struct {
	op      ws.OpCode
	payload string
}

// readAll reads frames up to the first error.
func readAll(r io.Reader, messageBytesMax int) ([]received, error) {
	reader := frameReader{source: slowSource{r}, messageBytesMax: messageBytesMax, pace: new(pace)}
	var all []received
	for {
		op, payload, err := reader.next()
		if err != nil {
			return all, err
		}
		all = append(all, received{op, string(payload)})
	}
}

func clientFrame(op ws.OpCode, final bool, payload string) []byte {
	return ws.MustCompileFrame(ws.MaskFrameWith(ws.NewFrame(op, final, []byte(payload)), [4]byte{1, 2, 3, 4}))
}

func TestFrameReader(t *testing.T) {
	join := func(frames ...[]byte) []byte { return bytes.Join(frames, nil) }
	long := strings.Repeat("long ", 20000)
	unmasked := ws.MustCompileFrame(ws.NewTextFrame([]byte("4")))
	reserved := clientFrame(ws.OpText, true, "4")
	reserved[0] |= 0x40
	negative := []byte{0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}
	for _, c := range []struct {
		name  string
		bytes []byte
		want  []received
		err   error // nil: any *violation of reason
		why   Reason
	}{
		{"text", clientFrame(ws.OpText, true, "4hi"), []received{{ws.OpText, "4hi"}}, io.EOF, Reason{}},
		{"empty", clientFrame(ws.OpBinary, true, ""), []received{{ws.OpBinary, ""}}, io.EOF, Reason{}},
		{"long", clientFrame(ws.OpBinary, true, long), []received{{ws.OpBinary, long}}, io.EOF, Reason{}},
		{"fragments around a ping", join(clientFrame(ws.OpText, false, "4h\xc3"), clientFrame(ws.OpPing, true, "p"),
			clientFrame(ws.OpContinuation, false, ""), clientFrame(ws.OpContinuation, true, "\xa9")),
			[]received{{ws.OpPing, "p"}, {ws.OpText, "4hé"}}, io.EOF, Reason{}},
		{"empty first fragment", join(clientFrame(ws.OpText, false, ""), clientFrame(ws.OpContinuation, true, "4")),
			[]received{{ws.OpText, "4"}}, io.EOF, Reason{}},
		{"cut short", clientFrame(ws.OpText, true, "4hi")[:8], nil, io.ErrUnexpectedEOF, Reason{}},
		{"unmasked", unmasked, nil, nil, ReasonParseError},
		{"reserved bit", reserved, nil, nil, ReasonParseError},
		{"reserved opcode", clientFrame(3, true, ""), nil, nil, ReasonParseError},
		{"reserved control opcode", clientFrame(11, true, ""), nil, nil, ReasonParseError},
		{"long control frame", clientFrame(ws.OpPing, true, strings.Repeat("p", 126)), nil, nil, ReasonParseError},
		{"fragmented control frame", clientFrame(ws.OpPing, false, ""), nil, nil, ReasonParseError},
		{"continuation of nothing", clientFrame(ws.OpContinuation, true, ""), nil, nil, ReasonParseError},
		{"text within a message", join(clientFrame(ws.OpText, false, "4"), clientFrame(ws.OpText, true, "4")), nil, nil, ReasonParseError},
		{"negative length", negative, nil, nil, ReasonParseError},
		{"not UTF-8", clientFrame(ws.OpText, true, "4\xff"), nil, nil, ReasonInvalidUTF8},
		{"too long", clientFrame(ws.OpBinary, true, long+"x"), nil, nil, ReasonPayloadTooLarge},
		{"too long in parts", join(clientFrame(ws.OpText, false, long), clientFrame(ws.OpContinuation, true, "x")), nil, nil, ReasonPayloadTooLarge},
	} {
		for kind, r := range map[string]io.Reader{
			"whole":   bytes.NewReader(c.bytes),
			"trickle": iotest.OneByteReader(bytes.NewReader(c.bytes)),
		} {
			got, err := readAll(r, len(long))
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s, %s: read %.200q, want %.200q", c.name, kind, got, c.want)
			}
			if c.err != nil && err != c.err {
				t.Errorf("%s, %s: %v, want %v", c.name, kind, err, c.err)
			}
			if v, ok := err.(*violation); c.err == nil && (!ok || v.reason != c.why) {
				t.Errorf("%s, %s: %v, want %v", c.name, kind, err, c.why)
			}
		}
	}
}

func TestCloseBody(t *testing.T) {
	body := func(code int, text string) []byte { return ws.NewCloseFrameBody(ws.StatusCode(code), text) }
	for _, c := range []struct {
		body []byte
		want error
	}{
		{nil, nil},
		{body(1000, ""), nil},
		{body(1001, "bye"), nil},
		{body(3000, ""), nil},
		{body(4999, ""), nil},
		{[]byte{3}, errCloseBody},
		{body(0, ""), errCloseBody},
		{body(999, ""), errCloseBody},
		{body(1004, ""), errCloseBody},
		{body(1005, ""), errCloseBody},
		{body(1006, ""), errCloseBody},
		{body(1016, ""), errCloseBody},
		{body(5000, ""), errCloseBody},
		{body(1000, "\xff"), errUTF8},
	} {
		if got := checkCloseBody(c.body); got != c.want {
			t.Errorf("%q: %v, want %v", c.body, got, c.want)
		}
	}
}

// A payload that is announced and never sent costs next to nothing.
func TestAnnouncedPayloadCostsNothing(t *testing.T) {
	const announced, count = 1_000_000, 200
	header := []byte{0x82, 0xff, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40, 1, 2, 3, 4}
	stream := append(header, "only this"...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range count {
		if _, err := readAll(bytes.NewReader(stream), announced); err != io.ErrUnexpectedEOF {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / count; each > 4096 {
		t.Errorf("%d bytes for a payload that never came", each)
	}
}

// Many small fragments cost no more than their sum, in time either.
func TestFragmentsAreCheapToJoin(t *testing.T) {
	const count = 50_000
	stream := clientFrame(ws.OpBinary, false, "x")
	for range count {
		stream = append(stream, clientFrame(ws.OpContinuation, false, "x")...)
	}
	stream = append(stream, clientFrame(ws.OpContinuation, true, "x")...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := readAll(bytes.NewReader(stream), 1<<20)
	runtime.ReadMemStats(&after)
	if err != io.EOF || len(got) != 1 || len(got[0].payload) != count+2 {
		t.Fatalf("%d messages, %v", len(got), err)
	}
	if total := after.TotalAlloc - before.TotalAlloc; total > 20*count {
		t.Errorf("%d bytes allocated to join %d", total, count)
	}
}

// FuzzFrameReader: any bytes are read without panic and within the limit, it
// doesn't matter how they arrive, and what was read reads the same when it is
// written again.
func FuzzFrameReader(f *testing.F) {
	const bytesMax = 256
	f.Fuzz(func(t *testing.T, stream []byte) {
		got, err := readAll(bytes.NewReader(stream), bytesMax)
		trickled, trickleErr := readAll(iotest.OneByteReader(bytes.NewReader(stream)), bytesMax)
		if !reflect.DeepEqual(got, trickled) || err.Error() != trickleErr.Error() {
			t.Fatalf("read %q, %v; in trickles %q, %v", got, err, trickled, trickleErr)
		}
		var again []byte
		for _, r := range got {
			if len(r.payload) > bytesMax {
				t.Fatalf("%d bytes in one message", len(r.payload))
			}
			again = append(again, clientFrame(r.op, true, r.payload)...)
		}
		if reread, err := readAll(bytes.NewReader(again), bytesMax); !reflect.DeepEqual(reread, got) || err != io.EOF {
			t.Fatalf("%q became %q, %v", got, reread, err)
		}
	})
}
