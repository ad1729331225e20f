package actors

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// awkwardIDs look like keys and like each other; the last is as long as ids
// get.
var awkwardIDs = []string{"a", "ab", "a/b", "r/a", "u/a", "m/a", "ä", " ", strings.Repeat("x", room.IDBytesMax)}

func TestKeys(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{roomKey("lobby"), "r/lobby"},
		{userKey("ann"), "u/ann"},
		{memberPrefix("ann"), "m/ann\x01"},
		{memberKey("ann", "lobby"), "m/ann\x01lobby"},
		{wordStoredKey(wordKey{"tea", "lobby"}), "w/tea\x01lobby"},
		{recentStoredKey(recentKey{time.UnixMilli(255), "lobby"}), "d/7fffffffffffff00lobby"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
	all := map[string]bool{}
	add := func(key string) {
		if all[key] || len(key) > persistence.KeyBytesMax {
			t.Errorf("%q is there twice, or %d bytes long", key, len(key))
		}
		all[key] = true
	}
	for _, id := range awkwardIDs {
		add(roomKey(id))
		add(userKey(id))
		if r, u := roomOf(roomKey(id)), userOf(userKey(id)); r != id || u != id {
			t.Errorf("%q comes back as %q and %q", id, r, u)
		}
		for _, ms := range []int64{math.MinInt64 / 2, -1, 0, 1, 1 << 40} {
			k := recentKey{time.UnixMilli(ms).UTC(), id}
			if back, ok := recentOf(recentStoredKey(k)); !ok || back != k {
				t.Errorf("%v comes back as %v", k, back)
			}
			add(recentStoredKey(k))
		}
		for _, word := range []string{"a", "tea", strings.Repeat("\U0001D7D8", 100)} { // the longest
			k := wordKey{word, id}
			if back := wordOf(wordStoredKey(k)); back != k {
				t.Errorf("%v comes back as %v", k, back)
			}
			add(wordStoredKey(k))
		}
		for _, other := range awkwardIDs {
			add(memberKey(id, other))
			if u, r := memberOf(memberKey(id, other)); u != id || r != other {
				t.Errorf("%q in %q comes back as %q in %q", id, other, u, r)
			}
		}
	}
}

// TestKeysList wants each prefix to list what belongs to it, and no more.
func TestKeysList(t *testing.T) {
	store := persistence.NewMemory()
	var changes []persistence.Change
	for _, id := range awkwardIDs {
		changes = append(changes, persistence.Change{Key: roomKey(id)}, persistence.Change{Key: userKey(id)})
		for _, other := range awkwardIDs {
			changes = append(changes, persistence.Change{Key: memberKey(id, other)})
		}
	}
	if err := store.Commit(changes...); err != nil {
		t.Fatal(err)
	}
	sorted := slices.Sorted(slices.Values(awkwardIDs))
	wantListed(t, store, roomPrefix, roomOf, sorted)
	wantListed(t, store, userPrefix, userOf, sorted)
	for _, id := range awkwardIDs {
		wantListed(t, store, memberPrefix(id), func(key string) string {
			_, roomID := memberOf(key)
			return roomID
		}, sorted)
	}
}

func wantListed(t *testing.T, store persistence.Store, prefix string, id func(key string) string, want []string) {
	t.Helper()
	var got []string
	err := store.Keys(prefix, func(key string, _ []byte) error {
		got = append(got, id(key))
		return nil
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q lists %q, %v, want %q", prefix, got, err, want)
	}
}
