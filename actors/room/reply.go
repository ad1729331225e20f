package room

import "time"

// Reply is what the giver of a command is told: *Error, CreateReply,
// JoinReply, SendReply or Done.
type Reply interface{ reply() }

// CreateReply answers Create.
type CreateReply struct {
	Room Info
}

// JoinReply answers Join.
type JoinReply struct {
	Room     Info
	Users    []User // those in Room.Users, with their names
	Messages []Message
	Epoch    string
	Seq      uint64 // of the newest record
	Gap      bool   // Messages don't go on from what the client had seen
}

// SendReply answers Send.
type SendReply struct {
	MessageID string
	Seq       uint64
}

// Done answers a command that has nothing to tell.
type Done struct{}

func (*Error) reply()      {}
func (CreateReply) reply() {}
func (JoinReply) reply()   {}
func (SendReply) reply()   {}
func (Done) reply()        {}

// Info describes a room to those who may know of it. It never holds the
// password or its hash.
type Info struct {
	ID           string
	Name         string
	Description  string
	Creator      User // its zero value: none
	CreatedAt    time.Time
	Persistent   bool
	Private      bool
	HasPassword  bool
	MaxUsers     int // 0: no maximum
	UserCount    int
	MemberCount  int
	LastActivity time.Time
	Users        []string // ids of the first usersListedMax users inside
}

// Info describes the room as it is now.
func (r *Room) Info() Info {
	return Info{
		ID:           r.id,
		Name:         r.settings.Name,
		Description:  r.settings.Description,
		Creator:      r.creator,
		CreatedAt:    r.createdAt,
		Persistent:   r.settings.Persistent,
		Private:      r.settings.Private,
		HasPassword:  r.settings.PasswordHash != "",
		MaxUsers:     r.settings.MaxUsers,
		UserCount:    r.seats.count(),
		MemberCount:  r.MemberCount(),
		LastActivity: r.activity,
		Users:        userIDs(r.seats.first(usersListedMax)),
	}
}

func userIDs(users []User) []string {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	return ids
}
