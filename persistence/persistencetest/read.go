package persistencetest

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"roomd/persistence"
)

// list returns all rooms with their summaries, and checks their order.
func list(t testing.TB, s persistence.Store) map[string]string {
	t.Helper()
	rooms, err := listRooms(s)
	if err != nil {
		t.Fatalf("Rooms: %v", err)
	}
	return rooms
}

func listRooms(s persistence.Store) (map[string]string, error) {
	rooms, last := map[string]string{}, ""
	err := s.Rooms(func(room string, summary []byte) error {
		if room <= last {
			return fmt.Errorf("%q after %q", room, last)
		}
		rooms[room], last = string(summary), room
		return nil
	})
	return rooms, err
}

func testEdit(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Room: "r", Messages: messagesUpTo(3)})
	edited := persistence.Message{Seq: 2, Data: []byte("edited")}
	commit(t, s, persistence.Change{Room: "r", Messages: []persistence.Message{{Seq: 2, Data: []byte("first")}, edited}})
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
	commit(t, s, persistence.Change{Room: "a", Messages: messagesUpTo(70)}, persistence.Change{Room: "r", Messages: ms},
		persistence.Change{Room: "s", Messages: messagesUpTo(70)})
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
	commit(t, s, persistence.Change{Room: "many", Messages: messagesUpTo(persistence.MessagesPageMax + 5)})
	for _, limit := range []int{-1, 0, persistence.MessagesPageMax, persistence.MessagesPageMax + 1, math.MaxInt} {
		if got := messages(t, s, "many", persistence.Query{Limit: limit}); len(got) != persistence.MessagesPageMax {
			t.Errorf("limit %d: %d messages, want %d", limit, len(got), persistence.MessagesPageMax)
		}
	}
	// Three of these go on a page by their bytes; four would be just one byte too long.
	size := persistence.MessagesPageBytesMax/4 + 1
	for seq := range uint64(5) {
		commit(t, s, persistence.Change{Room: "long", Messages: []persistence.Message{{Seq: seq + 1, Data: make([]byte, size)}}})
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
	commit(t, s, persistence.Change{Room: "r", Messages: messagesUpTo(3000)}, persistence.Change{Room: "s", Messages: messagesUpTo(3)})
	commit(t, s, persistence.Change{Room: "r", TrimMessagesBefore: 2999})
	commit(t, s, persistence.Change{Room: "r", TrimMessagesBefore: 10}) // never back
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
		commit(t, s, persistence.Change{Room: "r", Messages: []persistence.Message{{Seq: 1500, Data: []byte("late")}}})
	}
	if got := messages(t, s, "s", persistence.Query{}); len(got) != 3 {
		t.Errorf("another room has %d messages, want 3", len(got))
	}
}

func testTrimKeepsWhatIsToCome(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Room: "r", TrimMessagesBefore: math.MaxUint64}) // nothing there yet
	commit(t, s, persistence.Change{Room: "r", Messages: messagesUpTo(3), TrimMessagesBefore: math.MaxUint64})
	if got := messages(t, s, "r", persistence.Query{}); len(got) != 0 {
		t.Errorf("Messages: %v, want none", seqs(got))
	}
	commit(t, s, persistence.Change{Room: "r", Messages: []persistence.Message{{Seq: 4}}})
	if got := seqs(messages(t, s, "r", persistence.Query{})); !reflect.DeepEqual(got, []uint64{4}) {
		t.Errorf("Messages: %v, want 4", got)
	}
}

// testRooms lists more rooms than any page holds.
func testRooms(t *testing.T, s persistence.Store) {
	want := map[string]string{}
	var changes []persistence.Change
	for i := range 1100 {
		c := persistence.Change{Room: fmt.Sprintf("room %d", i)}
		if i%3 > 0 {
			c.Summary = fmt.Appendf(nil, "summary %d", i)
		}
		want[c.Room] = string(c.Summary)
		changes = append(changes, c)
	}
	commit(t, s, changes...)
	if got := list(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("%d rooms, want %d", len(got), len(want))
	}
	// A summary stays until it is replaced.
	commit(t, s, persistence.Change{Room: "room 1", Records: records(1, "a")},
		persistence.Change{Room: "room 2", Summary: []byte{}}, persistence.Change{Room: "room 3", Summary: []byte("now")})
	want["room 2"], want["room 3"] = "", "now"
	if got := list(t, s); !reflect.DeepEqual(got, want) {
		t.Error("summaries are not as last written")
	}
}

// testRoomsCallback: it may end the listing, and use the store.
func testRoomsCallback(t *testing.T, s persistence.Store) {
	var changes []persistence.Change
	for i := range 1000 {
		changes = append(changes, persistence.Change{Room: fmt.Sprintf("%04d", i)})
	}
	commit(t, s, changes...)
	stop, seen := errors.New("stop"), []string{}
	err := s.Rooms(func(room string, _ []byte) error {
		seen = append(seen, room)
		if len(seen) == 3 {
			return stop
		}
		return nil
	})
	if err != stop || !slices.Equal(seen, []string{"0000", "0001", "0002"}) {
		t.Errorf("Rooms: %v after %v", err, seen)
	}
	n := 0
	err = s.Rooms(func(room string, _ []byte) error { // every second one goes; it may be listed all the same
		n++
		if _, err := s.Load(room); err != nil && !errors.Is(err, persistence.ErrNotFound) {
			return err
		}
		return s.Commit(persistence.Change{Room: fmt.Sprintf("%04d", 2*n-1), Delete: true})
	})
	if err != nil || n < 500 || n > 1000 {
		t.Errorf("Rooms: %v after %d rooms", err, n)
	}
	if got := list(t, s); len(got) != 500 {
		t.Errorf("%d rooms are left, want 500", len(got))
	}
}
