package actors

import (
	"slices"

	"roomd/actors/room"
	"roomd/actors/user"
)

// errands returns what the accounts of users are to be told of these events,
// which have not been applied yet.
func (a *roomActor) errands(events []room.Event) []*errand {
	var errands []*errand
	add := func(userID string, c user.Command) {
		errands = append(errands, &errand{user: userID, command: c})
	}
	lasting := lasts(a.state, events)
	for _, e := range events {
		switch e := e.(type) {
		case room.MemberAdded:
			add(e.User.ID, user.JoinedRoom{RoomID: a.id})
		case room.MemberRemoved:
			add(e.UserID, user.LeftRoom{RoomID: a.id})
		case room.Joined:
			if e.TookSeat && !lasting { // there the seat is the membership
				add(e.User.ID, user.JoinedRoom{RoomID: a.id})
			}
		case room.Left:
			if e.GaveUpSeat && !lasting {
				add(e.User.ID, user.LeftRoom{RoomID: a.id})
			}
		case room.Invited:
			add(e.UserID, user.Deliver{Invitation: invitationTo(a.id, e)})
		case room.InvitationEnded:
			add(e.UserID, user.EndInvitation{RoomID: a.id})
		case room.MarkMoved:
			add(e.UserID, user.Read{RoomID: a.id, Seq: e.Mark, Unread: e.Unread, Connection: e.Connection})
		case room.Removed:
			for _, id := range a.state.Members() {
				add(id, user.LeftRoom{RoomID: a.id})
			}
			for _, id := range a.state.InvitedUsers() {
				add(id, user.EndInvitation{RoomID: a.id})
			}
		}
	}
	return errands
}

func invitationTo(roomID string, e room.Invited) user.Invitation {
	return user.Invitation{RoomID: roomID, RoomName: e.RoomName, By: e.By, At: e.At}
}

// tellAccounts says who is a member now that was none, and who is none any more:
// a room that has failed knows no better.
func (a *roomActor) tellAccounts(before, after []string) {
	slices.Sort(before)
	slices.Sort(after)
	for _, id := range after {
		if _, was := slices.BinarySearch(before, id); !was {
			a.node.region.route(&errand{user: id, command: user.JoinedRoom{RoomID: a.id}})
		}
	}
	for _, id := range before {
		if _, is := slices.BinarySearch(after, id); !is {
			a.node.region.route(&errand{user: id, command: user.LeftRoom{RoomID: a.id}})
		}
	}
}
