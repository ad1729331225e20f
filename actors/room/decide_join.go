package room

func (r *Room) decideJoin(q Request, c Join) Decision {
	switch {
	case r.life == absent && c.Implicit:
		born := r.bear(q, Settings{Name: r.id, Unlisted: true}, User{})
		return Decision{Reply: born.room.joinReply(q.From, c.Since), Events: born.events}
	case r.life != living:
		return refuse(ErrRoomNotFound)
	case r.seats.has(q.From.ID, q.Connection):
		return Decision{Reply: r.joinReply(q.From, c.Since)}
	case r.isBanned(q.From.ID, q.At) && !r.settings.Private:
		return refuse(ErrBanned)
	}
	if err, check := r.mayEnter(q, c); err != nil || check != nil {
		return decisionOf(err, check)
	}
	if err := r.hasPlace(q.From); err != nil {
		return refuse(err)
	}
	reply, events := r.enter(q, c.Since)
	return Decision{Reply: reply, Events: events}
}

func decisionOf(err *Error, check *Check) Decision {
	if check != nil {
		return Decision{Check: check}
	}
	return refuse(err)
}

// mayEnter decides privacy and password, in this order (CONTRACT.md: exists,
// banned, private, password, full). A stranger of a private room is told
// nothing but that it is private.
func (r *Room) mayEnter(q Request, c Join) (*Error, *Check) {
	banned := r.isBanned(q.From.ID, q.At)
	if !banned && (r.isExpected(q.From.ID) || r.isMember(q.From.ID)) {
		return nil, nil
	}
	refusal := ErrWrongPassword
	if r.settings.Private {
		refusal = ErrRoomPrivate
	}
	hash := r.settings.PasswordHash
	if r.settings.Private && (banned || r.hasPlace(q.From) != nil) {
		// No password would help a stranger, so it is compared with nothing, and he is told what
		// he always is: a right one, which may be known already, must not be told by
		// how soon it is refused.
		hash = ""
	}
	switch {
	case hash == "" && !r.settings.Private:
		return nil, nil
	case c.Password == "":
		return refusal, nil
	case c.Verdict == nil || c.Verdict.PasswordHash != hash:
		// Also where there is no hash: the comparison with nothing takes as long as
		// that of a wrong password, so that a stranger can't tell the two apart.
		return nil, &Check{Password: c.Password, PasswordHash: hash}
	case hash == "" || !c.Verdict.Matches:
		return refusal, nil
	}
	return nil, nil
}

// hasPlace decides whether one more connection of the user fits.
func (r *Room) hasPlace(u User) *Error {
	if taken := r.seats.of(u.ID); taken != nil {
		if len(taken.connections) >= seatConnectionsMax && !taken.isDeserted() {
			return TooLarge("a user is limited to %d connections in a room", seatConnectionsMax)
		}
		return nil
	}
	limit := r.settings.MaxUsers
	if limit == 0 {
		limit = usersMax
	}
	if r.seats.count() >= limit {
		return ErrRoomFull
	}
	if len(r.members) >= usersMax && !r.isMember(u.ID) {
		return TooLarge("a room is limited to %d members", usersMax)
	}
	return nil
}

// enter takes the connection in: one who may, and for whom there is a place. Of
// one who is away the connection takes the place of the first that is inside.
func (r *Room) enter(q Request, since *Since) (JoinReply, []Event) {
	seat := r.seats.of(q.From.ID)
	takesSeat, returns := seat == nil, seat != nil && seat.isDeserted()
	becomesMember := !r.isMember(q.From.ID)
	var events []Event
	if becomesMember && r.settings.Persistent {
		events = append(events, MemberAdded{User: q.From, At: q.At, Reading: r.beginReading()})
	}
	if _, invited := r.invited[q.From.ID]; invited && r.settings.Persistent { // accepted
		events = append(events, InvitationEnded{UserID: q.From.ID})
	}
	events = append(events, Joined{User: q.From, Connection: q.Connection, TookSeat: takesSeat, Returned: returns})
	if returns {
		events = append(events, r.replaced(q.From.ID, seat.connections[0]))
	}
	reply := r.joinReply(q.From, since)
	if becomesMember {
		reply.Room.MemberCount++
	}
	if takesSeat {
		reply.Room.UserCount++
		if len(reply.Users) < usersListedMax {
			reply.Users = append(reply.Users, q.From)
			reply.Room.Users = append(reply.Room.Users, q.From.ID)
		}
	}
	return reply, events
}

// joinReply describes the room to one who is inside now.
func (r *Room) joinReply(u User, since *Since) JoinReply {
	reply := JoinReply{
		Room:  r.Info(),
		Users: r.seats.first(usersListedMax),
		Epoch: r.epoch,
		Seq:   r.seq,
		Role:  r.role(u.ID),
	}
	if since != nil && since.Epoch == r.epoch {
		if missed, complete := r.history.after(since.Seq, r.seq); complete {
			reply.Messages, reply.Changes = messagesIn(missed), changesIn(missed)
			return reply
		}
	}
	reply.Gap = since != nil
	reply.Messages = r.history.last(joinMessagesMax)
	return reply
}

// decideOpen comes into a direct room, which is made where there is none. It
// is for its two users only, and its id is the host's secret until it is told
// to one of them.
func (r *Room) decideOpen(q Request, c Open) Decision {
	if c.Peer == q.From.ID {
		return refuse(BadRequest("userId must not be your own"))
	}
	if r.life == absent {
		name := NameOf(q.From.Name + " & " + c.Peer)
		s := Settings{Name: name, Private: true, Persistent: true, MaxUsers: 2, Peer: c.Peer, Relaxed: c.Relaxed}
		born := r.bear(q, s, q.From)
		return Decision{Reply: RoomReply{Room: born.room.Info()}, Events: born.events}
	}
	pair := r.isCreator(q.From.ID) && r.settings.Peer == c.Peer || r.isCreator(c.Peer) && r.settings.Peer == q.From.ID
	switch {
	case r.life == deleted:
		return refuse(ErrRoomNotFound)
	case !pair:
		return refuse(ErrRoomPrivate)
	case r.seats.has(q.From.ID, q.Connection):
		return Decision{Reply: RoomReply{Room: r.Info()}}
	}
	if err := r.hasPlace(q.From); err != nil {
		return refuse(err)
	}
	reply, events := r.enter(q, nil)
	if _, invited := r.invited[c.Peer]; !invited && !r.isMember(c.Peer) { // has left: called back
		events = append(events, Invited{UserID: c.Peer, By: q.From, At: q.At, RoomName: r.settings.Name})
	}
	return Decision{Reply: RoomReply{Room: reply.Room}, Events: events}
}
