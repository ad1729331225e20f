package room

import (
	"slices"
	"strings"
	"time"
)

func (m *model) role(user string) Role {
	switch {
	case user == m.creator.ID:
		return RoleCreator
	case slices.Contains(m.moderators, user):
		return RoleModerator
	}
	return RoleMember
}

func (m *model) mayNotActOn(q Request, target string) *Error {
	if m.settings.Peer != "" {
		return Forbidden("Nobody moderates a direct room")
	}
	role, other := m.role(q.From.ID), m.role(target)
	if role == RoleMember {
		return ErrNotModerator
	}
	if q.From.ID == target {
		return BadRequest("userId must not be your own")
	}
	if role == RoleModerator && other != RoleMember {
		return Forbidden("Only the creator can do this to a moderator, and nobody to the creator")
	}
	return nil
}

// arrange is for what concerns the room as a whole.
func (m *model) arrange(q Request) Decision {
	switch c := q.Command.(type) {
	case Update:
		return m.update(q, c)
	case Delete:
		return m.end(q, c)
	case Decline:
		return Decision{Reply: Done{}, Events: m.uninvite(q.From.ID)}
	}
	user := q.Command.(Invite).UserID
	switch {
	case !m.isMemberID(q.From.ID):
		return Decision{Reply: ErrNotAMember}
	case user == q.From.ID || slices.ContainsFunc(m.seats, func(s modelSeat) bool { return s.user.ID == user }):
		return Decision{Reply: Done{}}
	case m.settings.Peer != "" && user != m.settings.Peer && user != m.creator.ID:
		return Decision{Reply: Forbidden("Nobody else may come into a direct room")}
	case m.isBanned(Request{From: User{ID: user}, At: q.At}):
		return Decision{Reply: Forbidden("That user is banned from this room")}
	}
	return Decision{Reply: Done{}, Events: []Event{m.invite(q, user)}}
}

func (m *model) update(q Request, c Update) Decision {
	if m.settings.Peer != "" {
		return Decision{Reply: Forbidden("A direct room can't be changed")}
	}
	if q.From != m.creator {
		return Decision{Reply: ErrMayNotChange}
	}
	before := m.settings
	if c.Name != nil {
		m.settings.Name = *c.Name
	}
	if c.Description != nil {
		m.settings.Description = *c.Description
	}
	if c.PasswordHash != nil {
		m.settings.PasswordHash = *c.PasswordHash
	}
	if c.MaxUsers != nil {
		m.settings.MaxUsers = *c.MaxUsers
	}
	if c.Private != nil {
		m.settings.Private = *c.Private
	}
	d := Decision{Reply: RoomReply{m.info()}}
	if m.settings != before {
		d.Events = []Event{RoomUpdated{Settings: m.settings, Room: m.info()}}
	}
	return d
}

func (m *model) end(q Request, c Delete) Decision {
	if m.settings.Peer != "" && !c.ByAdmin {
		return Decision{Reply: Forbidden("A direct room can't be deleted")}
	}
	if q.From != m.creator && !c.ByAdmin {
		return Decision{Reply: ErrMayNotDelete}
	}
	*m = model{id: m.id, tombstone: m.settings.Persistent}
	return Decision{Reply: Done{}, Events: []Event{Removed{At: q.At, Reason: c.Reason}}}
}

// moderate is for what moderators do.
func (m *model) moderate(q Request) Decision {
	switch c := q.Command.(type) {
	case Kick:
		return m.kick(q, c)
	case SetRole:
		return m.setRole(q, c)
	case GetModeration:
		return m.listModeration(q)
	case Ban:
		if refusal := m.mayNotActOn(q, c.UserID); refusal != nil {
			return Decision{Reply: refusal}
		}
		s := sanctionOf(q, c.UserID, c.Reason, c.For)
		banned := UserBanned{User: m.known(c.UserID), Sanction: s.Sanction}
		m.banned = append(without(m.banned, c.UserID), s)
		return Decision{Reply: Done{}, Events: append([]Event{banned}, m.throwOut(q, c.UserID)...)}
	case Mute:
		if refusal := m.mayNotActOn(q, c.UserID); refusal != nil {
			return Decision{Reply: refusal}
		}
		s := sanctionOf(q, c.UserID, "", c.For)
		m.muted = append(without(m.muted, c.UserID), s)
		return Decision{Reply: Done{}, Events: []Event{UserMuted{c.UserID, s.Sanction}}}
	case Unban:
		return m.lift(q, &m.banned, c.UserID, UserUnbanned{c.UserID, q.From})
	default:
		user := c.(Unmute).UserID
		return m.lift(q, &m.muted, user, UserUnmuted{user, q.From})
	}
}

