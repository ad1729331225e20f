package bench

import (
	"strings"
	"testing"
)

// streams are what each member of a room gets, a word a delivery: "a0" is
// sender a's first message; "a0#7" the same with the server's seq.
func deliveries(t *testing.T, stream string) []delivery {
	t.Helper()
	var list []delivery
	for word := range strings.FieldsSeq(stream) {
		var d delivery
		name, seq, _ := strings.Cut(word, "#")
		d.sender = uint32(name[0] - 'a')
		number, _ := leadingNumber([]byte(name[1:]))
		d.number = uint32(number)
		d.seq, _ = leadingNumber([]byte(seq))
		list = append(list, d)
	}
	return list
}

func TestOrder(t *testing.T) {
	// Sender a sent three messages, sender b two.
	sent := []uint32{3, 2}
	good, goodSeqs := "a0 b0 a1 b1 a2", "a0#1 b0#2 a1#3 b1#4 a2#5"
	tests := []struct {
		name    string
		streams []string
		want    faults
	}{
		{"one order", []string{good, good, good}, faults{}},
		{"one order, numbered", []string{goodSeqs, goodSeqs, goodSeqs}, faults{}},
		{"seq with holes", []string{"a0#1 b0#3 a1#4 b1#8 a2#9"}, faults{}},

		{"missing at the begin", []string{"b0 a1 b1 a2", good}, faults{missing: 1}},
		{"missing in the middle", []string{"a0 b0 b1 a2", good}, faults{missing: 1}},
		{"missing at the end", []string{"a0 b0 a1", good}, faults{missing: 2}},
		{"nothing comes", []string{"", good}, faults{missing: 5}},
		{"missing for all", []string{"a0 b0 b1 a2", "a0 b0 b1 a2"}, faults{missing: 2}},
		{"missing, numbered", []string{"a0#1 b0#2 b1#4 a2#5", goodSeqs}, faults{missing: 1}},

		{"twice in a row", []string{"a0 a0 b0 a1 b1 a2", good}, faults{duplicated: 1}},
		{"twice, later", []string{"a0 b0 a1 b1 a2 a0 b0", good}, faults{duplicated: 2}},
		{"twice for all", []string{"a0 a0 b0 a1 b1 a2", "a0 a0 b0 a1 b1 a2"}, faults{duplicated: 2}},
		{"twice, numbered anew", []string{"a0#1 a0#2 b0#3 a1#4 b1#5 a2#6"}, faults{duplicated: 1}},

		{"one sender's swapped", []string{"a1 b0 a0 b1 a2", good}, faults{reordered: 1}},
		{"one sender's swapped for all", []string{"a1 b0 a0 b1 a2", "a1 b0 a0 b1 a2"}, faults{reordered: 2}},
		{"two senders' swapped", []string{"b0 a0 a1 b1 a2", good, good}, faults{reordered: 1}},
		{"two senders' swapped, numbered", []string{"b0#2 a0#1 a1#3 b1#4 a2#5", goodSeqs}, faults{reordered: 1}},
		{"two senders' swapped for all, numbered", []string{"b0#2 a0#1 a1#3 b1#4 a2#5", "b0#2 a0#1 a1#3 b1#4 a2#5"}, faults{reordered: 2}},
		{"same order, other numbers", []string{"a0#1 b0#2 a1#3 b1#4 a2#6", goodSeqs, goodSeqs}, faults{reordered: 1}},
		{"one seq for two", []string{"a0#1 b0#1 a1#2 b1#3 a2#4"}, faults{reordered: 1}},
		{"each its own order", []string{good, "b0 a0 a1 b1 a2", "a0 a1 b0 b1 a2"}, faults{reordered: 2}},

		{"all at one member", []string{"a0 a0 b1 b0 a1", good, good}, faults{missing: 1, duplicated: 1, reordered: 1}},
		{"late and twice", []string{"a1 a0 a0 b0 b1 a2"}, faults{reordered: 1, duplicated: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := newOrder(len(test.streams), len(sent), 3)
			for member, stream := range test.streams {
				for _, d := range deliveries(t, stream) {
					o.observe(member, d)
				}
			}
			if got := o.finish(sent, func(uint32, uint32) bool { return false }); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestOrderDoesNotMissRefusedMessages(t *testing.T) {
	o := newOrder(2, 1, 10)
	for member := range 2 {
		for _, d := range deliveries(t, "a0 a2") { // a1 in a gap, a3 at the end
			o.observe(member, d)
		}
	}
	refused := func(_, number uint32) bool { return number == 1 || number == 3 }
	if got := o.finish([]uint32{5}, refused); got != (faults{missing: 2}) { // a4, twice
		t.Errorf("got %+v, want 2 missing", got)
	}
}

// A label that nobody wrote must not make the checker reserve four billion
// gaps.
func TestOrderCountsUnknownLabels(t *testing.T) {
	o := newOrder(1, 2, 3)
	for _, d := range []delivery{
		{label: label{sender: 2}},
		{label: label{sender: 0, number: 3}},
		{label: label{sender: 1 << 31, number: 1<<32 - 1}},
	} {
		o.observe(0, d)
	}
	if o.unknown != 3 || len(o.gaps) != 0 {
		t.Errorf("unknown %d, gaps %d; want 3, 0", o.unknown, len(o.gaps))
	}
	if got := o.finish([]uint32{0, 0}, nil); got != (faults{}) {
		t.Errorf("got %+v, want no faults", got)
	}
}

func BenchmarkOrderObserve(b *testing.B) {
	const members, senders = 1000, 10
	o := newOrder(members, senders, 1<<31)
	b.ReportAllocs()
	for i := range b.N {
		message := i / members
		o.observe(i%members, delivery{
			label: label{sender: uint32(message % senders), number: uint32(message / senders)},
			seq:   uint64(message + 1),
		})
	}
	if o.duplicated+o.reordered+len(o.gaps) > 0 {
		b.Fatal("the stream has no faults")
	}
}
