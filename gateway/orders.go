package gateway

import (
	"encoding/json"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/gateway/ratelimit"
	"roomd/gateway/token"
)

// order is what a command is once it is parsed: something valid, and where it
// goes.
type order interface {
	// give gives it on, for the client of this session. The reply is called at
	// most once, from any goroutine, with an *room.Error or what the command is
	// answered with.
	give(s *session, reply func(room.Reply))
}

// roomOrder goes to a room.
type roomOrder struct {
	roomID   string
	command  room.Command
	password string // the client's, in clear; empty: none
}

// accountOrder goes to the account of the client's own user.
type accountOrder struct{ command user.Command }

// listOrder goes to the directory.
type listOrder struct{ query room.ListRooms }

// watchOrder turns the directory's feed on or off.
type watchOrder struct{ on bool }

// declineOrder goes to the room, which decides, and to the account.
type declineOrder struct{ roomID string }

func (o roomOrder) give(s *session, reply func(room.Reply)) {
	command, err := s.permit(o)
	if err != nil {
		reply(err)
		return
	}
	s.connection.Do(o.roomID, command, reply)
}

func (o accountOrder) give(s *session, reply func(room.Reply)) {
	s.connection.DoUser(o.command, reply)
}

func (o listOrder) give(s *session, reply func(room.Reply)) {
	s.connection.List(o.query, reply)
}

func (o watchOrder) give(s *session, reply func(room.Reply)) {
	s.connection.Watch(o.on, reply)
}

// give also has the account forget the invitation, whatever the room says: it
// may be gone. The account comes first, so that a list that is asked for next
// does not have it any more.
func (o declineOrder) give(s *session, reply func(room.Reply)) {
	s.connection.DoUser(user.Decline{RoomID: o.roomID}, func(user.Reply) {})
	s.connection.Do(o.roomID, room.Decline{}, reply)
}

// roomOf is the id of the room that an order is about; empty: none.
func roomOf(o order) string {
	switch o := o.(type) {
	case roomOrder:
		return o.roomID
	case declineOrder:
		return o.roomID
	}
	return ""
}

// permit returns the command as the node gets it, if the client's token and
// limits allow it. A password of a room is hashed here, on the goroutine that
// reads from this client, whose later commands wait.
func (s *session) permit(o roomOrder) (command room.Command, err *room.Error) {
	if !allows(s.claims, o) {
		return nil, room.Forbidden("Your token does not allow this")
	}
	if o.password != "" {
		if err := s.take(ratelimit.Password); err != nil {
			return nil, err
		}
	}
	if n := volume(o.command); n > 0 {
		if err := s.takeN(ratelimit.Volume, n); err != nil {
			return nil, err
		}
	}
	switch c := o.command.(type) {
	case room.Join:
		c.Implicit = s.gateway.implicit && s.claims.Create.Allow(o.roomID)
		return c, nil
	case room.Create:
		c.Settings.PasswordHash, err = s.hash(o.password)
		return c, err
	case room.Update:
		if o.password == "" {
			return c, nil // c says itself whether there is to be one
		}
		hash, err := s.hash(o.password)
		c.PasswordHash = &hash
		return c, err
	}
	return o.command, nil
}

// volume is how many KiB beyond the first a command has stored.
func volume(c room.Command) int {
	var bytes int
	var attachments []json.RawMessage
	switch c := c.(type) {
	case room.Send:
		bytes, attachments = len(c.Text), c.Attachments
	case room.EditMessage:
		bytes, attachments = len(c.Text), c.Attachments
	}
	for _, a := range attachments {
		bytes += len(a)
	}
	return max(0, bytes-1) >> 10
}

// hash returns what a room keeps of a password; of none: nothing.
func (s *session) hash(password string) (string, *room.Error) {
	if password == "" {
		return "", nil
	}
	hash, err := s.gateway.node.HashPassword(s.outbox().Origin(), password)
	if err != nil {
		s.log("password could not be hashed", "error", err)
		return "", room.ErrUnavailable
	}
	return hash, nil
}

// allows reports whether a token with these claims allows the order. A direct
// room is made or joined, as it comes.
func allows(c *token.Claims, o roomOrder) bool {
	switch o.command.(type) {
	case room.Create:
		return c.Create.Allow(o.roomID)
	case room.Join:
		return c.Join.Allow(o.roomID)
	case room.Open:
		return c.Create.Allow(o.roomID) && c.Join.Allow(o.roomID)
	case room.Send, room.Emit, room.Act, room.EditMessage:
		return c.Send.Allow(o.roomID)
	default:
		return true
	}
}
