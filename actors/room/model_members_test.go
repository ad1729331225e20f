package room

import "slices"

// goIn takes one in who may come in.
func (m *model) goIn(q Request) []Event {
	var events []Event
	if !m.isMemberID(q.From.ID) {
		m.members = append(m.members, modelMember{user: q.From, from: m.newest(), mark: m.newest()})
		if m.settings.Persistent {
			all := uint64(len(m.messages()))
			reading := Reading{Mark: m.newest(), From: m.newest(), Others: all}
			events = append(events, MemberAdded{User: q.From, At: q.At, Reading: reading})
		}
	}
	if m.settings.Persistent {
		events = append(events, m.uninvite(q.From.ID)...)
	}
	e := Joined{User: q.From, Connection: q.Connection, TookSeat: !slices.Contains(m.seated(), q.From)}
	if e.TookSeat {
		m.arrived++
		m.seats = append(m.seats, modelSeat{q.From, m.arrived})
	}
	e.Returned = !e.TookSeat && m.isAway(q.From)
	m.inside = append(m.inside, e)
	events = append(events, e)
	if e.Returned {
		first := m.inside[slices.IndexFunc(m.inside, func(j Joined) bool { return j.User == q.From })]
		events = append(events, m.replace(first))
	}
	return events
}

// isAway reports whether all clients of one who is inside are away.
func (m *model) isAway(u User) bool {
	return !slices.ContainsFunc(m.inside, func(j Joined) bool { return j.User == u && !j.Away })
}

// replace takes one out whose place another one of the same user has taken.
func (m *model) replace(j Joined) Event {
	m.inside = slices.DeleteFunc(m.inside, func(o Joined) bool { return o.Connection == j.Connection })
	return Left{User: j.User, Connection: j.Connection, Disconnected: true, Replaced: true}
}

// setAway notes that a client has gone away, or come back.
func (m *model) setAway(q Request) Decision {
	_, away := q.Command.(Detach)
	i := slices.IndexFunc(m.inside, func(j Joined) bool { return j.Connection == q.Connection })
	if i < 0 || m.inside[i].Away == away {
		return Decision{Reply: Done{}}
	}
	var e Event = WentAway{User: q.From, Connection: q.Connection}
	if !away {
		e = CameBack{User: q.From, Connection: q.Connection, Returned: m.isAway(q.From)}
	}
	m.inside[i].Away = away
	return Decision{Reply: Done{}, Events: []Event{e}}
}

func (m *model) takePlace(q Request, c TakePlace) Decision {
	i := slices.IndexFunc(m.inside, func(j Joined) bool { return j.Connection == c.Of && j.User == q.From })
	switch {
	case m.isInside(q.Connection):
		return Decision{Reply: Done{}}
	case i < 0:
		return Decision{Reply: ErrNotInRoom}
	}
	old := m.inside[i]
	e := Joined{User: q.From, Connection: q.Connection, Returned: m.isAway(q.From)}
	m.inside = append(m.inside, e)
	return Decision{Reply: Done{}, Events: []Event{e, m.replace(old)}}
}

// takeOut takes one connection out.
func (m *model) takeOut(u User, c ConnectionID, disconnected bool) (events []Event, gaveUp bool) {
	if !m.isInside(c) {
		return nil, false
	}
	m.inside = slices.DeleteFunc(m.inside, func(j Joined) bool { return j.Connection == c })
	gaveUp = !slices.ContainsFunc(m.inside, func(j Joined) bool { return j.User == u })
	if gaveUp {
		m.seats = slices.DeleteFunc(m.seats, func(s modelSeat) bool { return s.user == u })
		if !m.settings.Persistent {
			m.dropMember(u.ID)
		}
	}
	return []Event{Left{User: u, Connection: c, GaveUpSeat: gaveUp, Disconnected: disconnected}}, gaveUp
}

// over ends the room if it is: after this user has given up a seat.
func (m *model) over(q Request, user string, gaveUp bool) []Event {
	last := len(m.seats) == 0 && !m.settings.Persistent
	if !gaveUp || !last && !(m.settings.AutoDelete && user == m.creator.ID) {
		return nil
	}
	*m = model{id: m.id, tombstone: m.settings.Persistent}
	return []Event{Removed{At: q.At}}
}

func (m *model) dropMember(user string) []Event {
	was := m.isMemberID(user)
	m.members = slices.DeleteFunc(m.members, func(mm modelMember) bool { return mm.user.ID == user })
	m.moderators = slices.DeleteFunc(m.moderators, func(id string) bool { return id == user })
	if was && m.settings.Persistent {
		return []Event{MemberRemoved{UserID: user}}
	}
	return nil
}

func (m *model) invite(q Request, user string) Event {
	if !slices.Contains(m.invited, user) {
		m.invited = append(m.invited, user)
	}
	return Invited{UserID: user, By: q.From, At: q.At, RoomName: m.settings.Name}
}

func (m *model) uninvite(user string) []Event {
	if !slices.Contains(m.invited, user) {
		return nil
	}
	m.invited = slices.DeleteFunc(m.invited, func(id string) bool { return id == user })
	return []Event{InvitationEnded{UserID: user}}
}

func (m *model) isInside(c ConnectionID) bool {
	return slices.ContainsFunc(m.inside, func(j Joined) bool { return j.Connection == c })
}

func (m *model) isMemberID(user string) bool {
	return slices.ContainsFunc(m.members, func(mm modelMember) bool { return mm.user.ID == user })
}

// isKnown: creator, peer, member, invited.
func (m *model) isKnown(u User) bool {
	known := append([]string{m.creator.ID, m.settings.Peer}, m.invited...)
	return m.isMemberID(u.ID) || slices.Contains(known, u.ID)
}

// seated are the users inside, each once.
func (m *model) seated() []User {
	var users []User
	for _, s := range m.seats {
		users = append(users, s.user)
	}
	return users
}

func (m *model) info() Info {
	i := Info{Listing: Listing{
		ID: m.id, Name: m.settings.Name, Description: m.settings.Description, Creator: m.creator,
		CreatedAt: m.createdAt, Persistent: m.settings.Persistent, Private: m.settings.Private, Unlisted: m.settings.Unlisted,
		HasPassword: m.settings.PasswordHash != "", MaxUsers: m.settings.MaxUsers,
		UserCount: len(m.seats), MemberCount: len(m.members), LastActivity: m.activity,
	}}
	for _, u := range m.seated() {
		i.Users = append(i.Users, u.ID)
	}
	return i
}

func (m *model) joinReply(q Request, since *Since) JoinReply {
	r := JoinReply{Room: m.info(), Users: m.seated(), Epoch: m.epoch, Seq: m.newest(), Role: m.role(q.From.ID)}
	if since != nil && since.Epoch == m.epoch && since.Seq <= m.newest() && since.Seq >= uint64(m.forgotten) {
		r.Messages = messagesOf(m.entries[since.Seq:])
		for _, e := range m.entries[since.Seq:] {
			if e.Change != nil {
				r.Changes = append(r.Changes, *e.Change)
			}
		}
		return r
	}
	r.Gap = since != nil
	kept := messagesOf(m.entries[m.forgotten:])
	r.Messages = kept[max(0, len(kept)-50):]
	return r
}
