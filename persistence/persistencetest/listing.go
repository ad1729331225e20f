package persistencetest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"roomd/persistence"
)

// list returns all keys with their summaries, and checks their order.
func list(t testing.TB, s persistence.Store) map[string]string {
	t.Helper()
	keys, err := listKeys(s, "")
	if err != nil {
		t.Fatalf("Keys: %v", err)
	}
	return keys
}

// listKeys returns the keys with a prefix and their summaries, and an error if they come in another order than that of
// their bytes.
func listKeys(s persistence.Store, prefix string) (map[string]string, error) {
	keys, last := map[string]string{}, ""
	err := s.Keys(prefix, func(key string, summary []byte) error {
		if key <= last {
			return fmt.Errorf("%q after %q", key, last)
		}
		keys[key], last = string(summary), key
		return nil
	})
	return keys, err
}

// testKeys lists more keys than any page holds.
func testKeys(t *testing.T, s persistence.Store) {
	want := map[string]string{}
	var changes []persistence.Change
	for i := range 1100 {
		c := persistence.Change{Key: fmt.Sprintf("key %d", i)}
		if i%3 > 0 {
			c.Summary = fmt.Appendf(nil, "summary %d", i)
		}
		want[c.Key] = string(c.Summary)
		changes = append(changes, c)
	}
	commit(t, s, changes...)
	if got := list(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("%d keys, want %d", len(got), len(want))
	}
	// A summary stays until it is replaced.
	commit(t, s, persistence.Change{Key: "key 1", Records: records(1, "a")},
		persistence.Change{Key: "key 2", Summary: []byte{}}, persistence.Change{Key: "key 3", Summary: []byte("now")})
	want["key 2"], want["key 3"] = "", "now"
	if got := list(t, s); !reflect.DeepEqual(got, want) {
		t.Error("summaries are not as last written")
	}
}

// testKeysCallback: it may end the listing, and use the store.
func testKeysCallback(t *testing.T, s persistence.Store) {
	var changes []persistence.Change
	for i := range 1000 {
		changes = append(changes, persistence.Change{Key: fmt.Sprintf("%04d", i)})
	}
	commit(t, s, changes...)
	stop, seen := errors.New("stop"), []string{}
	err := s.Keys("", func(key string, _ []byte) error {
		seen = append(seen, key)
		if len(seen) == 3 {
			return stop
		}
		return nil
	})
	if err != stop || !slices.Equal(seen, []string{"0000", "0001", "0002"}) {
		t.Errorf("Keys: %v after %v", err, seen)
	}
	n := 0
	err = s.Keys("", func(key string, _ []byte) error { // every second one goes; it may be listed all the same
		n++
		if _, err := s.Load(key); err != nil && !errors.Is(err, persistence.ErrNotFound) {
			return err
		}
		return s.Commit(persistence.Change{Key: fmt.Sprintf("%04d", 2*n-1), Delete: true})
	})
	if err != nil || n < 500 || n > 1000 {
		t.Errorf("Keys: %v after %d keys", err, n)
	}
	if got := list(t, s); len(got) != 500 {
		t.Errorf("%d keys are left, want 500", len(got))
	}
}

// testKeysPrefix lists kinds of keys out of many others, more of one kind than any page holds.
func testKeysPrefix(t *testing.T, s persistence.Store) {
	all := []string{"a", "a/", "a/\xff", "a/\xff\xff", "a/\xffz", "a0", "b", "b/x", "\xff", "\xff\xff", "\xff\xffa"}
	for i := range 600 {
		all = append(all, fmt.Sprintf("m/%d", i), fmt.Sprintf("r/%d", i), fmt.Sprintf("u/%d", i))
	}
	var changes []persistence.Change
	for _, key := range all {
		changes = append(changes, persistence.Change{Key: key, Summary: []byte("of " + key)})
	}
	commit(t, s, changes...)
	for _, prefix := range []string{
		"",
		"m/", "r/", "u/", // before, between and after others
		"a", "a/", "b/x", // keys themselves
		"a/\xff", "a/\xff\xff", "\xff", "\xff\xff", // no byte is higher than their last
		"r/1", "r/59", "u/599",
		"A", "a.", "c", "r/600", "v", "\xff\xff\xff", strings.Repeat("r", 100_000), // nobody's
	} {
		want := map[string]string{}
		for _, key := range all {
			if strings.HasPrefix(key, prefix) {
				want[key] = "of " + key
			}
		}
		if got, err := listKeys(s, prefix); err != nil || !maps.Equal(got, want) {
			t.Errorf("%.9q: %d keys, %v, want %d", prefix, len(got), err, len(want))
		}
		for _, prefixes := range [][]string{{prefix}, {prefix, "nobody's"}, {"nobody's", "\xff\xff\xff", prefix}} {
			if found, err := s.Any(prefixes...); err != nil || found != (len(want) > 0) {
				t.Errorf("Any(%.40q): %t, %v with %d keys", prefixes, found, err, len(want))
			}
		}
	}
}

