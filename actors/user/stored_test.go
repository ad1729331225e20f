package user

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// newAccountWithAll returns an account that holds some of everything.
func newAccountWithAll() *Account {
	a := New("anna")
	for _, c := range []Command{
		AddContact{UserID: "cleo"}, AddContact{UserID: "bob"}, Block{UserID: "eve"}, Block{UserID: "dora"},
		Deliver{Invitation{RoomID: "tea", RoomName: "<Tea>", By: user("bob", "Bob & co"), At: scriptStart.Add(1500 * time.Millisecond)}},
		Deliver{Invitation{RoomID: "chess", RoomName: "Chess", By: user("cleo", "Cleo"), At: scriptStart}},
		Connect{Connection: "anna/1", Name: "Anna"}, Watch{By: "bob"}, JoinedRoom{RoomID: "pool"},
		Presence{User: user("bob", "Bob"), Online: true},
	} {
		a.do(c)
	}
	return a
}

// TestStoredForm shows what is on disk, so that a change of the form is seen.
func TestStoredForm(t *testing.T) {
	invitation := newAccountWithAll().invitations[0]
	record := func(e Stored) func() ([]byte, error) { return func() ([]byte, error) { return EncodeRecord(e) } }
	for _, c := range []struct {
		name   string
		encode func() ([]byte, error)
		want   string
	}{
		{"empty", New("anna").Snapshot, `{"v":1}`},
		{"all", newAccountWithAll().Snapshot, `{"v":1,"contacts":["bob","cleo"],"blocked":["dora","eve"],"invitations":[` +
			`{"roomId":"tea","roomName":"<Tea>","by":{"id":"bob","name":"Bob & co"},"at":"2026-01-01T00:00:01.5Z"},` +
			`{"roomId":"chess","roomName":"Chess","by":{"id":"cleo","name":"Cleo"},"at":"2026-01-01T00:00:00Z"}]}`},
		{"added", record(ContactAdded{"bob"}), `{"v":1,"contactAdded":{"userId":"bob"}}`},
		{"removed", record(ContactRemoved{"bob"}), `{"v":1,"contactRemoved":{"userId":"bob"}}`},
		{"blocked", record(UserBlocked{"bob"}), `{"v":1,"userBlocked":{"userId":"bob"}}`},
		{"unblocked", record(UserUnblocked{"bob"}), `{"v":1,"userUnblocked":{"userId":"bob"}}`},
		{"kept", record(InvitationKept{invitation}), `{"v":1,"invitationKept":{"invitation":` +
			`{"roomId":"tea","roomName":"<Tea>","by":{"id":"bob","name":"Bob & co"},"at":"2026-01-01T00:00:01.5Z"}}}`},
		{"ended", record(InvitationEnded{"tea"}), `{"v":1,"invitationEnded":{"roomId":"tea"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.encode()
			if err != nil || string(got) != c.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func TestWhatIsNotStored(t *testing.T) {
	type unknownEvent struct{ ContactAdded }
	if data, err := EncodeRecord(unknownEvent{}); err == nil {
		t.Errorf("got the record %s", data)
	}
	for _, e := range []Event{
		Connected{}, Disconnected{}, WatcherAdded{}, WatcherRemoved{}, ContactCameOnline{}, ContactWentOffline{}, RoomEntered{}, RoomLeft{},
	} {
		if _, ok := e.(Stored); ok {
			t.Errorf("%T is stored", e)
		}
	}
}

func TestRestore(t *testing.T) {
	was := newAccountWithAll()
	data, err := was.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Restore("anna", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, lasting(was)) {
		t.Errorf("got %+v, want %+v", got, lasting(was))
	}
	if never, err := Restore("anna", nil, nil); err != nil || !reflect.DeepEqual(never, New("anna")) {
		t.Errorf("got %+v, %v, want an empty account", never, err)
	}
}

// lasting is the account without what is not stored, as Restore gives it.
func lasting(a *Account) *Account {
	return &Account{id: a.id, relations: &relations{
		contacts: orNil(a.contacts), blocked: orNil(a.blocked),
		invitations: append([]Invitation(nil), a.invitations...),
	}}
}

func orNil(s set) set {
	if len(s) == 0 {
		return nil
	}
	return s
}

const goodRecord = `{"v":1,"contactAdded":{"userId":"bob"}}`

func TestRestoreRefuses(t *testing.T) {
	newer := func(text string) string { return strings.Replace(text, `"v":1`, `"v":2`, 1) }
	for name, c := range map[string]struct {
		snapshot, record string
		want             string
	}{
		"garbage":        {"\x00", goodRecord, "decode snapshot"},
		"newer snapshot": {newer(`{"v":1}`), goodRecord, "snapshot has version 2, this program reads 1"},
		"no version":     {`{}`, goodRecord, "snapshot has version 0"},
		"empty record":   {`{"v":1}`, "", "decode record"},
		"garbage record": {`{"v":1}`, "[", "decode record"},
		"newer record":   {`{"v":1}`, newer(goodRecord), "record has version 2"},
		"unknown record": {`{"v":1}`, `{"v":1,"muted":{}}`, "no event that this program knows"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Restore("anna", []byte(c.snapshot), [][]byte{[]byte(c.record)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
