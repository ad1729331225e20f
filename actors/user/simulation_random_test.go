package user

import (
	"fmt"
	"strings"

	"roomd/actors/room"
)

func (s *simulation) chance(percent int) bool { return s.rng.IntN(100) < percent }

func (s *simulation) randomUser() string { return simulated[s.rng.IntN(len(simulated))] }

func (s *simulation) randomRoom() string { return fmt.Sprintf("r%d", s.rng.IntN(6)) }

func namedFirst(id string) string  { return strings.ToUpper(id) }
func namedSecond(id string) string { return strings.ToUpper(id) + " again" }

func (s *simulation) randomCommand(id string) Command {
	connection := room.ConnectionID(fmt.Sprintf("%s/%d", id, s.rng.IntN(3)))
	switch n := s.rng.IntN(100); {
	case n < 18:
		name := namedFirst(id)
		if s.chance(50) {
			name = namedSecond(id)
		}
		return Connect{Connection: connection, Name: name}
	case n < 34:
		return Disconnect{Connection: connection}
	case n < 48:
		return AddContact{UserID: s.randomUser()}
	case n < 56:
		return RemoveContact{UserID: s.randomUser()}
	case n < 62:
		return Block{UserID: s.randomUser()}
	case n < 68:
		return Unblock{UserID: s.randomUser()}
	case n < 80:
		return s.randomDeliver(s.randomRoom())
	case n < 83:
		return Decline{RoomID: s.randomRoom()}
	case n < 86:
		return EndInvitation{RoomID: s.randomRoom()}
	case n < 90:
		return JoinedRoom{RoomID: s.randomRoom()}
	case n < 94:
		return LeftRoom{RoomID: s.randomRoom()}
	case n < 96:
		return ListInvitations{}
	case n < 97:
		return WatchAgain{}
	default:
		return Read{RoomID: s.randomRoom(), Seq: s.rng.Uint64(), Unread: 1, Connection: connection}
	}
}

func (s *simulation) randomDeliver(roomID string) Command {
	by := s.randomUser()
	return Deliver{Invitation{RoomID: roomID, RoomName: "R", By: room.User{ID: by, Name: namedFirst(by)}, At: s.now}}
}
