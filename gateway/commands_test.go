package gateway

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/gateway/ratelimit"
)

// inR is the order of a command to room r, as the node gets it.
func inR(c room.Command) []order { return []order{roomOrder{roomID: "r", command: c}} }

func toAccount(c user.Command) []order { return []order{accountOrder{c}} }

func ref[T any](v T) *T { return &v }

var (
	unnamed     = room.Settings{Name: "Unnamed Room"}
	attachments = []json.RawMessage{json.RawMessage(`{"b":1,"a":9007199254740993}`)}
)

// orderTable is every shape of every command, and what the node is ordered.
var orderTable = []struct {
	event, argument string
	want            []order
}{
	{"createRoom", ``, []order{roomOrder{roomID: "made-by-the-server", command: room.Create{Settings: unnamed}}}},
	{"createRoom", `null`, []order{roomOrder{roomID: "made-by-the-server", command: room.Create{Settings: unnamed}}}},
	{"createRoom", `{"roomId":"r","name":"Tea","isPrivate":true,"maxUsers":2,"persistent":true,"autoDelete":true,"description":"d"}`,
		inR(room.Create{Settings: room.Settings{Name: "Tea", Description: "d", Private: true, MaxUsers: 2, Persistent: true, AutoDelete: true}})},
	{"createRoom", `{"roomId":"r","isPublic":false,"maxUsers":null,"password":null}`,
		inR(room.Create{Settings: room.Settings{Name: "Unnamed Room", Private: true}})},
	{"createRoom", `{"roomId":"r","isPublic":true,"isPrivate":false,"password":"x"}`,
		inR(room.Create{Settings: room.Settings{Name: "Unnamed Room", PasswordHash: "hash of x"}})},
	{"joinRoom", `"r"`, inR(room.Join{Implicit: true})},
	{"joinRoom", `{"roomId":"r","password":"p","since":{"epoch":"e","seq":7}}`,
		inR(room.Join{Password: "p", Since: &room.Since{Epoch: "e", Seq: 7}, Implicit: true})},
	{"leaveRoom", `"r"`, inR(room.Leave{})},
	{"leaveRoom", `{"roomId":"r"}`, inR(room.Leave{})},
	{"deleteRoom", `"r"`, inR(room.Delete{})},
	{"deleteRoom", `{"roomId":"r","reason":"mine","byAdmin":true}`, inR(room.Delete{})},
	{"updateRoom", `{"roomId":"r"}`, inR(room.Update{})},
	{"updateRoom", `{"roomId":"r","name":"Tea","description":"","isPrivate":true,"maxUsers":2,"password":"x"}`,
		inR(room.Update{Name: ref("Tea"), Description: ref(""), Private: ref(true), MaxUsers: ref(2), PasswordHash: ref("hash of x")})},
	{"updateRoom", `{"roomId":"r","name":null,"isPublic":true,"maxUsers":null,"password":null}`,
		inR(room.Update{Private: ref(false), MaxUsers: ref(0), PasswordHash: ref("")})},
	{"openDirect", `"ben"`, []order{roomOrder{roomID: "direct:anna:ben", command: room.Open{Peer: "ben"}}}},
	{"openDirect", `{"userId":"ben"}`, []order{roomOrder{roomID: "direct:anna:ben", command: room.Open{Peer: "ben"}}}},

	{"sendMessage", `{"roomId":"r","text":"hi","clientId":"c","attachments":[{"b":1,"a":9007199254740993}]}`,
		inR(room.Send{Text: "hi", ClientID: "c", Attachments: attachments})},
	{"chatMessage", `{"roomId":"r","message":"hi"}`, inR(room.Send{Text: "hi"})},
	{"editMessage", `{"roomId":"r","messageId":"e-1","text":"hi"}`, inR(room.EditMessage{MessageID: "e-1", Text: "hi"})},
	{"editMessage", `{"roomId":"r","messageId":"e-1","text":"hi","attachments":[]}`,
		inR(room.EditMessage{MessageID: "e-1", Text: "hi", Attachments: []json.RawMessage{}})},
	{"editMessage", `{"roomId":"r","messageId":"e-1","text":"","attachments":[{"b":1,"a":9007199254740993}]}`,
		inR(room.EditMessage{MessageID: "e-1", Attachments: attachments})},
	{"deleteMessage", `{"roomId":"r","messageId":"e-1"}`, inR(room.DeleteMessage{MessageID: "e-1"})},
	{"emitToRoom", `{"roomId":"r","event":"x","data":{"b":1,"a":9007199254740993},"volatile":true}`,
		inR(room.Emit{Event: "x", Data: json.RawMessage(`{"b":1,"a":9007199254740993}`), Volatile: true})},
	{"emitToRoom", `{"roomId":"r","event":"x","includeSelf":true}`,
		inR(room.Emit{Event: "x", Data: json.RawMessage(`null`), IncludeSelf: true})},
	{"gameAction", `{"roomId":"r","action":[1]}`, inR(room.Act{Action: json.RawMessage(`[1]`)})},
	{"getHistory", `{"roomId":"r"}`, inR(room.GetHistory{Limit: 50})},
	{"getHistory", `{"roomId":"r","before":7,"limit":1000}`, inR(room.GetHistory{Before: 7, Limit: 100})},
	{"getHistory", `{"roomId":"r","after":0,"limit":-3,"before":null}`, inR(room.GetHistory{HasAfter: true, Limit: 1})},
	{"markRead", `{"roomId":"r","seq":7}`, inR(room.MarkRead{Seq: 7})},
	{"markRead", `{"roomId":"r","seq":0}`, inR(room.MarkRead{})},

	{"listRooms", ``, []order{listOrder{room.ListRooms{Limit: 50}}}},
	{"listRooms", `{"cursor":"c","limit":3,"search":"te","mine":true}`,
		[]order{listOrder{room.ListRooms{Cursor: "c", Limit: 3, Search: "te", Mine: true}}}},
	{"listRooms", `{"cursor":null,"limit":null}`, []order{listOrder{room.ListRooms{Limit: 50}}}},
	{"watchRooms", `true`, []order{watchOrder{true}}},
	{"watchRooms", `false`, []order{watchOrder{false}}},
	{"getRoomUsers", `"r"`, inR(room.ListUsers{Limit: 50})},
	{"getRoomUsers", `{"roomId":"r","cursor":"18446744073709551615","limit":2}`, inR(room.ListUsers{After: 1<<64 - 1, Limit: 2})},

	{"inviteToRoom", `{"roomId":"r","userId":"ben"}`, inR(room.Invite{UserID: "ben"})},
	{"listContacts", ``, toAccount(user.ListContacts{})},
	{"listInvitations", ``, toAccount(user.ListInvitations{})},
	{"declineInvitation", `"r"`, []order{accountOrder{user.Decline{RoomID: "r"}}, inR(room.Decline{})[0]}},
	{"declineInvitation", `{"roomId":"r"}`, []order{accountOrder{user.Decline{RoomID: "r"}}, inR(room.Decline{})[0]}},
	{"addContact", `"ben"`, toAccount(user.AddContact{UserID: "ben"})},
	{"addContact", `{"userId":"ben"}`, toAccount(user.AddContact{UserID: "ben"})},
	{"removeContact", `"ben"`, toAccount(user.RemoveContact{UserID: "ben"})},
	{"blockUser", `"ben"`, toAccount(user.Block{UserID: "ben"})},
	{"unblockUser", `"ben"`, toAccount(user.Unblock{UserID: "ben"})},

	{"kickUser", `{"roomId":"r","userId":"ben","reason":"rude","byAdmin":true}`, inR(room.Kick{UserID: "ben", Reason: "rude"})},
	{"banUser", `{"roomId":"r","userId":"ben"}`, inR(room.Ban{UserID: "ben"})},
	{"banUser", `{"roomId":"r","userId":"ben","reason":"rude","durationMs":1500}`,
		inR(room.Ban{UserID: "ben", Reason: "rude", For: 1500 * time.Millisecond})},
	{"unbanUser", `{"roomId":"r","userId":"ben"}`, inR(room.Unban{UserID: "ben"})},
	{"muteUser", `{"roomId":"r","userId":"ben","durationMs":null}`, inR(room.Mute{UserID: "ben"})},
	{"muteUser", `{"roomId":"r","userId":"ben","durationMs":1}`, inR(room.Mute{UserID: "ben", For: time.Millisecond})},
	{"unmuteUser", `{"roomId":"r","userId":"ben"}`, inR(room.Unmute{UserID: "ben"})},
	{"setRole", `{"roomId":"r","userId":"ben","role":"moderator"}`, inR(room.SetRole{UserID: "ben", Role: room.RoleModerator})},
	{"getModeration", `"r"`, inR(room.GetModeration{})},
	{"getModeration", `{"roomId":"r"}`, inR(room.GetModeration{})},
}

