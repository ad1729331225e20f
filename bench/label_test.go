package bench

import (
	"fmt"
	"math"
	"testing"
	"time"
)

var testTag = []byte("~TESTTAG~")

func TestAppendText(t *testing.T) {
	l := label{sender: 3, number: 41, due: 1500 * time.Millisecond}
	got := appendText([]byte("before"), testTag, l, 40)
	if want := "before~TESTTAG~3,41,1500000000;xxxxxxxxxxxxxxx"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTextBytesMinHoldsTheLongestLabel(t *testing.T) {
	l := label{sender: math.MaxUint32, number: math.MaxUint32, due: math.MaxInt64}
	got := appendText(nil, []byte("~ABCDEFGHIJKL~"), l, textBytesMin)
	if len(got) != textBytesMin {
		t.Errorf("the longest text of %d bytes has %d", textBytesMin, len(got))
	}
}

func TestParseDelivery(t *testing.T) {
	want := delivery{label: label{sender: 3, number: 41, due: 1500}, seq: 12}
	withoutSeq := want
	withoutSeq.seq = 0
	const text = "~TESTTAG~3,41,1500;xxx"
	tests := []struct {
		name   string
		packet string
		want   delivery
		ok     bool
	}{
		{"seq first", `2["newMessage",{"id":"m","seq":12,"roomId":"r","text":"` + text + `"}]`, want, true},
		{"seq last", `2["newMessage",{"text":"` + text + `","seq":12}]`, want, true},
		{"no seq", `2["newMessage",{"id":"m","text":"` + text + `"}]`, withoutSeq, true},
		{"more arguments", `2["newMessage",{"seq":12,"text":"` + text + `"},"offset"]`, want, true},
		{"another event", `2["gameUpdate",{"text":"` + text + `"}]`, delivery{}, false},
		{"another run", `2["newMessage",{"seq":12,"text":"~OTHERTAG~3,41,1500;"}]`, delivery{}, false},
		{"cut in the number", `2["newMessage",{"text":"~TESTTAG~3,41`, delivery{}, false},
		{"cut in the due time", `2["newMessage",{"text":"~TESTTAG~3,41,15"}]`, delivery{}, false},
		{"no sender", `2["newMessage",{"text":"~TESTTAG~,41,1500;"}]`, delivery{}, false},
		{"sender too large", `2["newMessage",{"text":"~TESTTAG~4294967296,41,1500;"}]`, delivery{}, false},
		{"number too long", `2["newMessage",{"text":"~TESTTAG~3,1111111111111111111,1500;"}]`, delivery{}, false},
		{"empty", ``, delivery{}, false},
	}
	for _, test := range tests {
		got, ok := parseDelivery([]byte(test.packet), testTag)
		if got != test.want || ok != test.ok {
			t.Errorf("%s: %+v %v, want %+v %v", test.name, got, ok, test.want, test.ok)
		}
	}
}

// What parses must parse the same when its label is written anew.
func FuzzParseDelivery(f *testing.F) {
	f.Fuzz(func(t *testing.T, packet []byte) {
		d, ok := parseDelivery(packet, testTag)
		if !ok {
			return
		}
		text := appendText(nil, testTag, d.label, 0)
		again := fmt.Appendf(nil, `2["newMessage",{"seq":%d,"text":"%s"}]`, d.seq, text)
		if got, ok := parseDelivery(again, testTag); !ok || got != d {
			t.Fatalf("%q: %+v, written anew %q: %+v %v", packet, d, again, got, ok)
		}
	})
}

func BenchmarkParseDelivery(b *testing.B) {
	text := appendText(nil, testTag, label{sender: 3, number: 41, due: 15 * time.Second}, 100)
	packet := fmt.Appendf(nil, `2["newMessage",{"id":"00000000000000000000000001","seq":12,"roomId":"bench-ABCDEFGHIJKL",`+
		`"sender":{"id":"bench-00001","username":"bench-00001"},"userId":"bench-00001","text":"%s","attachments":[],`+
		`"createdAt":"2026-01-02T15:04:05.000Z","timestamp":"2026-01-02T15:04:05.000Z"}]`, text)
	b.ReportAllocs()
	for b.Loop() {
		if d, ok := parseDelivery(packet, testTag); !ok || d.number != 41 {
			b.Fatal("not parsed")
		}
	}
}
