package room

// seats are the users inside, each with its connections. The zero value has
// none. Order is that of arrival, except that a seat given up is filled with
// the last one, so that giving it up costs the same in a room of any size.
type seats struct {
	byUser map[string]*seat
	order  []*seat
}

// seat is a user with at least one connection inside.
type seat struct {
	user        User
	connections []ConnectionID
	place       int // its index in seats.order
}

func (s *seats) count() int { return len(s.order) }

func (s *seats) of(user string) *seat { return s.byUser[user] }

func (s *seats) has(user string, c ConnectionID) bool {
	seat := s.byUser[user]
	return seat != nil && seat.find(c) >= 0
}

// add brings a connection in. It must not be inside already.
func (s *seats) add(user User, c ConnectionID) {
	taken := s.byUser[user.ID]
	if taken == nil {
		taken = &seat{user: user, place: len(s.order)}
		if s.byUser == nil {
			s.byUser = make(map[string]*seat)
		}
		s.byUser[user.ID] = taken
		s.order = append(s.order, taken)
	}
	taken.connections = append(taken.connections, c)
}

// remove takes a connection out; one that is not inside changes nothing.
func (s *seats) remove(user string, c ConnectionID) {
	taken := s.byUser[user]
	if taken == nil {
		return
	}
	i := taken.find(c)
	if i < 0 {
		return
	}
	last := len(taken.connections) - 1
	taken.connections[i] = taken.connections[last]
	taken.connections[last] = ""
	taken.connections = taken.connections[:last]
	if last == 0 {
		s.giveUp(taken)
	}
}

func (s *seats) giveUp(given *seat) {
	delete(s.byUser, given.user.ID)
	last := len(s.order) - 1
	s.order[given.place] = s.order[last]
	s.order[given.place].place = given.place
	s.order[last] = nil
	s.order = s.order[:last]
}

// first returns up to limit users.
func (s *seats) first(limit int) []User {
	users := make([]User, 0, min(limit, len(s.order))+1) // room for one who is joining
	for _, seat := range s.order[:min(limit, len(s.order))] {
		users = append(users, seat.user)
	}
	return users
}

// Connections returns every connection inside, as it would come in again: for
// a host that has to build the room anew.
func (r *Room) Connections() []Joined {
	var inside []Joined
	for _, seat := range r.seats.order {
		for i, c := range seat.connections {
			inside = append(inside, Joined{User: seat.user, Connection: c, TookSeat: i == 0})
		}
	}
	return inside
}

func (s *seat) find(c ConnectionID) int {
	for i, inside := range s.connections {
		if inside == c {
			return i
		}
	}
	return -1
}
