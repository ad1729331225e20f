package token

import (
	"fmt"
	"strings"
)

// Patterns are the ids of rooms in which something is allowed: nil allows every
// room, an empty list none. In a pattern * stands for any run of characters,
// the empty one too; all else stands for itself, and * can't be escaped.
type Patterns []string

// Allow reports whether the patterns allow this room. A nil list allows all.
func (p Patterns) Allow(roomID string) bool {
	if p == nil {
		return true
	}
	for _, pattern := range p {
		if match(pattern, roomID) {
			return true
		}
	}
	return false
}

// match needs no backtracking: if a part between two stars fits anywhere, its
// first place leaves the most for those that follow.
func match(pattern, id string) bool {
	part, rest, star := strings.Cut(pattern, "*")
	if !star {
		return id == pattern
	}
	id, ok := strings.CutPrefix(id, part)
	for ok {
		part, rest, star = strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(id, part)
		}
		_, id, ok = strings.Cut(id, part)
	}
	return false
}

func (p Patterns) check() error {
	if len(p) > patternsMax {
		return fmt.Errorf("%d patterns, of at most %d", len(p), patternsMax)
	}
	for _, pattern := range p {
		if len(pattern) > patternBytesMax {
			return fmt.Errorf("a pattern has %d bytes, of at most %d", len(pattern), patternBytesMax)
		}
	}
	return nil
}
