package actors

import (
	"strings"

	"roomd/actors/room"
	"roomd/persistence"
)

// restingRead is what was read of the stored directory for one answer, and how far
// that goes. It belongs to the directory, and while something is read to that
// goroutine.
type restingRead struct {
	listings map[string]room.Listing // by id
	recent   reach[recentKey]
	words    reach[wordKey]  // those that the search finds
	seats    reach[seatsKey] // rooms at rest have none taken
	looked   map[string]bool // ids that were looked for alone
	allIDs   bool            // the index has every room
}

// reach is what was read of one order. The index has what is before that, so
// there is nothing else up to where it ends.
type reach[K any] struct {
	keys    []K
	to      K    // it ends before this one
	all     bool // it has no end
	scanned int  // entries
}

// fetch reads more for an answer, on a goroutine of its own.
type fetch func(persistence.Store) error

// giveUp has answers go on with what is known.
func (r *restingRead) giveUp() {
	r.recent.all, r.words.all, r.seats.all, r.allIDs = true, true, true, true
}

func (r *restingRead) add(l room.Listing) {
	if r.listings == nil {
		r.listings = map[string]room.Listing{}
	}
	r.listings[l.ID] = l
}

// moreRecent reads on by activity, and not before this stored key.
func (r *restingRead) moreRecent(after string, limit int) fetch {
	from := max(recentStoredKey(r.recent.to), after)
	return func(store persistence.Store) error {
		limit := min(limit+1+listingsExtra, persistence.KeysPageMax)
		page, err := store.KeysFrom(recentPrefix, from, limit)
		if err != nil {
			return err
		}
		var keys []recentKey
		for _, entry := range page {
			if k, ok := recentOf(entry.Key); ok {
				keys = append(keys, k)
				r.recent.to = recentKey{k.activity, k.id + "\x00"}
			}
		}
		r.recent.all = len(page) < limit
		r.recent.scanned += len(page)
		return addListed(store, r, &r.recent, keys, func(l room.Listing, k recentKey) bool {
			return l.Public() && recentStoredKey(recentKeyOf(l)) == recentStoredKey(k)
		})
	}
}

// moreWords reads on in a search, and not before the word of a cursor.
func (r *restingRead) moreWords(from wordKey, isCursor bool, prefix string, words []string, limit int) fetch {
	start := wordStoredKey(from)
	if isCursor {
		start += "\x00"
	}
	start = max(start, wordStoredKey(r.words.to))
	return func(store persistence.Store) error {
		var found []wordKey
		size := min(limit+1+listingsExtra, persistence.KeysPageMax) // most are found, or few are
		for !r.words.all && r.words.scanned < scannedMax && len(found) <= limit {
			page, err := store.KeysFrom(wordPrefix+prefix, start, size)
			if err != nil {
				return err
			}
			for _, entry := range page {
				k, own := wordOf(entry.Key), strings.Fields(string(entry.Summary))
				if firstWith(own, prefix) == k.word && matches(own, words) {
					found = append(found, k)
				}
				r.words.to, start = wordKey{k.word, k.id + "\x00"}, entry.Key+"\x00"
			}
			r.words.all = len(page) < size
			r.words.scanned += len(page)
			size = persistence.KeysPageMax
		}
		return addListed(store, r, &r.words, found, func(l room.Listing, k wordKey) bool {
			return l.Public() && firstWith(wordsOf(l.Name), prefix) == k.word
		})
	}
}

// moreSeats reads on among all rooms, by id, and not before that of a cursor.
func (r *restingRead) moreSeats(from seatsKey, searches bool, words []string, limit int) fetch {
	start := roomKey(r.seats.to.id)
	if from.count == 0 && from.id != "" {
		start = max(start, roomKey(from.id)+"\x00")
	}
	return func(store persistence.Store) error {
		for found := 0; !r.seats.all && r.seats.scanned < scannedMax && found <= limit; {
			page, err := store.KeysFrom(roomPrefix, start, persistence.KeysPageMax)
			if err != nil {
				return err
			}
			for _, entry := range page {
				start = entry.Key + "\x00"
				r.seats.to = seatsKey{0, roomOf(entry.Key) + "\x00"}
				if !isListing(entry.Summary) {
					continue
				}
				l, err := decodeSummary(entry.Summary)
				if err != nil {
					return err
				}
				if !searches || matches(wordsOf(l.Name), words) {
					r.seats.keys = append(r.seats.keys, seatsKey{0, l.ID})
					r.add(l)
					found++
				}
			}
			r.seats.all = len(page) < persistence.KeysPageMax
			r.seats.scanned += len(page)
		}
		return nil
	}
}

// look reads rooms by their ids.
func (r *restingRead) look(ids []string) fetch {
	return func(store persistence.Store) error {
		if r.looked == nil {
			r.looked = make(map[string]bool, len(ids))
		}
		ids = ids[:min(len(ids), persistence.SummariesMax)]
		listings, err := storedListings(store, ids...)
		if err != nil {
			return err
		}
		for i, l := range listings {
			r.looked[ids[i]] = true
			if l.ID != "" {
				r.add(l)
			}
		}
		return nil
	}
}

// addListed reads the rooms of these keys, which follow those that were read. One
// that has changed between the two reads is left out: the directory has been told
// that it is in memory.
func addListed[K ordered[K]](store persistence.Store, r *restingRead, to *reach[K], keys []K, isStill func(room.Listing, K) bool) error {
	for len(keys) > 0 {
		some := keys[:min(len(keys), persistence.SummariesMax)]
		keys = keys[len(some):]
		ids := make([]string, len(some))
		for i, k := range some {
			ids[i] = k.room()
		}
		listings, err := storedListings(store, ids...)
		if err != nil {
			return err
		}
		for i, l := range listings {
			if l.ID != "" && isStill(l, some[i]) {
				to.keys = append(to.keys, some[i])
				r.add(l)
			}
		}
	}
	return nil
}
