package actors

import (
	"iter"
	"maps"
	"slices"
	"sync"
)

// connectionMap finds connections by an id or a key. It is safe for concurrent use,
// and its zero value is empty. It takes some 40 bytes an entry, where a sync.Map
// takes 175 and two allocations.
type connectionMap[K ~string] struct {
	parts [connectionMapParts]connectionMapPart[K]
}

// connectionMapParts is how many locks there are, so that those who look don't
// meet: of those who come and go there are thousands a second at most.
const connectionMapParts = 64

type connectionMapPart[K ~string] struct {
	mu     sync.RWMutex
	byName shrinkingMap[K, *Connection] // guarded by mu
}

func (m *connectionMap[K]) part(name K) *connectionMapPart[K] {
	return &m.parts[hash(string(name))%connectionMapParts]
}

// load returns the connection of that name, or nil.
func (m *connectionMap[K]) load(name K) *Connection {
	p := m.part(name)
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.byName.entries[name]
}

// store gives a connection the name, whoever has it.
func (m *connectionMap[K]) store(name K, c *Connection) {
	p := m.part(name)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byName.put(name, c)
}

// add is store unless somebody has the name.
func (m *connectionMap[K]) add(name K, c *Connection) bool {
	p := m.part(name)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byName.entries[name] != nil {
		return false
	}
	p.byName.put(name, c)
	return true
}

// remove takes the name away, if that connection has it.
func (m *connectionMap[K]) remove(name K, c *Connection) {
	p := m.part(name)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byName.entries[name] != c {
		return
	}
	p.byName.remove(name)
}

// all goes through the connections there are. Those that come or go meanwhile may
// be among them or not.
func (m *connectionMap[K]) all() iter.Seq[*Connection] {
	return func(yield func(*Connection) bool) {
		for i := range m.parts {
			for _, c := range m.parts[i].connections() {
				if !yield(c) {
					return
				}
			}
		}
	}
}

func (p *connectionMapPart[K]) connections() []*Connection {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.Collect(maps.Values(p.byName.entries))
}
