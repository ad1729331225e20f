package actors

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// lingering is the rooms of one shard that nothing needs in memory, but that
// stay for a while: whoever comes back, or is told what is unread there, doesn't
// have them read again. It is the shard's own.
type lingering struct {
	// static after construction
	timeout time.Duration // 0: none lingers
	budget  *lingerBudget // of the node
	wake    func()        // has next called, on the shard's goroutine

	rooms shrinkingMap[string, lingerer] // by key
	timer *time.Timer                    // nil: not set
	rings time.Time                      // when it does
}

// lingerer is one room that lingers, or has been entered since.
type lingerer struct {
	due   time.Time
	bytes int64
}

// lingerBudget is what the lingering rooms of a node take together.
type lingerBudget struct{ rooms, bytes atomic.Int64 }

func (b *lingerBudget) add(rooms, bytes int64) {
	b.rooms.Add(rooms)
	b.bytes.Add(bytes)
}

func (b *lingerBudget) exceeded() bool {
	return b.rooms.Load() > lingeringRoomsMax || b.bytes.Load() > lingeringBytesMax
}

func newLingering(n *Node, wake func()) lingering {
	return lingering{timeout: n.config.IdleRoomTimeout, budget: &n.lingerBudget, wake: wake}
}

// add has a room linger from now on, and returns the key of the one that has to
// end for it, which may be the same; empty: none has.
func (l *lingering) add(key string, bytes int) string {
	if l.timeout == 0 || bytes == 0 {
		l.remove(key)
		return key
	}
	l.remove(key)
	r := lingerer{due: time.Now().Add(l.timeout + spread(key, l.timeout/2)), bytes: int64(bytes)}
	l.rooms.put(key, r)
	l.budget.add(1, r.bytes)
	if l.budget.exceeded() {
		oldest := l.oldest()
		l.remove(oldest)
		return oldest
	}
	l.schedule(r.due)
	return ""
}

// remove forgets a room, if it lingers.
func (l *lingering) remove(key string) {
	if r, lingers := l.rooms.entries[key]; lingers {
		l.rooms.remove(key)
		l.budget.add(-1, -r.bytes)
	}
}

func (l *lingering) oldest() string {
	oldest, due := "", time.Time{}
	for key, r := range l.rooms.entries {
		if oldest == "" || r.due.Before(due) {
			oldest, due = key, r.due
		}
	}
	return oldest
}

// overdue returns the keys of those that have lingered long enough, and forgets
// them.
func (l *lingering) overdue() []string {
	l.timer = nil
	now := time.Now()
	var keys []string
	for key, r := range l.rooms.entries {
		if !r.due.After(now) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		l.remove(key)
	}
	if next := l.oldest(); next != "" {
		l.schedule(l.rooms.entries[next].due)
	}
	return keys
}

// schedule sets the timer, unless it rings before that.
func (l *lingering) schedule(due time.Time) {
	if l.timer != nil && !l.rings.After(due) {
		return
	}
	l.stop()
	l.timer, l.rings = time.AfterFunc(time.Until(due), l.wake), due
}

func (l *lingering) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
}

// spread returns a part of d that differs from key to key: what begins together
// shall not end together.
func spread(key string, d time.Duration) time.Duration {
	high, _ := bits.Mul64(uint64(d), uint64(hash(key))<<32)
	return time.Duration(high)
}
