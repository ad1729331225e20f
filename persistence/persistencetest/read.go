package persistencetest

import (
	"math"
	"reflect"
	"testing"

	"roomd/persistence"
)

func testEdit(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "r", Messages: messagesUpTo(3)})
	edited := persistence.Message{Seq: 2, Data: []byte("edited")}
	commit(t, s, persistence.Change{Key: "r", Messages: []persistence.Message{{Seq: 2, Data: []byte("first")}, edited}})
	want := messagesUpTo(3)
	want[1] = edited
	if got := messages(t, s, "r", persistence.Query{}); !reflect.DeepEqual(got, want) {
		t.Errorf("Messages: %+v, want %+v", got, want)
	}
}

func testPaging(t *testing.T, s persistence.Store) {
	var ms []persistence.Message
	for seq := uint64(60); seq >= 10; seq -= 10 { // gaps, and not in order
		ms = append(ms, persistence.Message{Seq: seq})
	}
	commit(t, s, persistence.Change{Key: "a", Messages: messagesUpTo(70)}, persistence.Change{Key: "r", Messages: ms},
		persistence.Change{Key: "s", Messages: messagesUpTo(70)})
	const newest = persistence.Newest
	for _, c := range []struct {
		q    persistence.Query
		want []uint64
	}{
		{persistence.Query{}, []uint64{10, 20, 30, 40, 50, 60}},
		{persistence.Query{Limit: 2}, []uint64{10, 20}},
		{persistence.Query{After: 10, Limit: 2}, []uint64{20, 30}},
		{persistence.Query{After: 9, Limit: 2}, []uint64{10, 20}},
		{persistence.Query{After: 59, Limit: 2}, []uint64{60}},
		{persistence.Query{After: 60}, []uint64{}},
		{persistence.Query{After: 1000}, []uint64{}},
		{persistence.Query{After: newest}, []uint64{}},
		{persistence.Query{Before: newest}, []uint64{10, 20, 30, 40, 50, 60}},
		{persistence.Query{Before: newest, Limit: 2}, []uint64{50, 60}},
		{persistence.Query{Before: 60, Limit: 2}, []uint64{40, 50}},
		{persistence.Query{Before: 61, Limit: 2}, []uint64{50, 60}},
		{persistence.Query{Before: 30, Limit: 9}, []uint64{10, 20}},
		{persistence.Query{Before: 10}, []uint64{}},
		{persistence.Query{Before: 1}, []uint64{}},
		{persistence.Query{After: 20, Before: 60}, []uint64{30, 40, 50}},
		{persistence.Query{After: 20, Before: 60, Limit: 2}, []uint64{40, 50}},
		{persistence.Query{After: 20, Before: 30}, []uint64{}},
		{persistence.Query{After: 20, Before: 20}, []uint64{}},
		{persistence.Query{After: 40, Before: 20}, []uint64{}},
		{persistence.Query{After: newest, Before: newest}, []uint64{}},
	} {
		if got := seqs(messages(t, s, "r", c.q)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.q, got, c.want)
		}
	}
}

func testPageLimits(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "many", Messages: messagesUpTo(persistence.MessagesPageMax + 5)})
	for _, limit := range []int{-1, 0, persistence.MessagesPageMax, persistence.MessagesPageMax + 1, math.MaxInt} {
		if got := messages(t, s, "many", persistence.Query{Limit: limit}); len(got) != persistence.MessagesPageMax {
			t.Errorf("limit %d: %d messages, want %d", limit, len(got), persistence.MessagesPageMax)
		}
	}
	// Three of these go on a page by their bytes; four would be just one byte too long.
	size := persistence.MessagesPageBytesMax/4 + 1
	for seq := range uint64(5) {
		commit(t, s, persistence.Change{Key: "long", Messages: []persistence.Message{{Seq: seq + 1, Data: make([]byte, size)}}})
	}
	if got := seqs(messages(t, s, "long", persistence.Query{})); !reflect.DeepEqual(got, []uint64{1, 2, 3}) {
		t.Errorf("forwards: %v", got)
	}
	if got := seqs(messages(t, s, "long", persistence.Query{Before: persistence.Newest})); !reflect.DeepEqual(got, []uint64{3, 4, 5}) {
		t.Errorf("backwards: %v", got)
	}
	if got := seqs(messages(t, s, "long", persistence.Query{After: 3})); !reflect.DeepEqual(got, []uint64{4, 5}) {
		t.Errorf("the rest: %v", got)
	}
}

// testTrim: what is trimmed is out of sight at once, however the store removes it, and stays so.
func testTrim(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "r", Messages: messagesUpTo(3000)}, persistence.Change{Key: "s", Messages: messagesUpTo(3)})
	commit(t, s, persistence.Change{Key: "r", TrimMessagesBefore: 2999})
	commit(t, s, persistence.Change{Key: "r", TrimMessagesBefore: 10}) // never back
	for range 12 {
		for _, q := range []persistence.Query{{}, {After: 5}, {Before: persistence.Newest}} {
			if got := seqs(messages(t, s, "r", q)); !reflect.DeepEqual(got, []uint64{2999, 3000}) {
				t.Fatalf("%+v: %v", q, got)
			}
		}
		if got := messages(t, s, "r", persistence.Query{Before: 2999}); len(got) != 0 {
			t.Fatalf("before the first: %v", got)
		}
		// An edit that comes too late doesn't bring a message back.
		commit(t, s, persistence.Change{Key: "r", Messages: []persistence.Message{{Seq: 1500, Data: []byte("late")}}})
	}
	if got := messages(t, s, "s", persistence.Query{}); len(got) != 3 {
		t.Errorf("another key has %d messages, want 3", len(got))
	}
}

func testTrimKeepsWhatIsToCome(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "r", TrimMessagesBefore: math.MaxUint64}) // nothing there yet
	commit(t, s, persistence.Change{Key: "r", Messages: messagesUpTo(3), TrimMessagesBefore: math.MaxUint64})
	if got := messages(t, s, "r", persistence.Query{}); len(got) != 0 {
		t.Errorf("Messages: %v, want none", seqs(got))
	}
	commit(t, s, persistence.Change{Key: "r", Messages: []persistence.Message{{Seq: 4}}})
	if got := seqs(messages(t, s, "r", persistence.Query{})); !reflect.DeepEqual(got, []uint64{4}) {
		t.Errorf("Messages: %v, want 4", got)
	}
}
