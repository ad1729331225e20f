package room

// A connection outlives its client's transport by the host's time of grace. In
// that time it is away: it keeps its seat, and nobody is told. Whoever is away
// with all his connections and comes back, by whichever, is told to have
// returned: neither to have left nor to have joined.

func (r *Room) decideDetach(q Request) Decision {
	if !r.seats.has(q.From.ID, q.Connection) || r.seats.of(q.From.ID).isAway(q.Connection) {
		return Decision{Reply: Done{}}
	}
	return Decision{Reply: Done{}, Events: []Event{WentAway{User: q.From, Connection: q.Connection}}}
}

func (r *Room) decideResume(q Request) Decision {
	seat := r.seats.of(q.From.ID)
	if seat == nil || !seat.isAway(q.Connection) {
		return Decision{Reply: Done{}}
	}
	back := CameBack{User: q.From, Connection: q.Connection, Returned: seat.isDeserted()}
	return Decision{Reply: Done{}, Events: []Event{back}}
}

// decideTakePlace asks for nothing that a join asks for: the user is inside.
func (r *Room) decideTakePlace(q Request, c TakePlace) Decision {
	if r.seats.has(q.From.ID, q.Connection) {
		return Decision{Reply: Done{}}
	}
	if !r.seats.has(q.From.ID, c.Of) {
		return refuse(ErrNotInRoom)
	}
	returned := r.seats.of(q.From.ID).isDeserted()
	joined := Joined{User: q.From, Connection: q.Connection, Returned: returned}
	return Decision{Reply: Done{}, Events: []Event{joined, r.replaced(q.From.ID, c.Of)}}
}

// replaced is the end of a connection whose place another one has taken.
func (r *Room) replaced(user string, c ConnectionID) Left {
	return Left{User: r.seats.of(user).user, Connection: c, Disconnected: true, Replaced: true}
}
