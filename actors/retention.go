package actors

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// Retention is what the store keeps. A limit that is 0 is none. The newest
// room.HistoryEntriesMax records of a room are kept whatever the limits say, since
// clients that come back ask for them.
type Retention struct {
	MessagesMax  uint64        // of a room: records, edits and deletions among them
	BytesMax     uint64        // of a room's records, as they are stored
	Age          time.Duration // of a record
	DeletedRooms time.Duration // with their messages; then the id is free again
}

func (r Retention) trims() bool { return r.MessagesMax > 0 || r.BytesMax > 0 || r.Age > 0 }

// retention removes what is kept no longer, on a goroutine of its own: it walks
// through the stored rooms again and again, in steps so small, and with such
// pauses, that commits hardly notice.
type retention struct {
	// static after construction
	node  *Node
	keeps Retention
	stop  chan struct{}
	ended sync.WaitGroup

	// owned by the goroutine
	measured map[string]measured // by key, of rooms with more than what is always kept; with BytesMax only
}

// measured is what the records of a room take that were looked at so far.
type measured struct {
	to    uint64 // seq of the last
	bytes uint64
}

func startRetention(n *Node) *retention {
	r := &retention{node: n, keeps: n.config.Retention, stop: make(chan struct{}), measured: map[string]measured{}}
	if r.keeps.trims() || r.keeps.DeletedRooms > 0 {
		r.ended.Go(r.run)
	}
	return r
}

func (r *retention) close() {
	close(r.stop)
	r.ended.Wait()
}

func (r *retention) run() {
	for r.rest(retentionInterval) {
		if err := r.walk(); err != nil && err != errRetentionStopped {
			r.node.log.Warn("what is kept no longer could not be removed", "error", err)
		}
	}
}

// rest waits; false: the node stops.
func (r *retention) rest(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.stop:
		return false
	}
}

// walk looks at every stored room once.
func (r *retention) walk() (err error) {
	defer r.node.rescue("store", &err)
	return r.node.config.Store.Keys(roomPrefix, func(key string, summary []byte) error {
		begin := time.Now()
		if err := r.look(key, summary); err != nil {
			return err
		}
		return r.pause(time.Since(begin))
	})
}

var errRetentionStopped = errors.New("actors: the node stops")

// pause leaves the store and the processor to others after work that took so
// long.
func (r *retention) pause(worked time.Duration) error {
	if !r.rest(worked * retentionPauses) {
		return errRetentionStopped
	}
	return nil
}

// look removes what is due of one room.
func (r *retention) look(key string, summary []byte) error {
	var stored storedSummary
	if err := json.Unmarshal(summary, &stored); err != nil {
		return fmt.Errorf("actors: summary of room %q: %w", roomOf(key), err)
	}
	if stored.ID == "" {
		return r.lookAtTombstone(key, stored.DeletedAt)
	}
	if r.keeps.trims() {
		return r.trim(key)
	}
	return nil
}

// lookAtTombstone removes a deleted room when its time has come. One that was
// deleted before the time was noted has all of it from now on.
func (r *retention) lookAtTombstone(key string, deletedAt time.Time) error {
	now := time.Now().UTC()
	switch {
	case r.keeps.DeletedRooms == 0:
		return nil
	case deletedAt.IsZero():
		return r.commit(persistence.Change{Key: key, Summary: tombstone(now)})
	case now.Sub(deletedAt) < r.keeps.DeletedRooms:
		return nil
	}
	for {
		page, err := r.oldest(key, trimStep)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			delete(r.measured, key)
			return r.commit(persistence.Change{Key: key, Delete: true})
		}
		if err := r.trimBefore(key, page[len(page)-1].Seq+1); err != nil {
			return err
		}
	}
}

// trim removes the oldest records of a room that are due. Those that its snapshot
// doesn't count stay: a room that is read needs them.
func (r *retention) trim(key string) error {
	last, err := r.node.config.Store.Messages(key, persistence.Query{Before: persistence.Newest, Limit: 1})
	if err != nil || len(last) == 0 || last[0].Seq <= room.HistoryEntriesMax {
		return err
	}
	newest := last[0].Seq
	if err := r.measure(key); err != nil {
		return err
	}
	limit := newest - room.HistoryEntriesMax
	due, err := r.due(key, 1, newest, limit)
	if err != nil || len(due) == 0 {
		return err
	}
	stored, err := r.node.config.Store.Load(key)
	if err != nil {
		return err
	}
	counted, err := room.SnapshotSeq(stored.Snapshot)
	if err != nil {
		return err
	}
	limit = min(limit, counted)
	for {
		due, err := r.due(key, trimStep, newest, limit)
		if err != nil || len(due) == 0 {
			return err
		}
		if err := r.trimBefore(key, due[len(due)-1].Seq+1); err != nil {
			return err
		}
		if m, known := r.measured[key]; known {
			m.bytes -= min(m.bytes, size(due))
			r.measured[key] = m
		}
	}
}

// due returns the oldest records of a room, at most n, that are kept no longer:
// none after limit.
func (r *retention) due(key string, n int, newest, limit uint64) ([]persistence.Message, error) {
	page, err := r.oldest(key, n)
	if err != nil {
		return nil, err
	}
	bytes := r.measured[key].bytes
	for i, m := range page {
		tooMany := r.keeps.MessagesMax > 0 && newest-m.Seq >= r.keeps.MessagesMax
		tooLarge := r.keeps.BytesMax > 0 && bytes > r.keeps.BytesMax
		if m.Seq > limit {
			return page[:i], nil
		}
		if !tooMany && !tooLarge {
			if old, err := r.tooOld(m); err != nil || !old {
				return page[:i], err
			}
		}
		bytes -= min(bytes, uint64(len(m.Data)))
	}
	return page, nil
}

func (r *retention) tooOld(m persistence.Message) (bool, error) {
	if r.keeps.Age == 0 {
		return false, nil
	}
	e, err := room.DecodeEntry(m.Data)
	if err != nil {
		return false, err
	}
	return time.Since(e.At()) > r.keeps.Age, nil
}

// measure adds what has come since a room was looked at last. An edit in place
// of a record that was measured is not measured again.
func (r *retention) measure(key string) error {
	if r.keeps.BytesMax == 0 {
		return nil
	}
	m := r.measured[key]
	for {
		begin := time.Now()
		page, err := r.node.config.Store.Messages(key, persistence.Query{After: m.to, Limit: trimStep})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			r.measured[key] = m
			return nil
		}
		m = measured{to: page[len(page)-1].Seq, bytes: m.bytes + size(page)}
		if err := r.pause(time.Since(begin)); err != nil {
			return err
		}
	}
}

func size(messages []persistence.Message) uint64 {
	n := 0
	for _, m := range messages {
		n += len(m.Data)
	}
	return uint64(n)
}

func (r *retention) oldest(key string, n int) ([]persistence.Message, error) {
	return r.node.config.Store.Messages(key, persistence.Query{Limit: n})
}

// trimBefore is one step. What it takes out of sight the same commit removes.
func (r *retention) trimBefore(key string, seq uint64) error {
	return r.commit(persistence.Change{Key: key, TrimMessagesBefore: seq})
}

func (r *retention) commit(change persistence.Change) error {
	begin := time.Now()
	change.Owner = ownerEpoch
	if err := r.node.journal.commit(change); err != nil {
		return err
	}
	return r.pause(time.Since(begin))
}
