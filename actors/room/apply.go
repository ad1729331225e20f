package room

import "fmt"

// Apply makes the room what it is after the event. It can't fail: an event
// that Decide gave for this state always fits.
func (r *Room) Apply(e Event) {
	switch e := e.(type) {
	case Created:
		r.applyCreated(e)
	case MemberAdded:
		r.members[e.User.ID] = Member{Name: e.User.Name, Since: e.At}
	case MemberRemoved:
		delete(r.members, e.UserID)
	case Joined:
		r.seats.add(e.User, e.Connection)
	case Left:
		r.seats.remove(e.User.ID, e.Connection)
	case MessageSent:
		r.history.add(e.Message)
		r.seq = e.Message.Seq
		r.activity = e.Message.At
	case Emitted, Acted:
		// Told, and nothing more.
	case Removed:
		r.applyRemoved()
	default:
		panic(fmt.Sprintf("room: no rule for event %T", e))
	}
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
func (r *Room) applyRemoved() {
	gone := Room{id: r.id, life: absent}
	if r.settings.Persistent {
		gone.life = deleted
		gone.settings.Persistent = true
	}
	*r = gone
}
