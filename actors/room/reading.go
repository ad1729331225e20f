package room

import "cmp"

// Reading is how far a member has read. It counts so that the number of unread
// messages needs no search: those of the room, less those of his own, less the
// others' that he has read.
type Reading struct {
	Mark   uint64 `json:"mark"`           // seq of the newest record read
	From   uint64 `json:"from"`           // the room's seq when membership began
	Sent   uint64 `json:"sent,omitempty"` // the member's own messages since then
	Others uint64 `json:"others"`         // messages up to Mark that are not among Sent
}

// beginReading is the reading of one who becomes a member now.
func (r *Room) beginReading() Reading {
	return Reading{Mark: r.seq, From: r.seq, Others: r.messages}
}

// reading returns how far the member has read; false: he is none.
func (r *Room) reading(user string) (Reading, bool) {
	if r.settings.Persistent {
		m, ok := r.members[user]
		return m.Reading, ok
	}
	if s := r.seats.of(user); s != nil {
		return s.reading, true
	}
	return Reading{}, false
}

// setReading is for members only.
func (r *Room) setReading(user string, reading Reading) {
	if r.settings.Persistent {
		m := r.members[user]
		m.Reading = reading
		r.members[user] = m
		return
	}
	r.seats.of(user).reading = reading
}

// countSent counts a message among its sender's own.
func (r *Room) countSent(m Message) {
	reading, member := r.reading(m.Sender.ID)
	if member && m.Seq > reading.From {
		reading.Sent++
		r.setReading(m.Sender.ID, reading)
	}
}

// unread is how many of the others' messages are after the mark. A message
// that was taken back since is still among them.
func (r *Room) unread(reading Reading) uint64 { return r.messages - reading.Sent - reading.Others }

func (r *Room) decideGlance(q Request) Decision {
	reading, member := r.reading(q.From.ID)
	if !member {
		_, invited := r.invited[q.From.ID]
		return Decision{Reply: ReadReply{Invited: invited}}
	}
	return Decision{Reply: ReadReply{Unread: r.unread(reading), Member: true}}
}

// decideMark moves the caller's mark, never backwards.
func (r *Room) decideMark(q Request, c MarkRead) Decision {
	reading, member := r.reading(q.From.ID)
	if !member {
		return refuse(ErrNotAMember)
	}
	mark := min(c.Seq, r.seq)
	if mark <= reading.Mark {
		return Decision{Reply: ReadReply{Unread: r.unread(reading), Member: true}}
	}
	mark, left, d := r.leftAfter(mark, q, c, reading)
	if d != nil {
		return *d
	}
	moved := MarkMoved{
		UserID: q.From.ID, Mark: mark, Others: r.messages - reading.Sent - left,
		Unread: left, Connection: q.Connection,
	}
	return Decision{Reply: ReadReply{Unread: left, Member: true}, Events: []Event{moved}}
}

// leftAfter counts the others' messages after a new mark. Where they are not all
// in memory, the host has to read: what the mark is moved over, or what is behind
// it, whichever is less: markStepMax records at most, and fetchMax at a time. Where
// it finds that records are gone of what the mark is moved over, it turns to what is behind
// it, markStepMax more at most. The mark that it returns is farther on if what it is at is kept no more.
func (r *Room) leftAfter(mark uint64, q Request, c MarkRead, reading Reading) (uint64, uint64, *Decision) {
	if entries, complete := r.history.after(mark, r.seq); complete {
		return mark, othersIn(entries, q.From.ID), nil
	}
	if !r.settings.Persistent { // what is no longer kept can't be read any more
		return mark, othersIn(r.history.entries, q.From.ID), nil
	}
	so := c.found
	if so != nil && so.begun.epoch != r.epoch {
		so = nil
	}
	over, behind := mark-reading.Mark, r.seq-mark
	switch {
	case so == nil && min(over, behind) > markStepMax:
		return 0, 0, tooFar()
	case so == nil && behind < over, so != nil && so.begun.After == mark:
		return r.countBehind(mark, q.From.ID, so)
	case so != nil && so.gap && behind > markStepMax:
		return 0, 0, tooFar()
	case so != nil && so.gap: // whose messages were there, nobody can say any more
		return r.countBehind(mark, q.From.ID, nil)
	}
	left, d := r.countOver(mark, q.From.ID, so, reading)
	return mark, left, d
}

func tooFar() *Decision {
	d := refuse(TooLarge("a mark is moved over %d records at most, all of which are kept, unless to one of the newest %d", markStepMax, markStepMax))
	return &d
}

// countOver takes the others' messages that the mark is moved over from those
// that were unread.
func (r *Room) countOver(mark uint64, user string, so *found, reading Reading) (uint64, *Decision) {
	at := reading.Mark // which may be another than when it asked
	if so != nil {
		at = max(at, so.high)
	}
	if so == nil || at < mark {
		d := r.fetch(so, Fetch{After: at, Limit: min(fetchMax, int(mark-at))})
		return 0, &d
	}
	return r.unread(reading) - so.others(user, reading.Mark, mark), nil
}

// countBehind counts the others' messages behind the mark that are still kept,
// and moves the mark to where these begin: so what is gone is not looked for again.
func (r *Room) countBehind(mark uint64, user string, so *found) (uint64, uint64, *Decision) {
	at := mark
	if so != nil {
		at = max(at, so.high)
	}
	rest, complete := r.history.after(at, r.seq)
	if !complete && (so == nil || !so.end) {
		d := r.fetch(so, Fetch{After: at, Limit: min(fetchMax, int(r.history.first()-1-at))})
		return 0, 0, &d
	}
	if !complete {
		rest = r.history.entries
	}
	return cmp.Or(so.low, r.history.first()) - 1, so.others(user, mark, r.seq) + othersIn(rest, user), nil
}

// others counts the messages found that are not the user's, after one seq and up
// to another.
func (f *found) others(user string, after, to uint64) uint64 {
	n := uint64(0)
	for _, m := range f.messages {
		if m.Seq > after && m.Seq <= to && m.Sender.ID != user {
			n++
		}
	}
	return n
}

// othersIn counts the messages of others than this user.
func othersIn(entries []Entry, user string) uint64 {
	n := uint64(0)
	for _, e := range entries {
		if e.Message != nil && e.Message.Sender.ID != user {
			n++
		}
	}
	return n
}
