package room

import "cmp"

// decideHistory pages through the messages: from memory where that has all of
// the page, else from what the host reads.
func (r *Room) decideHistory(q Request, c GetHistory) Decision {
	switch {
	case !r.isMember(q.From.ID):
		return refuse(ErrNotAMember)
	case c.HasAfter:
		return r.historyAfter(c)
	default:
		return r.historyBefore(c)
	}
}

func (r *Room) historyBefore(c GetHistory) Decision {
	before := r.seq + 1
	if c.Before != 0 {
		before = min(c.Before, before)
	}
	page, more := newestOf(messagesIn(r.history.before(before)), c.Limit)
	if !more && r.settings.Persistent && r.history.first() > 1 {
		messages, d := r.readBack(before, c)
		if d != nil {
			return *d
		}
		page, more = newestOf(messages, c.Limit)
	}
	return Decision{Reply: HistoryReply{Messages: page, Epoch: r.epoch, HasMore: more}}
}

// readBack returns messages before this record, enough for the page, or asks
// for more of them.
func (r *Room) readBack(before uint64, c GetHistory) ([]Message, *Decision) {
	messages, current := r.current(c.found)
	so, next := c.found, before
	switch {
	case !current:
		so = nil
	case so.low != 0:
		next = so.low
	}
	if _, more := newestOf(messages, c.Limit); !more && next > 1 && (so == nil || !so.end) {
		d := r.fetch(so, Fetch{Before: next, Limit: pageFetch(so, c.Limit)})
		return nil, &d
	}
	for _, m := range messagesIn(r.history.before(before)) {
		if so != nil && m.Seq > so.begun.asOf { // has come since it asked
			messages = append(messages, m)
		}
	}
	return messages, nil
}

func (r *Room) historyAfter(c GetHistory) Decision {
	messages, d := r.readOn(c)
	if d != nil {
		return *d
	}
	page, more := oldestOf(messages, c.Limit)
	return Decision{Reply: HistoryReply{Messages: page, Epoch: r.epoch, HasMore: more}}
}

// readOn returns messages after a record, enough for the page, or asks for
// more of them.
func (r *Room) readOn(c GetHistory) ([]Message, *Decision) {
	messages, current := r.current(c.found)
	so, after := c.found, c.After
	if !current {
		so = nil
	} else {
		after = max(after, so.high)
	}
	if _, more := oldestOf(messages, c.Limit); more || so != nil && so.end {
		return messages, nil
	}
	rest, complete := r.history.after(min(after, r.seq), r.seq)
	switch {
	case complete:
		return append(messages, messagesIn(rest)...), nil
	case !r.settings.Persistent: // what is before is gone
		return messagesIn(r.history.entries), nil
	case r.newest != 0 && r.newest <= after: // there are but changes
		return messages, nil
	}
	d := r.fetch(so, r.onward(so, after, c.Limit))
	return nil, &d
}

// onward is what to read for a page behind this record. In a run of changes the
// next message is searched for by halves: to read thousands would take as many
// records to show none.
func (r *Room) onward(so *found, after uint64, limit int) Fetch {
	if so != nil && so.run {
		if until := cmp.Or(so.until, r.newest); until > after+fetchMax {
			return Fetch{After: after + (until-after)/2 - 1, Limit: 1, probes: true}
		}
	}
	return Fetch{After: after, Limit: pageFetch(so, limit)}
}

// pageFetch is how many records are read for a page: what fills it where they are
// all messages, and whether there are more; and only then as many as may be.
func pageFetch(so *found, limit int) int {
	if so == nil {
		return min(limit+1, fetchMax)
	}
	return fetchMax
}

// newestOf returns the last messages, as many as go into a page, and whether
// there are others before them.
func newestOf(messages []Message, limit int) ([]Message, bool) {
	from, bytes := len(messages), 0
	for from > 0 && len(messages)-from < limit {
		bytes += messageBytes(messages[from-1])
		if bytes > historyBytesMax && from < len(messages) {
			break
		}
		from--
	}
	return messages[from:], from > 0
}

// oldestOf is newestOf from the other end.
func oldestOf(messages []Message, limit int) ([]Message, bool) {
	to, bytes := 0, 0
	for to < len(messages) && to < limit {
		bytes += messageBytes(messages[to])
		if bytes > historyBytesMax && to > 0 {
			break
		}
		to++
	}
	return messages[:to:to], to < len(messages)
}

// decideUsers pages through the users inside.
func (r *Room) decideUsers(q Request, c ListUsers) Decision {
	if !c.ByAdmin && !r.isMember(q.From.ID) {
		return refuse(ErrNotAMember)
	}
	users, next := r.seats.page(c.After, c.Limit)
	return Decision{Reply: UsersReply{Users: users, Total: r.seats.count(), Next: next}}
}
