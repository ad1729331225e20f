package persistence

import (
	"fmt"
	"math"
	"strings"
)

// check refuses changes that no state of the store could take, before any is looked at closer.
func check(changes []Change) error {
	if n := len(changes); n > CommitChangesMax {
		return tooLarge("number of changes of a commit", n, CommitChangesMax)
	}
	entries, bytes := 0, 0
	for i := range changes {
		c := &changes[i]
		if err := c.check(); err != nil {
			return &ChangeError{Index: i, Key: c.Key, Err: err}
		}
		entries += len(c.Records) + len(c.Messages)
		bytes += c.dataBytes()
	}
	if entries > CommitEntriesMax {
		return tooLarge("number of records and messages of a commit", entries, CommitEntriesMax)
	}
	if bytes > CommitBytesMax {
		return tooLarge("data of a commit in bytes", bytes, CommitBytesMax)
	}
	return nil
}

func (c *Change) check() error {
	if err := checkKey(c.Key); err != nil {
		return err
	}
	if c.Delete && (c.Snapshot != nil || c.Summary != nil || c.TrimMessagesBefore != 0 || len(c.Records)+len(c.Messages) > 0) {
		return fmt.Errorf("deletes and writes: %w", ErrInvalid)
	}
	if n := len(c.Snapshot); n > SnapshotBytesMax {
		return tooLarge("snapshot in bytes", n, SnapshotBytesMax)
	}
	if c.SnapshotNumber == math.MaxUint64 { // no record could follow
		return fmt.Errorf("snapshot number %d: %w", c.SnapshotNumber, ErrInvalid)
	}
	if n := len(c.Summary); n > SummaryBytesMax {
		return tooLarge("summary in bytes", n, SummaryBytesMax)
	}
	for i := range c.Records {
		if n := len(c.Records[i].Data); n > RecordBytesMax {
			return tooLarge("record in bytes", n, RecordBytesMax)
		}
	}
	for i := range c.Messages {
		if n := len(c.Messages[i].Data); n > MessageBytesMax {
			return tooLarge("message in bytes", n, MessageBytesMax)
		}
		if seq := c.Messages[i].Seq; seq == 0 || seq == Newest { // they mean "before all" and "after all"
			return fmt.Errorf("message seq %d: %w", seq, ErrInvalid)
		}
	}
	return nil
}

// checkKey says whether this can be a key. 0x00 stays free for a later format or a tool that puts something after keys;
// the ids that keys are made of hold no control characters anyway.
func checkKey(key string) error {
	switch {
	case key == "":
		return fmt.Errorf("empty key: %w", ErrInvalid)
	case len(key) > KeyBytesMax:
		return tooLarge("key in bytes", len(key), KeyBytesMax)
	case strings.IndexByte(key, 0) >= 0:
		return fmt.Errorf("key contains 0x00: %w", ErrInvalid)
	}
	return nil
}

// dataBytes is the length of all that the change stores.
func (c *Change) dataBytes() int {
	n := len(c.Snapshot) + len(c.Summary)
	for i := range c.Records {
		n += len(c.Records[i].Data)
	}
	for i := range c.Messages {
		n += len(c.Messages[i].Data)
	}
	return n
}
