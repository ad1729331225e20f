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
	rooms map[string]modelRoom
}

type modelRoom struct {
	stored   persistence.Stored
	summary  string
	messages map[uint64]string
	trimmed  uint64 // messages below are gone for good
	newest   uint64 // the highest seq ever
}

// NewModel returns the model of an empty store.
func NewModel() *Model { return &Model{rooms: map[string]modelRoom{}} }

// Commit makes all changes or returns the error that a store must return.
func (m *Model) Commit(changes []persistence.Change) error {
	rooms := maps.Clone(m.rooms)
	for _, c := range changes {
		if c.Room == "" || strings.Contains(c.Room, "\x00") {
			return persistence.ErrInvalid
		}
	}
	for _, c := range changes {
		r := rooms[c.Room]
		if c.Owner < r.stored.Owner {
			return persistence.ErrStale
		}
		if c.Delete {
			delete(rooms, c.Room)
			continue
		}
		if err := r.change(c); err != nil {
			return err
		}
		rooms[c.Room] = r
	}
	m.rooms = rooms
	return nil
}

// change makes one change; what r shares with an older copy it replaces.
func (r *modelRoom) change(c persistence.Change) error {
	last := r.stored.SnapshotNumber + uint64(len(r.stored.Records))
	r.stored.Owner = c.Owner
	r.stored.Records = slices.Clone(r.stored.Records)
	for _, rec := range c.Records {
		if last++; rec.Number != last {
			return persistence.ErrOutOfOrder
		}
		r.stored.Records = append(r.stored.Records, persistence.Record{Number: last, Data: append([]byte{}, rec.Data...)})
	}
	if c.Snapshot != nil {
		if c.SnapshotNumber < r.stored.SnapshotNumber {
			return persistence.ErrOutOfOrder
		}
		r.stored.Snapshot, r.stored.SnapshotNumber = append([]byte{}, c.Snapshot...), c.SnapshotNumber
		for len(r.stored.Records) > 0 && r.stored.Records[0].Number <= c.SnapshotNumber {
			r.stored.Records = r.stored.Records[1:]
		}
	}
	if len(r.stored.Records) == 0 {
		r.stored.Records = nil
	}
	messages := map[uint64]string{}
	maps.Copy(messages, r.messages)
	for _, msg := range c.Messages {
		r.newest = max(r.newest, msg.Seq)
		messages[msg.Seq] = string(msg.Data)
	}
	r.trimmed = max(r.trimmed, min(c.TrimMessagesBefore, r.newest+1))
	maps.DeleteFunc(messages, func(seq uint64, _ string) bool { return seq < r.trimmed })
	r.messages = messages
	if c.Summary != nil {
		r.summary = string(c.Summary)
	}
	return nil
}

// page returns what a query must find.
func (r modelRoom) page(q persistence.Query) []persistence.Message {
	var all []persistence.Message
	for _, seq := range slices.Sorted(maps.Keys(r.messages)) {
		if seq > q.After && (q.Before == 0 || seq < q.Before) {
			all = append(all, persistence.Message{Seq: seq, Data: []byte(r.messages[seq])})
		}
	}
	n := min(len(all), q.Limit)
	if q.Before != 0 {
		return all[len(all)-n:]
	}
	return all[:n]
}

// Clone returns a copy that keeps what the model says now.
func (m *Model) Clone() *Model { return &Model{rooms: maps.Clone(m.rooms)} }

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
	want := map[string]string{}
	for room, r := range m.rooms {
		want[room] = r.summary
	}
	got, err := listRooms(s)
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("rooms %q, want %q", got, want)
	}
	for _, room := range roomIDs {
		if _, ok := m.rooms[room]; ok {
			continue
		}
		if got, err := s.Load(room); !errors.Is(err, persistence.ErrNotFound) {
			return fmt.Errorf("room %q isn't there, but load says %s, %v", room, describe(got), err)
		}
	}
	for room, r := range m.rooms {
		if err := r.diff(s, room, rng); err != nil {
			return fmt.Errorf("room %q: %w", room, err)
		}
	}
	return nil
}

// diff returns how a store's room differs.
func (r modelRoom) diff(s persistence.Store, room string, rng *rand.Rand) error {
	got, err := s.Load(room)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if !reflect.DeepEqual(got, r.stored) {
		return fmt.Errorf("stored %s, want %s", describe(got), describe(r.stored))
	}
	for _, q := range []persistence.Query{
		{Limit: 1000}, {Before: persistence.Newest, Limit: 1000}, {Before: persistence.Newest, Limit: 3},
		{After: r.randomSeq(rng), Limit: 1 + rng.IntN(9)}, {Before: 1 + r.randomSeq(rng), Limit: 1 + rng.IntN(9)},
		{After: r.randomSeq(rng), Before: 1 + r.randomSeq(rng), Limit: 1 + rng.IntN(9)},
	} {
		got, err := s.Messages(room, q)
		if err != nil {
			return fmt.Errorf("messages: %w", err)
		}
		if want := r.page(q); !slices.EqualFunc(got, want, sameMessage) {
			return fmt.Errorf("messages %+v are %v, want %v", q, seqs(got), seqs(want))
		}
	}
	return nil
}

func sameMessage(a, b persistence.Message) bool { return a.Seq == b.Seq && bytes.Equal(a.Data, b.Data) }

// randomSeq is a seq that the room may have, or one a little beyond.
func (r modelRoom) randomSeq(rng *rand.Rand) uint64 { return rng.Uint64N(r.newest + 3) }

func describe(s persistence.Stored) string {
	return fmt.Sprintf("{owner %d, snapshot %d of %d bytes, %d records}", s.Owner, s.SnapshotNumber, len(s.Snapshot), len(s.Records))
}

// Contains returns an error if the store fails, or holds anything that the model doesn't say. Rooms and messages may
// be missing, records may not.
func (m *Model) Contains(s persistence.Store) error {
	rooms, err := listRooms(s)
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	for room, summary := range rooms {
		r, ok := m.rooms[room]
		if !ok || summary != r.summary {
			return fmt.Errorf("room %q with summary %q was never written", room, summary)
		}
		got, err := s.Load(room)
		if err != nil {
			return fmt.Errorf("load: %w", err)
		}
		if !reflect.DeepEqual(got, r.stored) {
			return fmt.Errorf("stored %s, want %s", describe(got), describe(r.stored))
		}
		page, err := s.Messages(room, persistence.Query{})
		if err != nil {
			return fmt.Errorf("messages: %w", err)
		}
		for _, msg := range page {
			if data, ok := r.messages[msg.Seq]; !ok || data != string(msg.Data) {
				return fmt.Errorf("message %d of %q was never written", msg.Seq, room)
			}
		}
	}
	return nil
}