// testKeysPages: as many keys of a prefix as a page may hold, and one less and one more, with others behind them.
func testKeysPages(t *testing.T, s persistence.Store) {
	if found, err := s.Any(""); err != nil || found {
		t.Errorf("Any of an empty store: %t, %v", found, err)
	}
	commit(t, s, persistence.Change{Key: "a"}, persistence.Change{Key: "c"})
	if found, err := s.Any(); err != nil || found {
		t.Errorf("Any of nothing: %t, %v", found, err)
	}
	n := 0
	for _, upTo := range []int{255, 256, 257, 511, 512, 513} {
		for ; n < upTo; n++ {
			commit(t, s, persistence.Change{Key: fmt.Sprintf("b%d", n)})
		}
		if got, err := listKeys(s, "b"); err != nil || len(got) != upTo {
			t.Errorf("%d keys, %v, want %d", len(got), err, upTo)
		}
	}
}

// testKeysFrom: a page begins at a key, there or not, and never outside of the prefix.
func testKeysFrom(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "a"}, persistence.Change{Key: "c"})
	for i := range persistence.KeysPageMax + 10 {
		commit(t, s, persistence.Change{Key: fmt.Sprintf("b%03d", i), Summary: fmt.Append(nil, i)})
	}
	for _, c := range []struct {
		from              string
		limit, first, all int
	}{
		{"", 3, 0, 3}, {"b", 1, 0, 1}, {"b004", 2, 4, 2}, {"b004\x00", 2, 5, 2}, {"b264", 5, 264, 2}, {"b266", 5, 0, 0}, {"c", 1, 0, 0},
		{"", 0, 0, persistence.KeysPageMax}, {"", persistence.KeysPageMax + 1, 0, persistence.KeysPageMax},
	} {
		got, err := s.KeysFrom("b", c.from, c.limit)
		if err != nil || len(got) != c.all {
			t.Fatalf("from %q, at most %d: %d keys, %v", c.from, c.limit, len(got), err)
		}
		for i, k := range got {
			if n := c.first + i; k.Key != fmt.Sprintf("b%03d", n) || string(k.Summary) != fmt.Sprint(n) {
				t.Errorf("from %q, at most %d: key %d is %+v", c.from, c.limit, i, k)
			}
		}
	}
}

// testSummaries: they come in the order of the keys, and what isn't stored is told from what is empty.
func testSummaries(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "a", Summary: []byte("of a")}, persistence.Change{Key: "b"}, persistence.Change{Key: "c", Summary: []byte("of c")})
	got, err := s.Summaries("c", "gone", "b", "", "a", "c")
	want := [][]byte{[]byte("of c"), nil, {}, nil, []byte("of a"), []byte("of c")}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := s.Summaries(); err != nil || len(got) != 0 {
		t.Errorf("of none: %q, %v", got, err)
	}
	many := slices.Repeat([]string{"a"}, persistence.SummariesMax+1)
	if got, err := s.Summaries(many[1:]...); err != nil || len(got) != persistence.SummariesMax {
		t.Errorf("%d, %v", len(got), err)
	}
	if _, err := s.Summaries(many...); !errors.Is(err, persistence.ErrTooLarge) {
		t.Errorf("more than the limit: %v", err)
	}
}

// testSummaryAlone: a key may have a summary and nothing else.
func testSummaryAlone(t *testing.T, s persistence.Store) {
	commit(t, s, persistence.Change{Key: "k", Owner: 2, Summary: []byte("first")})
	commit(t, s, persistence.Change{Key: "k", Owner: 2, Summary: []byte("second")})
	refuse(t, s, persistence.ErrStale, persistence.Change{Key: "k", Owner: 1, Summary: []byte("late")})
	if got := list(t, s); !maps.Equal(got, map[string]string{"k": "second"}) {
		t.Errorf("Keys: %v", got)
	}
	if got := load(t, s, "k"); !reflect.DeepEqual(got, persistence.Stored{Owner: 2}) {
		t.Errorf("Load: %+v, want nothing but the owner", got)
	}
	if got := messages(t, s, "k", persistence.Query{}); len(got) != 0 {
		t.Errorf("Messages: %v, want none", seqs(got))
	}
	commit(t, s, persistence.Change{Key: "k", Owner: 2, Delete: true})
	if _, err := s.Load("k"); !errors.Is(err, persistence.ErrNotFound) {
		t.Errorf("Load: %v, want ErrNotFound", err)
	}
	if got := list(t, s); len(got) != 0 {
		t.Errorf("Keys: %v, want none", got)
	}
}
