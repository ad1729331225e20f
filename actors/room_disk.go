package actors

import (
	"encoding/json"
	"errors"

	"roomd/actors/room"
	"roomd/persistence"
)

// roomDisk is what a room's actor knows of its records in the store.
type roomDisk struct {
	number        uint64       // of the last record
	sinceSnapshot uint64       // records
	stale         bool         // something happened since the snapshot that it does not show
	summary       room.Listing // as stored, if it was stored since the room was loaded
}

// load returns the room as the store has it, or one that doesn't exist. A
// store that panics is one that fails, here and below.
func (d *roomDisk) load(a *roomActor) (r *room.Room, err error) {
	defer a.node.rescue("store", &err)
	*d = roomDisk{}
	store := a.node.config.Store
	stored, err := store.Load(a.id)
	if errors.Is(err, persistence.ErrNotFound) {
		return room.New(a.id), nil
	}
	if err != nil {
		return nil, err
	}
	messages, err := store.Messages(a.id, persistence.Query{Before: persistence.Newest, Limit: room.HistoryMessagesMax})
	if err != nil {
		return nil, err
	}
	d.number = stored.SnapshotNumber
	records := make([][]byte, len(stored.Records))
	for i, r := range stored.Records {
		records[i], d.number = r.Data, r.Number
	}
	d.sinceSnapshot, d.stale = uint64(len(records)), len(records) > 0
	texts := make([][]byte, len(messages))
	for i, m := range messages {
		texts[i] = m.Data
	}
	return room.Restore(a.id, stored.Snapshot, records, texts)
}

// commit puts the stored events of a persistent room on disk.
func (d *roomDisk) commit(a *roomActor, events []room.Event) (err error) {
	defer a.node.rescue("store", &err)
	if !lasts(a.state, events) {
		return nil
	}
	change := persistence.Change{Room: a.id, Owner: ownerEpoch}
	for _, e := range events {
		stored, ok := e.(room.Stored)
		if !ok {
			continue
		}
		if err := d.add(&change, stored); err != nil {
			return err
		}
	}
	if _, born := events[0].(room.Created); born {
		if err := snapshotOfBirth(a.id, events, &change); err != nil {
			return err
		}
	}
	if change.Snapshot == nil && len(change.Records) == 0 && len(change.Messages) == 0 {
		return nil
	}
	if err := d.refreshSummary(a.state, events, &change); err != nil {
		return err
	}
	if err := a.node.config.Store.Commit(change); err != nil {
		return err
	}
	d.number += uint64(len(change.Records))
	d.sinceSnapshot += uint64(len(change.Records))
	d.stale = d.stale || change.Snapshot == nil
	return nil
}

// refreshSummary keeps the stored directory right beside the records: at once
// in members, and in activity about as fine as anybody looks.
func (d *roomDisk) refreshSummary(r *room.Room, events []room.Event, change *persistence.Change) error {
	l, shown := r.ListingAfter(events)
	changed := l.MemberCount != d.summary.MemberCount || l.LastActivity.Sub(d.summary.LastActivity) >= summaryInterval
	if change.Summary != nil || !shown || !changed {
		return nil
	}
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	change.Summary, d.summary = data, l
	return nil
}

// lasts reports whether these events are those of a persistent room.
func lasts(r *room.Room, events []room.Event) bool {
	if len(events) == 0 {
		return false
	}
	if born, ok := events[0].(room.Created); ok {
		return born.Settings.Persistent
	}
	return r.Persistent()
}

// add puts one event into a change. What begins a room is in its snapshot.
func (d *roomDisk) add(change *persistence.Change, e room.Stored) error {
	switch e := e.(type) {
	case room.Created:
		return nil
	case room.Removed:
		change.Summary = notListed // it may be the last that this room commits
	case room.MessageSent:
		data, err := room.EncodeMessage(e.Message)
		if err != nil {
			return err
		}
		change.Messages = append(change.Messages, persistence.Message{Seq: e.Message.Seq, Data: data})
		return nil
	}
	data, err := room.EncodeRecord(e)
	if err != nil {
		return err
	}
	number := d.number + uint64(len(change.Records)) + 1
	change.Records = append(change.Records, persistence.Record{Number: number, Data: data})
	return nil
}

// snapshotOfBirth makes a change the beginning of a room.
func snapshotOfBirth(id string, events []room.Event, change *persistence.Change) error {
	born := room.New(id)
	for _, e := range events {
		born.Apply(e)
	}
	change.Records = nil // all in the snapshot
	return fillSnapshot(born, 0, change)
}

func fillSnapshot(r *room.Room, number uint64, change *persistence.Change) error {
	data, err := r.Snapshot()
	if err != nil {
		return err
	}
	summary, err := encodeSummary(r)
	if err != nil {
		return err
	}
	change.Snapshot, change.SnapshotNumber, change.Summary = data, number, summary
	return nil
}

// snapshot takes the place of the records so far: often enough for loading to
// stay fast, and when the room leaves memory, so that the directory is right
// after a restart. Should it fail, the records are on disk all the same.
func (d *roomDisk) snapshot(a *roomActor) {
	if err := d.commitSnapshot(a); err != nil {
		a.node.log.Error("snapshot could not be stored", "room", a.id, "error", err)
		return
	}
	d.sinceSnapshot, d.stale = 0, false
}

func (d *roomDisk) commitSnapshot(a *roomActor) (err error) {
	defer a.node.rescue("store", &err)
	change := persistence.Change{Room: a.id, Owner: ownerEpoch}
	if err := fillSnapshot(a.state, d.number, &change); err != nil {
		return err
	}
	return a.node.config.Store.Commit(change)
}
