package room

// decideUpdate changes the settings. A maximum below the seats throws nobody
// out, and admits nobody until there is room.
func (r *Room) decideUpdate(q Request, c Update) Decision {
	switch {
	case r.isDirect():
		return refuse(Forbidden("A direct room can't be changed"))
	case !r.isCreator(q.From.ID):
		return refuse(ErrMayNotChange)
	}
	s := r.settings
	assign(&s.Name, c.Name)
	assign(&s.Description, c.Description)
	assign(&s.PasswordHash, c.PasswordHash)
	assign(&s.MaxUsers, c.MaxUsers)
	assign(&s.Private, c.Private)
	if s == r.settings {
		return Decision{Reply: RoomReply{Room: r.Info()}}
	}
	after := *r
	after.settings = s
	updated := RoomUpdated{Settings: s, Room: after.Info()}
	return Decision{Reply: RoomReply{Room: updated.Room}, Events: []Event{updated}}
}

func assign[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// decideDelete ends the room: for its creator, or for the server's
// administrator.
func (r *Room) decideDelete(q Request, c Delete) Decision {
	switch {
	case c.ByAdmin:
	case r.isStranger(q.From.ID):
		return refuse(ErrRoomPrivate)
	case r.isDirect():
		return refuse(Forbidden("A direct room can't be deleted"))
	case !r.isCreator(q.From.ID):
		return refuse(ErrMayNotDelete)
	}
	return Decision{Reply: Done{}, Events: []Event{Removed{At: q.At, Reason: c.Reason}}}
}

// decideInvite lets a user come in, and has him told unless he is inside.
func (r *Room) decideInvite(q Request, c Invite) Decision {
	_, invited := r.invited[c.UserID]
	switch {
	case !r.isMember(q.From.ID):
		return refuse(ErrNotAMember)
	case c.UserID == q.From.ID || r.seats.of(c.UserID) != nil:
		return Decision{Reply: Done{}}
	case r.isDirect() && !r.isExpected(c.UserID):
		return refuse(Forbidden("Nobody else may come into a direct room"))
	case r.isBanned(c.UserID, q.At):
		return refuse(Forbidden("That user is banned from this room"))
	case !invited && len(r.invited) >= invitedMax:
		return refuse(TooLarge("a room is limited to %d invitations", invitedMax))
	}
	e := Invited{UserID: c.UserID, By: q.From, At: q.At, RoomName: r.settings.Name}
	return Decision{Reply: Done{}, Events: []Event{e}}
}

func (r *Room) decideDecline(q Request) Decision {
	if _, invited := r.invited[q.From.ID]; !invited {
		return Decision{Reply: Done{}}
	}
	return Decision{Reply: Done{}, Events: []Event{InvitationEnded{UserID: q.From.ID}}}
}
