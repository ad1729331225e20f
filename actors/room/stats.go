package room

// Stats are a node's rooms in figures, for its administrator: all of them,
// private ones too.
type Stats struct {
	TotalRooms        int
	PersistentRooms   int
	PublicRooms       int       // those in the public directory
	EmptyRooms        int       // those that nobody is inside of
	TotalUsersInRooms int       // seats: a user inside of two rooms counts twice
	Largest           []Listing // the rooms with the most seats taken, those first; at most StatsRoomsMax
}

// StatsRoomsMax is how many rooms Stats names: as many as a page of a list.
const StatsRoomsMax = PageMax

// OnlineUser is a user with at least one connection, grace included.
type OnlineUser struct {
	User
	Connections int
	Rooms       int // that the user is a member or inside of
}
