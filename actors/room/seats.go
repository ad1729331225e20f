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
	taken   int
	byUser  map[string]*seat // nil: there are few, and order is looked through
	order   []*seat          // by arrival, with holes
	arrived uint64           // how many have taken a seat so far
}

// seat is a user with at least one connection inside; with none it is a hole.
type seat struct {
	user        User
	connections []ConnectionID
	away        []ConnectionID // of these, whose clients are away
	arrival     uint64         // from 1
	reading     Reading        // in an ephemeral room
}

func (s *seats) count() int { return s.taken }

// seatsScannedMax is how many seats are found without a map, which takes as much
// as the rest of a small room's state.
const seatsScannedMax = 16

func (s *seats) of(user string) *seat {
	if s.byUser != nil {
		return s.byUser[user]
	}
	for _, seat := range s.order {
		if seat.user.ID == user && seat.connections != nil {
			return seat
		}
	}
	return nil
}

// users returns the ids of all.
func (s *seats) users() []string {
	ids := make([]string, 0, s.taken)
	for _, seat := range s.order {
		if seat.connections != nil {
			ids = append(ids, seat.user.ID)
		}
	}
	return ids
}

func (s *seats) has(user string, c ConnectionID) bool {
	seat := s.of(user)
	return seat != nil && slices.Contains(seat.connections, c)
}

// add brings a connection in. It must not be inside already. Reading is where
// that of a new seat begins.
func (s *seats) add(user User, c ConnectionID, reading Reading) {
	taken := s.of(user.ID)
	if taken == nil {
		s.arrived++
		taken = &seat{user: user, arrival: s.arrived, reading: reading}
		s.order = append(s.order, taken)
		s.taken++
	}
	taken.connections = append(taken.connections, c)
	switch {
	case s.byUser != nil:
		s.byUser[user.ID] = taken
	case s.taken > seatsScannedMax:
		s.byUser = make(map[string]*seat, s.taken)
		for _, seat := range s.order {
			if seat.connections != nil {
				s.byUser[seat.user.ID] = seat
			}
		}
	}
}

// remove takes a connection out; one that is not inside changes nothing.
func (s *seats) remove(user string, c ConnectionID) {
	taken := s.of(user)
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
	s.taken--
	if len(s.order) < 2*s.taken+holesMin {
		return
	}
	filled := make([]*seat, 0, s.taken)
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
