package room

import "fmt"

// Decision is what a request comes to.
type Decision struct {
	Reply  Reply   // nil only while Check or Fetch is asked for
	Events []Event // to be applied in this order

	// Check asks for a comparison that is too slow to be made here. The same
	// request is to be decided again with the verdict in it.
	Check *Check

	// Fetch asks for records that are not in memory. The same request is to be
	// decided again with what was read; see WithPage.
	Fetch *Fetch
}

// Check asks whether the password belongs to the hash.
type Check struct {
	Password     string
	PasswordHash string
}

func refuse(err *Error) Decision { return Decision{Reply: err} }

// Decide returns what the request comes to. It changes nothing.
func (r *Room) Decide(q Request) Decision {
	switch c := q.Command.(type) {
	case Create:
		return r.decideCreate(q, c)
	case Join:
		return r.decideJoin(q, c)
	case Open:
		return r.decideOpen(q, c)
	}
	if r.life != living {
		return refuse(ErrRoomNotFound)
	}
	switch c := q.Command.(type) {
	case Leave:
		return r.decideLeave(q)
	case Disconnect:
		return r.decideDisconnect(q)
	case Detach:
		return r.decideDetach(q)
	case Resume:
		return r.decideResume(q)
	case TakePlace:
		return r.decideTakePlace(q, c)
	case Delete:
		return r.decideDelete(q, c)
	case Kick:
		if c.ByAdmin {
			return r.decideKick(q, c)
		}
	case ListUsers:
		if c.ByAdmin {
			return r.decideUsers(q, c)
		}
	}
	// Of a private room a stranger learns nothing, whatever he asks.
	if r.isStranger(q.From.ID) {
		return refuse(ErrRoomPrivate)
	}
	return r.decideKnown(q)
}

// decideKnown decides what one asks who may know of the room.
func (r *Room) decideKnown(q Request) Decision {
	switch c := q.Command.(type) {
	case Send:
		return r.decideSend(q, c)
	case Emit:
		return r.decideEmit(q, c)
	case Act:
		return r.decideAct(q, c)
	case EditMessage:
		return r.decideEdit(q, c)
	case DeleteMessage:
		return r.decideDeleteMessage(q, c)
	case GetHistory:
		return r.decideHistory(q, c)
	case ListUsers:
		return r.decideUsers(q, c)
	case MarkRead:
		return r.decideMark(q, c)
	case Glance:
		return r.decideGlance(q)
	case Update:
		return r.decideUpdate(q, c)
	case Invite:
		return r.decideInvite(q, c)
	case Decline:
		return r.decideDecline(q)
	default:
		return r.decideModerating(q)
	}
}

func (r *Room) decideModerating(q Request) Decision {
	switch c := q.Command.(type) {
	case Kick:
		return r.decideKick(q, c)
	case Ban:
		return r.decideBan(q, c)
	case Unban:
		return r.decideUnban(q, c)
	case Mute:
		return r.decideMute(q, c)
	case Unmute:
		return r.decideUnmute(q, c)
	case SetRole:
		return r.decideSetRole(q, c)
	case GetModeration:
		return r.decideModeration(q)
	}
	panic(fmt.Sprintf("room: no rule for command %T", q.Command))
}

// mustBeInside refuses a command that needs this very connection inside.
func (r *Room) mustBeInside(q Request) *Error {
	if r.seats.has(q.From.ID, q.Connection) {
		return nil
	}
	return ErrNotInRoom
}

// maySpeak refuses one who is not inside, or muted.
func (r *Room) maySpeak(q Request) *Error {
	if err := r.mustBeInside(q); err != nil {
		return err
	}
	return r.mustNotBeMuted(q)
}

func (r *Room) decideCreate(q Request, c Create) Decision {
	if r.life != absent {
		return refuse(ErrRoomExists)
	}
	born := r.bear(q, c.Settings, q.From)
	return Decision{Reply: RoomReply{Room: born.room.Info()}, Events: born.events}
}

// birth is a room that a request brings into being, beside the one that must
// not change.
type birth struct {
	room   *Room
	events []Event
}

func (r *Room) bear(q Request, s Settings, creator User) birth {
	events := []Event{Created{Settings: s, Creator: creator, At: q.At, Epoch: q.Epoch}}
	if s.Persistent {
		events = append(events, MemberAdded{User: q.From, At: q.At})
	}
	if s.Peer != "" {
		events = append(events, Invited{UserID: s.Peer, By: q.From, At: q.At, RoomName: s.Name})
	}
	events = append(events, Joined{User: q.From, Connection: q.Connection, TookSeat: true})
	born := New(r.id)
	for _, e := range events {
		born.Apply(e)
	}
	return birth{born, events}
}

func (r *Room) decideEmit(q Request, c Emit) Decision {
	if err := r.maySpeak(q); err != nil {
		return refuse(err)
	}
	e := Emitted{
		Name: c.Event, Data: c.Data, Binary: c.Binary,
		Sender: q.From, At: q.At, Volatile: c.Volatile, Connection: q.Connection,
	}
	if c.IncludeSelf {
		e.Connection = ""
	}
	return Decision{Reply: Done{}, Events: []Event{e}}
}

func (r *Room) decideAct(q Request, c Act) Decision {
	if err := r.maySpeak(q); err != nil {
		return refuse(err)
	}
	return Decision{
		Reply:  Done{},
		Events: []Event{Acted{Action: c.Action, Binary: c.Binary, Player: q.From.ID, At: q.At}},
	}
}
