package persistence

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"
)

// totals counts what lies in each bucket, in sight or not. Checksums tell a damaged entry, and bbolt's structure a lost
// page; of an entry that a page no longer lists only the count is left.
type totals struct {
	keys, snapshots, records, messages, leftovers uint64
}

// totalsBytes is the length of encoded totals: five big-endian numbers in the order of the fields.
const totalsBytes = 5 * 8

var totalsKey = []byte("totals")

func (t totals) encode() []byte {
	b := make([]byte, 0, totalsBytes)
	for _, n := range [...]uint64{t.keys, t.snapshots, t.records, t.messages, t.leftovers} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

func decodeTotals(b []byte) (totals, error) {
	if len(b) != totalsBytes {
		return totals{}, fmt.Errorf("totals of %d bytes: %w", len(b), ErrCorrupt)
	}
	n := func(i int) uint64 { return binary.BigEndian.Uint64(b[i*8:]) }
	return totals{keys: n(0), snapshots: n(1), records: n(2), messages: n(3), leftovers: n(4)}, nil
}

// readTotals returns the totals that a store has of itself.
func readTotals(tx *bbolt.Tx) (totals, error) {
	data, err := unseal(totalsKey, tx.Bucket(bucketMeta).Get(totalsKey))
	if err != nil {
		return totals{}, fmt.Errorf("totals: %w", err)
	}
	return decodeTotals(data)
}

func putTotals(tx *bbolt.Tx, t totals) error {
	return tx.Bucket(bucketMeta).Put(totalsKey, appendSealed(nil, totalsKey, t.encode()))
}

// countTotals counts what is there, which reads the whole store.
func countTotals(tx *bbolt.Tx) totals {
	count := func(name []byte) (n uint64) {
		c := tx.Bucket(name).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			n++
		}
		return n
	}
	return totals{keys: count(bucketKeys), snapshots: count(bucketSnapshots), records: count(bucketRecords),
		messages: count(bucketMessages), leftovers: count(bucketLeftovers)}
}

// difference says where two differ, of which one is what a store says and the other what it has.
func (t totals) difference(has totals) string {
	var b bytes.Buffer
	for _, c := range []struct {
		name      string
		says, has uint64
	}{
		{"keys", t.keys, has.keys}, {"snapshots", t.snapshots, has.snapshots}, {"records", t.records, has.records},
		{"messages", t.messages, has.messages}, {"leftovers", t.leftovers, has.leftovers},
	} {
		if c.says != c.has {
			fmt.Fprintf(&b, ", %d of %d %s", c.has, c.says, c.name)
		}
	}
	return string(bytes.TrimPrefix(b.Bytes(), []byte(", ")))
}
