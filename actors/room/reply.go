package room

// Reply is what the giver of a command is told: an *Error, or one of the types
// below. What answers commands to others than rooms is a Reply too.
type Reply interface{ IsReply() }

// RoomReply answers Create, Open and Update.
type RoomReply struct {
	Room Info
}

// JoinReply answers Join.
type JoinReply struct {
	Room     Info
	Users    []User // those in Room.Users, with their names
	Messages []Message
	Changes  []Change // of messages, if the client said since when and there is no gap
	Epoch    string
	Seq      uint64 // of the newest record
	Gap      bool   // Messages don't go on from what the client had seen
	Role     Role   // of the one who joined
}

// UsersReply answers ListUsers.
type UsersReply struct {
	Users []User
	Total int
	Next  uint64 // ListUsers.After of the next page; 0: this was the last one
}

// HistoryReply answers GetHistory.
type HistoryReply struct {
	Messages []Message // oldest first
	Epoch    string
	HasMore  bool // in the direction asked for
}

// ReadReply answers MarkRead and Glance.
type ReadReply struct {
	Unread  uint64 // others' messages after the caller's mark
	Member  bool   // the caller is one; if not, nothing is unread
	Invited bool   // the caller may become one
}

// ModerationReply answers GetModeration. Its lists are in the order of the
// users' ids.
type ModerationReply struct {
	Moderators []string // user ids
	Banned     []BannedUser
	Muted      []MutedUser
}

// BannedUser is a user who may not come in.
type BannedUser struct {
	UserID string
	Sanction
}

// MutedUser is a user who may not speak.
type MutedUser struct {
	UserID string
	Sanction
}

// SendReply answers Send, EditMessage and DeleteMessage.
type SendReply struct {
	MessageID string
	Seq       uint64
}

// Done answers a command that has nothing to tell.
type Done struct{}

// These are replies.

func (*Error) IsReply()          {}
func (RoomReply) IsReply()       {}
func (JoinReply) IsReply()       {}
func (UsersReply) IsReply()      {}
func (HistoryReply) IsReply()    {}
func (ReadReply) IsReply()       {}
func (ModerationReply) IsReply() {}
func (SendReply) IsReply()       {}
func (Done) IsReply()            {}

// Info describes a room to those who may know of it. It never holds the
// password or its hash.
type Info struct {
	Listing
	Users []string // ids of the first usersListedMax users inside
}

// Info describes the room as it is now.
func (r *Room) Info() Info {
	return Info{Listing: r.listing(), Users: userIDs(r.seats.first(usersListedMax))}
}

func userIDs(users []User) []string {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	return ids
}
