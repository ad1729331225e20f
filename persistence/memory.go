package persistence

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Memory is a [Store] in memory: the same meaning and limits as [Bolt], gone with the process.
type Memory struct {
	mu     sync.RWMutex
	rooms  map[string]*memoryRoom // guarded by mu
	closed bool                   // guarded by mu
}

// memoryRoom is guarded by its store's mu.
type memoryRoom struct {
	head     head
	summary  []byte
	snapshot []byte
	records  []Record  // numbers from head.snapshotNumber+1 on
	messages []Message // ascending by seq
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{rooms: map[string]*memoryRoom{}} }

// Load implements [Store].
func (m *Memory) Load(room string) (Stored, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, err := m.room(room)
	if err != nil {
		return Stored{}, err
	}
	s := Stored{Owner: r.head.owner, SnapshotNumber: r.head.snapshotNumber}
	if r.snapshot != nil {
		s.Snapshot = copyOf(r.snapshot)
	}
	for _, rec := range r.records {
		s.Records = append(s.Records, Record{Number: rec.Number, Data: copyOf(rec.Data)})
	}
	return s, nil
}

// room returns what is stored of a room; mu is held.
func (m *Memory) room(room string) (*memoryRoom, error) {
	if m.closed {
		return nil, ErrClosed
	}
	r := m.rooms[room]
	if r == nil {
		return nil, fmt.Errorf("room %.64q: %w", room, ErrNotFound)
	}
	return r, nil
}

// Commit implements [Store].
func (m *Memory) Commit(changes ...Change) error {
	if err := check(changes); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	heads, err := m.decide(changes)
	if err != nil {
		return err
	}
	for i := range changes {
		m.apply(&changes[i], heads[i])
	}
	return nil
}

// decide returns the head that each change leaves, or why one of them is refused. It changes nothing, so
// a commit is made as a whole or not at all.
func (m *Memory) decide(changes []Change) ([]head, error) {
	heads := make([]head, len(changes))
	staged := make(map[string]head, len(changes))
	for i := range changes {
		c := &changes[i]
		h, ok := staged[c.Room]
		if r := m.rooms[c.Room]; !ok && r != nil {
			h = r.head
		}
		var err error
		if c.Delete {
			err, h = h.admits(c.Owner), head{}
		} else {
			h, err = h.after(c)
		}
		if err != nil {
			return nil, &ChangeError{Index: i, Room: c.Room, Err: err}
		}
		heads[i], staged[c.Room] = h, h
	}
	return heads, nil
}

// apply makes one change, which can't fail any more; h is the head that it leaves.
func (m *Memory) apply(c *Change, h head) {
	if c.Delete {
		delete(m.rooms, c.Room)
		return
	}
	r := m.rooms[c.Room]
	if r == nil {
		r = &memoryRoom{}
		m.rooms[c.Room] = r
	}
	r.head = h
	for _, rec := range c.Records {
		r.records = append(r.records, Record{Number: rec.Number, Data: copyOf(rec.Data)})
	}
	if c.Snapshot != nil {
		r.snapshot = copyOf(c.Snapshot)
		r.records = slices.DeleteFunc(r.records, func(rec Record) bool { return rec.Number <= h.snapshotNumber })
	}
	for _, msg := range c.Messages {
		r.put(Message{Seq: msg.Seq, Data: copyOf(msg.Data)})
	}
	trimmed := r.find(h.messagesFrom)
	clear(r.messages[:trimmed]) // so that their data can go before the array does
	r.messages = r.messages[trimmed:]
	if c.Summary != nil {
		r.summary = copyOf(c.Summary)
	}
}

// put adds or replaces a message. One below the trim is put too, and goes with the next step of apply.
func (r *memoryRoom) put(msg Message) {
	i := r.find(msg.Seq)
	if i < len(r.messages) && r.messages[i].Seq == msg.Seq {
		r.messages[i] = msg
		return
	}
	r.messages = slices.Insert(r.messages, i, msg)
}

// find returns the index of the first message with at least this seq.
func (r *memoryRoom) find(seq uint64) int {
	i, _ := slices.BinarySearchFunc(r.messages, seq, func(m Message, seq uint64) int { return cmp.Compare(m.Seq, seq) })
	return i
}

// Messages implements [Store].
func (m *Memory) Messages(room string, q Query) ([]Message, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, err := m.room(room)
	if err != nil {
		return nil, err
	}
	low, high, limit := q.bounds(r.head.messagesFrom)
	from, to := r.find(low), r.find(high)
	p := page{limit: limit}
	if !q.backwards() {
		for i := from; i < to && p.add(r.messages[i].Seq, r.messages[i].Data); i++ {
		}
		return p.messages, nil
	}
	for i := to - 1; i >= from && p.add(r.messages[i].Seq, r.messages[i].Data); i-- {
	}
	slices.Reverse(p.messages)
	return p.messages, nil
}

// Rooms implements [Store]. It sorts the ids of the moment, then takes each room as it comes to it.
func (m *Memory) Rooms(fn func(room string, summary []byte) error) error {
	m.mu.RLock()
	rooms, closed := slices.Sorted(maps.Keys(m.rooms)), m.closed
	m.mu.RUnlock()
	if closed {
		return ErrClosed
	}
	for _, room := range rooms {
		summary, ok, err := m.summary(room)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := fn(room, summary); err != nil {
			return err
		}
	}
	return nil
}

// summary returns a copy of a room's summary, if the room is still there.
func (m *Memory) summary(room string) (summary []byte, ok bool, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return nil, false, ErrClosed
	}
	r := m.rooms[room]
	if r == nil {
		return nil, false, nil
	}
	return copyOf(r.summary), true, nil
}

// Close implements [Store].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed, m.rooms = true, nil
	return nil
}
