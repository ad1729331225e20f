package gateway

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
)

var (
	at     = time.Date(2026, 1, 2, 4, 4, 5, 6_999_999, time.FixedZone("CET", 3600))
	later  = at.Add(time.Hour)
	annaUs = room.User{ID: "anna", Name: "Anna <b>"}
	ben    = room.User{ID: "ben", Name: "Ben"}

	tea = room.Listing{
		ID: "r", Name: "Tea <b>", Description: "d", Creator: annaUs, CreatedAt: at, LastActivity: later,
		Persistent: true, Private: true, HasPassword: true, MaxUsers: 5, MemberCount: 3, UserCount: 2,
	}
	implicit = room.Listing{ID: "r", Name: "r", CreatedAt: at, LastActivity: at, Unlisted: true, MemberCount: 1, UserCount: 1}

	said   = room.Message{ID: "e-1", Seq: 1, Sender: annaUs, Text: "<hi>", At: at, ClientID: "secret", Changed: 2}
	edited = room.Message{ID: "e-1", Seq: 1, Sender: annaUs, Text: "hi", At: at, EditedAt: later, Attachments: attachments}
	gone   = room.Message{ID: "e-2", Seq: 2, Sender: ben, At: at, DeletedAt: later}

	edit     = room.Change{Seq: 3, MessageID: "e-1", MessageSeq: 1, Text: "hi", Attachments: attachments, By: annaUs, At: later}
	deletion = room.Change{Seq: 4, MessageID: "e-2", MessageSeq: 2, Deleted: true, By: annaUs, At: later}
)

// The same as clients get it.
const (
	atJSON    = `"2026-01-02T03:04:05.006Z"`
	laterJSON = `"2026-01-02T04:04:05.006Z"`
	annaJSON  = `{"id":"anna","username":"Anna <b>"}`

	teaJSON = `{"id":"r","name":"Tea <b>","description":"d","creator":"anna","createdAt":` + atJSON + `,"type":"persistent",` +
		`"isPrivate":true,"hasPassword":true,"maxUsers":5,"userCount":2,"memberCount":3,"lastActivity":` + laterJSON
	teaRoomJSON  = teaJSON + `,"users":["anna","ben"]}`
	implicitJSON = `{"id":"r","name":"r","description":"","createdAt":` + atJSON + `,"type":"ephemeral",` +
		`"isPrivate":false,"hasPassword":false,"maxUsers":null,"userCount":1,"memberCount":1,"lastActivity":` + atJSON

	saidJSON = `{"id":"e-1","seq":1,"roomId":"r","sender":` + annaJSON + `,"userId":"anna","text":"<hi>","attachments":[],` +
		`"createdAt":` + atJSON + `,"timestamp":` + atJSON + `}`
	attachmentsJSON = `[{"b":1,"a":9007199254740993}]`
	editedMsgJSON   = `{"id":"e-1","seq":1,"roomId":"r","sender":` + annaJSON + `,"userId":"anna","text":"hi","attachments":` + attachmentsJSON +
		`,"createdAt":` + atJSON + `,"timestamp":` + atJSON + `,"editedAt":` + laterJSON + `}`
	goneJSON = `{"id":"e-2","seq":2,"roomId":"r","sender":{"id":"ben","username":"Ben"},"userId":"ben","text":"","attachments":[],` +
		`"createdAt":` + atJSON + `,"timestamp":` + atJSON + `,"deletedAt":` + laterJSON + `}`
	editJSON = `{"roomId":"r","seq":3,"messageId":"e-1","messageSeq":1,"text":"hi","attachments":` + attachmentsJSON +
		`,"editedAt":` + laterJSON + `,"by":` + annaJSON + `}`
	deletionJSON = `{"roomId":"r","seq":4,"messageId":"e-2","messageSeq":2,"deletedAt":` + laterJSON + `,"by":` + annaJSON + `}`
)

var info = room.Info{Listing: tea, Users: []string{"anna", "ben"}}

