package user

import (
	"bytes"
	"testing"
)

// FuzzDecodeRecord: garbage is an error; what is read is written and read
// again as the same.
func FuzzDecodeRecord(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := DecodeRecord(data)
		if err != nil {
			return
		}
		first, err := EncodeRecord(e)
		if err != nil {
			t.Fatalf("read from %q, but not to be written: %v", data, err)
		}
		again, err := DecodeRecord(first)
		if err != nil {
			t.Fatalf("%q is not to be read: %v", first, err)
		}
		if second, err := EncodeRecord(again); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("got %q, %v, want %q", second, err, first)
		}
	})
}

// FuzzRestore: garbage is an error; an account that is restored can be used,
// and stored again as the same.
func FuzzRestore(f *testing.F) {
	f.Fuzz(func(t *testing.T, snapshot, record []byte) {
		records := [][]byte{record}
		if len(record) == 0 {
			records = nil
		}
		a, err := Restore("anna", snapshot, records)
		if err != nil {
			return
		}
		first, err := a.Snapshot()
		if err != nil {
			t.Fatalf("restored, but not to be stored: %v", err)
		}
		again, err := Restore("anna", first, nil)
		if err != nil {
			t.Fatalf("%q is not to be restored: %v", first, err)
		}
		if second, err := again.Snapshot(); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("got %q, %v, want %q", second, err, first)
		}
		use(t, a)
	})
}

// use gives an account one of each command; none may panic.
func use(t *testing.T, a *Account) {
	for _, c := range []Command{
		Connect{Connection: "anna/1", Name: "Anna"}, Connect{Connection: "anna/2", Name: "Anna"},
		Watch{By: "bob"}, AddContact{UserID: "bob"}, Presence{User: user("bob", "Bob"), Online: true},
		WatchAgain{}, Deliver{Invitation{RoomID: "tea", By: user("bob", "Bob")}}, ListInvitations{},
		Block{UserID: "bob"}, Unblock{UserID: "bob"}, RemoveContact{UserID: "bob"},
		JoinedRoom{RoomID: "tea"}, LeftRoom{RoomID: "tea"}, Decline{RoomID: "tea"}, EndInvitation{RoomID: "tea"},
		Read{RoomID: "tea", Connection: "anna/1"}, Unwatch{By: "bob"},
		Disconnect{Connection: "anna/1"}, Disconnect{Connection: "anna/2"},
	} {
		a.do(c)
	}
	if len(a.invitations) > invitationsMax || !a.IsIdle() {
		t.Fatalf("%d invitations, idle %t", len(a.invitations), a.IsIdle())
	}
}
