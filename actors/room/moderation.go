package room

import (
	"maps"
	"slices"
	"time"
)

// Role is what a user may do in a room beyond speaking. The creator's own
// can't be given or taken.
type Role string

// The roles.
const (
	RoleCreator   Role = "creator"
	RoleModerator Role = "moderator"
	RoleMember    Role = "member"
)

// Sanction is who keeps a user out or quiet, and until when.
type Sanction struct {
	By     User      `json:"by"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until,omitzero"` // its zero value: until it is lifted
	Reason string    `json:"reason,omitempty"`
}

// holds reports whether the sanction is in force.
func (s Sanction) holds(at time.Time) bool { return s.Until.IsZero() || at.Before(s.Until) }

// moderation is who may do more than others in a room, and who less. The zero
// value has nobody. Sanctions that have ended stay until room is needed.
type moderation struct {
	Moderators map[string]User     `json:"moderators,omitempty"` // by user id: who made them so
	Banned     map[string]Sanction `json:"banned,omitempty"`     // by user id
	Muted      map[string]Sanction `json:"muted,omitempty"`      // by user id
}

// set puts an entry into a map that may be nil yet.
func set[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[key] = v
}

// impose adds a sanction, and forgets those that have ended if there are many.
func impose(sanctions *map[string]Sanction, user string, s Sanction, limit int) {
	if len(*sanctions) >= limit {
		maps.DeleteFunc(*sanctions, func(_ string, old Sanction) bool { return !old.holds(s.At) })
	}
	set(sanctions, user, s)
}

// hasPlaceFor reports whether one more sanction fits.
func hasPlaceFor(sanctions map[string]Sanction, user string, at time.Time, limit int) bool {
	if _, replaced := sanctions[user]; replaced || len(sanctions) < limit {
		return true
	}
	for _, old := range sanctions {
		if !old.holds(at) {
			return true
		}
	}
	return false
}

// role returns what the user is in the room.
func (r *Room) role(user string) Role {
	if r.isCreator(user) {
		return RoleCreator
	}
	if _, ok := r.moderation.Moderators[user]; ok {
		return RoleModerator
	}
	return RoleMember
}

// isBanned reports whether the user is kept out.
func (r *Room) isBanned(user string, at time.Time) bool {
	s, ok := r.moderation.Banned[user]
	return ok && s.holds(at)
}

// mustNotBeMuted refuses one who is, with the time that is left.
func (r *Room) mustNotBeMuted(q Request) *Error {
	s, ok := r.moderation.Muted[q.From.ID]
	if !ok || !s.holds(q.At) {
		return nil
	}
	refusal := *ErrMuted
	if !s.Until.IsZero() {
		refusal.RetryAfter = s.Until.Sub(q.At)
	}
	return &refusal
}

// mayActOn returns why the caller may not act on this user, or nil: moderators
// act on members, the creator on everybody else. In a direct room nobody does.
func (r *Room) mayActOn(q Request, target string) *Error {
	switch {
	case r.isDirect():
		return Forbidden("Nobody moderates a direct room")
	case r.role(q.From.ID) == RoleMember:
		return ErrNotModerator
	case target == q.From.ID:
		return BadRequest("userId must not be your own")
	case r.role(q.From.ID) == RoleModerator && r.role(target) != RoleMember:
		return Forbidden("Only the creator can do this to a moderator, and nobody to the creator")
	}
	return nil
}

func (r *Room) decideKick(q Request, c Kick) Decision {
	by := User{}
	if !c.ByAdmin {
		if err := r.mayActOn(q, c.UserID); err != nil {
			return refuse(err)
		}
		by = q.From
	}
	out := r.throwOut(c.UserID, q.At)
	if len(out) == 0 {
		return Decision{Reply: Done{}}
	}
	kicked := UserKicked{User: r.known(c.UserID), By: by, Reason: c.Reason}
	return Decision{Reply: Done{}, Events: append([]Event{kicked}, out...)}
}

func (r *Room) decideBan(q Request, c Ban) Decision {
	if err := r.mayActOn(q, c.UserID); err != nil {
		return refuse(err)
	}
	if !hasPlaceFor(r.moderation.Banned, c.UserID, q.At, bansMax) {
		return refuse(TooLarge("a room is limited to %d banned users", bansMax))
	}
	banned := UserBanned{User: r.known(c.UserID), Sanction: sanction(q, c.For, c.Reason)}
	return Decision{Reply: Done{}, Events: append([]Event{banned}, r.throwOut(c.UserID, q.At)...)}
}

