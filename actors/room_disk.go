package actors

import (
	"encoding/json"
	"errors"
	"math"

	"roomd/actors/room"
	"roomd/persistence"
)

// roomDisk is what a room's actor knows of its records in the store.
type roomDisk struct {
	number        uint64       // of the last record
	sinceSnapshot uint64       // records, messages and changes
	snapshotAfter uint64       // as many of them
	stale         bool         // something happened since the snapshot that it does not show
	summary       room.Listing // as the stored directory has it; its zero value: it hasn't
}

// load returns the room as the store has it, or one that doesn't exist. A
// store that panics is one that fails, here and below.
func (d *roomDisk) load(a *roomActor) (r *room.Room, err error) {
	defer a.node.rescue("store", &err)
	*d = roomDisk{snapshotAfter: firstSnapshotAfter(a.id)}
	store := a.node.config.Store
	stored, err := store.Load(roomKey(a.id))
	if errors.Is(err, persistence.ErrNotFound) {
		return room.New(a.id), nil
	}
	if err != nil {
		return nil, err
	}
	if d.summary, err = storedListing(store, a.id); err != nil {
		return nil, err
	}
	d.number = stored.SnapshotNumber
	records := make([][]byte, len(stored.Records))
	for i, r := range stored.Records {
		records[i], d.number = r.Data, r.Number
	}
	counted, err := room.SnapshotSeq(stored.Snapshot)
	if err != nil {
		return nil, err
	}
	entries, err := a.newestEntries(counted)
	if err != nil {
		return nil, err
	}
	r, err = room.Restore(a.id, stored.Snapshot, records, entries)
	if err != nil {
		return nil, err
	}
	d.sinceSnapshot = uint64(len(records)) + r.Seq() - min(counted, r.Seq())
	d.stale = d.sinceSnapshot > 0
	return r, nil
}

// renewEpoch begins a new epoch of a room that was restored with a backup, or
// that may have told what it hasn't stored, and returns when that is on disk:
// nobody is told of it before.
func (d *roomDisk) renewEpoch(a *roomActor, r *room.Room) (err error) {
	if !r.Exists() || a.node.isCurrent(r.Epoch()) && !r.Running() {
		return nil
	}
	defer a.node.rescue("store", &err)
	began := room.EpochBegan{Epoch: a.node.newEpoch()}
	data, err := room.EncodeRecord(began)
	if err != nil {
		return err
	}
	record := persistence.Record{Number: d.number + 1, Data: data}
	change := persistence.Change{Key: roomKey(a.id), Owner: ownerEpoch, Records: []persistence.Record{record}}
	if err := a.node.journal.commit(change); err != nil {
		return err
	}
	r.Apply(began)
	d.number++
	d.sinceSnapshot++
	d.stale = true
	return nil
}

// newestEntries reads what a room needs of its messages: all after this seq,
// and enough for its history.
func (a *roomActor) newestEntries(after uint64) ([][]byte, error) {
	if after == math.MaxUint64 { // of a tombstone, whose messages may be very many still
		return nil, nil
	}
	store, key := a.node.config.Store, roomKey(a.id)
	last, err := store.Messages(key, persistence.Query{Before: persistence.Newest, Limit: room.HistoryEntriesMax})
	if err != nil || len(last) == 0 {
		return nil, err
	}
	var entries [][]byte
	for after+1 < last[0].Seq { // the history alone doesn't reach back so far
		page, err := store.Messages(key, persistence.Query{After: after, Limit: int(min(last[0].Seq-after-1, room.HistoryEntriesMax))})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 || page[0].Seq >= last[0].Seq {
			break
		}
		for _, m := range page {
			entries, after = append(entries, m.Data), m.Seq
		}
	}
	for _, m := range last {
		entries = append(entries, m.Data)
	}
	return entries, nil
}

