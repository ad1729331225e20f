package actors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// The stored directory is each persistent room's summary, beside the room, and
// keys by which lists find those that are public: by their last activity, and by
// the words of their names. Both are written in the same commit, so a list that
// is read from the store is right whenever that is.

// storedSummary is a room's entry in the stored directory: a listing, or of a
// room that is gone when that was. Of one that was deleted before that was noted
// it is null.
type storedSummary struct {
	room.Listing
	DeletedAt time.Time `json:"deletedAt,omitzero"`
}

// tombstone returns the entry of a room that was deleted then.
func tombstone(at time.Time) []byte {
	return at.AppendFormat(nil, `{"deletedAt":"`+time.RFC3339Nano+`"}`)
}

// encodeSummary returns a room's entry in the stored directory.
func encodeSummary(r *room.Room) ([]byte, error) {
	l, exists := r.Listing()
	if !exists {
		return tombstone(r.RemovedAt()), nil
	}
	return json.Marshal(l)
}

// decodeSummary returns the listing of such an entry; its zero value: the room
// is gone, or was never there.
func decodeSummary(summary []byte) (room.Listing, error) {
	var s storedSummary
	if len(summary) == 0 {
		return s.Listing, nil
	}
	err := json.Unmarshal(summary, &s)
	return s.Listing, err
}

// isListing reports whether an entry is that of a room that is there, without
// decoding it.
func isListing(summary []byte) bool { return bytes.HasPrefix(summary, []byte(`{"id":`)) }

// storedListing returns how the stored directory shows a room; its zero value:
// not at all.
func storedListing(store persistence.Store, id string) (room.Listing, error) {
	listings, err := storedListings(store, id)
	if err != nil {
		return room.Listing{}, err
	}
	return listings[0], nil
}

// storedListings is storedListing for many.
func storedListings(store persistence.Store, ids ...string) ([]room.Listing, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = roomKey(id)
	}
	summaries, err := store.Summaries(keys...)
	if err != nil {
		return nil, err
	}
	listings := make([]room.Listing, len(ids))
	for i, s := range summaries {
		if listings[i], err = decodeSummary(s); err != nil {
			return nil, fmt.Errorf("actors: summary of room %q: %w", ids[i], err)
		}
	}
	return listings, nil
}

// entryChanges returns what has lists find a room as it is now, when they find it
// as it was; zero values: they don't.
func entryChanges(was, now room.Listing) []persistence.Change {
	had, has := was.ID != "" && was.Public(), now.ID != "" && now.Public()
	var changes []persistence.Change
	remove := func(key string) {
		changes = append(changes, persistence.Change{Key: key, Owner: ownerEpoch, Delete: true})
	}
	put := func(key, summary string) {
		changes = append(changes, persistence.Change{Key: key, Owner: ownerEpoch, Summary: []byte(summary)})
	}
	before, after := recentStoredKey(recentKeyOf(was)), recentStoredKey(recentKeyOf(now))
	if had && !(has && before == after) {
		remove(before)
	}
	if has && !(had && before == after) {
		put(after, "")
	}
	if had && has && was.Name == now.Name {
		return changes
	}
	var words []string
	if has {
		words = wordsOf(now.Name)
	}
	for _, w := range words {
		put(wordStoredKey(wordKey{w, now.ID}), strings.Join(words, " "))
	}
	if had {
		for _, w := range wordsOf(was.Name) {
			if _, stays := slices.BinarySearch(words, w); !stays {
				remove(wordStoredKey(wordKey{w, was.ID}))
			}
		}
	}
	return changes
}

// indexVersion says how the entries are made; stored, that they are there.
const indexVersion = "1"

// completeIndex gives a store its entries if it has none, or others: that of an
// earlier version, once. One that stops on the way begins anew.
func (n *Node) completeIndex() error {
	store := n.config.Store
	stored, err := store.Load(indexKey)
	if err == nil && string(stored.Snapshot) == indexVersion {
		return nil
	}
	if err != nil && !errors.Is(err, persistence.ErrNotFound) {
		return err
	}
	b := indexBuild{store: store}
	for _, prefix := range []string{recentPrefix, wordPrefix} {
		err := store.Keys(prefix, func(key string, _ []byte) error {
			return b.add(persistence.Change{Key: key, Owner: ownerEpoch, Delete: true})
		})
		if err != nil {
			return err
		}
	}
	rooms := 0
	err = store.Keys(roomPrefix, func(key string, summary []byte) error {
		l, err := decodeSummary(summary)
		if err != nil {
			return fmt.Errorf("actors: summary of room %q: %w", roomOf(key), err)
		}
		rooms++
		return b.add(entryChanges(room.Listing{}, l)...)
	})
	if err != nil {
		return err
	}
	if rooms > 0 {
		n.log.Info("lists of rooms were built", "rooms", rooms)
	}
	done := persistence.Change{Key: indexKey, Owner: ownerEpoch, Snapshot: []byte(indexVersion)}
	return store.Commit(append(b.changes, done)...)
}

// indexBuild gathers changes to commit.
type indexBuild struct {
	store   persistence.Store
	changes []persistence.Change
}

func (b *indexBuild) add(changes ...persistence.Change) error {
	b.changes = append(b.changes, changes...)
	if len(b.changes) < journalChangesMax {
		return nil
	}
	full := b.changes
	b.changes = nil
	return b.store.Commit(full...)
}