// replyTable is what each command's reply becomes, as an ack and as events.
var replyTable = []struct {
	event, argument string
	reply           room.Reply
	ack             string
	events          []string
}{
	{"createRoom", `{"roomId":"r"}`, room.RoomReply{Room: info},
		`{"success":true,"roomId":"r","room":` + teaRoomJSON + `}`,
		[]string{`42["roomCreated",{"roomId":"r","room":` + teaRoomJSON + `}]`}},
	{"updateRoom", `{"roomId":"r"}`, room.RoomReply{Room: info}, `{"success":true,"room":` + teaRoomJSON + `}`, nil},
	{"openDirect", `"ben"`, room.RoomReply{Room: info},
		`{"success":true,"roomId":"direct:anna:ben","room":` + teaRoomJSON + `}`, nil},
	{"joinRoom", `"r"`,
		room.JoinReply{Room: room.Info{Listing: implicit}, Epoch: "e", Role: room.RoleMember},
		`{"success":true,"roomId":"r","room":` + implicitJSON + `,"users":[]},"users":[],"messages":[],"epoch":"e","seq":0,"gap":false}`,
		[]string{
			`42["joinedRoom",{"roomId":"r","room":` + implicitJSON + `,"users":[]}}]`,
			`42["userList",{"roomId":"r","users":[]}]`,
			`42["roomHistory",{"roomId":"r","history":[],"epoch":"e","seq":0,"gap":false}]`,
		}},
	{"joinRoom", `{"roomId":"r","since":{"epoch":"e","seq":0}}`,
		room.JoinReply{
			Room: info, Users: []room.User{annaUs, ben}, Messages: []room.Message{said, gone},
			Changes: []room.Change{edit, deletion}, Epoch: "e", Seq: 4, Role: room.RoleModerator,
		},
		`{"success":true,"roomId":"r","room":` + teaRoomJSON + `,"users":[` + annaJSON + `,{"id":"ben","username":"Ben"}],` +
			`"messages":[` + saidJSON + `,` + goneJSON + `],"changes":[` + editJSON + `,` + deletionJSON + `],` +
			`"epoch":"e","seq":4,"gap":false,"role":"moderator"}`,
		[]string{
			`42["joinedRoom",{"roomId":"r","room":` + teaRoomJSON + `,"role":"moderator"}]`,
			`42["userList",{"roomId":"r","users":["anna","ben"]}]`,
			`42["roomHistory",{"roomId":"r","history":[` + saidJSON + `,` + goneJSON + `],"changes":[` + editJSON + `,` + deletionJSON + `],` +
				`"epoch":"e","seq":4,"gap":false}]`,
		}},
	{"joinRoom", `{"roomId":"r","since":{"epoch":"e","seq":4}}`,
		room.JoinReply{Room: info, Users: []room.User{ben}, Epoch: "e", Seq: 4, Role: room.RoleCreator},
		`{"success":true,"roomId":"r","room":` + teaRoomJSON + `,"users":[{"id":"ben","username":"Ben"}],` +
			`"messages":[],"changes":[],"epoch":"e","seq":4,"gap":false}`,
		[]string{
			`42["joinedRoom",{"roomId":"r","room":` + teaRoomJSON + `}]`,
			`42["userList",{"roomId":"r","users":["anna","ben"]}]`,
			`42["roomHistory",{"roomId":"r","history":[],"changes":[],"epoch":"e","seq":4,"gap":false}]`,
		}},
	{"joinRoom", `{"roomId":"r","since":{"epoch":"old","seq":4}}`,
		room.JoinReply{Room: info, Messages: []room.Message{edited}, Epoch: "e", Seq: 4, Gap: true},
		`{"success":true,"roomId":"r","room":` + teaRoomJSON + `,"users":[],"messages":[` + editedMsgJSON + `],"epoch":"e","seq":4,"gap":true}`,
		[]string{
			`42["joinedRoom",{"roomId":"r","room":` + teaRoomJSON + `}]`,
			`42["userList",{"roomId":"r","users":["anna","ben"]}]`,
			`42["roomHistory",{"roomId":"r","history":[` + editedMsgJSON + `],"epoch":"e","seq":4,"gap":true}]`,
		}},
	{"leaveRoom", `"r"`, room.Done{}, `{"success":true}`, nil},
	{"deleteRoom", `"r"`, room.Done{}, `{"success":true}`, nil},

	{"sendMessage", `{"roomId":"r","text":"x"}`, room.SendReply{MessageID: "e-7", Seq: 7}, `{"success":true,"messageId":"e-7","seq":7}`, nil},
	{"chatMessage", `{"roomId":"r","message":"x"}`, room.SendReply{MessageID: "e-7", Seq: 7}, `{"success":true,"messageId":"e-7","seq":7}`, nil},
	{"editMessage", `{"roomId":"r","messageId":"e-7","text":"x"}`, room.SendReply{MessageID: "e-7", Seq: 8}, `{"success":true,"messageId":"e-7","seq":8}`, nil},
	{"deleteMessage", `{"roomId":"r","messageId":"e-7"}`, room.SendReply{MessageID: "e-7", Seq: 8}, `{"success":true,"messageId":"e-7","seq":8}`, nil},
	{"emitToRoom", `{"roomId":"r","event":"x"}`, room.Done{}, `{"success":true}`, nil},
	{"gameAction", `{"roomId":"r"}`, room.Done{}, `{"success":true}`, nil},
	{"getHistory", `{"roomId":"r"}`, room.HistoryReply{Messages: []room.Message{said}, Epoch: "e", HasMore: true},
		`{"success":true,"messages":[` + saidJSON + `],"hasMore":true}`,
		[]string{`42["roomHistory",{"roomId":"r","history":[` + saidJSON + `],"epoch":"e","hasMore":true}]`}},
	{"getHistory", `{"roomId":"r"}`, room.HistoryReply{Epoch: "e"},
		`{"success":true,"messages":[],"hasMore":false}`,
		[]string{`42["roomHistory",{"roomId":"r","history":[],"epoch":"e","hasMore":false}]`}},
	{"markRead", `{"roomId":"r","seq":7}`, room.ReadReply{Unread: 3, Member: true}, `{"success":true,"unreadCount":3}`, nil},

	{"listRooms", ``, room.RoomsReply{Rooms: []room.Listing{tea, implicit}, Next: "n"},
		`{"success":true,"rooms":[` + teaJSON + `},` + implicitJSON + `}],"nextCursor":"n"}`,
		[]string{`42["roomsList",[` + teaJSON + `},` + implicitJSON + `}],{"nextCursor":"n"}]`}},
	{"listRooms", ``, room.RoomsReply{}, `{"success":true,"rooms":[],"nextCursor":null}`, []string{`42["roomsList",[],{"nextCursor":null}]`}},
	{"watchRooms", `false`, room.Done{}, `{"success":true}`, nil},
	{"getRoomUsers", `"r"`, room.UsersReply{Users: []room.User{annaUs}, Total: 2, Next: 1<<64 - 1},
		`{"success":true,"users":[` + annaJSON + `],"total":2,"nextCursor":"18446744073709551615"}`,
		[]string{`42["userList",{"roomId":"r","users":["anna"],"total":2,"nextCursor":"18446744073709551615"}]`}},
	{"getRoomUsers", `"r"`, room.UsersReply{Total: 2}, `{"success":true,"users":[],"total":2,"nextCursor":null}`,
		[]string{`42["userList",{"roomId":"r","users":[],"total":2,"nextCursor":null}]`}},

	{"inviteToRoom", `{"roomId":"r","userId":"ben"}`, room.Done{}, `{"success":true}`, nil},
	{"listContacts", ``, user.ContactsReply{
		Contacts: []user.Contact{{User: annaUs, Online: true}, {User: room.User{ID: "ben"}}}, Blocked: []string{"cleo"},
	}, `{"success":true,"contacts":[{"userId":"anna","username":"Anna <b>","online":true},{"userId":"ben","online":false}],"blocked":["cleo"]}`, nil},
	{"listContacts", ``, user.ContactsReply{}, `{"success":true,"contacts":[],"blocked":[]}`, nil},
	{"listInvitations", ``, user.InvitationsReply{Invitations: []user.Invitation{{RoomID: "r", RoomName: "Tea", By: annaUs, At: at}}},
		`{"success":true,"invitations":[{"roomId":"r","roomName":"Tea","invitedBy":` + annaJSON + `}]}`, nil},
	{"listInvitations", ``, user.InvitationsReply{}, `{"success":true,"invitations":[]}`, nil},
	{"declineInvitation", `"r"`, room.Done{}, `{"success":true}`, nil},
	{"addContact", `"ben"`, room.Done{}, `{"success":true}`, nil},
	{"blockUser", `"ben"`, room.Done{}, `{"success":true}`, nil},

	{"kickUser", `{"roomId":"r","userId":"ben"}`, room.Done{}, `{"success":true}`, nil},
	{"setRole", `{"roomId":"r","userId":"ben","role":"member"}`, room.Done{}, `{"success":true}`, nil},
	{"getModeration", `"r"`,
		room.ModerationReply{
			Moderators: []string{"ben"},
			Banned:     []room.BannedUser{{UserID: "eve", Sanction: room.Sanction{By: annaUs, At: at, Until: later, Reason: "<rude>"}}},
			Muted:      []room.MutedUser{{UserID: "tom", Sanction: room.Sanction{By: annaUs, At: at}}},
		},
		`{"success":true,"moderators":["ben"],"banned":[{"userId":"eve","by":` + annaJSON + `,"at":` + atJSON + `,"until":` + laterJSON + `,"reason":"<rude>"}],` +
			`"muted":[{"userId":"tom","by":` + annaJSON + `,"at":` + atJSON + `,"until":null}]}`, nil},
	{"getModeration", `"r"`, room.ModerationReply{}, `{"success":true,"moderators":[],"banned":[],"muted":[]}`, nil},
}

