package actors

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

func TestConnectionMap(t *testing.T) {
	var m connectionMap[string]
	a, b := &Connection{}, &Connection{}
	if m.load("x") != nil || len(slices.Collect(m.all())) != 0 {
		t.Error("the zero value isn't empty")
	}
	if !m.add("x", a) || m.add("x", b) || m.load("x") != a {
		t.Error("a name that is taken was given again")
	}
	m.store("x", b)
	m.remove("x", a) // which hasn't got it any more
	if m.load("x") != b {
		t.Error("another connection's name was taken away")
	}
	m.remove("x", b)
	m.remove("x", b)
	if m.load("x") != nil || m.part("x").byName.entries != nil {
		t.Error("the name is still there, or its map")
	}
	for i := range 1000 {
		m.add(fmt.Sprint(i), a)
	}
	if all := slices.Collect(m.all()); len(all) != 1000 {
		t.Errorf("%d connections, want 1,000", len(all))
	}
	for range m.all() { // which may end at once, and change what it goes through
		m.store("new", b)
		break
	}
}

// Names come and go on many goroutines, each of its own.
func TestConnectionMapConcurrently(t *testing.T) {
	var m connectionMap[string]
	var running sync.WaitGroup
	for worker := range 8 {
		running.Go(func() {
			own := &Connection{}
			for i := range 500 {
				name := fmt.Sprintf("%d-%d", worker, i)
				if !m.add(name, own) || m.load(name) != own {
					t.Errorf("%s is not there", name)
				}
				for c := range m.all() {
					if c == nil {
						t.Error("a connection that is none")
					}
					break
				}
				m.remove(name, own)
			}
		})
	}
	running.Wait()
	if left := len(slices.Collect(m.all())); left != 0 {
		t.Errorf("%d are left", left)
	}
}
