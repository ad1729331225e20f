package room

import "slices"

// read is for what one asks to see.
func (m *model) read(q Request) Decision {
	if _, ok := q.Command.(Glance); ok {
		return m.glance(q)
	}
	if !m.isMemberID(q.From.ID) {
		return Decision{Reply: ErrNotAMember}
	}
	switch c := q.Command.(type) {
	case GetHistory:
		return m.history(c)
	case MarkRead:
		return m.markRead(q, c)
	}
	return m.listUsers(q.Command.(ListUsers))
}

func (m *model) glance(q Request) Decision {
	for _, mm := range m.members {
		if mm.user == q.From {
			return Decision{Reply: ReadReply{Unread: m.unread(mm), Member: true}}
		}
	}
	return Decision{Reply: ReadReply{Invited: slices.Contains(m.invited, q.From.ID)}}
}

// unread counts the others' messages after the mark, and one's own from
// before one was a member. What was gone when the mark was moved is not among
// them.
func (m *model) unread(mm modelMember) uint64 {
	n := uint64(0)
	for _, e := range m.entries {
		if sent := e.Message; sent != nil && sent.Seq > max(mm.mark, mm.readTo) && (sent.Sender != mm.user || sent.Seq <= mm.from) {
			n++
		}
	}
	return n
}

func (m *model) markRead(q Request, c MarkRead) Decision {
	for i := range m.members {
		mm := &m.members[i]
		if mm.user != q.From {
			continue
		}
		if mark := min(c.Seq, m.newest()); mark > mm.mark {
			mm.mark, mm.readTo = mark, uint64(m.gone())
			if m.settings.Persistent {
				mm.mark = max(mark, mm.readTo)
			}
			read := uint64(0)
			for _, sent := range m.messages() {
				if sent.Seq <= max(mm.mark, mm.readTo) && (sent.Sender != mm.user || sent.Seq <= mm.from) {
					read++
				}
			}
			e := MarkMoved{UserID: q.From.ID, Mark: mm.mark, Others: read, Unread: m.unread(*mm), Connection: q.Connection}
			return Decision{Reply: ReadReply{Unread: m.unread(*mm), Member: true}, Events: []Event{e}}
		}
		return Decision{Reply: ReadReply{Unread: m.unread(*mm), Member: true}}
	}
	panic("not a member")
}

func (m *model) listUsers(c ListUsers) Decision {
	r := UsersReply{Total: len(m.seats)}
	for _, s := range m.seats {
		if s.arrival <= c.After {
			continue
		}
		if len(r.Users) == c.Limit {
			return Decision{Reply: r}
		}
		r.Users, r.Next = append(r.Users, s.user), s.arrival
	}
	r.Next = 0
	return Decision{Reply: r}
}

// history is a page of the messages that are anywhere to be had.
func (m *model) history(c GetHistory) Decision {
	all := messagesOf(m.entries[m.gone():])
	var found []Message // nearest first
	for i := range all {
		if c.HasAfter && all[i].Seq > c.After {
			found = append(found, all[i])
		}
		if last := all[len(all)-1-i]; !c.HasAfter && (c.Before == 0 || last.Seq < c.Before) {
			found = append(found, last)
		}
	}
	r := HistoryReply{Epoch: m.epoch}
	bytes := 0
	for i, message := range found {
		bytes += m.sizes[message.Seq-1]
		if i == c.Limit || i > 0 && bytes > 512<<10 {
			r.HasMore = true
			break
		}
		if c.HasAfter {
			r.Messages = append(r.Messages, message)
		} else {
			r.Messages = append([]Message{message}, r.Messages...)
		}
	}
	return Decision{Reply: r}
}
