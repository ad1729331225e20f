package room

import (
	"fmt"
	"strconv"
)

// Decision is what a request comes to.
type Decision struct {
	Reply  Reply   // nil only while Check is asked for
	Events []Event // to be applied in this order

	// Check asks for a comparison that is too slow to be made here. The same
	// request is to be decided again with the verdict in it.
	Check *Check
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
	}
	if r.life != living {
		return refuse(ErrRoomNotFound)
	}
	switch q.Command.(type) {
	case Leave:
		return r.decideLeave(q)
	case Disconnect:
		return r.decideDisconnect(q)
	}
	if err := r.maySpeak(q); err != nil {
		return refuse(err)
	}
	switch c := q.Command.(type) {
	case Send:
		return r.decideSend(q, c)
	case Emit:
		return r.decideEmit(q, c)
	case Act:
		return Decision{
			Reply:  Done{},
			Events: []Event{Acted{Action: c.Action, Binary: c.Binary, Player: q.From.ID, At: q.At}},
		}
	}
	panic(fmt.Sprintf("room: no rule for command %T", q.Command))
}

// maySpeak: sending needs this very connection inside.
func (r *Room) maySpeak(q Request) *Error {
	switch {
	case r.seats.has(q.From.ID, q.Connection):
		return nil
	case r.isStranger(q.From.ID):
		return ErrRoomPrivate
	default:
		return ErrNotInRoom
	}
}

func (r *Room) decideCreate(q Request, c Create) Decision {
	if r.life != absent {
		return refuse(ErrRoomExists)
	}
	born := r.bear(q, c.Settings, q.From)
	return Decision{Reply: CreateReply{Room: born.room.Info()}, Events: born.events}
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
	events = append(events, Joined{User: q.From, Connection: q.Connection, TookSeat: true})
	born := New(r.id)
	for _, e := range events {
		born.Apply(e)
	}
	return birth{born, events}
}

func (r *Room) decideJoin(q Request, c Join) Decision {
	switch {
	case r.life == absent && c.Implicit:
		born := r.bear(q, Settings{Name: r.id, Unlisted: true}, User{})
		return Decision{Reply: born.room.joinReply(c.Since), Events: born.events}
	case r.life != living:
		return refuse(ErrRoomNotFound)
	case r.seats.has(q.From.ID, q.Connection):
		return Decision{Reply: r.joinReply(c.Since)}
	}
	if err, check := r.mayEnter(q.From, c); err != nil || check != nil {
		return decisionOf(err, check)
	}
	if err := r.hasPlace(q.From); err != nil {
		if r.isStranger(q.From.ID) { // who is refused learns nothing, though he has the password
			err = ErrRoomPrivate
		}
		return refuse(err)
	}
	return r.enter(q, c)
}

func decisionOf(err *Error, check *Check) Decision {
	if check != nil {
		return Decision{Check: check}
	}
	return refuse(err)
}

// mayEnter decides privacy and password, in this order (PROTOCOL: exists,
// banned, private, password, full). A stranger of a private room is told
// nothing but that it is private.
func (r *Room) mayEnter(u User, c Join) (*Error, *Check) {
	if u.ID == r.creator.ID && u.ID != "" || r.isMember(u.ID) {
		return nil, nil
	}
	refusal := ErrWrongPassword
	if r.settings.Private {
		refusal = ErrRoomPrivate
	}
	hash := r.settings.PasswordHash
	switch {
	case hash == "" && !r.settings.Private:
		return nil, nil
	case c.Password == "":
		return refusal, nil
	case c.Verdict == nil || c.Verdict.PasswordHash != hash:
		// Also where there is no hash: then the comparison is with nothing, and
		// takes as long, so that a stranger can't tell the two apart.
		return nil, &Check{Password: c.Password, PasswordHash: hash}
	case hash == "" || !c.Verdict.Matches:
		return refusal, nil
	}
	return nil, nil
}

