package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

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
func (a *accountActor) welcome(ctx actor.Context, c *Connection) {
	own := a.state.Rooms()
	if len(own) == 0 {
		ctx.Send(a.node.directory, &watch{connection: c})
		return
	}
	if a.welcomes == nil {
		a.welcomes = map[room.ConnectionID]*welcoming{}
	}
	n, self := a.node, ctx.Self()
	due := time.AfterFunc(welcomeTimeout, func() { n.send(self, &welcomeDue{c.id}) })
	a.welcomes[c.id] = &welcoming{timer: due}
	ctx.Send(a.node.directory, &welcome{connection: c, rooms: own, account: self})
}

// gather asks the rooms that will be shown how much of them is unread.
func (a *accountActor) gather(ctx actor.Context, m *welcomeRooms) {
	w := a.welcomes[m.connection.id]
	if w == nil {
		return
	}
	n, self, id := a.node, ctx.Self(), m.connection.id
	for _, l := range m.listings {
		w.rooms = append(w.rooms, room.ListedRoom{Listing: l})
	}
	if w.left = len(w.rooms); w.left == 0 {
		a.finishWelcome(id)
	}
	for _, l := range m.listings {
		n.region.route(&request{
			room: l.ID, from: room.User{ID: a.id}, command: room.Glance{},
			answer: func(r room.Reply) {
				read, _ := r.(room.ReadReply) // its zero value if the room can't say
				n.send(self, &glanced{connection: id, room: l.ID, unread: read.Unread})
			},
		})
	}
}

func (a *accountActor) glanced(m *glanced) {
	w := a.welcomes[m.connection]
	if w == nil {
		return
	}
	for i := range w.rooms {
		if w.rooms[i].ID == m.room {
			w.rooms[i].Unread = m.unread
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
