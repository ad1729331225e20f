package room

// disk stores a room as a host does: what begins it as a snapshot, its entries
// by seq, everything else as records. Nothing of an ephemeral room is stored.
type disk struct {
	snapshot []byte
	records  [][]byte
	entries  [][]byte // from seq 1
	trimmed  uint64   // up to this one they are kept no more
}

// store keeps the events of a decision, before they are applied.
func (d *disk) store(r *Room, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	if born, ok := events[0].(Created); ok {
		return d.begin(r.ID(), born, events)
	}
	if !r.Persistent() {
		return nil
	}
	for _, e := range events {
		if err := d.add(e); err != nil {
			return err
		}
	}
	return nil
}

func (d *disk) begin(id string, born Created, events []Event) error {
	*d = disk{}
	if !born.Settings.Persistent {
		return nil
	}
	r := New(id)
	for _, e := range events {
		r.Apply(e)
	}
	return d.compact(r)
}

func (d *disk) add(e Event) error {
	switch e := e.(type) {
	case MessageSent:
		return d.put(Entry{Message: &e.Message})
	case MessageChanged:
		if err := d.put(Entry{Message: &e.Message}); err != nil {
			return err
		}
		return d.put(Entry{Change: &e.Change})
	case Stored:
		data, err := EncodeRecord(e)
		d.records = append(d.records, data)
		return err
	}
	return nil
}

// put stores an entry under its seq, in the place of what is there.
func (d *disk) put(e Entry) error {
	data, err := EncodeEntry(e)
	if i := int(e.Seq() - 1); i < len(d.entries) {
		d.entries[i] = data
	} else {
		d.entries = append(d.entries, data)
	}
	return err
}

// compact puts a snapshot in the place of the records.
func (d *disk) compact(r *Room) error {
	data, err := r.Snapshot()
	d.snapshot, d.records = data, nil
	return err
}

// load returns the room as a host finds it after a restart.
func (d *disk) load(id string) (*Room, error) {
	if d.snapshot == nil {
		return New(id), nil
	}
	seq, err := SnapshotSeq(d.snapshot)
	if err != nil {
		return nil, err
	}
	from := max(int(d.trimmed), int(seq)-HistoryEntriesMax)
	return Restore(id, d.snapshot, d.records, d.entries[min(from, len(d.entries)):])
}

// trim drops the oldest entries up to this one, but none that a host has to keep.
func (d *disk) trim(to uint64) error {
	counted, err := SnapshotSeq(d.snapshot)
	kept := uint64(max(0, len(d.entries)-HistoryEntriesMax))
	d.trimmed = max(d.trimmed, min(to, kept, counted))
	return err
}

// read returns what a room has asked for.
func (d *disk) read(f Fetch) ([]Entry, error) {
	first, end := max(f.After, d.trimmed)+1, uint64(len(d.entries))+1
	if f.Before != 0 {
		end = min(end, f.Before)
		first = max(first, end-min(end, uint64(f.Limit)))
	}
	var entries []Entry
	for seq := first; seq < end && len(entries) < f.Limit; seq++ {
		e, err := DecodeEntry(d.entries[seq-1])
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
