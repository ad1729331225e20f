package room

// disk stores a room as a host does: what begins it as a snapshot, its
// messages by seq, everything else as records. Nothing of an ephemeral room
// is stored.
type disk struct {
	snapshot []byte
	records  [][]byte
	messages [][]byte
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
	var data []byte
	var err error
	switch e := e.(type) {
	case MessageSent:
		data, err = EncodeMessage(e.Message)
		d.messages = append(d.messages, data)
		d.messages = d.messages[max(0, len(d.messages)-HistoryMessagesMax):]
	case Stored:
		data, err = EncodeRecord(e)
		d.records = append(d.records, data)
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
	return Restore(id, d.snapshot, d.records, d.messages)
}
