package actors

import (
	"slices"
	"time"

	"roomd/actors/room"
)

// welcoming is what is still being gathered for the list of rooms that a new
// connection is told.
type welcoming struct {
	rooms []room.ListedRoom
	left  int // answers that are still to come
	timer *time.Timer
}

// welcome has a connection told which rooms there are: the user's own with what
// is unread, so these are asked for that first.
func (a *accountActor) welcome(c *Connection) {
	own := a.state.Rooms()
	if len(own) == 0 {
		a.node.send(a.node.directory, &watch{connection: c})
		return
	}
	if a.welcomes == nil {
		a.welcomes = map[room.ConnectionID]*welcoming{}
	}
	due := time.AfterFunc(welcomeTimeout, func() { a.post(&welcomeDue{c.id}) })
	a.welcomes[c.id] = &welcoming{timer: due}
	a.node.send(a.node.directory, &welcome{connection: c, rooms: own, account: a})
}

// gather asks the rooms that will be shown how much of them is unread.
func (a *accountActor) gather(m *welcomeRooms) {
	w := a.welcomes[m.connection.id]
	if w == nil {
		return
	}
	id := m.connection.id
	for _, l := range m.listings {
		w.rooms = append(w.rooms, room.ListedRoom{Listing: l})
	}
	if w.left = len(w.rooms); w.left == 0 {
		a.finishWelcome(id)
	}
	for _, l := range m.listings {
		a.node.region.route(&request{
			room: l.ID, from: room.User{ID: a.id}, command: room.Glance{},
			answer: func(r room.Reply) { a.post(newGlanced(id, l.ID, r)) },
		})
	}
}

// newGlanced says what a room has answered. One that can't say now is still the
// user's own.
func newGlanced(id room.ConnectionID, roomID string, r room.Reply) *glanced {
	err, refused := r.(*room.Error)
	if refused {
		return &glanced{connection: id, room: roomID, outside: err.Code != room.CodeUnavailable}
	}
	read, _ := r.(room.ReadReply)
	return &glanced{connection: id, room: roomID, unread: read.Unread, outside: !read.Member}
}

func (a *accountActor) glanced(m *glanced) {
	w := a.welcomes[m.connection]
	if w == nil {
		return
	}
	if i := slices.IndexFunc(w.rooms, func(r room.ListedRoom) bool { return r.ID == m.room }); i >= 0 {
		w.rooms[i].Unread = m.unread
		if m.outside { // the account is about to hear of it
			w.rooms = slices.Delete(w.rooms, i, i+1)
		}
	}
	if w.left--; w.left == 0 {
		a.finishWelcome(m.connection)
	}
}

// finishWelcome hands over what has been gathered: all of it, unless a room
// didn't answer in time.
func (a *accountActor) finishWelcome(id room.ConnectionID) {
	w := a.takeWelcome(id)
	if w == nil {
		return
	}
	own := a.state.Rooms() // by now: he may have been thrown out of one meanwhile
	w.rooms = slices.DeleteFunc(w.rooms, func(r room.ListedRoom) bool {
		_, in := slices.BinarySearch(own, r.ID)
		return !in
	})
	if c := a.node.connection(id); c != nil {
		a.node.send(a.node.directory, &watch{connection: c, rooms: w.rooms})
	}
}

// takeWelcome returns what has been gathered for a connection, and ends that;
// nil: nothing was.
func (a *accountActor) takeWelcome(id room.ConnectionID) *welcoming {
	w := a.welcomes[id]
	if w != nil {
		w.timer.Stop()
		delete(a.welcomes, id)
	}
	return w
}
