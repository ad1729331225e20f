package room

import "fmt"

// Apply makes the room what it is after the event. It can't fail: an event
// that Decide gave for this state always fits.
func (r *Room) Apply(e Event) {
	switch e := e.(type) {
	case Created:
		r.applyCreated(e)
	case EpochBegan:
		r.epoch = e.Epoch
	case RunBegan:
		r.running = true
	case RunEnded:
		r.running = false
	case MemberAdded:
		r.members[e.User.ID] = Member{Name: e.User.Name, Since: e.At, Reading: e.Reading}
	case MemberRemoved:
		delete(r.members, e.UserID)
		delete(r.moderation.Moderators, e.UserID)
	case Joined:
		r.seats.add(e.User, e.Connection, r.beginReading())
		if e.Away {
			r.seats.of(e.User.ID).setAway(e.Connection, true)
		}
	case WentAway:
		r.seats.of(e.User.ID).setAway(e.Connection, true)
	case CameBack:
		r.seats.of(e.User.ID).setAway(e.Connection, false)
	case Left:
		r.applyLeft(e)
	case MessageSent:
		r.applyMessage(e.Message)
	case MessageChanged:
		r.history.replace(e.Message)
		r.applyChange(e.Change)
	case RoomUpdated:
		r.settings = e.Settings
	case Invited:
		set(&r.invited, e.UserID, invitation{By: e.By, At: e.At})
	case InvitationEnded:
		delete(r.invited, e.UserID)
	case MarkMoved:
		r.applyMark(e)
	case Emitted, Acted, UserKicked:
		// Told, and nothing more.
	case Removed:
		r.applyRemoved(e)
	default:
		r.applyModeration(e)
	}
}

func (r *Room) applyModeration(e Event) {
	m := &r.moderation
	switch e := e.(type) {
	case UserBanned:
		impose(&m.Banned, e.User.ID, e.Sanction, bansMax)
	case UserUnbanned:
		delete(m.Banned, e.UserID)
	case UserMuted:
		impose(&m.Muted, e.UserID, e.Sanction, mutesMax)
	case UserUnmuted:
		delete(m.Muted, e.UserID)
	case RoleChanged:
		if e.Role == RoleModerator {
			set(&m.Moderators, e.UserID, e.By)
		} else {
			delete(m.Moderators, e.UserID)
		}
	default:
		panic(fmt.Sprintf("room: no rule for event %T", e))
	}
}

func (r *Room) applyLeft(e Left) {
	r.seats.remove(e.User.ID, e.Connection)
	if e.GaveUpSeat && !r.settings.Persistent { // it was membership
		delete(r.moderation.Moderators, e.User.ID)
	}
}

func (r *Room) applyMessage(m Message) {
	r.history.add(Entry{Message: &m})
	r.seq, r.newest, r.activity = m.Seq, m.Seq, m.At
	r.messages++
	r.countSent(m)
}

func (r *Room) applyChange(c Change) {
	r.history.add(Entry{Change: &c})
	r.seq = c.Seq
}

func (r *Room) applyMark(e MarkMoved) {
	reading, member := r.reading(e.UserID)
	if !member {
		return
	}
	reading.Mark, reading.Others = e.Mark, e.Others
	r.setReading(e.UserID, reading)
}

func (r *Room) applyCreated(e Created) {
	*r = Room{
		id:        r.id,
		life:      living,
		settings:  e.Settings,
		creator:   e.Creator,
		createdAt: e.At,
		epoch:     e.Epoch,
		activity:  e.At,
	}
	if e.Settings.Persistent {
		r.members = make(map[string]Member)
	}
}

// applyRemoved leaves a tombstone of a persistent room, whose id stays taken,
// and nothing of an ephemeral one.
func (r *Room) applyRemoved(e Removed) {
	gone := Room{id: r.id, life: absent}
	if r.settings.Persistent {
		gone.life = deleted
		gone.settings.Persistent = true
		gone.activity = e.At
	}
	*r = gone
}
