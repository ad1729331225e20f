package user

import "testing"

// TestUnknownTypes: a command or event without a rule is a mistake in the
// program, not something to be passed over.
func TestUnknownTypes(t *testing.T) {
	type unknownCommand struct{ Watch }
	type unknownEvent struct{ RoomLeft }
	wantPanic(t, func() { New("anna").Decide(unknownCommand{}) })
	wantPanic(t, func() { New("anna").Apply(unknownEvent{}) })
}

func wantPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("did not panic")
		}
	}()
	f()
}

func TestAccessors(t *testing.T) {
	a := New("anna")
	if a.IsOnline() || !a.IsIdle() {
		t.Errorf("new: online %t, idle %t", a.IsOnline(), a.IsIdle())
	}
	a.do(Block{UserID: "bob"})
	a.do(JoinedRoom{RoomID: "tea"})
	if !a.IsIdle() || len(a.Rooms()) != 1 || a.Rooms()[0] != "tea" {
		t.Errorf("idle %t, rooms %v", a.IsIdle(), a.Rooms())
	}
	a.do(Watch{By: "cleo"})
	if a.IsIdle() || a.IsOnline() {
		t.Errorf("watched: idle %t, online %t", a.IsIdle(), a.IsOnline())
	}
	a.do(Unwatch{By: "cleo"})
	a.do(Connect{Connection: "anna/1", Name: "Anna"})
	if a.IsIdle() || !a.IsOnline() || len(a.Connections()) != 1 {
		t.Errorf("connected: idle %t, online %t, connections %v", a.IsIdle(), a.IsOnline(), a.Connections())
	}
}

// TestAnotherNameOfAContact: a contact is online already, and now under
// another name (it has come again before its going was told): that is told to
// nobody, but known for connections to come.
func TestAnotherNameOfAContact(t *testing.T) {
	a := New("anna")
	a.do(Connect{Connection: "anna/1", Name: "Anna"})
	a.do(AddContact{UserID: "bob"})
	a.do(Presence{User: user("bob", "Bob"), Online: true})
	if d := a.do(Presence{User: user("bob", "Robert"), Online: true}); len(d.Tells) > 0 {
		t.Errorf("told %+v", d.Tells)
	}
	d := a.do(Connect{Connection: "anna/2", Name: "Anna"})
	if len(d.Tells) != 1 || d.Tells[0].Notice != (ContactOnline{user("bob", "Robert")}) {
		t.Errorf("told %+v", d.Tells)
	}
}
