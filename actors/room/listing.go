package room

import "time"

// Listing is a room as the public directory shows it.
type Listing struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Creator      User      `json:"creator"`
	CreatedAt    time.Time `json:"createdAt"`
	LastActivity time.Time `json:"lastActivity"`
	MaxUsers     int       `json:"maxUsers,omitempty"` // 0: no maximum
	HasPassword  bool      `json:"hasPassword,omitempty"`
	MemberCount  int       `json:"memberCount"`
	UserCount    int       `json:"-"` // of a room nobody is inside of: 0
}

// Listing returns how the directory shows the room, and whether it does:
// rooms that are private, gone, or came into being by a join are not shown.
func (r *Room) Listing() (Listing, bool) {
	if r.life != living || r.settings.Private || r.settings.Unlisted {
		return Listing{}, false
	}
	return Listing{
		ID:           r.id,
		Name:         r.settings.Name,
		Creator:      r.creator,
		CreatedAt:    r.createdAt,
		LastActivity: r.activity,
		MaxUsers:     r.settings.MaxUsers,
		HasPassword:  r.settings.PasswordHash != "",
		MemberCount:  r.MemberCount(),
		UserCount:    r.seats.count(),
	}, true
}

// ListingAfter returns what Listing will after events that leave the room
// living.
func (r *Room) ListingAfter(events []Event) (Listing, bool) {
	l, shown := r.Listing()
	for _, e := range events {
		switch e := e.(type) {
		case MemberAdded:
			l.MemberCount++
		case MemberRemoved:
			l.MemberCount--
		case MessageSent:
			l.LastActivity = e.Message.At
		}
	}
	return l, shown
}

// DirectoryEvent is what the watchers of the public directory are told:
// RoomsListed, RoomListed, RoomCounted or RoomUnlisted.
type DirectoryEvent interface{ directory() }

// RoomsListed is what a connection is told of the directory at first.
type RoomsListed struct {
	Rooms []Listing
}

// RoomListed says that a public room has come into being.
type RoomListed struct {
	Listing Listing
}

// RoomCounted says how many seats of a public room are taken now.
type RoomCounted struct {
	RoomID    string
	UserCount int
}

// RoomUnlisted says that a public room is gone, or public no more.
type RoomUnlisted struct {
	RoomID string
}

func (RoomsListed) directory()  {}
func (RoomListed) directory()   {}
func (RoomCounted) directory()  {}
func (RoomUnlisted) directory() {}
