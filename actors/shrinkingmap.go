package actors

import "maps"

// shrinkingMap is a map that gives memory back when most of its entries have gone,
// as Go's own don't: a flood of rooms or connections would be paid for long after
// it. Entries are read directly. The zero value is empty.
type shrinkingMap[K comparable, V any] struct {
	entries map[K]V
	most    int // there have been since they were copied last
}

func (m *shrinkingMap[K, V]) put(key K, value V) {
	if m.entries == nil {
		m.entries = make(map[K]V)
	}
	m.entries[key] = value
	m.most = max(m.most, len(m.entries))
}

// remove takes an entry out. It copies what is left when that is so much less than
// there was, that all the copies take less than one step an entry.
func (m *shrinkingMap[K, V]) remove(key K) {
	delete(m.entries, key)
	left := len(m.entries)
	if left > m.most/shrinkFactor {
		return
	}
	entries := m.entries
	m.entries, m.most = nil, left
	if left > 0 {
		m.entries = make(map[K]V, left)
		maps.Copy(m.entries, entries)
	}
}