func TestCommandsBecomeOrders(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, w *world) {
		c := w.anna()
		w.node.replyWith(room.ErrInternal) // any will do
		for _, row := range orderTable {
			c.say(row.event, row.argument)
			if got := w.node.take(); !reflect.DeepEqual(got, row.want) {
				t.Errorf("%s %s\n got %T %+v\nwant %T %+v", row.event, row.argument, got, got, row.want, row.want)
			}
		}
	})
}

func TestEveryCommandIsTried(t *testing.T) {
	for event, c := range commands {
		if event == "refreshToken" {
			continue // has tests of its own
		}
		tried, answered := false, false
		for _, row := range orderTable {
			tried = tried || row.event == event
		}
		for _, row := range replyTable {
			answered = answered || row.event == event
		}
		if !tried || !answered && (c.ack != nil || c.events != nil) {
			t.Errorf("%s: order tried %t, reply tried %t", event, tried, answered)
		}
	}
}

// TestCommandsAreLimited: none was forgotten, and none counts as what is
// counted elsewhere.
func TestCommandsAreLimited(t *testing.T) {
	for event, c := range commands {
		if slices.Contains([]ratelimit.Kind{ratelimit.Connect, ratelimit.Password, ratelimit.Volume, ratelimit.Refused}, c.kind) {
			t.Errorf("%s counts as %s", event, c.kind)
		}
	}
}

