package persistence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Memory is a [Store] in memory: the same meaning and limits as [Bolt], gone with the process.
type Memory struct {
	// static after construction
	generation string

	mu     sync.RWMutex
	keys   map[string]*memoryKey // guarded by mu
	order  keySet                // of keys; guarded by mu
	closed bool                  // guarded by mu
}

// memoryKey is guarded by its store's mu.
type memoryKey struct {
	head     head
	summary  []byte
	snapshot []byte
	records  []Record  // numbers from head.snapshotNumber+1 on
	messages []Message // ascending by seq
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{generation: newGeneration(), keys: map[string]*memoryKey{}} }

// Load implements [Store].
func (m *Memory) Load(key string) (Stored, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	k, err := m.key(key)
	if err != nil {
		return Stored{}, err
	}
	s := Stored{Owner: k.head.owner, SnapshotNumber: k.head.snapshotNumber}
	if k.snapshot != nil {
		s.Snapshot = copyOf(k.snapshot)
	}
	for _, rec := range k.records {
		s.Records = append(s.Records, Record{Number: rec.Number, Data: copyOf(rec.Data)})
	}
	return s, nil
}

// key returns what is stored of a key; mu is held.
func (m *Memory) key(key string) (*memoryKey, error) {
	if m.closed {
		return nil, ErrClosed
	}
	k := m.keys[key]
	if k == nil {
		return nil, fmt.Errorf("key %.64q: %w", key, ErrNotFound)
	}
	return k, nil
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
		h, ok := staged[c.Key]
		if k := m.keys[c.Key]; !ok && k != nil {
			h = k.head
		}
		var err error
		if c.Delete {
			err, h = h.admits(c.Owner), head{}
		} else {
			h, err = h.after(c)
		}
		if err != nil {
			return nil, &ChangeError{Index: i, Key: c.Key, Err: err}
		}
		heads[i], staged[c.Key] = h, h
	}
	return heads, nil
}

// apply makes one change, which can't fail any more; h is the head that it leaves.
func (m *Memory) apply(c *Change, h head) {
	if c.Delete {
		if m.keys[c.Key] != nil {
			delete(m.keys, c.Key)
			m.order.remove(c.Key)
		}
		return
	}
	k := m.keys[c.Key]
	if k == nil {
		k = &memoryKey{}
		m.keys[c.Key] = k
		m.order.insert(c.Key)
	}
	k.head = h
	for _, rec := range c.Records {
		k.records = append(k.records, Record{Number: rec.Number, Data: copyOf(rec.Data)})
	}
	if c.Snapshot != nil {
		k.snapshot = copyOf(c.Snapshot)
		k.records = slices.DeleteFunc(k.records, func(rec Record) bool { return rec.Number <= h.snapshotNumber })
	}
	for _, msg := range c.Messages {
		k.put(Message{Seq: msg.Seq, Data: copyOf(msg.Data)})
	}
	trimmed := k.find(h.messagesFrom)
	clear(k.messages[:trimmed]) // so that their data can go before the array does
	k.messages = k.messages[trimmed:]
	if c.Summary != nil {
		k.summary = copyOf(c.Summary)
	}
}

// put adds or replaces a message. One below the trim is put too, and goes with the next step of apply.
func (k *memoryKey) put(msg Message) {
	i := k.find(msg.Seq)
	if i < len(k.messages) && k.messages[i].Seq == msg.Seq {
		k.messages[i] = msg
		return
	}
	k.messages = slices.Insert(k.messages, i, msg)
}

// find returns the index of the first message with at least this seq.
func (k *memoryKey) find(seq uint64) int {
	i, _ := slices.BinarySearchFunc(k.messages, seq, func(m Message, seq uint64) int { return cmp.Compare(m.Seq, seq) })
	return i
}

// Messages implements [Store].
func (m *Memory) Messages(key string, q Query) ([]Message, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	k, err := m.key(key)
	if err != nil {
		return nil, err
	}
	low, high, limit := q.bounds(k.head.messagesFrom)
	from, to := k.find(low), k.find(high)
	p := page{limit: limit}
	if !q.backwards() {
		for i := from; i < to && p.add(k.messages[i].Seq, k.messages[i].Data); i++ {
		}
		return p.messages, nil
	}
	for i := to - 1; i >= from && p.add(k.messages[i].Seq, k.messages[i].Data); i-- {
	}
	slices.Reverse(p.messages)
	return p.messages, nil
}

// Keys implements [Store].
func (m *Memory) Keys(prefix string, fn func(key string, summary []byte) error) error {
	return listKeys(m, prefix, fn)
}

// KeysFrom implements [Store].
func (m *Memory) KeysFrom(prefix, from string, limit int) ([]Listed, error) {
	limit = keysLimit(limit)
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return nil, ErrClosed
	}
	var keys []Listed
	for key := range m.order.from(max(prefix, from)) {
		if len(keys) == limit || !strings.HasPrefix(key, prefix) {
			break
		}
		keys = append(keys, Listed{key, copyOf(m.keys[key].summary)})
	}
	return keys, nil
}

// Any implements [Store].
func (m *Memory) Any(prefixes ...string) (bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return false, ErrClosed
	}
	for _, prefix := range prefixes {
		for key := range m.order.from(prefix) {
			if strings.HasPrefix(key, prefix) {
				return true, nil
			}
			break
		}
	}
	return false, nil
}

// Summaries implements [Store].
func (m *Memory) Summaries(keys ...string) ([][]byte, error) {
	if err := checkSummaries(keys); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return nil, ErrClosed
	}
	summaries := make([][]byte, len(keys))
	for i, key := range keys {
		if k := m.keys[key]; k != nil {
			summaries[i] = copyOf(k.summary)
		}
	}
	return summaries, nil
}

// Generation implements [Store].
func (m *Memory) Generation() string { return m.generation }

// Health implements [Store]: memory works until it is closed.
func (m *Memory) Health() error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return ErrClosed
	}
	return nil
}

// Close implements [Store].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed, m.keys, m.order = true, nil, keySet{}
	return nil
}
