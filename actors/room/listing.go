package room

import "time"

// Listing is a room as lists show it.
type Listing struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Description  string    `json:"description,omitempty"`
	Creator      User      `json:"creator"` // its zero value: none
	CreatedAt    time.Time `json:"createdAt"`
	LastActivity time.Time `json:"lastActivity"`
	Persistent   bool      `json:"persistent,omitempty"`
	Private      bool      `json:"private,omitempty"`
	Unlisted     bool      `json:"unlisted,omitempty"` // came into being by a join
	HasPassword  bool      `json:"hasPassword,omitempty"`
	MaxUsers     int       `json:"maxUsers,omitempty"` // 0: no maximum
	MemberCount  int       `json:"memberCount"`
	UserCount    int       `json:"-"` // of a room nobody is inside of: 0
}

// Public reports whether the room is in the public directory: not those that
// are private, or came into being by a join.
func (l Listing) Public() bool { return !l.Private && !l.Unlisted }

// Listing returns how lists show the room, if it exists.
func (r *Room) Listing() (Listing, bool) {
	if r.life != living {
		return Listing{}, false
	}
	return r.listing(), true
}

func (r *Room) listing() Listing {
	return Listing{
		ID:           r.id,
		Name:         r.settings.Name,
		Description:  r.settings.Description,
		Creator:      r.creator,
		CreatedAt:    r.createdAt,
		LastActivity: r.activity,
		Persistent:   r.settings.Persistent,
		Private:      r.settings.Private,
		Unlisted:     r.settings.Unlisted,
		HasPassword:  r.settings.PasswordHash != "",
		MaxUsers:     r.settings.MaxUsers,
		MemberCount:  r.MemberCount(),
		UserCount:    r.seats.count(),
	}
}

// ListingAfter returns what Listing will after events that leave the room
// living.
func (r *Room) ListingAfter(events []Event) (Listing, bool) {
	l, exists := r.Listing()
	for _, e := range events {
		switch e := e.(type) {
		case MemberAdded:
			l.MemberCount++
		case MemberRemoved:
			l.MemberCount--
		case MessageSent:
			l.LastActivity = e.Message.At
		case RoomUpdated:
			members, activity := l.MemberCount, l.LastActivity
			l = e.Room.Listing
			l.MemberCount, l.LastActivity = members, activity
		}
	}
	return l, exists
}
