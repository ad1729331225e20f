package persistence

import (
	"iter"
	"slices"
	"sort"
)

// keySet is a set of keys in the order of their bytes. A map has no order, and to sort one for each listing by a prefix
// would cost as much as all that is stored.
type keySet struct {
	chunks [][]string // one after another in order, none empty, none longer than keySetChunkMax
}

// find returns the chunk in which a key is or belongs, and its place there; of an empty set zeros.
func (s *keySet) find(key string) (chunk, at int) {
	if len(s.chunks) == 0 {
		return 0, 0
	}
	chunk = sort.Search(len(s.chunks), func(i int) bool { return s.chunks[i][0] > key })
	chunk = max(chunk-1, 0)
	at, _ = slices.BinarySearch(s.chunks[chunk], key)
	return chunk, at
}

// insert adds a key that isn't in the set.
func (s *keySet) insert(key string) {
	if len(s.chunks) == 0 {
		s.chunks = [][]string{{key}}
		return
	}
	i, at := s.find(key)
	s.chunks[i] = slices.Insert(s.chunks[i], at, key)
	if len(s.chunks[i]) <= keySetChunkMax {
		return
	}
	const half = keySetChunkMax / 2
	upper := slices.Clone(s.chunks[i][half:])
	s.chunks[i] = slices.Delete(s.chunks[i], half, len(s.chunks[i]))
	s.chunks = slices.Insert(s.chunks, i+1, upper)
}

// remove takes a key out that is in the set.
func (s *keySet) remove(key string) {
	i, at := s.find(key)
	s.chunks[i] = slices.Delete(s.chunks[i], at, at+1)
	if len(s.chunks[i]) == 0 {
		s.chunks = slices.Delete(s.chunks, i, i+1)
	}
}

// from returns the keys from this one on, itself included if it is there.
func (s *keySet) from(key string) iter.Seq[string] {
	return func(yield func(string) bool) {
		chunk, at := s.find(key)
		for _, keys := range s.chunks[min(chunk, len(s.chunks)):] {
			for _, k := range keys[at:] {
				if !yield(k) {
					return
				}
			}
			at = 0
		}
	}
}