// prepare makes the changes of the store that the events of a persistent room
// are. The room's numbers go on with them: if they are not stored, it has to be
// read again.
func (d *roomDisk) prepare(a *roomActor, events []room.Event, p *pending) (err error) {
	defer a.node.rescue("encoding of a room", &err)
	if !lasts(a.state, events) {
		return nil
	}
	change := persistence.Change{Key: roomKey(a.id), Owner: ownerEpoch}
	var beside []persistence.Change
	for _, e := range events {
		stored, ok := e.(room.Stored)
		if !ok {
			continue
		}
		if err := d.add(&change, stored); err != nil {
			return err
		}
		beside = append(beside, a.relations(stored)...)
	}
	if _, born := events[0].(room.Created); born {
		if err := snapshotOfBirth(a.id, events, &change); err != nil {
			return err
		}
	}
	if change.Snapshot == nil && len(change.Records) == 0 && len(change.Messages) == 0 {
		return nil
	}
	entries, err := d.refreshSummary(a.state, events, &change)
	if err != nil {
		return err
	}
	now := min(len(beside), relationsPerCommit)
	p.changes = append([]persistence.Change{change}, beside[:now]...)
	p.changes = append(p.changes, entries...)
	p.remaining = beside[now:]
	d.number += uint64(len(change.Records))
	d.sinceSnapshot += uint64(len(change.Records) + len(change.Messages))
	d.stale = d.stale || change.Snapshot == nil
	return nil
}

// addSnapshot adds a snapshot behind changes that make the room what it is now,
// when it is time: often enough for loading to stay fast. One that can't be
// made, or is too large, is left out: the records say the same.
func (d *roomDisk) addSnapshot(a *roomActor, changes []persistence.Change) []persistence.Change {
	if d.sinceSnapshot < d.snapshotAfter || !a.state.Exists() || !a.state.Persistent() {
		return changes
	}
	change := persistence.Change{Key: roomKey(a.id), Owner: ownerEpoch}
	if err := fillSnapshot(a.state, d.number, &change); err != nil || len(change.Snapshot) > persistence.SnapshotBytesMax {
		a.node.log.Error("room has no snapshot", "room", a.id, "bytes", len(change.Snapshot), "error", err)
		return changes
	}
	d.sinceSnapshot, d.snapshotAfter, d.stale = 0, recordsPerSnapshot, false
	return append(append(changes, change), d.file(a.state)...)
}

// firstSnapshotAfter is after how many records a room that comes into memory has
// its first snapshot: rooms that begin together, and are as busy as each other,
// must not write them all at the same time.
func firstSnapshotAfter(id string) uint64 {
	return recordsPerSnapshot - uint64(spread(id, recordsPerSnapshot/2))
}

// relations returns what an event means for the lists of a user's rooms and
// invitations, which are stored beside the room so that all are right together.
func (a *roomActor) relations(e room.Stored) []persistence.Change {
	ended := func(key string) persistence.Change {
		return persistence.Change{Key: key, Owner: ownerEpoch, Delete: true}
	}
	switch e := e.(type) {
	case room.MemberAdded:
		return []persistence.Change{{Key: memberKey(e.User.ID, a.id), Owner: ownerEpoch, Summary: membership}}
	case room.MemberRemoved:
		return []persistence.Change{ended(memberKey(e.UserID, a.id))}
	case room.Invited:
		data, err := json.Marshal(invitationTo(a.id, e))
		if err != nil {
			panic(err) // of texts and a time
		}
		return []persistence.Change{{Key: invitationKey(e.UserID, a.id), Owner: ownerEpoch, Summary: data}}
	case room.InvitationEnded:
		return []persistence.Change{ended(invitationKey(e.UserID, a.id))}
	case room.Removed:
		var ends []persistence.Change
		for _, id := range a.state.Members() {
			ends = append(ends, ended(memberKey(id, a.id)))
		}
		for _, id := range a.state.InvitedUsers() {
			ends = append(ends, ended(invitationKey(id, a.id)))
		}
		return ends
	}
	return nil
}

