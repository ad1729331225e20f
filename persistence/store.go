package persistence

import "math"

// Store keeps what belongs to keys. It is safe for concurrent use; commits run one at a time, reads beside each other.
//
// After Close every method returns [ErrClosed].
type Store interface {
	// Load returns what is stored of a key, or [ErrNotFound].
	Load(key string) (Stored, error)

	// Commit makes all changes or none, in the order given; a key may be in several. When it returns nil they are
	// as durable as the store can make them. A bad change is reported as a [*ChangeError] that says which and why;
	// nothing was written then. After [ErrFailed] the outcome is unknown. Without changes it writes nothing of
	// anybody's but goes to the disk all the same.
	Commit(changes ...Change) error

	// Messages returns a page of a key's messages, in ascending order, or [ErrNotFound]. A page ends
	// at the query's limit or when it would grow beyond [MessagesPageBytesMax], so a short page
	// doesn't mean the end: an empty one does.
	Messages(key string, q Query) ([]Message, error)

	// Keys calls fn with every key that begins with the prefix (all, if it is empty) and its summary (empty when none
	// was given), in the order of the keys' bytes, until fn returns an error, and returns that error as it is. Its cost
	// is that of what it lists, however much else is stored. It reads page by page and holds nothing while
	// fn runs: fn may take its time and use the store. Keys that come or go meanwhile may be seen or not.
	Keys(prefix string, fn func(key string, summary []byte) error) error

	// Any reports whether there is a key that begins with one of the prefixes. It is one look for all of them.
	Any(prefixes ...string) (bool, error)

	// KeysFrom returns the keys with the prefix from this one on, in the order of the keys' bytes, and their summaries: at
	// most limit, which is 1 to [KeysPageMax]; anything else means KeysPageMax. Less than that is the end of them. What it
	// returns is of one moment.
	KeysFrom(prefix, from string, limit int) ([]Listed, error)

	// Summaries returns the summaries of these keys in their order, at most [SummariesMax], as they were at one moment:
	// nil for a key that isn't stored, else not nil.
	Summaries(keys ...string) ([][]byte, error)

	// Generation is a random text that the store keeps for as long as nothing stored is lost. A store that was
	// restored from a backup has another: what its keys said after that backup is gone, and numbers that were given
	// then may be given again.
	Generation() string

	// Health returns nil while the store works, else why commits fail or wait: [ErrFailed], [ErrSlow] or [ErrClosed].
	// It never waits for the disk.
	Health() error

	// Close waits for what is under way and releases the store. Closing twice is no error.
	Close() error
}

// Stored is what a store has of a key, its messages apart.
type Stored struct {
	Owner          uint64   // of the last change
	Snapshot       []byte   // nil: none was ever written
	SnapshotNumber uint64   // number of the last record that the snapshot stands for
	Records        []Record // those from SnapshotNumber+1 on, without a gap
}

// Listed is a key as listings have it.
type Listed struct {
	Key     string
	Summary []byte // empty: none was ever given
}

// Record is one numbered step of a key's state, from 1.
type Record struct {
	Number uint64
	Data   []byte
}

// Message is one message of a key's history; its Seq is neither 0 nor [Newest].
type Message struct {
	Seq  uint64
	Data []byte
}

// Change is what a commit does to one key. The first change of a key begins it. The fields take effect in
// the order in which they stand here.
type Change struct {
	Key string // 1 to KeyBytesMax bytes, none of them 0x00

	// Owner is the ownership epoch of the writer. Lower than the stored one: [ErrStale]. Higher: it is stored, and
	// from then on the former owner is refused.
	Owner uint64

	// Delete removes all of the key, its owner included; the fields below must be empty then. Deleting what isn't
	// stored is no error.
	Delete bool

	// Records are appended. The first goes on from the last stored number, or the snapshot's if that is
	// higher; a gap or a repetition is [ErrOutOfOrder].
	Records []Record

	// Snapshot, if not nil, replaces the snapshot and drops the records up to SnapshotNumber. A number lower than
	// the stored snapshot's is [ErrOutOfOrder].
	Snapshot       []byte
	SnapshotNumber uint64

	// Messages are put by seq, in any order; one that is there is replaced. One below an earlier trim is dropped.
	Messages []Message

	// TrimMessagesBefore drops the messages with a lower seq, if not 0. It never reaches beyond the newest
	// message so far, so it can't drop what is yet to come.
	TrimMessagesBefore uint64

	// Summary, if not nil, replaces the key's entry in the listing.
	Summary []byte
}

// Newest as Query.Before is after every message: the last page.
const Newest = math.MaxUint64

// Query asks for the messages with After < seq < Before. Without Before those next to After are returned, with it
// those next to Before; in ascending order both ways.
type Query struct {
	After  uint64
	Before uint64 // 0: without
	Limit  int    // 1 to MessagesPageMax; anything else means MessagesPageMax
}

// bounds returns the lowest seq and the one after the highest that q can return of a key that keeps those
// from `from` on, and its limit. Low isn't below high only if nothing can be found.
func (q Query) bounds(from uint64) (low, high uint64, limit int) {
	low, high, limit = from, Newest, q.Limit
	if q.After >= from && q.After < Newest {
		low = q.After + 1
	}
	if q.After == Newest {
		low = Newest
	}
	if q.Before != 0 {
		high = q.Before
	}
	if limit < 1 || limit > MessagesPageMax {
		limit = MessagesPageMax
	}
	return low, high, limit
}

// backwards says whether the page ends at Before rather than begins at After.
func (q Query) backwards() bool { return q.Before != 0 }

// page gathers messages up to the limits of one.
type page struct {
	messages []Message
	limit    int
	bytes    int
}

// add puts a copy of a message on the page and says whether there may be room for more.
func (p *page) add(seq uint64, data []byte) bool {
	if len(p.messages) > 0 && p.bytes+len(data) > MessagesPageBytesMax {
		return false
	}
	p.messages = append(p.messages, Message{Seq: seq, Data: copyOf(data)})
	p.bytes += len(data)
	return len(p.messages) < p.limit
}

// copyOf returns a copy that is never nil.
func copyOf(data []byte) []byte { return append([]byte{}, data...) }
