package actors

import (
	"cmp"
	"slices"
	"time"

	"roomd/actors/room"
)

// The methods below are for an administrator: they look at the whole node, and
// wait for its actors, for adminTimeout at most.

// RoomStats counts the rooms; its zero value if they don't answer in time.
func (n *Node) RoomStats() room.Stats {
	answer, _ := n.system.Root.RequestFuture(n.directory, &statsWanted{}, adminTimeout).Result()
	stats, _ := answer.(room.Stats)
	return stats
}

// AllRooms returns a page of all rooms, private ones too, the fullest first.
func (n *Node) AllRooms(q room.ListRooms) (room.RoomsReply, *room.Error) {
	answer, _ := n.system.Root.RequestFuture(n.directory, &allWanted{q}, adminTimeout).Result()
	switch r := answer.(type) {
	case room.RoomsReply:
		return r, nil
	case *room.Error:
		return room.RoomsReply{}, r
	}
	return room.RoomsReply{}, room.ErrUnavailable
}

// RoomUsers returns a page of the users inside of any room.
func (n *Node) RoomUsers(roomID string, q room.ListUsers) (room.UsersReply, *room.Error) {
	q.ByAdmin = true
	switch r := n.command(roomID, q).(type) {
	case room.UsersReply:
		return r, nil
	case *room.Error:
		return room.UsersReply{}, r
	}
	return room.UsersReply{}, room.ErrInternal
}

// DeleteRoom ends any room for good; those inside are told the reason.
func (n *Node) DeleteRoom(roomID, reason string) *room.Error {
	err, _ := n.command(roomID, room.Delete{Reason: reason, ByAdmin: true}).(*room.Error)
	return err
}

// KickUser throws a user out of any room.
func (n *Node) KickUser(roomID, userID, reason string) *room.Error {
	err, _ := n.command(roomID, room.Kick{UserID: userID, Reason: reason, ByAdmin: true}).(*room.Error)
	return err
}

// command gives a room a command of the node's own, and waits for the reply.
func (n *Node) command(roomID string, c room.Command) room.Reply {
	replies := make(chan room.Reply, 1)
	n.region.route(&request{room: roomID, command: c, answer: func(r room.Reply) {
		select {
		case replies <- r:
		default: // a room that fails may answer twice
		}
	}})
	late := time.NewTimer(adminTimeout)
	defer late.Stop()
	select {
	case r := <-replies:
		return r
	case <-late.C:
		return room.ErrUnavailable
	}
}

// Users returns up to limit users, at least 1, who have connections: those with
// ids after this one, and the id after which there are more; empty: there are none.
func (n *Node) Users(after string, limit int) (users []room.OnlineUser, next string) {
	online := map[string]*room.OnlineUser{}
	for c := range n.connections.all() {
		if c.user.ID <= after {
			continue
		}
		u := online[c.user.ID]
		if u == nil {
			u = &room.OnlineUser{User: c.user}
			online[c.user.ID] = u
		}
		u.Connections++
		if rooms := c.mine.Load(); rooms != nil {
			u.Rooms = len(rooms.all())
		}
	}
	for _, u := range online {
		users = append(users, *u)
	}
	slices.SortFunc(users, func(a, b room.OnlineUser) int { return cmp.Compare(a.User.ID, b.User.ID) })
	if len(users) > limit {
		return users[:limit], users[limit-1].User.ID
	}
	return users, ""
}

// DisconnectUser ends the transports of all connections of a user, and returns
// how many these are. Their clients may come again.
func (n *Node) DisconnectUser(userID string) int {
	count := 0
	for c := range n.connections.all() {
		if c.user.ID == userID {
			c.closeTransport(WhyAdmin)
			count++
		}
	}
	return count
}
