package room

// ListRooms asks the directory for a page of rooms: the public ones, or those
// that the caller is a member or inside of; the latest activity first, or those
// that were searched for by the words of their names.
type ListRooms struct {
	Cursor string // RoomsReply.Next of the page before; empty: the first page
	Limit  int    // 1 to PageMax
	Search string // words; each must begin a word of the name; empty: all rooms
	Mine   bool
}

// Validate checks the limit and the lengths.
func (c ListRooms) Validate() *Error {
	if len(c.Cursor) > cursorBytesMax {
		return TooLarge("cursor is limited to %d bytes", cursorBytesMax)
	}
	if c.Search != "" {
		if err := ValidateName("search", c.Search); err != nil {
			return err
		}
	}
	return validateLimit(c.Limit)
}

// RoomsReply answers ListRooms.
type RoomsReply struct {
	Rooms []Listing
	Next  string // ListRooms.Cursor of the next page; empty: this was the last one
}

// IsReply says that it is one.
func (RoomsReply) IsReply() {}

// DirectoryEvent is what the watchers of the public directory are told:
// RoomsListed, RoomListed, RoomCounted or RoomUnlisted.
type DirectoryEvent interface{ directory() }

// RoomsListed is what a connection is told of the directory at first.
type RoomsListed struct {
	Rooms []ListedRoom
}

// ListedRoom is a room in the list of one user.
type ListedRoom struct {
	Listing
	Unread uint64 // messages; 0 in rooms that the user is no member of
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
