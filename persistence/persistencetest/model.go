package persistencetest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"roomd/persistence"
)

// Model says what a store must hold, in the simplest way: whole copies, full scans, no limits of size.
type Model struct {
	keys map[string]modelKey
}

type modelKey struct {
	stored   persistence.Stored
	summary  string
	messages map[uint64]string
	trimmed  uint64 // messages below are gone for good
	newest   uint64 // the highest seq ever
}

// NewModel returns the model of an empty store.
func NewModel() *Model { return &Model{keys: map[string]modelKey{}} }

// Commit makes all changes or returns the error that a store must return.
func (m *Model) Commit(changes []persistence.Change) error {
	keys := maps.Clone(m.keys)
	for _, c := range changes {
		if c.Key == "" || strings.Contains(c.Key, "\x00") {
			return persistence.ErrInvalid
		}
	}
	for _, c := range changes {
		k := keys[c.Key]
		if c.Owner < k.stored.Owner {
			return persistence.ErrStale
		}
		if c.Delete {
			delete(keys, c.Key)
			continue
		}
		if err := k.change(c); err != nil {
			return err
		}
		keys[c.Key] = k
	}
	m.keys = keys
	return nil
}

// change makes one change; what k shares with an older copy it replaces.
func (k *modelKey) change(c persistence.Change) error {
	last := k.stored.SnapshotNumber + uint64(len(k.stored.Records))
	k.stored.Owner = c.Owner
	k.stored.Records = slices.Clone(k.stored.Records)
	for _, rec := range c.Records {
		if last++; rec.Number != last {
			return persistence.ErrOutOfOrder
		}
		k.stored.Records = append(k.stored.Records, persistence.Record{Number: last, Data: append([]byte{}, rec.Data...)})
	}
	if c.Snapshot != nil {
		if c.SnapshotNumber < k.stored.SnapshotNumber {
			return persistence.ErrOutOfOrder
		}
		k.stored.Snapshot, k.stored.SnapshotNumber = append([]byte{}, c.Snapshot...), c.SnapshotNumber
		for len(k.stored.Records) > 0 && k.stored.Records[0].Number <= c.SnapshotNumber {
			k.stored.Records = k.stored.Records[1:]
		}
	}
	if len(k.stored.Records) == 0 {
		k.stored.Records = nil
	}
	messages := map[uint64]string{}
	maps.Copy(messages, k.messages)
	for _, msg := range c.Messages {
		k.newest = max(k.newest, msg.Seq)
		messages[msg.Seq] = string(msg.Data)
	}
	k.trimmed = max(k.trimmed, min(c.TrimMessagesBefore, k.newest+1))
	maps.DeleteFunc(messages, func(seq uint64, _ string) bool { return seq < k.trimmed })
	k.messages = messages
	if c.Summary != nil {
		k.summary = string(c.Summary)
	}
	return nil
}

// page returns what a query must find.
func (k modelKey) page(q persistence.Query) []persistence.Message {
	var all []persistence.Message
	for _, seq := range slices.Sorted(maps.Keys(k.messages)) {
		if seq > q.After && (q.Before == 0 || seq < q.Before) {
			all = append(all, persistence.Message{Seq: seq, Data: []byte(k.messages[seq])})
		}
	}
	n := min(len(all), q.Limit)
	if q.Before != 0 {
		return all[len(all)-n:]
	}
	return all[:n]
}

// Clone returns a copy that keeps what the model says now.
func (m *Model) Clone() *Model { return &Model{keys: maps.Clone(m.keys)} }

// Compare fails a test if the store holds anything but what the model says.
func (m *Model) Compare(t testing.TB, s persistence.Store, rng *rand.Rand) {
	t.Helper()
	if err := m.Diff(s, rng); err != nil {
		t.Fatal(err)
	}
}

// Diff returns how the store differs from what the model says, or what it failed with. All of it is
// compared; which parts are asked for beside is random.
func (m *Model) Diff(s persistence.Store, rng *rand.Rand) error {
	for _, prefix := range []string{"", randomPrefix(rng)} {
		want := m.list(prefix)
		got, err := listKeys(s, prefix)
		if err != nil {
			return fmt.Errorf("keys: %w", err)
		}
		if !maps.Equal(got, want) {
			return fmt.Errorf("keys with prefix %q are %q, want %q", prefix, got, want)
		}
	}
	for _, key := range someKeys {
		if _, ok := m.keys[key]; ok {
			continue
		}
		if got, err := s.Load(key); !errors.Is(err, persistence.ErrNotFound) {
			return fmt.Errorf("key %q isn't there, but load says %s, %v", key, describe(got), err)
		}
	}
	for key, k := range m.keys {
		if err := k.diff(s, key, rng); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
	}
	return nil
}

// list returns the keys with a prefix and their summaries.
func (m *Model) list(prefix string) map[string]string {
	keys := map[string]string{}
	for key, k := range m.keys {
		if strings.HasPrefix(key, prefix) {
			keys[key] = k.summary
		}
	}
	return keys
}

// diff returns how a store's key differs.
func (k modelKey) diff(s persistence.Store, key string, rng *rand.Rand) error {
	got, err := s.Load(key)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if !reflect.DeepEqual(got, k.stored) {
		return fmt.Errorf("stored %s, want %s", describe(got), describe(k.stored))
	}
	for _, q := range []persistence.Query{
		{Limit: 1000}, {Before: persistence.Newest, Limit: 1000}, {Before: persistence.Newest, Limit: 3},
		{After: k.randomSeq(rng), Limit: 1 + rng.IntN(9)}, {Before: 1 + k.randomSeq(rng), Limit: 1 + rng.IntN(9)},
		{After: k.randomSeq(rng), Before: 1 + k.randomSeq(rng), Limit: 1 + rng.IntN(9)},
	} {
		got, err := s.Messages(key, q)
		if err != nil {
			return fmt.Errorf("messages: %w", err)
		}
		if want := k.page(q); !slices.EqualFunc(got, want, sameMessage) {
			return fmt.Errorf("messages %+v are %v, want %v", q, seqs(got), seqs(want))
		}
	}
	return nil
}

func sameMessage(a, b persistence.Message) bool { return a.Seq == b.Seq && bytes.Equal(a.Data, b.Data) }

// randomSeq is a seq that the key may have, or one a little beyond.
func (k modelKey) randomSeq(rng *rand.Rand) uint64 { return rng.Uint64N(k.newest + 3) }

func describe(s persistence.Stored) string {
	return fmt.Sprintf("{owner %d, snapshot %d of %d bytes, %d records}", s.Owner, s.SnapshotNumber, len(s.Snapshot), len(s.Records))
}

// Contains returns an error if the store fails, or holds anything that the model doesn't say. Keys and messages may
// be missing, records may not.
func (m *Model) Contains(s persistence.Store) error {
	keys, err := listKeys(s, "")
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	for key, summary := range keys {
		k, ok := m.keys[key]
		if !ok || summary != k.summary {
			return fmt.Errorf("key %q with summary %q was never written", key, summary)
		}
		got, err := s.Load(key)
		if err != nil {
			return fmt.Errorf("load: %w", err)
		}
		if !reflect.DeepEqual(got, k.stored) {
			return fmt.Errorf("stored %s, want %s", describe(got), describe(k.stored))
		}
		page, err := s.Messages(key, persistence.Query{})
		if err != nil {
			return fmt.Errorf("messages: %w", err)
		}
		for _, msg := range page {
			if data, ok := k.messages[msg.Seq]; !ok || data != string(msg.Data) {
				return fmt.Errorf("message %d of %q was never written", msg.Seq, key)
			}
		}
	}
	return nil
}