func (m *model) kick(q Request, c Kick) Decision {
	by := User{}
	if !c.ByAdmin {
		by = q.From
		if refusal := m.mayNotActOn(q, c.UserID); refusal != nil {
			return Decision{Reply: refusal}
		}
	}
	kicked := UserKicked{User: m.known(c.UserID), By: by, Reason: c.Reason}
	out := m.throwOut(q, c.UserID)
	if out == nil {
		return Decision{Reply: Done{}}
	}
	return Decision{Reply: Done{}, Events: append([]Event{kicked}, out...)}
}

func (m *model) throwOut(q Request, user string) []Event {
	var events []Event
	var gaveUp bool
	for _, j := range slices.Clone(m.inside) {
		if j.User.ID == user {
			out, last := m.takeOut(j.User, j.Connection, false)
			events, gaveUp = append(events, out...), gaveUp || last
		}
	}
	events = append(events, m.dropMember(user)...)
	events = append(events, m.uninvite(user)...)
	return append(events, m.over(q, user, gaveUp)...)
}

func sanctionOf(q Request, user, reason string, lasts time.Duration) modelSanction {
	s := modelSanction{user, Sanction{By: q.From, At: q.At, Reason: reason}}
	if lasts > 0 {
		s.Until = q.At.Add(lasts)
	}
	return s
}

// lift takes a sanction away, also one that has ended.
func (m *model) lift(q Request, sanctions *[]modelSanction, user string, lifted Event) Decision {
	if refusal := m.mayNotActOn(q, user); refusal != nil {
		return Decision{Reply: refusal}
	}
	rest := without(*sanctions, user)
	if len(rest) == len(*sanctions) {
		return Decision{Reply: Done{}}
	}
	*sanctions = rest
	return Decision{Reply: Done{}, Events: []Event{lifted}}
}

func (m *model) setRole(q Request, c SetRole) Decision {
	switch {
	case m.settings.Peer != "":
		return Decision{Reply: Forbidden("Nobody moderates a direct room")}
	case q.From != m.creator:
		return Decision{Reply: ErrMayNotChange}
	case c.UserID == m.creator.ID:
		return Decision{Reply: BadRequest("the creator's role can't be changed")}
	case m.role(c.UserID) == c.Role:
		return Decision{Reply: Done{}}
	case c.Role == RoleMember:
		m.moderators = slices.DeleteFunc(m.moderators, func(id string) bool { return id == c.UserID })
	case !m.isMemberID(c.UserID):
		return Decision{Reply: BadRequest("userId must be that of a member")}
	default:
		m.moderators = append(m.moderators, c.UserID)
	}
	return Decision{Reply: Done{}, Events: []Event{RoleChanged{c.UserID, c.Role, q.From}}}
}

func (m *model) listModeration(q Request) Decision {
	if m.role(q.From.ID) == RoleMember {
		return Decision{Reply: ErrNotModerator}
	}
	r := ModerationReply{Moderators: slices.Sorted(slices.Values(m.moderators))}
	for _, s := range inForce(m.banned, q) {
		r.Banned = append(r.Banned, BannedUser{s.user, s.Sanction})
	}
	for _, s := range inForce(m.muted, q) {
		r.Muted = append(r.Muted, MutedUser{s.user, s.Sanction})
	}
	return Decision{Reply: r}
}

func (m *model) known(user string) User {
	for _, mm := range m.members {
		if mm.user.ID == user {
			return mm.user
		}
	}
	return User{ID: user}
}

func (m *model) isBanned(q Request) bool {
	return slices.ContainsFunc(inForce(m.banned, q), func(s modelSanction) bool { return s.user == q.From.ID })
}

// inForce are the sanctions that have not ended, by the users' ids.
func inForce(sanctions []modelSanction, q Request) []modelSanction {
	var left []modelSanction
	for _, s := range sanctions {
		if s.Until.IsZero() || q.At.Before(s.Until) {
			left = append(left, s)
		}
	}
	slices.SortFunc(left, func(a, b modelSanction) int { return strings.Compare(a.user, b.user) })
	return left
}

func without(sanctions []modelSanction, user string) []modelSanction {
	return slices.DeleteFunc(slices.Clone(sanctions), func(s modelSanction) bool { return s.user == user })
}
