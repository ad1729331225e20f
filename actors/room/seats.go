package room

import (
	"slices"
	"sort"
)

// seats are the users inside, each with its connections, in the order of their
// arrival. A seat given up leaves a hole, and the holes are closed when they
// are half of all: so giving it up costs the same in a room of any size, and
// the order is one that can be paged through while users come and go. The zero
// value has none.
type seats struct {
	byUser  map[string]*seat
	order   []*seat // by arrival, with holes
	arrived uint64  // how many have taken a seat so far
}

// seat is a user with at least one connection inside; with none it is a hole.
type seat struct {
	user        User
	connections []ConnectionID
	away        []ConnectionID // of these, whose clients are away
	arrival     uint64         // from 1
	reading     Reading        // in an ephemeral room
}

func (s *seats) count() int { return len(s.byUser) }

func (s *seats) of(user string) *seat { return s.byUser[user] }

func (s *seats) has(user string, c ConnectionID) bool {
	seat := s.byUser[user]
	return seat != nil && slices.Contains(seat.connections, c)
}

// add brings a connection in. It must not be inside already. Reading is where
// that of a new seat begins.
func (s *seats) add(user User, c ConnectionID, reading Reading) {
	taken := s.byUser[user.ID]
	if taken == nil {
		s.arrived++
		taken = &seat{user: user, arrival: s.arrived, reading: reading}
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
	i := slices.Index(taken.connections, c)
	if i < 0 {
		return
	}
	taken.setAway(c, false)
	taken.connections = slices.Delete(taken.connections, i, i+1)
	if len(taken.connections) == 0 {
		s.giveUp(taken)
	}
}

// setAway notes whether the client of a connection, which is inside, is away.
func (s *seat) setAway(c ConnectionID, away bool) {
	i := slices.Index(s.away, c)
	switch {
	case away && i < 0:
		s.away = append(s.away, c)
	case !away && i >= 0:
		s.away = slices.Delete(s.away, i, i+1)
	}
}

func (s *seat) isAway(c ConnectionID) bool { return slices.Contains(s.away, c) }

// isDeserted reports whether the clients of all connections inside are away.
func (s *seat) isDeserted() bool { return len(s.away) == len(s.connections) }

func (s *seats) giveUp(given *seat) {
	delete(s.byUser, given.user.ID)
	given.connections = nil
	if len(s.order) < 2*len(s.byUser)+holesMin {
		return
	}
	filled := make([]*seat, 0, len(s.byUser))
	for _, seat := range s.order {
		if seat.connections != nil {
			filled = append(filled, seat)
		}
	}
	s.order = filled
}

// holesMin is how many holes are not worth closing.
const holesMin = 8

// first returns up to limit users.
func (s *seats) first(limit int) []User {
	users, _ := s.page(0, limit)
	return users
}

// page returns up to limit users who arrived after that arrival, and the
// arrival after which the next page goes on; 0: there is none.
func (s *seats) page(after uint64, limit int) (users []User, next uint64) {
	from := sort.Search(len(s.order), func(i int) bool { return s.order[i].arrival > after })
	users = make([]User, 0, min(limit, s.count())+1) // room for one who is joining
	for _, seat := range s.order[from:] {
		if seat.connections == nil {
			continue
		}
		if len(users) == limit {
			return users, next
		}
		users, next = append(users, seat.user), seat.arrival
	}
	return users, 0
}

// Connections returns every connection inside, as it would come in again: for
// a host that has to build the room anew.
func (r *Room) Connections() []Joined {
	var inside []Joined
	for _, seat := range r.seats.order { // a hole has no connections
		for i, c := range seat.connections {
			inside = append(inside, Joined{User: seat.user, Connection: c, TookSeat: i == 0, Away: seat.isAway(c)})
		}
	}
	return inside
}
