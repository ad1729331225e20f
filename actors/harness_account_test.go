package actors

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"

	"roomd/actors/room"
	"roomd/actors/user"
)

// notes returns what the user's account has told, in words.
func (c *client) notes() []string {
	notes := []string{}
	for _, n := range c.notices() {
		switch n := n.(type) {
		case user.InvitationReceived:
			notes = append(notes, fmt.Sprintf("%s invites to %s", n.Invitation.By.ID, n.Invitation.RoomID))
		case user.ContactOnline:
			notes = append(notes, n.User.Name+" comes")
		case user.ContactOffline:
			notes = append(notes, n.User.Name+" goes")
		case user.RoomRead:
			notes = append(notes, fmt.Sprintf("read %s to %d, %d unread", n.RoomID, n.Seq, n.Unread))
		}
	}
	return notes
}

func wantNotes(t *testing.T, c *client, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if got := c.notes(); !reflect.DeepEqual(got, want) {
		t.Errorf("%s was told %q, want %q", c.id, got, want)
	}
}

// mustUser gives a command to the client's account and wants no refusal.
func (c *client) mustUser(command user.Command) user.Reply {
	c.t.Helper()
	r := c.askUser(command)
	if err, refused := r.(*room.Error); refused {
		c.t.Fatalf("%s: %T: %v", c.id, command, err)
	}
	return r
}

// refusedUser gives it a command and wants this refusal.
func (c *client) refusedUser(command user.Command, code room.Code) {
	c.t.Helper()
	if err, _ := c.askUser(command).(*room.Error); err == nil || err.Code != code {
		c.t.Errorf("%s: %T: got %v, want %s", c.id, command, err, code)
	}
}

// invitations returns the ids of the rooms that the user is invited to.
func (c *client) invitations() []string {
	ids := []string{}
	for _, i := range c.mustUser(user.ListInvitations{}).(user.InvitationsReply).Invitations {
		ids = append(ids, i.RoomID)
	}
	return ids
}

func wantInvitations(t *testing.T, c *client, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	synctest.Wait() // rooms say so behind their replies
	if got := c.invitations(); !reflect.DeepEqual(got, want) {
		t.Errorf("%s is invited to %q, want %q", c.id, got, want)
	}
}

// welcome returns what a connection was told of the rooms there are. It must
// have been told once, before anything else of the directory.
func (c *client) welcome() []room.ListedRoom {
	c.t.Helper()
	var first []room.ListedRoom
	for i, e := range c.directory() {
		listed, ok := e.(room.RoomsListed)
		if ok != (i == 0) {
			c.t.Fatalf("%s was told %+v at place %d", c.id, e, i)
		}
		if ok {
			first = listed.Rooms
		}
	}
	return first
}

// brief returns rooms as a person would write them down.
func brief(rooms []room.ListedRoom) []string {
	all := []string{}
	for _, r := range rooms {
		all = append(all, fmt.Sprintf("%s %d", r.ID, r.Unread))
	}
	return all
}

// mine returns the ids of the rooms that the directory shows as the user's own.
func (c *client) mine() []string {
	c.t.Helper()
	ids := []string{}
	page := c.list(room.ListRooms{Mine: true, Limit: room.PageMax}).(room.RoomsReply)
	for _, l := range page.Rooms {
		ids = append(ids, l.ID)
	}
	return ids
}
