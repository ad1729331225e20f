package gateway

import (
	"encoding/json"
	"testing"
	"time"

	"roomd/actors/room"
)

// general is what the general encoder makes of a value.
func general(t *testing.T, v any) string {
	t.Helper()
	return string(encode([]any{v})) // in a list no shape appends itself
}

func checkAppended(t *testing.T, v appender) {
	t.Helper()
	if got, want := "["+string(encode(v))+"]", general(t, v); got != want {
		t.Errorf("appended %s, want %s", got, want)
	}
}

func TestAppendedShapes(t *testing.T) {
	at := time.Date(2024, 2, 29, 23, 59, 59, 7_999_999, time.FixedZone("", 3600))
	for _, m := range []room.Message{
		{},
		{ID: "e-1", Seq: 1<<64 - 1, Sender: room.User{ID: "anna", Name: "Anna"}, Text: "hello", At: at},
		{ID: "e-2", Seq: 2, Sender: room.User{ID: "bo", Name: "Bö"}, Text: "<b>&\"\\\u2028", At: at, EditedAt: at},
		{ID: "e-3", Seq: 3, At: at, DeletedAt: at.Add(time.Hour)},
		{ID: "e-4", Seq: 4, At: at, Attachments: []json.RawMessage{json.RawMessage(`{"a": [1, 2]}`), json.RawMessage(`null`)}},
	} {
		checkAppended(t, newMessageJSON("room", m))
		checkAppended(t, newUserJSON(m.Sender))
		checkAppended(t, sentReply{true, m.ID, m.Seq})
	}
	checkAppended(t, sentReply{})
}

func TestAppendedJoin(t *testing.T) {
	at := time.Date(2024, 2, 29, 23, 59, 59, 7_999_999, time.FixedZone("", 3600))
	anna, bo := room.User{ID: "anna", Name: "Anna"}, room.User{ID: "bo", Name: "<Bö>\u2028"}
	message := room.Message{ID: "e-1", Seq: 7, Sender: anna, Text: "hello", At: at}
	for _, r := range []room.JoinReply{
		{},
		{Room: room.Info{Listing: room.Listing{ID: "r", Name: "a \"room\"", UserCount: 1, LastActivity: at, CreatedAt: at}}},
		{
			Room: room.Info{Users: []string{"anna", "bo\n"}, Listing: room.Listing{
				ID: "r", Creator: bo, Description: "<b>&", Persistent: true, Private: true, HasPassword: true, MaxUsers: 10, UserCount: 2, MemberCount: 3,
			}},
			Users: []room.User{anna, bo}, Messages: []room.Message{message, message}, Epoch: "e", Seq: 1<<64 - 1, Gap: true, Role: room.RoleModerator,
		},
		{Changes: []room.Change{{MessageID: "e-1", MessageSeq: 1, Seq: 8, At: at}}, Role: room.RoleCreator},
		{Changes: []room.Change{}},
	} {
		for _, since := range []*room.Since{nil, {Epoch: "e"}} {
			reply := ackJoined(roomOrder{roomID: "r", command: room.Join{Since: since}}, r).(joinedReply)
			checkAppended(t, reply)
			checkAppended(t, reply.Room)
		}
	}
	checkAppended(t, userJoinedEvent{"r", anna.ID, newUserJSON(anna)})
	checkAppended(t, userJoinedEvent{"r\"", bo.ID, newUserJSON(bo)})
}

// FuzzAppendString: any text is encoded as the general encoder does.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\x7f", "grüße 世界 🎉", "\u2027\u2028\u2029", "<&>", "\x00\n\t\"\\", "\xff", "\xe2\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := string(appendString([]byte("x"), s)), "x"+string(encode(s)); got != want {
			t.Fatalf("%q: %s, want %s", s, got, want)
		}
	})
}