// hasPlace decides whether one more connection of the user fits.
func (r *Room) hasPlace(u User) *Error {
	if taken := r.seats.of(u.ID); taken != nil {
		if len(taken.connections) >= seatConnectionsMax {
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

func (r *Room) enter(q Request, c Join) Decision {
	takesSeat := r.seats.of(q.From.ID) == nil
	becomesMember := !r.isMember(q.From.ID)
	var events []Event
	if becomesMember && r.settings.Persistent {
		events = append(events, MemberAdded{User: q.From, At: q.At})
	}
	events = append(events, Joined{User: q.From, Connection: q.Connection, TookSeat: takesSeat})
	reply := r.joinReply(c.Since)
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
	return Decision{Reply: reply, Events: events}
}

// joinReply describes the room to one who is inside now.
func (r *Room) joinReply(since *Since) JoinReply {
	reply := JoinReply{
		Room:  r.Info(),
		Users: r.seats.first(usersListedMax),
		Epoch: r.epoch,
		Seq:   r.seq,
	}
	if since != nil && since.Epoch == r.epoch {
		if missed, complete := r.history.after(since.Seq, r.seq); complete {
			reply.Messages = missed
			return reply
		}
	}
	reply.Gap = since != nil
	reply.Messages = r.history.last(joinMessagesMax)
	return reply
}

func (r *Room) decideLeave(q Request) Decision {
	inside := r.seats.has(q.From.ID, q.Connection)
	if !inside && r.isStranger(q.From.ID) {
		return refuse(ErrRoomPrivate)
	}
	var events []Event
	others := r.otherConnections(q.From.ID, inside)
	if inside {
		events = append(events, Left{User: q.From, Connection: q.Connection, GaveUpSeat: others == 0})
	}
	if _, member := r.members[q.From.ID]; member && others == 0 {
		events = append(events, MemberRemoved{UserID: q.From.ID})
	}
	return Decision{Reply: Done{}, Events: r.teardown(events, q)}
}

// otherConnections counts the user's connections inside beside the caller's.
func (r *Room) otherConnections(user string, inside bool) int {
	taken := r.seats.of(user)
	switch {
	case taken == nil:
		return 0
	case inside:
		return len(taken.connections) - 1
	default:
		return len(taken.connections)
	}
}

func (r *Room) decideDisconnect(q Request) Decision {
	if !r.seats.has(q.From.ID, q.Connection) {
		return Decision{Reply: Done{}}
	}
	left := Left{
		User: q.From, Connection: q.Connection, Disconnected: true,
		GaveUpSeat: r.otherConnections(q.From.ID, true) == 0,
	}
	return Decision{Reply: Done{}, Events: r.teardown([]Event{left}, q)}
}

// teardown adds the end of the room, if a seat that these events give up was
// what kept it.
func (r *Room) teardown(events []Event, q Request) []Event {
	if len(events) == 0 {
		return events
	}
	left, ok := events[0].(Left)
	if !ok || !left.GaveUpSeat {
		return events
	}
	lastSeat := !r.settings.Persistent && r.seats.count() == 1
	creatorGone := r.settings.AutoDelete && q.From.ID == r.creator.ID
	if lastSeat || creatorGone {
		events = append(events, Removed{At: q.At})
	}
	return events
}

func (r *Room) decideSend(q Request, c Send) Decision {
	if seq, sent := r.history.find(q.From.ID, c.ClientID); sent {
		return Decision{Reply: SendReply{MessageID: r.messageID(seq), Seq: seq}}
	}
	m := Message{
		ID:          r.messageID(r.seq + 1),
		Seq:         r.seq + 1,
		Sender:      q.From,
		Text:        c.Text,
		Attachments: c.Attachments,
		At:          q.At,
		ClientID:    c.ClientID,
	}
	return Decision{
		Reply:  SendReply{MessageID: m.ID, Seq: m.Seq},
		Events: []Event{MessageSent{Message: m}},
	}
}

// messageID is the epoch and the seq, which together never come twice.
func (r *Room) messageID(seq uint64) string { return r.epoch + "-" + strconv.FormatUint(seq, 10) }

func (r *Room) decideEmit(q Request, c Emit) Decision {
	e := Emitted{
		Name: c.Event, Data: c.Data, Binary: c.Binary,
		Sender: q.From, At: q.At, Volatile: c.Volatile, Connection: q.Connection,
	}
	if c.IncludeSelf {
		e.Connection = ""
	}
	return Decision{Reply: Done{}, Events: []Event{e}}
}