func (r *Room) decideUnban(q Request, c Unban) Decision {
	if err := r.mayActOn(q, c.UserID); err != nil {
		return refuse(err)
	}
	if _, banned := r.moderation.Banned[c.UserID]; !banned {
		return Decision{Reply: Done{}}
	}
	return Decision{Reply: Done{}, Events: []Event{UserUnbanned{UserID: c.UserID, By: q.From}}}
}

func (r *Room) decideMute(q Request, c Mute) Decision {
	if err := r.mayActOn(q, c.UserID); err != nil {
		return refuse(err)
	}
	if !hasPlaceFor(r.moderation.Muted, c.UserID, q.At, mutesMax) {
		return refuse(TooLarge("a room is limited to %d muted users", mutesMax))
	}
	return Decision{Reply: Done{}, Events: []Event{UserMuted{UserID: c.UserID, Sanction: sanction(q, c.For, "")}}}
}

func (r *Room) decideUnmute(q Request, c Unmute) Decision {
	if err := r.mayActOn(q, c.UserID); err != nil {
		return refuse(err)
	}
	if _, muted := r.moderation.Muted[c.UserID]; !muted {
		return Decision{Reply: Done{}}
	}
	return Decision{Reply: Done{}, Events: []Event{UserUnmuted{UserID: c.UserID, By: q.From}}}
}

func sanction(q Request, lasts time.Duration, reason string) Sanction {
	s := Sanction{By: q.From, At: q.At, Reason: reason}
	if lasts > 0 {
		s.Until = q.At.Add(lasts)
	}
	return s
}

// decideSetRole: only the creator makes moderators, and only of members.
func (r *Room) decideSetRole(q Request, c SetRole) Decision {
	switch {
	case r.isDirect():
		return refuse(Forbidden("Nobody moderates a direct room"))
	case !r.isCreator(q.From.ID):
		return refuse(ErrMayNotChange)
	case r.isCreator(c.UserID):
		return refuse(BadRequest("the creator's role can't be changed"))
	case r.role(c.UserID) == c.Role:
		return Decision{Reply: Done{}}
	case c.Role == RoleModerator && !r.isMember(c.UserID):
		return refuse(BadRequest("userId must be that of a member"))
	case c.Role == RoleModerator && len(r.moderation.Moderators) >= moderatorsMax:
		return refuse(TooLarge("a room is limited to %d moderators", moderatorsMax))
	}
	return Decision{Reply: Done{}, Events: []Event{RoleChanged{UserID: c.UserID, Role: c.Role, By: q.From}}}
}

func (r *Room) decideModeration(q Request) Decision {
	if r.role(q.From.ID) == RoleMember {
		return refuse(ErrNotModerator)
	}
	reply := ModerationReply{Moderators: slices.Sorted(maps.Keys(r.moderation.Moderators))}
	for _, id := range slices.Sorted(maps.Keys(r.moderation.Banned)) {
		if s := r.moderation.Banned[id]; s.holds(q.At) && len(reply.Banned) < sanctionsListedMax {
			reply.Banned = append(reply.Banned, BannedUser{id, s})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.moderation.Muted)) {
		if s := r.moderation.Muted[id]; s.holds(q.At) && len(reply.Muted) < sanctionsListedMax {
			reply.Muted = append(reply.Muted, MutedUser{id, s})
		}
	}
	return Decision{Reply: reply}
}

// known returns a user with the name that the room knows, if it does.
func (r *Room) known(user string) User {
	if s := r.seats.of(user); s != nil {
		return s.user
	}
	return User{ID: user, Name: r.members[user].Name}
}

// throwOut takes a user out with all his connections, and all that he is in
// the room.
func (r *Room) throwOut(user string, at time.Time) []Event {
	var events []Event
	if s := r.seats.of(user); s != nil {
		for i, c := range s.connections {
			events = append(events, Left{User: s.user, Connection: c, GaveUpSeat: i == len(s.connections)-1})
		}
	}
	if _, member := r.members[user]; member {
		events = append(events, MemberRemoved{UserID: user})
	}
	if _, invited := r.invited[user]; invited {
		events = append(events, InvitationEnded{UserID: user})
	}
	return r.teardown(events, user, at)
}