// membership is what is stored of one: that it is there.
var membership = []byte("{}")

// removeRelations removes those of a room that is gone and had very many.
// Should it fail, what stays is not shown: the directory has no such room.
func (a *roomActor) removeRelations(ends []persistence.Change) {
	for len(ends) > 0 {
		n := min(len(ends), relationsPerCommit)
		if err := a.removeSome(ends[:n]); err != nil {
			a.node.log.Warn("memberships and invitations of a removed room stay behind", "room", a.id, "count", len(ends), "error", err)
			return
		}
		ends = ends[n:]
	}
}

func (a *roomActor) removeSome(ends []persistence.Change) (err error) {
	defer a.node.rescue("store", &err) // what has ended the room is committed
	return a.node.journal.commit(ends...)
}

// refreshSummary keeps the stored directory right beside the records: at once
// in members, and in activity about as fine as anybody looks. It returns what
// that changes beside the room's own summary.
func (d *roomDisk) refreshSummary(r *room.Room, events []room.Event, change *persistence.Change) ([]persistence.Change, error) {
	if change.Summary != nil { // it begins, or has ended
		l, err := decodeSummary(change.Summary)
		return d.fileAs(l), err
	}
	l, exists := r.ListingAfter(events)
	before := d.summary
	if l.LastActivity.Sub(before.LastActivity) < summaryInterval {
		before.LastActivity = l.LastActivity
	}
	before.UserCount = l.UserCount // not stored
	if !exists || before == l {
		return nil, nil
	}
	data, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	change.Summary = data
	return d.fileAs(l), nil
}

// file has lists find the room as its snapshot's summary shows it.
func (d *roomDisk) file(r *room.Room) []persistence.Change {
	l, _ := r.Listing()
	return d.fileAs(l)
}

// fileAs returns what has lists find the room as this summary shows it, in the
// commit of which that is.
func (d *roomDisk) fileAs(now room.Listing) []persistence.Change {
	now.UserCount = 0
	was := d.summary
	d.summary = now
	return entryChanges(was, now)
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
		change.Summary = tombstone(e.At) // it may be the last that this room commits
	case room.MessageSent:
		return addEntry(change, room.Entry{Message: &e.Message})
	case room.MessageChanged: // the message as it is now takes the place of the former
		if err := addEntry(change, room.Entry{Message: &e.Message}); err != nil {
			return err
		}
		return addEntry(change, room.Entry{Change: &e.Change})
	}
	data, err := room.EncodeRecord(e)
	if err != nil {
		return err
	}
	number := d.number + uint64(len(change.Records)) + 1
	change.Records = append(change.Records, persistence.Record{Number: number, Data: data})
	return nil
}

func addEntry(change *persistence.Change, e room.Entry) error {
	data, err := room.EncodeEntry(e)
	if err != nil {
		return err
	}
	change.Messages = append(change.Messages, persistence.Message{Seq: e.Seq(), Data: data})
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

// snapshot takes the place of the records so far when the room leaves memory, so
// that it is loaded fast, and the stored directory is right. It reports whether
// that is on disk; if not, the records are all the same.
func (d *roomDisk) snapshot(a *roomActor) bool {
	if err := d.commitSnapshot(a); err != nil {
		a.node.log.Error("snapshot could not be stored", "room", a.id, "error", err)
		return false
	}
	d.sinceSnapshot, d.stale = 0, false
	return true
}

func (d *roomDisk) commitSnapshot(a *roomActor) (err error) {
	defer a.node.rescue("store", &err)
	change := persistence.Change{Key: roomKey(a.id), Owner: ownerEpoch}
	if err := fillSnapshot(a.state, d.number, &change); err != nil {
		return err
	}
	return a.node.journal.commit(append([]persistence.Change{change}, d.file(a.state)...)...)
}