func TestReplies(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, w *world) {
		c := w.anna()
		for _, row := range replyTable {
			w.node.replyWith(row.reply)
			if got := c.ask(row.event, row.argument); got != row.ack {
				t.Errorf("%s %s: ack\n got %s\nwant %s", row.event, row.argument, got, row.ack)
			}
			if got := c.say(row.event, row.argument); !reflect.DeepEqual(got, row.events) {
				t.Errorf("%s %s: events\n got %s\nwant %s", row.event, row.argument, got, row.events)
			}
		}
	})
}

// TestRefusalsOfTheNode: every command gives the node's refusal on, in both
// styles, and says when to come again, if that is known.
func TestRefusalsOfTheNode(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, w *world) {
		c := w.anna()
		muted := *room.ErrMuted
		muted.RetryAfter = 1500*time.Millisecond + 1
		for i, row := range orderTable {
			refusal, retry := room.ErrRoomPrivate, ""
			if i%2 == 0 {
				refusal, retry = &muted, `,"retryAfterMs":1501`
			}
			w.node.replyWith(refusal)
			want := fmt.Sprintf(`{"success":false,"error":"%s","code":"%s"%s}`, refusal.Message, refusal.Code, retry)
			if got := c.ask(row.event, row.argument); got != want {
				t.Errorf("%s: got %s, want %s", row.event, got, want)
			}
			want = fmt.Sprintf(`42["error",{"message":"%s","code":"%s","event":"%s"%s}]`, refusal.Message, refusal.Code, row.event, retry)
			if got := c.say(row.event, row.argument); len(got) != 1 || got[0] != want {
				t.Errorf("%s without ack: got %s, want %s", row.event, got, want)
			}
		}
	})
}

func TestMilliseconds(t *testing.T) {
	for d, want := range map[time.Duration]int64{0: 0, 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, time.Hour: 3_600_000} {
		if got := milliseconds(d); got != want {
			t.Errorf("%s: %d", d, got)
		}
	}
}

// TestClientsTextIsNotRewritten: neither HTML nor numbers nor the order of keys.
func TestClientsTextIsNotRewritten(t *testing.T) {
	text := `{"b":1e400,"a":"\u003c<&\/","":[9007199254740993,-0.0]}`
	m := room.Message{ID: "e-1", Attachments: []json.RawMessage{json.RawMessage(text)}}
	want := `"attachments":[` + text + `]`
	for _, v := range []any{newMessageJSON("r", m), newChange("r", room.Change{Attachments: m.Attachments}).arguments[0]} {
		if got := string(encode(v)); !strings.Contains(got, want) {
			t.Errorf("%T: %s", v, got)
		}
	}
}