func TestBinaryOnlyWhereItIsRelayed(t *testing.T) {
	placeholder := `{"_placeholder":true,"num":0}`
	inBubble(t, nil, func(t *testing.T, w *world) {
		c := w.anna()
		for event := range commands {
			w.node.take()
			reply := c.ask(event, `{"roomId":"r","event":"x","data":`+placeholder+`,"action":`+placeholder+`}`, "bAQID")
			switch event {
			case "emitToRoom":
				want := inR(room.Emit{Event: "x", Data: json.RawMessage(placeholder), Binary: [][]byte{{1, 2, 3}}})
				if got := w.node.take(); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %+v", event, got)
				}
			case "gameAction":
				want := inR(room.Act{Action: json.RawMessage(placeholder), Binary: [][]byte{{1, 2, 3}}})
				if got := w.node.take(); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %+v", event, got)
				}
			default:
				if !strings.Contains(reply, event+" takes no binary data") || w.node.take() != nil {
					t.Errorf("%s with an attachment: %s", event, reply)
				}
			}
		}
	})
}

// TestPasswordsAreNotHashedInVain: not before all else is known to be right.
func TestPasswordsAreNotHashedInVain(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, w *world) {
		c := w.anna()
		w.node.replyWith(room.ErrInternal)
		c.say("createRoom", `{"roomId":"","password":"x"}`)
		c.say("createRoom", `{"password":"x","description":7}`)
		c.say("createRoom", `{"password":"`+strings.Repeat("x", room.PasswordBytesMax+1)+`"}`)
		c.say("updateRoom", `{"roomId":"r","password":"x","name":""}`)
		c.say("joinRoom", `{"roomId":"r","password":"x"}`)
		if w.node.hashes != 0 {
			t.Errorf("%d passwords were hashed", w.node.hashes)
		}
	})
}
