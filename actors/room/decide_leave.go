package room

import (
	"slices"
	"time"
)

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
	if _, invited := r.invited[q.From.ID]; invited && inside && others == 0 {
		events = append(events, InvitationEnded{UserID: q.From.ID}) // an ephemeral room keeps it until then
	}
	return Decision{Reply: Done{}, Events: r.teardown(events, q.From.ID, q.At)}
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
	return Decision{Reply: Done{}, Events: r.teardown([]Event{left}, q.From.ID, q.At)}
}

// teardown adds the end of the room, if the user's seat, which these events
// give up, was what kept it.
func (r *Room) teardown(events []Event, user string, at time.Time) []Event {
	if !slices.ContainsFunc(events, givesUpSeat) {
		return events
	}
	lastSeat := !r.settings.Persistent && r.seats.count() == 1
	creatorGone := r.settings.AutoDelete && r.isCreator(user)
	if lastSeat || creatorGone {
		events = append(events, Removed{At: at})
	}
	return events
}

func givesUpSeat(e Event) bool {
	left, ok := e.(Left)
	return ok && left.GaveUpSeat
}
