package user

import (
	"fmt"
	"slices"
	"testing"

	"roomd/actors/room"
)

func user(id, name string) room.User { return room.User{ID: id, Name: name} }

// do decides a command and applies what comes of it.
func (a *Account) do(c Command) Decision {
	d := a.Decide(c)
	for _, e := range d.Events {
		a.Apply(e)
	}
	return d
}

func wantReply(t *testing.T, d Decision, code room.Code) {
	t.Helper()
	err, refused := d.Reply.(*room.Error)
	switch {
	case refused && err.Code != code:
		t.Errorf("got %v, want %q", err, code)
	case !refused && code != "":
		t.Errorf("got %T, want %q", d.Reply, code)
	case refused && len(d.Events)+len(d.Tells)+len(d.Sends) > 0:
		t.Errorf("refused, with %+v", d)
	}
}

func TestConnectionsMax(t *testing.T) {
	a := New("anna")
	connect := func(tab int) Decision {
		return a.do(Connect{Connection: room.ConnectionID(fmt.Sprint(tab)), Name: "Anna"})
	}
	for tab := range connectionsMax {
		wantReply(t, connect(tab), "")
	}
	wantReply(t, connect(connectionsMax), room.CodeTooLarge)
	wantReply(t, connect(7), "") // there already
	wantReply(t, a.do(Disconnect{Connection: "7"}), "")
	wantReply(t, connect(connectionsMax), "")
	if n := len(a.Connections()); n != connectionsMax {
		t.Errorf("%d connections, want %d", n, connectionsMax)
	}
	d := a.do(Read{RoomID: "tea", Seq: 1, Connection: "8"})
	if len(d.Tells) != 1 || len(d.Tells[0].To) != connectionsMax-1 {
		t.Errorf("%d tells", len(d.Tells))
	}
}

func TestContactsMax(t *testing.T) {
	a := New("anna")
	for i := range contactsMax {
		wantReply(t, a.do(AddContact{UserID: fmt.Sprint(i)}), "")
	}
	wantReply(t, a.do(AddContact{UserID: "bob"}), room.CodeTooLarge)
	wantReply(t, a.do(AddContact{UserID: "7"}), "") // is one already
	wantReply(t, a.do(RemoveContact{UserID: "7"}), "")
	wantReply(t, a.do(AddContact{UserID: "bob"}), "")
	if len(a.contacts) != contactsMax {
		t.Errorf("%d contacts, want %d", len(a.contacts), contactsMax)
	}
	if d := a.do(Connect{Connection: "anna/1", Name: "Anna"}); len(d.Sends) != contactsMax {
		t.Errorf("%d sends, want %d", len(d.Sends), contactsMax)
	}
	for _, id := range slices.Clone(a.contacts) {
		a.do(Presence{User: user(id, id), Online: true})
	}
	if d := a.do(Connect{Connection: "anna/2", Name: "Anna"}); len(d.Tells) != contactsMax {
		t.Errorf("%d tells, want %d", len(d.Tells), contactsMax)
	}
}

func TestBlockedMax(t *testing.T) {
	a := New("anna")
	for i := range blockedMax {
		wantReply(t, a.do(Block{UserID: fmt.Sprint(i)}), "")
	}
	wantReply(t, a.do(Block{UserID: "bob"}), room.CodeTooLarge)
	wantReply(t, a.do(Block{UserID: "7"}), "") // is already
	wantReply(t, a.do(Unblock{UserID: "7"}), "")
	wantReply(t, a.do(Block{UserID: "bob"}), "")
	if len(a.blocked) != blockedMax {
		t.Errorf("%d are blocked, want %d", len(a.blocked), blockedMax)
	}
}

func TestInvitationsMax(t *testing.T) {
	a := New("anna")
	for i := range 10 * invitationsMax {
		a.do(Deliver{Invitation{RoomID: fmt.Sprint(i), RoomName: "R", By: user("bob", "Bob"), At: scriptStart}})
	}
	if n := len(a.invitations); n != invitationsMax || a.invitations[0].RoomID != "900" {
		t.Errorf("%d invitations from %s, want %d from 900", n, a.invitations[0].RoomID, invitationsMax)
	}
	if c := cap(a.invitations); c > 4*invitationsMax {
		t.Errorf("they lie in an array of %d", c)
	}
	if d := a.do(Connect{Connection: "anna/1", Name: "Anna"}); len(d.Tells) != invitationsMax {
		t.Errorf("%d tells, want %d", len(d.Tells), invitationsMax)
	}
}

// TestInvitationsMaxOfADisk: what was stored under a greater maximum comes
// down to this one with the next invitation, whatever that takes.
func TestInvitationsMaxOfADisk(t *testing.T) {
	a := New("anna")
	for i := range 2 * invitationsMax {
		a.Apply(InvitationKept{Invitation{RoomID: fmt.Sprint(i)}})
	}
	a.do(Deliver{Invitation{RoomID: "tea", By: user("bob", "Bob")}})
	if n := len(a.invitations); n != invitationsMax || a.invitations[n-1].RoomID != "tea" {
		t.Errorf("%d invitations", n)
	}
}

func TestWatchersMax(t *testing.T) {
	a := New("anna")
	a.do(Connect{Connection: "anna/1", Name: "Anna"})
	watch := func(by string) Presence {
		d := a.do(Watch{By: by})
		if len(d.Sends) != 1 || d.Sends[0].UserID != by {
			t.Fatalf("%s watches: sends %+v", by, d.Sends)
		}
		return d.Sends[0].Command.(Presence)
	}
	for i := range watchersMax {
		if p := watch(fmt.Sprint(i)); !p.Online {
			t.Fatalf("watcher %d is told that anna is offline", i)
		}
	}
	if p := watch("bob"); p.Online || p.User.Name != "" {
		t.Errorf("one too many is told %+v", p)
	}
	if p := watch("7"); !p.Online { // watches already
		t.Error("watcher 7 is told that anna is offline")
	}
	if d := a.do(Disconnect{Connection: "anna/1"}); len(d.Sends) != watchersMax {
		t.Errorf("%d sends, want %d", len(d.Sends), watchersMax)
	}
	a.do(Unwatch{By: "7"})
	watch("bob")
	if d := a.do(Connect{Connection: "anna/1", Name: "Anna"}); len(d.Sends) != watchersMax || len(a.watchers) != watchersMax {
		t.Errorf("%d watchers, %d sends, want %d", len(a.watchers), len(d.Sends), watchersMax)
	}
}

// TestInvitationComesTwice: an account that is read just when an invitation is on
// its way finds it stored, and is told of it again by the room.
func TestInvitationComesTwice(t *testing.T) {
	a := New("anna")
	a.do(Connect{Connection: "anna/1", Name: "Anna"})
	tea := Invitation{RoomID: "tea", By: user("bob", "Bob"), At: scriptStart}
	later := tea
	later.At = later.At.Add(1)
	for i, want := range []int{1, 0, 1, 0} {
		d := a.do(Deliver{[]Invitation{tea, tea, later, later}[i]})
		if len(d.Tells) != want || len(d.Events) != 1 || len(a.invitations) != 1 {
			t.Errorf("delivery %d: %d tells, %d events, %d invitations", i, len(d.Tells), len(d.Events), len(a.invitations))
		}
	}
}
