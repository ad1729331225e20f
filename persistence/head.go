package persistence

import (
	"encoding/binary"
	"fmt"
)

// head is what a store has to know of a key to judge a change and to find its entries.
type head struct {
	life           uint64 // what its entries are filed under; unused in memory
	owner          uint64
	snapshotNumber uint64 // records up to here are out of sight
	lastNumber     uint64 // of the last record, or the snapshot if that is higher
	messagesFrom   uint64 // messages below are out of sight
	newestSeq      uint64 // the highest seq ever put
	hasSnapshot    bool
}

// headBytes is the length of an encoded head: six big-endian numbers in the order of the fields, and a byte
// that is 1 if there is a snapshot, else 0.
const headBytes = 6*8 + 1

// after returns the head as c leaves it, or why c is refused. c isn't a deletion.
func (h head) after(c *Change) (head, error) {
	if err := h.admits(c.Owner); err != nil {
		return h, err
	}
	h.owner = c.Owner
	for i := range c.Records {
		if n := c.Records[i].Number; n != h.lastNumber+1 {
			return h, fmt.Errorf("record %d after %d: %w", n, h.lastNumber, ErrOutOfOrder)
		}
		h.lastNumber++
	}
	if c.Snapshot != nil {
		if c.SnapshotNumber < h.snapshotNumber {
			return h, fmt.Errorf("snapshot %d after %d: %w", c.SnapshotNumber, h.snapshotNumber, ErrOutOfOrder)
		}
		h.snapshotNumber, h.hasSnapshot = c.SnapshotNumber, true
		h.lastNumber = max(h.lastNumber, c.SnapshotNumber)
	}
	if kept := h.lastNumber - h.snapshotNumber; kept > RecordsKeptMax {
		return h, tooLarge("number of records after the snapshot", int(kept), RecordsKeptMax)
	}
	for i := range c.Messages {
		h.newestSeq = max(h.newestSeq, c.Messages[i].Seq)
	}
	h.messagesFrom = max(h.messagesFrom, min(c.TrimMessagesBefore, h.newestSeq+1))
	return h, nil
}

// admits says whether an owner may change the key.
func (h head) admits(owner uint64) error {
	if owner < h.owner {
		return fmt.Errorf("owner %d, stored %d: %w", owner, h.owner, ErrStale)
	}
	return nil
}

// appendTo appends the encoded head.
func (h head) appendTo(b []byte) []byte {
	for _, n := range [...]uint64{h.life, h.owner, h.snapshotNumber, h.lastNumber, h.messagesFrom, h.newestSeq} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	if h.hasSnapshot {
		return append(b, 1)
	}
	return append(b, 0)
}

// decodeHead returns the head that b begins with, and the rest: the summary.
func decodeHead(b []byte) (head, []byte, error) {
	if len(b) < headBytes {
		return head{}, nil, fmt.Errorf("head of %d bytes: %w", len(b), ErrCorrupt)
	}
	n := func(i int) uint64 { return binary.BigEndian.Uint64(b[i*8:]) }
	h := head{life: n(0), owner: n(1), snapshotNumber: n(2), lastNumber: n(3), messagesFrom: n(4), newestSeq: n(5)}
	if h.lastNumber < h.snapshotNumber {
		return head{}, nil, fmt.Errorf("head with records %d to %d: %w", h.snapshotNumber, h.lastNumber, ErrCorrupt)
	}
	flag := b[headBytes-1]
	if flag > 1 {
		return head{}, nil, fmt.Errorf("head with flag %d: %w", flag, ErrCorrupt)
	}
	h.hasSnapshot = flag == 1
	return h, b[headBytes:], nil
}
