package room

import (
	"cmp"
	"slices"
)

// Fetch asks the host for records that are no longer in memory: those next to
// After, or those next to Before, in ascending order. The bounds are
// exclusive.
type Fetch struct {
	After  uint64
	Before uint64 // 0: those next to After
	Limit  int

	epoch  string // of the room when it asked
	asOf   uint64 // its seq then
	begins bool   // nothing that was read before counts
	probes bool   // one record, to learn where the next message is
}

// Page is what the host has read. It may be shorter than the limit; an empty
// one means that there is nothing more.
type Page struct {
	Fetch   Fetch
	Entries []Entry
}

// found is what a command keeps of the pages that were read for it: of
// changes only that they were among them. It is immutable.
type found struct {
	begun     Fetch // the first that it asked for
	low, high uint64
	messages  []Message // between low and high, both included
	end       bool      // there is nothing more
	gap       bool      // of those after a record the next one was kept no more
	run       bool      // the last page was full of nothing but changes that say what was before them
	until     uint64    // seq of a message behind high, the first one known; 0: none is
}

// WithPage returns the command as it is to be decided again, with what it has
// asked for; a command that never asks is returned as it is.
func WithPage(c Command, p Page) Command {
	switch c := c.(type) {
	case EditMessage:
		c.found = c.found.with(p)
		return c
	case DeleteMessage:
		c.found = c.found.with(p)
		return c
	case GetHistory:
		c.found = c.found.with(p)
		return c
	case MarkRead:
		c.found = c.found.with(p).senders()
		return c
	}
	return c
}

// with returns what is found with one more page.
func (f *found) with(p Page) *found {
	next := found{begun: p.Fetch}
	if f != nil && !p.Fetch.begins {
		next = *f
	}
	if len(p.Entries) == 0 {
		next.end, next.gap = true, true
		return &next
	}
	if p.Fetch.Before == 0 && p.Entries[0].Seq() > p.Fetch.After+1 {
		next.gap = true
	}
	if p.Fetch.probes {
		next.narrow(p.Fetch.After+1, p.Entries[0])
	} else {
		next.add(p)
	}
	if next.until <= next.high {
		next.until = 0
	}
	return &next
}

// add takes in a page that isn't empty.
func (f *found) add(p Page) {
	newest := p.Entries[len(p.Entries)-1]
	first, last := p.Entries[0].Seq(), newest.Seq()
	if f.low == 0 {
		f.low, f.high = first, last
	}
	f.low, f.high = min(f.low, first), max(f.high, last)
	if p.Fetch.Before != 0 {
		f.low = min(f.low, lowest(p.Entries[0]))
		f.messages = slices.Concat(messagesIn(p.Entries), f.messages)
	} else {
		messages := messagesIn(p.Entries)
		f.messages = slices.Concat(f.messages, messages)
		f.run = len(messages) == 0 && len(p.Entries) >= fetchMax && newestAt(newest) != 0
	}
}

// narrow takes in the first record that there is from this seq on, in the middle
// of a run of changes or behind it: a change says which message was the newest.
func (f *found) narrow(from uint64, e Entry) {
	switch newest := newestAt(e); {
	case e.Seq() > from: // what was between is there no more
		f.high = e.Seq() - 1
	case newest == 0:
		f.run = false
	case newest > f.high:
		f.until = newest
	default:
		f.high = e.Seq()
	}
}

// newestAt is the seq of the newest message when a record was made; 0: not known.
func newestAt(e Entry) uint64 {
	if e.Change != nil {
		return e.Change.Newest
	}
	return e.Seq()
}

// lowest returns from which record on all is known that matters of what is up to
// this one: before a change, back to the newest message, there are but changes.
// So a run of them is passed over without reading it.
func lowest(e Entry) uint64 {
	if e.Change != nil && e.Change.Newest != 0 {
		return min(e.Change.Newest+1, e.Seq())
	}
	return e.Seq()
}

// senders leaves of the messages only who sent them: a mark may be moved over
// more of them than should be in memory.
func (f *found) senders() *found {
	few := *f
	few.messages = make([]Message, len(f.messages))
	for i, m := range f.messages {
		few.messages[i] = Message{Seq: m.Seq, Sender: m.Sender}
	}
	return &few
}

// fetch asks for records, to go on from what is found so far; nil: to begin.
func (r *Room) fetch(so *found, f Fetch) Decision {
	f.epoch, f.asOf, f.begins = r.epoch, r.seq, so == nil
	return Decision{Fetch: &f}
}

// current returns the messages found as they are now, for the caller to keep:
// they may have been changed since they were read. False: that is not in memory
// any more, so they have to be read again.
func (r *Room) current(f *found) ([]Message, bool) {
	if f == nil || f.begun.epoch != r.epoch {
		return []Message{}, false
	}
	since, complete := r.history.after(f.begun.asOf, r.seq)
	if !complete {
		return []Message{}, false
	}
	messages := append([]Message{}, f.messages...)
	for _, c := range changesIn(since) {
		i, there := slices.BinarySearchFunc(messages, c.MessageSeq, func(m Message, seq uint64) int {
			return cmp.Compare(m.Seq, seq)
		})
		if there {
			messages[i] = c.of(messages[i])
		}
	}
	return messages, true
}
